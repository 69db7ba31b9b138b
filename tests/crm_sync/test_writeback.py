"""Each outcome reaches the store's system exactly once, or a person owns it."""

import asyncio
import csv
import os
import random
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from crm_sync.outcomes import COLUMNS, star_activity_code, values_of
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crm_sync.ports import OutgoingOutcome
from crm_sync.providers.csv_folder import CsvFolder, cell, csv_text
from crm_sync.settings import CrmSyncSettings
from crm_sync.writeback import WriteBacks
from followup.models import Loop
from kit.db import Database
from kit.errors import ProviderError
from kit.ids import CallId, new_id
from kit.jobs import RETRY_AFTER, InlineJobs
from record.models import Call, Disposition, Staff, WriteBack
from record.writebacks import Outcome
from tests.builders import LINE, NOW, ROOFTOP, StandingClock, a_store


class FakeTarget:
    """A system that remembers what it was given, and fails as told."""

    name = "fake"

    def __init__(self) -> None:
        self.has: Counter[str] = Counter()
        self.script: list[str] = []
        self.lost = asyncio.Event()

    async def find(self, outcome: OutgoingOutcome) -> str | None:
        return f"ref-{outcome.id}" if self.has[outcome.id] else None

    async def deliver(self, outcome: OutgoingOutcome) -> None:
        step = self.script.pop(0) if self.script else "ok"
        if step in ("ok", "lost answer"):
            self.has[outcome.id] += 1
        if step == "lost answer":
            self.lost.set()
            await asyncio.Event().wait()
        if step == "refused":
            raise ProviderError("bad customer number", retryable=False)
        if step == "down":
            raise ProviderError("not answering", retryable=True)


async def a_disposition(database: Database, number: int = 0, code: str = "appointment_set", note: str = "") -> str:
    async with database.writing(ROOFTOP) as db:
        call = Call(
            call_sid=f"CA{number:032d}",
            account_sid="AC1",
            from_e164="+15550100177",
            to_e164=LINE,
            started_at=NOW,
            ended_at=NOW + timedelta(minutes=2),
        )
        db.add(call)
        await db.flush()
        row = Disposition(call_id=call.id, code=code, contact_outcome="spoke_customer", note=note, created_at=NOW)
        db.add(row)
        await db.flush()
        return row.id


async def planned(database: Database, work: WriteBacks, disposition_id: str) -> str:
    async with database.writing(ROOFTOP) as db:
        await work.plan(db, {"disposition_id": disposition_id}, NOW)
    return (await rows(database))[-1].id


async def rows(database: Database) -> list[WriteBack]:
    async with database.reading(ROOFTOP) as db:
        return list(await db.scalars(select(WriteBack).order_by(WriteBack.id)))


async def loops(database: Database) -> list[Loop]:
    async with database.reading(ROOFTOP) as db:
        return list(await db.scalars(select(Loop)))


class Desk:
    """Write-backs to one target, under a clock of ours."""

    def __init__(self, database: Database, target: Any) -> None:
        self.clock = StandingClock()
        settings = CrmSyncSettings(lease_seconds=60, deliver_seconds=0.05 if isinstance(target, FakeTarget) else 15)
        self.work = WriteBacks(database, self.clock, InlineJobs(self.clock), [target], settings)


