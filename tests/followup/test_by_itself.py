"""Loops that open by themselves, the text each deserves, and what settles them: the record, not somebody's word."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from followup import desk, missed_calls, part_calls, promise_times, status_messages, visit_messages
from followup.closing import Proof
from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.outreach import Outreach
from followup.ports import Accepted, CarrierText, OutgoingText, SendOutcome
from followup.program_models import Enrollment
from followup.programs.work import ProgramWork
from followup.watch import LoopWatch
from kit.db import Database
from kit.ids import CallId, CustomerId, StaffId, new_id
from kit.jobs import InlineJobs
from record import carrier_words
from record.consent import Purpose
from record.contact_facts import facts_about
from record.contact_models import ConsentEntry
from record.models import Call, ContactPoint, Customer, Disposition, RepairOrder, Staff, Vehicle
from record.text_models import TextMessage
from record.visit_models import SpecialOrderPart
from scheduling import setup
from scheduling.models import AppointmentRow
from tests.builders import ANA, LINE, NOW, ROOFTOP, StandingClock, a_customer, a_store
from tests.scheduling.a_store import EVERY_SKILL, every_day

PACIFIC = ZoneInfo("America/Los_Angeles")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PACIFIC).astimezone(UTC)


@dataclass
class Carrier:
    """Takes every text and keeps it."""

    took: list[OutgoingText] = field(default_factory=list)

    async def send(self, text: OutgoingText) -> SendOutcome:
        self.took.append(text)
        return Accepted(f"SM{len(self.took)}", "queued")

    async def sent_since(self, from_e164: str, to_e164: str, since: datetime) -> list[CarrierText]:
        return []


class Floor:
    """Ana's store, with everything that works on its loops and texts."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.carrier = database, StandingClock(NOW), Carrier()
        self.outreach = Outreach(database, self.clock, InlineJobs(self.clock), self.carrier)
        self.programs = ProgramWork(database, self.clock)
        self.ana = self.dan = self.car = ""

    async def open(self) -> "Floor":
        await a_store(self.database)
        async with self.database.writing(ROOFTOP) as db:
            self.ana = str(await db.scalar(select(Customer.id)))
            self.car = str(await db.scalar(select(Vehicle.id)))
            self.dan = str(await db.scalar(select(Staff.id).where(Staff.name == "Dan Osei")))
        return self

    async def programs_run(self, at: datetime | None = None) -> int:
        """People are looked for, and every step that is due is taken."""
        self.clock.at = at or self.clock.at
        found = await self.programs.look_in_store(ROOFTOP)
        await self.steps()
        return found

    async def steps(self) -> None:
        async with self.database.reading(ROOFTOP) as db:
            ids = list(await db.scalars(select(Enrollment.id).order_by(Enrollment.id)))
        for enrollment_id in ids:
            await self.programs.step(ROOFTOP, enrollment_id)

    async def send(self, at: datetime | None = None, *, deliver: bool = True) -> list[str]:
        """Sends whatever may go now; returns the words that left."""
        self.clock.at = at or self.clock.at
        before = len(self.carrier.took)
        for row in await self.texts():
            if row.state == "pending":
                await self.outreach.look(ROOFTOP, row.id)
        left = self.carrier.took[before:]
        for text in left if deliver else ():
            async with self.database.writing(ROOFTOP) as db:
                sid = next(row.message_sid for row in await self.texts() if row.id == text.text_id)
                await carrier_words.told(db, text.text_id, str(sid), "delivered", 0, self.clock.at)
        return [text.body for text in left]

    async def look(self, at: datetime | None = None) -> None:
        self.clock.at = at or self.clock.at
        for row in await self.loops():
            await LoopWatch(self.database, self.clock).look(ROOFTOP, row.id)

    async def loops(self, kind: str = "", *, closed: bool = False) -> list[Loop]:
        async with self.database.reading(ROOFTOP) as db:
            rows = await db.scalars(select(Loop).order_by(Loop.id))
            return [row for row in rows if (not kind or row.kind == kind) and (row.closed_at is not None) is closed]

    async def texts(self) -> list[TextMessage]:
        async with self.database.reading(ROOFTOP) as db:
            return list(await db.scalars(select(TextMessage).order_by(TextMessage.id)))

    async def an_order(self, status: str = "in_shop", **more: object) -> str:
        given = {
            "ro_number": "48213", "customer_id": self.ana, "vehicle_id": self.car, "advisor_id": self.dan,
            "status": status, "opened_at": NOW, "status_at": NOW, **more,
        }  # fmt: skip
        return await self._add(RepairOrder(id=new_id(), **given))

    async def moves(self, order_id: str, status: str, at: datetime | None = None) -> None:
        self.clock.at = at or self.clock.at
        async with self.database.writing(ROOFTOP) as db:
            await db.execute(update(RepairOrder).where(RepairOrder.id == order_id).values(status=status))
            payload = {"repair_order_id": order_id, "status": status, "as_of": self.clock.at.isoformat()}
            await status_messages.on_status_changed(db, payload, self.clock.at)

    async def a_call(self, sid: str, code: str, at: datetime, *, owed: bool) -> str:
        call = Call(
            id=new_id(), call_sid=sid, account_sid="AC1", from_e164=ANA, to_e164=LINE, started_at=at,
            customer_hint_id=self.ana,
        )  # fmt: skip
        await self._add(call)
        self.clock.at = at
        async with self.database.writing(ROOFTOP) as db:
            db.add(Disposition(call_id=call.id, code=code, contact_outcome=code))
            if owed:
                given = Promise(sid, "Wanted: brakes", "service", ANA, CustomerId(self.ana), CallId(call.id))
                await promise_callback(db, given, at)
            await missed_calls.on_call_ended(db, CallId(call.id), at)
        return call.id

    async def a_visit(self, starts_at: datetime, **more: object) -> str:
        async with self.database.writing(ROOFTOP) as db:
            await setup.open_scheduling(db, None)
            technician = await setup.add_technician(db, "Tess", EVERY_SKILL, every_day())
            row = AppointmentRow(
                id=new_id(), customer_id=self.ana, vehicle_id=self.car, advisor_id=self.dan, technician_id=technician,
                starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), visit="waiter", transport="none",
                state="booked", confirmation_code="QX7", idempotency_key="k", **more,
            )  # fmt: skip
            db.add(row)
            await db.flush()
            return row.id

    async def _add(self, row: object) -> str:
        async with self.database.writing(ROOFTOP) as db:
            db.add(row)
            await db.flush()
            return str(row.id)  # type: ignore[attr-defined]

    async def run(self, look: object, at: datetime) -> int:
        self.clock.at = at
        async with self.database.writing(ROOFTOP) as db:
            return await look(db, at)  # type: ignore[operator, no-any-return]


