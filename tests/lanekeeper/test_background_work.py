"""A finished call's outcome travels by itself: event, disposition, write-back, file; and nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.clock import Clock, SystemClock
from kit.db import Database
from kit.jobs import InlineJobs, Jobs, JobTimes
from lanekeeper.events import EventDispatcher
from lanekeeper.settings import Settings
from lanekeeper.worker import BackgroundWork, Duty
from record import calls, outbox
from record.models import Call, Customer, Disposition, OutboxEvent, WriteBack
from tests.builders import LINE, NOW, ROOFTOP, StandingClock, a_store

CALL = "CA" + "1" * 32


@dataclass(frozen=True)
class Ground:
    settings: Settings
    clock: Clock
    database: Database
    jobs: Jobs


@pytest.fixture
async def ground(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ground]:
    monkeypatch.setenv("LANEKEEPER_WRITEBACK_FOLDER", str(tmp_path / "writeback"))
    await a_store(database)
    clock = SystemClock()
    jobs = InlineJobs(clock)
    yield Ground(Settings(), clock, database, jobs)
    await jobs.stop()


async def a_finished_call(database: Database) -> None:
    async with database.writing(ROOFTOP) as db:
        db.add(Call(call_sid=CALL, account_sid="AC1", from_e164="+15550100177", to_e164=LINE, started_at=NOW))
        await db.flush()
        await calls.end_call(db, CALL, reason="hung_up", status="completed", seconds=9, now=NOW)


async def test_a_call_that_ends_leaves_one_file_in_the_stores_folder(ground: Ground, tmp_path: Path) -> None:
    async with httpx.AsyncClient() as http:
        work = BackgroundWork(ground, http)
        await ground.jobs.start()
        await work.start()
        await a_finished_call(ground.database)
        assert isinstance(ground.jobs, InlineJobs)
        await ground.jobs.settle()
        await work.stop()
    async with ground.database.reading(ROOFTOP) as db:
        disposition = (await db.scalars(select(Disposition))).one()
        row = (await db.scalars(select(WriteBack))).one()
    assert (row.subject_id, row.state) == (disposition.id, "acked")
    assert [path.name for path in (tmp_path / "writeback" / ROOFTOP).iterdir()] == [f"{row.id}.csv"]


async def test_what_nothing_woke_is_found_by_the_sweep(ground: Ground) -> None:
    await a_finished_call(ground.database)
    async with httpx.AsyncClient() as http:
        BackgroundWork(ground, http)
        while await ground.jobs.sweep():
            pass
    async with ground.database.reading(ROOFTOP) as db:
        assert (await db.scalars(select(WriteBack))).one().state == "acked"


async def an_event(database: Database) -> str:
    async with database.writing(ROOFTOP) as db:
        event_id = await outbox.add(db, "thing_happened", "thing:1", {"n": 1}, NOW)
    assert event_id is not None
    return event_id


async def stored(database: Database, event_id: str) -> OutboxEvent:
    async with database.reading(ROOFTOP) as db:
        return await db.get_one(OutboxEvent, event_id)


def a_dispatcher(database: Database, clock: StandingClock, handler: Any) -> EventDispatcher:
    return EventDispatcher(database, clock, InlineJobs(clock), {"thing_happened": (handler,)})


async def test_an_event_is_handled_once_by_workers_at_once(database: Database) -> None:
    await a_store(database)
    seen: list[dict[str, Any]] = []

    async def handler(_db: AsyncSession, payload: dict[str, Any], _now: datetime) -> None:
        seen.append(payload)

    dispatcher = a_dispatcher(database, StandingClock(), handler)
    event_id = await an_event(database)
    await asyncio.gather(*(dispatcher.handle(ROOFTOP, event_id) for _ in range(5)))
    assert seen == [{"n": 1}]
    assert (await stored(database, event_id)).handled_at == NOW


async def test_a_handler_that_fails_leaves_nothing_and_comes_again_later(database: Database) -> None:
    await a_store(database)
    failures = 3
    waits = []

    async def handler(db: AsyncSession, _payload: dict[str, Any], _now: datetime) -> None:
        nonlocal failures
        db.add(Customer(first_name="Half", last_name="Done"))
        await db.flush()
        if failures:
            failures -= 1
            raise RuntimeError("a bug")

    clock = StandingClock()
    dispatcher = a_dispatcher(database, clock, handler)
    event_id = await an_event(database)
    for _ in range(4):
        await dispatcher.handle(ROOFTOP, event_id)
        row = await stored(database, event_id)
        waits.append(row.due_at - clock.at)
        clock.at = row.due_at
    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert (row.handled_at is not None, row.attempts, row.last_error) == (True, 4, None)
    async with database.reading(ROOFTOP) as db:
        assert len(list(await db.scalars(select(Customer).where(Customer.last_name == "Done")))) == 1


async def test_a_duty_that_fails_is_done_again(ground: Ground) -> None:
    rounds = asyncio.Semaphore(0)

    async def broken() -> None:
        rounds.release()
        raise RuntimeError("a bug")

    async with httpx.AsyncClient() as http:
        work = BackgroundWork(ground, http, more=[Duty("broken", timedelta(milliseconds=1), broken)])
        await work.start()
        for _ in range(3):
            await rounds.acquire()
        await work.stop()


async def test_the_sweep_leaves_a_row_to_its_own_job_for_a_while(database: Database) -> None:
    clock = StandingClock()
    jobs = InlineJobs(clock, JobTimes(overdue=timedelta(seconds=20)))
    asked: list[datetime] = []

    async def due(before: datetime, _limit: int) -> list[tuple[str, str]]:
        asked.append(before)
        return []

    async def handler(_rooftop_id: str, _row_id: str) -> None: ...

    jobs.on("job", handler, due)
    await jobs.sweep()
    assert asked == [NOW - timedelta(seconds=20)]
