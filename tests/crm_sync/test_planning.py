"""What happens in a store sets out to every system that is told of it, in the transaction that made it true."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm_sync.planning import Planner
from crm_sync.settings import CrmSyncSettings
from kit.db import Database
from kit.ids import AppointmentId, CallSid, new_id
from kit.jobs import InlineJobs
from lanekeeper.events import EventDispatcher
from lanekeeper.invariants import breaches
from lanekeeper.subscriptions import subscriptions
from record import writeback_targets
from record.models import Call, OutboxEvent, WriteBack
from record.subjects import SubjectKind
from record.writeback_subjects import LeadChange, file_lead_change
from scheduling.booking import Booked, Request, book, cancel, hold, move
from scheduling.openings import find_offers
from scheduling.shop import Wish
from tests.builders import ANA, StandingClock
from tests.builders import ROOFTOP as RIVERSIDE
from tests.builders import a_store as riverside
from tests.crm_sync.a_desk import EVERYTHING, a_disposition, desk_for, rows
from tests.scheduling.a_store import NOW, OIL, AStore, a_store, pacific


class Day:
    """A store with two systems: one told of everything, one of appointments only."""

    def __init__(self, database: Database, store: AStore) -> None:
        self.database = database
        self.store = store
        clock = StandingClock(NOW)
        handlers = subscriptions(Planner(CrmSyncSettings()))
        self.dispatcher = EventDispatcher(database, clock, InlineJobs(clock), handlers)

    async def handle_events(self) -> None:
        for rooftop_id, event_id in await self.dispatcher.due(NOW, 100):
            await self.dispatcher.handle(rooftop_id, event_id)
        async with self.database.across_rooftops("test") as db:
            assert list(await db.scalars(select(OutboxEvent.kind).where(OutboxEvent.handled_at.is_(None)))) == []

    async def written(self, target: str) -> list[WriteBack]:
        async with self.database.reading(self.store.rooftop_id) as db:
            query = select(WriteBack).where(WriteBack.target == target).order_by(WriteBack.id)
            return list(await db.scalars(query))

    async def slot(self, at: str) -> str:
        async with self.database.reading(self.store.rooftop_id) as db:
            wish = Wish((OIL,), earliest=pacific(at), latest=pacific(at), how_many=1)
            return (await find_offers(db, wish, NOW))[0].slot_id

    async def book(self, at: str = "2026-11-17T09:00") -> Booked:
        request = Request(await self.slot(at), ("LOF",), self.store.customers[0], new_id(), call_sid=CallSid("CA1"))
        async with self.database.writing(self.store.rooftop_id) as db:
            held = await hold(db, Request(request.slot_id, ("LOF",), None, new_id(), call_sid=CallSid("CA1")), NOW)
            assert not isinstance(held, Booked)
            done = await book(db, request, NOW)
            assert isinstance(done, Booked)
            return done


@pytest.fixture
async def day(database: Database) -> Day:
    store = await a_store(database)
    async with database.writing(store.rooftop_id) as db:
        before = NOW - timedelta(days=1)
        await writeback_targets.add(db, "crm", "csv_folder", {}, EVERYTHING, before)
        only = frozenset({SubjectKind.APPOINTMENT})
        await writeback_targets.add(db, "scheduler", "csv_folder", {}, only, before)
    return Day(database, store)


async def test_a_visit_booked_moved_and_cancelled_is_told_three_times_in_order(day: Day) -> None:
    booked = (await day.book()).appointment
    later = await day.slot("2026-11-18T10:00")
    async with day.database.writing(day.store.rooftop_id) as db:
        await move(db, booked.appointment_id, later, key="m", now=NOW)
        await cancel(db, booked.appointment_id, key="c", now=NOW, reason="sold the car")
    await day.handle_events()
    for target in ("crm", "scheduler"):
        told = sorted(await day.written(target), key=lambda row: row.subject_version)
        assert {row.subject_id for row in told} == {booked.appointment_id}
        assert [row.payload["change"] for row in told] == ["booked", "moved", "cancelled"]
        assert [row.payload["appointment_at"] for row in told] == [
            "2026-11-17T09:00:00-08:00",
            "2026-11-18T10:00:00-08:00",
            "2026-11-18T10:00:00-08:00",
        ]
        assert told[1].payload["previous_at"] == "2026-11-17T09:00:00-08:00"
        assert told[2].payload["reason"] == "sold the car"
        assert {row.payload["op_codes"] for row in told} == {"LOF"}
        assert len({row.subject_version for row in told}) == 3


async def test_a_visit_nobody_was_told_of_breaks_the_rule_after_five_minutes(day: Day) -> None:
    async def broken() -> bool:
        async with day.database.across_rooftops("verify") as db:
            found = await breaches(db, NOW + timedelta(minutes=6))
        return "I17" in {rule.id for rule, _ in found}

    await day.book()
    assert await broken()
    await day.handle_events()
    assert not await broken()


async def test_a_hold_that_is_given_up_is_nobody_elses_business(day: Day) -> None:
    async with day.database.writing(day.store.rooftop_id) as db:
        request = Request(await day.slot("2026-11-17T09:00"), ("LOF",), day.store.customers[0], "h")
        held = await hold(db, request, NOW)
        await cancel(db, AppointmentId(held.appointment.appointment_id), key="c", now=NOW)  # type: ignore[union-attr]
    await day.handle_events()
    assert await day.written("crm") == []


async def test_a_booking_that_is_undone_tells_nobody(day: Day) -> None:
    class Undone(Exception):
        pass

    slot = await day.slot("2026-11-17T09:00")
    with pytest.raises(Undone):
        async with day.database.writing(day.store.rooftop_id) as db:
            await book(db, Request(slot, ("LOF",), day.store.customers[0], "b"), NOW)
            raise Undone
    await day.handle_events()
    assert await day.written("crm") == []


def a_change(version: int, status: str, at: datetime = NOW) -> LeadChange:
    return LeadChange("lead1", version, status, at, first_name="Ana", last_name="Ortega", phone=ANA)


async def test_each_state_of_a_lead_is_told_once_however_often_it_is_filed(day: Day) -> None:
    for version, status in ((1, "inquiry"), (2, "scheduling"), (2, "scheduling"), (3, "won")):
        async with day.database.writing(day.store.rooftop_id) as db:
            await file_lead_change(db, a_change(version, status), NOW)
    await day.handle_events()
    told = await day.written("crm")
    assert sorted((row.subject_version, row.payload["star_status"]) for row in told) == [
        (1, "NEW"),
        (2, "FOLLOW_UP_SCHEDULED"),
        (3, "WON"),
    ]
    assert {row.payload["phone_e164"] for row in told} == {ANA}
    assert await day.written("scheduler") == []


async def test_a_call_leaves_its_outcome_and_its_summary_each_once(database: Database) -> None:
    await riverside(database)
    async with database.writing(RIVERSIDE) as db:
        await writeback_targets.add(db, "crm", "csv_folder", {}, EVERYTHING, NOW)
    desk = desk_for(database, None)

    def summarised(call: Call) -> None:
        call.summary = [{"text": "Asked for an oil change.", "at_ms": 1, "turn": 1}, {"text": "Booked.", "at_ms": 2}]

    disposition_id = await a_disposition(database, change=summarised)
    for _ in range(2):
        await desk.plan(disposition_id)
    told = {row.subject_kind: row for row in await rows(database)}
    assert sorted(told) == ["disposition", "note"]
    assert told["note"].payload["note"] == "Asked for an oil change. Booked."
    assert told["disposition"].payload["phone_e164"] == ANA


async def test_a_store_that_named_no_system_gets_outcomes_in_the_folder_and_nothing_else(database: Database) -> None:
    await riverside(database)
    desk = desk_for(database, None)
    await desk.plan(await a_disposition(database, change=lambda call: setattr(call, "summary", [{"text": "x"}])))
    assert [(row.target, row.subject_kind) for row in await rows(database)] == [("csv_folder", "disposition")]


async def test_another_stores_system_is_told_nothing(database: Database, day: Day) -> None:
    await riverside(database)
    desk = desk_for(database, None)
    await desk.plan(await a_disposition(database))
    assert await day.written("crm") == []


async def test_what_was_on_its_way_to_the_folder_still_gets_there_when_a_store_names_its_first_system(
    database: Database, tmp_path: Any
) -> None:
    from lanekeeper.wiring import target_builder

    await riverside(database)
    desk = desk_for(database, None)
    desk.settings.folder = str(tmp_path)
    await desk.plan(await a_disposition(database))
    async with database.writing(RIVERSIDE) as db:
        await writeback_targets.add(db, "crm", "csv_folder", {"folder": str(tmp_path / "crm")}, EVERYTHING, NOW)
    desk.work._build = target_builder(desk.settings, desk.clock)
    await desk.deliver_all()
    assert [row.state for row in await rows(database)] == ["acked"]