@pytest.fixture
async def floor(database: Database) -> Floor:
    return await Floor(database).open()


async def test_a_car_that_is_ready_is_told_within_minutes_and_settled_by_the_carriers_word(floor: Floor) -> None:
    """S1-17, S1-44."""
    await floor.moves(await floor.an_order(), "ready")
    assert await floor.send(deliver=False) == [
        "Riverside Motors: Your 2019 Chevrolet Tahoe is ready. We are open until 6:00 PM today. Questions? Reply here. "
        "Reply STOP to opt out."
    ]
    await floor.look(NOW + timedelta(minutes=1))
    (owed,) = await floor.loops("tell_status")
    assert (owed.owner_id, owed.due_at) == (floor.dan, NOW + timedelta(minutes=10)), "sent is not heard"
    async with floor.database.writing(ROOFTOP) as db:
        await carrier_words.told(db, "", "SM1", "delivered", 0, NOW)
    await floor.look(NOW + timedelta(minutes=2))
    (closed,) = await floor.loops("tell_status", closed=True)
    assert closed.close_reason == "message_sent"


async def test_ready_and_not_told_is_late_after_ten_minutes(floor: Floor) -> None:
    await floor.moves(await floor.an_order(), "ready")
    await floor.look(NOW + timedelta(minutes=10))
    (owed,) = await floor.loops("tell_status")
    assert (owed.cause_code, owed.due_for) == ("bad_timing", "first_contact")


