"""A wake commits with its row, survives kill -9, and is adopted when the worker never comes back."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kit.clock import LoopClock, SystemClock
from kit.db import Database
from kit.dbos_jobs import DbosJobs
from kit.jobs import InlineJobs, Jobs, JobTimes, WakeRule, WakesNewRows
from record.models import OutboxEvent, Rooftop
from tests.kit.jobs_worker import FAST

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
LONG = 30


class Seen:
    """A handler that remembers which rows it was woken for."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []
        self._changed = asyncio.Event()

    async def __call__(self, rooftop_id: str, row_id: str) -> None:
        self.rows.append((rooftop_id, row_id))
        self._changed.set()

    async def count(self, wanted: int) -> None:
        async with asyncio.timeout(LONG):
            while len(self.rows) < wanted:
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture(params=["inline", "dbos"])
async def jobs(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Jobs]:
    engine: Jobs = InlineJobs(SystemClock()) if request.param == "inline" else DbosJobs(database, SystemClock(), FAST)
    await a_store(database)
    yield engine
    await engine.stop()


async def a_store(database: Database) -> None:
    async with database.writing("north") as db:
        db.add(
            Rooftop(
                id="north",
                created_at=NOW,
                name="North",
                time_zone="America/Los_Angeles",
                address="1 Main St",
                store_phone="+15550100100",
            )
        )


def an_event(key: str) -> OutboxEvent:
    return OutboxEvent(id=key, kind="call_ended", key=key, payload={}, due_at=NOW)


async def test_a_wake_happens_only_when_its_row_is_committed(database: Database, jobs: Jobs) -> None:
    seen = Seen()
    jobs.on("handle", seen)
    await jobs.start()
    with pytest.raises(LookupError):
        async with database.writing("north") as db:
            db.add(an_event("lost"))
            await jobs.wake(db, "handle", "lost", rooftop_id="north")
            raise LookupError
    async with database.writing("north") as db:
        db.add(an_event("kept"))
        await jobs.wake(db, "handle", "kept", rooftop_id="north")
    await seen.count(1)
    assert seen.rows == [("north", "kept")]
    async with database.reading("north") as db:
        assert list(await db.scalars(select(OutboxEvent.id))) == ["kept"]


async def test_a_delayed_wake_comes_after_one_that_is_due(database: Database, jobs: Jobs) -> None:
    seen = Seen()
    jobs.on("handle", seen)
    await jobs.start()
    async with database.writing("north") as db:
        await jobs.wake(db, "handle", "later", rooftop_id="north", delay=timedelta(seconds=2))
        await jobs.wake(db, "handle", "now", rooftop_id="north")
    await seen.count(2)
    assert [row for _, row in seen.rows] == ["now", "later"]


async def test_a_handler_that_fails_harms_no_other(database: Database, jobs: Jobs) -> None:
    seen = Seen()

    async def broken(rooftop_id: str, row_id: str) -> None:
        await seen(rooftop_id, row_id)
        raise RuntimeError("a bug")

    jobs.on("broken", broken)
    jobs.on("handle", seen)
    await jobs.start()
    async with database.writing("north") as db:
        await jobs.wake(db, "broken", "one", rooftop_id="north")
        await jobs.wake(db, "unknown", "two", rooftop_id="north")
        await jobs.wake(db, "handle", "three", rooftop_id="north")
    await seen.count(2)
    assert sorted(row for _, row in seen.rows) == ["one", "three"]


async def test_a_new_row_wakes_its_job_by_itself(database: Database, jobs: Jobs) -> None:
    seen = Seen()
    jobs.on("handle", seen)
    rules = {OutboxEvent: WakeRule("handle", lambda row: row.due_at)}
    wakes = WakesNewRows(database, jobs, SystemClock(), rules)
    await jobs.start()
    wakes.begin()
    try:
        async with database.writing("north") as db:
            db.add(an_event("filed"))
    finally:
        wakes.end()
    await seen.count(1)
    assert seen.rows == [("north", "filed")]


async def test_work_filed_before_the_engine_started_is_found_by_the_sweep(database: Database, jobs: Jobs) -> None:
    seen = Seen()

    async def due(before: datetime, limit: int) -> list[tuple[str, str]]:
        async with database.across_rooftops("test") as db:
            rows = await db.scalars(select(OutboxEvent).where(OutboxEvent.due_at <= before).limit(limit))
            return [(row.rooftop_id, row.id) for row in rows]

    jobs.on("handle", seen, due)
    async with database.writing("north") as db:
        db.add(an_event("early"))
        await jobs.wake(db, "handle", "early", rooftop_id="north")
    assert seen.rows == []
    assert await jobs.sweep() == 1
    assert seen.rows == [("north", "early")]