async def test_an_outcome_is_written_once_however_often_it_is_told(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    desk = Desk(database, target)
    disposition_id = await a_disposition(database)
    for _ in range(3):
        await planned(database, desk.work, disposition_id)
    [row] = await rows(database)
    for _ in range(3):
        await desk.work.deliver(ROOFTOP, row.id)
    [row] = await rows(database)
    assert (row.state, row.external_ref, row.next_try_at, target.has[row.id]) == ("acked", f"ref-{row.id}", None, 1)


async def test_two_workers_at_once_send_one(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    desk = Desk(database, target)
    writeback_id = await planned(database, desk.work, await a_disposition(database))
    await asyncio.gather(*(desk.work.deliver(ROOFTOP, writeback_id) for _ in range(5)))
    assert target.has[writeback_id] == 1


async def test_an_answer_that_got_lost_is_looked_up_and_not_sent_again(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    target.script = ["lost answer"]
    desk = Desk(database, target)
    writeback_id = await planned(database, desk.work, await a_disposition(database))
    await desk.work.deliver(ROOFTOP, writeback_id)
    [row] = await rows(database)
    assert (row.state, row.last_error) == ("retry", "no answer in time")
    desk.clock.at += timedelta(seconds=6)
    await desk.work.deliver(ROOFTOP, writeback_id)
    [row] = await rows(database)
    assert (row.state, row.attempts, target.has[writeback_id]) == ("acked", 2, 1)


async def test_a_worker_that_died_while_sending_is_followed_up_when_its_lease_ends(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    target.script = ["lost answer"]
    desk = Desk(database, target)
    writeback_id = await planned(database, desk.work, await a_disposition(database))
    dying = asyncio.create_task(desk.work.deliver(ROOFTOP, writeback_id))
    await target.lost.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert (await rows(database))[0].state == "sending"
    assert await desk.work.due(desk.clock.now(), 10) == []
    desk.clock.at += timedelta(seconds=61)
    assert await desk.work.due(desk.clock.now(), 10) == [(ROOFTOP, writeback_id)]
    await desk.work.deliver(ROOFTOP, writeback_id)
    [row] = await rows(database)
    assert (row.state, target.has[writeback_id]) == ("acked", 1)


async def test_a_target_that_stays_down_is_tried_on_schedule_and_then_owned_by_a_person(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    target.script = ["down"] * 20
    desk = Desk(database, target)
    writeback_id = await planned(database, desk.work, await a_disposition(database))
    waits = []
    for _ in RETRY_AFTER:
        await desk.work.deliver(ROOFTOP, writeback_id)
        [row] = await rows(database)
        if row.next_try_at is not None:
            waits.append(row.next_try_at - desk.clock.now())
            desk.clock.at = row.next_try_at
    assert waits == list(RETRY_AFTER[1:])
    assert (row.state, row.attempts, row.next_try_at) == ("dead", 8, None)
    [loop] = await loops(database)
    assert (loop.kind, loop.source_key, loop.closed_at) == ("writeback_failed", writeback_id, None)
    await desk.work.deliver(ROOFTOP, writeback_id)
    assert len(target.script) == 12


async def test_a_refusal_goes_to_a_person_at_once(database: Database) -> None:
    await a_store(database)
    target = FakeTarget()
    target.script = ["refused"]
    desk = Desk(database, target)
    writeback_id = await planned(database, desk.work, await a_disposition(database))
    await desk.work.deliver(ROOFTOP, writeback_id)
    assert (await rows(database))[0].state == "dead"
    assert "bad customer number" in (await loops(database))[0].need


async def test_a_store_without_people_keeps_trying(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        for person in await db.scalars(select(Staff)):
            person.disabled_at = NOW
    target = FakeTarget()
    target.script = ["refused"]
    desk = Desk(database, target)
    writeback_id = await planned(database, desk.work, await a_disposition(database))
    await desk.work.deliver(ROOFTOP, writeback_id)
    [row] = await rows(database)
    assert (row.state, row.next_try_at) == ("retry", NOW + RETRY_AFTER[-1])
    assert await loops(database) == []


async def test_the_file_says_what_the_call_came_to(database: Database, tmp_path: Path) -> None:
    await a_store(database)
    desk = Desk(database, CsvFolder(tmp_path, COLUMNS))
    note = '=HYPERLINK("http://evil")\nsecond line'
    writeback_id = await planned(database, desk.work, await a_disposition(database, note=note))
    await desk.work.deliver(ROOFTOP, writeback_id)
    [row] = await rows(database)
    assert row.external_ref == f"{ROOFTOP}/{writeback_id}.csv"
    [line] = list(csv.DictReader((tmp_path / row.external_ref).open(newline="")))
    assert tuple(line) == COLUMNS
    assert line["disposition"] == "appointment_set"
    assert line["star_activity_code"] == "CustomerPhonedDealer"
    assert line["call_started_at"] == "2026-11-20T10:00:00-08:00"
    assert line["note"] == '\'=HYPERLINK("http://evil") second line'


async def test_a_file_the_collector_took_away_is_not_written_again(tmp_path: Path) -> None:
    target = CsvFolder(tmp_path, COLUMNS)
    outgoing = OutgoingOutcome(new_id(), ROOFTOP, {})
    assert await target.find(outgoing) is None
    await target.deliver(outgoing)
    reference = await target.find(outgoing)
    assert reference is not None
    (tmp_path / reference).unlink()
    await target.deliver(outgoing)
    assert await target.find(outgoing) == reference
    assert not (tmp_path / reference).exists()


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("collector", [True, False])
def test_dying_before_or_after_any_single_step_shows_the_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collector: bool
) -> None:
    """Every file operation of a delivery in turn is the last one a process does, or the first it does not do."""
    steps = {"left": 0}

    def mortal(act: Any) -> Any:
        def step(*args: Any, **kwargs: Any) -> Any:
            steps["left"] -= 1
            if steps["left"] == 0:
                raise Died
            done = act(*args, **kwargs)
            steps["left"] -= 1
            if steps["left"] == 0:
                raise Died
            return done

        return step

    with monkeypatch.context() as patched:
        for name in ("open", "replace", "rename", "mkdir", "exists"):
            patched.setattr(Path, name, mortal(getattr(Path, name)))
        patched.setattr(os, "fsync", mortal(os.fsync))
        for last in range(1, 200):
            target = CsvFolder(tmp_path / f"{collector}{last}", COLUMNS)
            outgoing = OutgoingOutcome(new_id(), ROOFTOP, {"note": "x"})
            shown = tmp_path / f"{collector}{last}" / ROOFTOP / f"{outgoing.id}.csv"
            seen = 0
            steps["left"] = last
            try:
                target._deliver(outgoing)
                died = False
            except Died:
                died = True
            steps["left"] = 0
            if os.path.exists(shown):
                seen += 1
                if collector:
                    os.unlink(shown)
            if target._find(outgoing) is None:
                target._deliver(outgoing)
                seen += os.path.exists(shown)
            assert (seen, target._find(outgoing) is not None) == (1, True), f"died at step {last}"
            if not died:
                break
    assert last > 40


async def test_a_folder_that_cannot_be_written_is_the_worlds_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ProviderError, match="cannot write") as caught:
        await CsvFolder(tmp_path / "file", COLUMNS).deliver(OutgoingOutcome(new_id(), ROOFTOP, {}))
    assert caught.value.retryable
    with pytest.raises(ProviderError, match="file name"):
        await CsvFolder(tmp_path, COLUMNS).deliver(OutgoingOutcome("../up", ROOFTOP, {}))


@given(st.text())
def test_no_cell_is_a_formula_or_a_second_line(value: str) -> None:
    safe = cell(value)
    assert not safe.startswith(("=", "+", "-", "@"))
    assert "\n" not in safe and "\r" not in safe and "\x00" not in safe


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text()))
def test_a_file_is_read_back_as_one_line_with_every_column(values: dict[str, str]) -> None:
    header, line = list(csv.reader(csv_text(COLUMNS, values).splitlines(keepends=True)))
    assert tuple(header) == COLUMNS
    assert line == [cell(values.get(column, "")) for column in COLUMNS]


@pytest.mark.parametrize(
    ("code", "direction", "star"),
    [
        ("appointment_set", "inbound", "CustomerPhonedDealer"),
        ("hung_up", "inbound", "CustomerPhonedDealer"),
        ("confirmed", "inbound", "CustomerMeetingConfirmed"),
        ("do_not_contact", "inbound", "CustomerUnsubscribe"),
        ("promise_made", "outbound", "CustomerWasPhoned"),
    ],
)
def test_every_outcome_has_a_star_activity(code: str, direction: str, star: str) -> None:
    assert star_activity_code(code, direction) == star


def test_the_last_visit_booked_in_the_call_is_named() -> None:
    caller = ("CA1", "inbound", "service", "anonymous", NOW, None, None, "")
    outcome = Outcome("d", "r", CallId("c"), *caller, "x", "y", "", "agent", NOW, None)
    visits = [(NOW, "AAA", ("LOF",)), (datetime(2026, 11, 24, 17, tzinfo=UTC), "BBB", ("BRK", "ROT"))]
    values = values_of(outcome, "w", "r", "Riverside", ZoneInfo("America/Los_Angeles"), visits)
    assert set(values) == set(COLUMNS)
    assert values["appointment_at"] == "2026-11-24T09:00:00-08:00"
    assert (values["appointment_confirmation"], values["appointment_op_codes"]) == ("BBB", "BRK ROT")
    assert values["caller_phone"] == values["call_ended_at"] == ""


async def test_kill_9_at_any_moment_leaves_each_outcome_once(database: Database, tmp_path: Path) -> None:
    """A collector takes files away all the while, so a file shown twice would be counted twice."""
    await a_store(database)
    desk = Desk(database, CsvFolder(tmp_path, COLUMNS))
    wanted = {await planned(database, desk.work, await a_disposition(database, number)) for number in range(20)}
    collected: Counter[str] = Counter()
    chance = random.Random(7)

    def collect() -> None:
        for file in (tmp_path / ROOFTOP).glob("*.csv"):
            [line] = list(csv.DictReader(file.open(newline="")))
            collected[line["writeback_id"]] += 1
            file.unlink()

    kills = 0
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crm_sync.deliver_once", database.url, str(tmp_path),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        await process.stdout.readline()
        try:
            # Five early deaths, then one that may finish.
            async with asyncio.timeout(chance.uniform(0.0, 0.06) if kills < 5 else 60):
                finished = await process.stdout.readline()
        except TimeoutError:
            finished = b""
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        await process.wait()
        collect()
        async with database.writing(ROOFTOP) as db:  # no waiting for the schedule
            for row in await db.scalars(select(WriteBack).where(WriteBack.next_try_at.is_not(None))):
                row.next_try_at = NOW
        if finished and not await desk.work.due(datetime.now(UTC), 1):
            break
    assert kills >= 3
    assert collected == Counter(dict.fromkeys(wanted, 1))
    assert {row.state for row in await rows(database)} == {"acked"}