async def test_whoever_opted_out_gets_a_call_and_no_text(floor: Floor) -> None:
    await floor._add(
        ConsentEntry(entry_key="k", contact=ANA, kind="revoke", channel="all", scope="all", source="text", at=NOW)
    )
    await floor.moves(await floor.an_order(), "ready")
    assert await floor.send() == []
    (owed,) = await floor.loops("tell_status")
    assert owed.next_step.startswith("Call: the text did not go (after an opt-out")
    assert (await floor.texts())[0].withheld_by == "L5"


async def test_whoever_the_store_system_blocks_gets_a_call_and_no_text(floor: Floor) -> None:
    flag = {"kind": "block", "channel": "text", "scope": "all", "source": "dms block_phone"}
    await floor._add(ConsentEntry(entry_key="k", customer_id=floor.ana, at=NOW, **flag))
    await floor.moves(await floor.an_order(), "ready")
    assert await floor.send() == []
    assert (await floor.texts())[0].withheld_by == "L5i"


async def test_a_number_that_is_theirs_no_more_is_never_texted(floor: Floor) -> None:
    async with floor.database.writing(ROOFTOP) as db:
        await db.execute(update(ContactPoint).where(ContactPoint.value == ANA).values(label="old"))
    await floor.moves(await floor.an_order(), "ready")
    assert await floor.texts() == []
    async with floor.database.reading(ROOFTOP) as db:
        facts = await facts_about(db, ANA, Purpose.INFORMATIONAL, PACIFIC, LINE, NOW)
    assert not facts.gave_number


async def test_news_of_the_night_waits_for_the_morning_and_old_news_never_goes(floor: Floor) -> None:
    order = await floor.an_order()
    await floor.moves(order, "ready", local("2026-11-20T22:00"))
    assert await floor.send() == []
    (waiting,) = await floor.texts()
    assert (waiting.state, waiting.next_try_at) == ("pending", local("2026-11-21T08:00"))
    assert len(await floor.send(local("2026-11-21T08:00"))) == 1
    await floor.moves(order, "arrived", local("2026-11-21T22:00"))
    assert await floor.send() == []
    assert [(row.state, row.withheld_by) for row in await floor.texts()][1] == ("withheld", "L8")


async def test_a_newer_state_overtakes_what_was_about_to_be_said(floor: Floor) -> None:
    order = await floor.an_order()
    await floor.moves(order, "awaiting_parts")
    await floor.moves(order, "ready", NOW + timedelta(minutes=1))
    assert [body[18:] for body in await floor.send()][0].startswith("Your 2019 Chevrolet Tahoe is ready")
    assert [row.close_reason for row in await floor.loops(closed=True)] == ["event_past"]
    await floor.moves(order, "closed", NOW + timedelta(minutes=2))
    assert await floor.loops() == []


async def test_the_last_part_makes_the_promised_call_due_in_four_business_hours(floor: Floor) -> None:
    """S1-02: a Friday arrival is due before the weekend is over."""
    order = await floor.an_order("awaiting_parts")
    caliper = {"order_number": "S1", "line": "1", "part_number": "P", "description": "Caliper", "state": "received"}
    await floor._add(SpecialOrderPart(customer_id=floor.ana, **caliper))
    async with floor.database.writing(ROOFTOP) as db:
        bound = Promise(
            "CA9", "Call when the part is here", "service", ANA, waits_for="order:S1", due_at=NOW + timedelta(days=9)
        )
        await promise_callback(db, bound, NOW)
        payload = {"order_number": "S1", "customer_id": floor.ana, "repair_order_id": order, "as_of": NOW.isoformat()}
        await part_calls.on_order_arrived(db, payload, NOW)
    await floor.steps()
    due = NOW + timedelta(hours=4)
    (owed,) = await floor.loops("part_arrived")
    assert (owed.due_at, owed.owner_id, "Caliper" in owed.need) == (due, floor.dan, True)
    (waited,) = await floor.loops("callback")
    assert (waited.state, waited.due_at) == ("open", due)
    assert "What we ordered for your 2019 Chevrolet Tahoe is in" in (await floor.send())[0]
    await floor.look(due)
    assert (await floor.loops("part_arrived"))[0].due_for == "promise", "the text does not settle the call"