async def test_a_handler_that_hangs_is_stopped_at_its_deadline() -> None:
    loop = asyncio.get_running_loop()
    jobs = InlineJobs(LoopClock(NOW, loop), JobTimes(handler=timedelta(milliseconds=1)))

    async def hangs(_rooftop_id: str, _row_id: str) -> None:
        await asyncio.Event().wait()

    jobs.on("hangs", hangs)
    await jobs.perform("hangs", "north", "row")


class Notes:
    """What worker processes say on their standard output."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._changed = asyncio.Event()

    def add(self, line: str) -> None:
        self.lines.append(line)
        self._changed.set()

    async def until(self, enough: Callable[[list[str]], bool]) -> None:
        async with asyncio.timeout(60):
            while not enough(self.lines):
                self._changed.clear()
                await self._changed.wait()


class Worker:
    """A worker process."""

    def __init__(self, url: str, notes: Notes) -> None:
        self._url, self._notes = url, notes
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.kit.jobs_worker", self._url, "0.1", stdout=asyncio.subprocess.PIPE
        )
        self._reader = asyncio.create_task(self._read(self._process))

    async def kill(self) -> None:
        if self._process and self._reader and self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)
            await self._process.wait()
            await self._reader

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self._notes.add(line.decode().strip())


async def file_work(database: Database, rows: int) -> None:
    jobs = DbosJobs(database, SystemClock(), work=False)
    await jobs.start()
    for number in range(rows):
        async with database.writing("north") as db:
            db.add(an_event(f"row{number}"))
            await jobs.wake(db, "handle", f"row{number}", rooftop_id="north")
    await jobs.stop()


def kinds(lines: list[str], kind: str) -> list[str]:
    return [line.split()[1] for line in lines if line.startswith(kind + " ")]


def ended(lines: list[str]) -> set[str]:
    """Rows somebody finished; AGAIN is a worker that found its row handled (the first died before noting so)."""
    return {*kinds(lines, "DONE"), *kinds(lines, "AGAIN")}


async def handled_once(database: Database, rows: int) -> bool:
    async with database.reading("north") as db:
        attempts = list(await db.scalars(select(OutboxEvent.attempts).where(OutboxEvent.handled_at.is_not(None))))
    return attempts == [1] * rows


async def test_kill_9_loses_no_job_and_the_next_worker_finishes_them(database: Database) -> None:
    await a_store(database)
    await file_work(database, 16)
    notes = Notes()
    first, second = Worker(database.url, notes), Worker(database.url, notes)
    try:
        await first.start()
        await notes.until(lambda lines: len(kinds(lines, "START")) >= 6)
        await first.kill()
        await second.start()
        await notes.until(lambda lines: len(ended(lines)) == 16)
    finally:
        await first.kill()
        await second.kill()
    assert await handled_once(database, 16)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_living_worker_adopts_what_a_dead_one_left(database: Database) -> None:
    await a_store(database)
    notes = Notes()
    doomed, survivor = Worker(database.url, notes), Worker(database.url, notes)
    try:
        await doomed.start()
        await survivor.start()
        await notes.until(lambda lines: len(kinds(lines, "READY")) == 2)
        await file_work(database, 24)
        await notes.until(lambda lines: len({line.split()[2] for line in lines if "START" in line}) == 2)
        await doomed.kill()
        await notes.until(lambda lines: len(ended(lines)) == 24)
    finally:
        await doomed.kill()
        await survivor.kill()
    assert await handled_once(database, 24)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_second_process_on_sqlite_waits_for_its_seat(database: Database) -> None:
    await a_store(database)
    seen = Seen()
    first, second = DbosJobs(database, SystemClock(), FAST), DbosJobs(database, SystemClock(), FAST)
    second.on("handle", seen)
    await first.start()
    await second.start()
    assert first.launched.is_set() and not second.launched.is_set()
    async with database.writing("north") as db:
        await second.wake(db, "handle", "row", rooftop_id="north", delay=timedelta(seconds=1))
    await first.stop()
    async with asyncio.timeout(LONG):
        await second.launched.wait()
        await seen.count(1)
    await second.stop()