async def test_a_caller_who_rang_twice_is_one_caller_with_one_text(floor: Floor) -> None:
    """S1-01, S1-16."""
    await floor.a_call("CA1", "abandoned_ring", NOW, owed=True)
    await floor.a_call("CA2", "abandoned_handoff", NOW + timedelta(minutes=9), owed=True)
    (owed,) = await floor.loops("callback")
    assert (owed.source_key, owed.due_at) == ("CA1", NOW + timedelta(hours=1)), "ringing again waits no longer"
    assert "Called again at 10:09 AM" in owed.need
    assert await floor.send() == [
        "Riverside Motors: Sorry we missed your call. Tell us here what you need, or Mara Field calls you by 11:00 AM. "
        "Reply STOP to opt out."
    ]


async def test_a_later_talk_settles_what_missed_calls_left(floor: Floor) -> None:
    await floor.a_call("CA1", "abandoned_ring", NOW, owed=True)
    await floor.a_call("CA2", "appointment_set", NOW + timedelta(minutes=9), owed=False)
    assert await floor.loops() == []
    assert [row.close_reason for row in await floor.loops(closed=True)] == ["spoken_since"]


async def test_a_promise_time_at_risk_is_somebodys_before_the_customer_asks(floor: Floor) -> None:
    await floor.an_order("in_shop", promised_at=NOW + timedelta(minutes=61))
    assert await floor.run(promise_times.look, NOW) == 0
    assert await floor.run(promise_times.look, NOW + timedelta(minutes=1)) == 1
    assert await floor.run(promise_times.look, NOW + timedelta(minutes=2)) == 0
    (owed,) = await floor.loops("promise_at_risk")
    assert (owed.owner_id, owed.due_at) == (floor.dan, NOW + timedelta(minutes=61))


async def test_a_visit_is_confirmed_and_reminded_of_once_each(floor: Floor) -> None:
    starts = local("2026-11-23T10:00")
    visit = await floor.a_visit(starts)
    async with floor.database.writing(ROOFTOP) as db:
        await visit_messages.on_booked(db, {"appointment_id": visit, "call_sid": "CA1"}, NOW)
    await floor.steps()
    assert "booked for Monday, November 23 at 10:00 AM with Dan Osei (QX7)" in (await floor.send())[0]
    said: list[str] = []
    at = NOW
    while at < starts:
        await floor.programs_run(at)
        said += await floor.send()
        at += timedelta(minutes=30)
    assert [body.split(": ", 1)[1][:9] for body in said] == ["See you M", "We expect"]


async def test_a_visit_that_was_moved_and_moved_back_is_confirmed_for_where_it_is(floor: Floor) -> None:
    first, second = local("2026-11-23T10:00"), local("2026-11-24T10:00")
    visit = await floor.a_visit(first)
    for starts in (first, second, first):
        async with floor.database.writing(ROOFTOP) as db:
            await db.execute(update(AppointmentRow).values(starts_at=starts))
            await visit_messages.on_booked(db, {"appointment_id": visit, "call_sid": "CA1"}, NOW)
        await floor.steps()
    (told,) = await floor.send()
    assert "Monday, November 23" in told


async def test_a_confirmation_that_comes_after_the_move_is_sent_all_the_same(floor: Floor) -> None:
    visit = await floor.a_visit(local("2026-11-24T10:00"))
    for _ in ("booked", "moved"):
        async with floor.database.writing(ROOFTOP) as db:
            await visit_messages.on_booked(db, {"appointment_id": visit, "call_sid": "CA1"}, NOW)
    await floor.steps()
    (told,) = await floor.send()
    assert "Tuesday, November 24" in told


async def test_nobody_is_reminded_of_a_cancelled_visit(floor: Floor) -> None:
    visit = await floor.a_visit(NOW + timedelta(hours=30))
    await floor.programs_run(NOW)
    async with floor.database.writing(ROOFTOP) as db:
        await db.execute(update(AppointmentRow).values(state="cancelled"))
        await visit_messages.on_cancelled(db, {"appointment_id": visit}, NOW)
    await floor.programs_run(NOW + timedelta(hours=6))
    assert await floor.send() == []


async def test_who_did_not_come_is_texted_and_called_the_same_day(floor: Floor) -> None:
    await floor.a_visit(NOW - timedelta(minutes=31))
    assert await floor.programs_run(NOW) == 0, "without today's orders nobody can tell"
    async with floor.database.writing(ROOFTOP) as db:
        other = Customer(first_name="Bo", last_name="Li")
        db.add(other)
        await db.flush()
        db.add(RepairOrder(ro_number="1", customer_id=other.id, status="in_shop", opened_at=NOW, status_at=NOW))
    assert await floor.programs_run(NOW + timedelta(minutes=1)) == 1
    assert await floor.programs_run(NOW + timedelta(minutes=2)) == 0
    (owed,) = await floor.loops("no_show")
    assert owed.due_at == NOW + timedelta(minutes=61)
    assert "We missed you at 9:29 AM" in (await floor.send())[0]


async def test_what_the_ai_booked_is_proven_by_the_book(floor: Floor) -> None:
    async with floor.database.writing(ROOFTOP) as db:
        await promise_callback(db, Promise("lead1", "Brakes", "service", ANA, CustomerId(floor.ana), kind="lead"), NOW)
    visit = await floor.a_visit(NOW + timedelta(days=2))
    async with floor.database.writing(ROOFTOP) as db:
        await visit_messages.on_booked(db, {"appointment_id": visit, "call_sid": "CA1"}, NOW)
    assert [row.state for row in await floor.loops("lead")] == ["ai_done_unconfirmed"]
    await floor.look(NOW + timedelta(minutes=1))
    assert [row.state for row in await floor.loops("lead", closed=True)] == ["done"]


async def test_a_visit_that_became_somebody_elses_settles_nothing(floor: Floor) -> None:
    async with floor.database.writing(ROOFTOP) as db:
        await promise_callback(db, Promise("lead1", "Brakes", "service", ANA, CustomerId(floor.ana), kind="lead"), NOW)
    visit = await floor.a_visit(NOW + timedelta(days=2))
    async with floor.database.writing(ROOFTOP) as db:
        await visit_messages.on_booked(db, {"appointment_id": visit, "call_sid": "CA1"}, NOW)
        bo = await a_customer(db, "Bo", "Li", "+15035550177")
        await db.execute(update(AppointmentRow).where(AppointmentRow.id == visit).values(customer_id=bo))
    await floor.look(NOW + timedelta(minutes=1))
    assert [row.state for row in await floor.loops("lead")] == ["ai_done_unconfirmed"]


async def test_when_the_bdc_books_the_advisor_confirms_the_estimate(floor: Floor) -> None:
    """S2-32: two loops, two owners."""
    visit = await floor.a_visit(NOW + timedelta(days=2))
    rep = await floor._add(Staff(name="Bea Ruiz", role="bdc_rep", department="bdc"))
    async with floor.database.writing(ROOFTOP) as db:
        lead = Promise("lead1", "Brakes grind", "service", ANA, CustomerId(floor.ana), kind="lead")
        loop = await promise_callback(db, lead, NOW)
        proof = Proof("why", "appointment", visit)
        await desk.finish(db, loop.id, "booked", [proof], desk.Person(StaffId(rep), "Bea Ruiz"), NOW)
    (owed,) = await floor.loops()
    assert (owed.kind, owed.owner_id, owed.due_at) == ("confirm_estimate", floor.dan, NOW + timedelta(hours=4))
    assert owed.need.startswith("Bea Ruiz booked") and "Brakes grind" in owed.need
