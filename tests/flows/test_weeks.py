"""A store over days: a small day with people who forget, and the stories the first brief begins with, to their ends."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from crm_sync.sales import SPECIAL_ORDER_ARRIVED
from followup import desk
from followup.closing import DONE, PARTS, Proof
from followup.desk import Try
from followup.loop_models import LoopAlarm
from followup.loops import Promise, promise_callback
from followup.models import Loop
from kit.ids import CustomerId
from record import outbox
from record.models import Staff
from record.visit_models import SpecialOrderPart
from telephony import after_call, answering
from telephony.forms import parse_call, parse_progress
from tests.builders import ROOFTOP
from tests.soak.month import BEGINS, LINES, Size, Weeks, run_weeks
from tests.telephony.twilio import ACCOUNT

CALLER = "+19715550123"
EMPTY = Size(0, 0, 0, 0, 0, 0, 0, customers=2, runs_off=8, step_minutes=30, verify_minutes=0)
SMALL = Size(1, 5, 4, 3, 1, 0, 5, customers=6, runs_off=0, step_minutes=9, verify_minutes=90, ahead_minutes=90)
DONE_PROOFS = [Proof(part, "note", says="spoke with them") for part in PARTS]


def friday(hour: int, minute: int = 0, days: int = 0) -> datetime:
    return (BEGINS + timedelta(days=4 + days)).replace(hour=hour, minute=minute)


class Tale(Weeks):
    """Only what a story says happens, and nobody works but as it says."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.seen: list[str] = []

    async def _work(self) -> None:
        return

    async def _duties(self) -> None:
        """A story names its moments: at each the sweep has been there."""
        await asyncio.sleep((self._over - self.clock.now()).total_seconds())

    async def _ending(self) -> None:
        return

    async def look(self, kind: str) -> None:
        """What stands at this moment: whose it is, when it is due, and who has been told that it is late."""
        for _ in range(2):
            await self.process.jobs.sweep()
            await self.process.jobs.settle()
        async with self.database.reading(ROOFTOP) as db:
            for row in await db.scalars(select(Loop).where(Loop.kind == kind)):
                told = [
                    f"{alarm.kind}>{await db.scalar(select(Staff.role).where(Staff.id == alarm.staff_id))}"
                    for alarm in await db.scalars(select(LoopAlarm).where(LoopAlarm.loop_id == row.id))
                    if alarm.cleared_at is None
                ]
                due = row.due_at.astimezone(BEGINS.tzinfo)
                self.seen.append(f"{row.close_reason or row.state} due {due:%a %H:%M} {' '.join(sorted(told))}".strip())

    async def speak(self, kind: str) -> None:
        """The owner calls, reaches the customer, and it is done."""
        async with self.database.writing(ROOFTOP) as db:
            row = (await db.scalars(select(Loop).where(Loop.kind == kind))).one()
            owner = next(each for each in self.staff if each.id == row.owner_id)
            now = self.clock.now()
            await desk.tried(db, row.id, Try("call", "spoke_customer", 90, "spoke with them"), owner, "1", now)
            await desk.finish(db, row.id, DONE, DONE_PROOFS, owner, now)

    def texts_to(self, number: str) -> list[str]:
        return [m.body for m in self.messages.all.values() if m.to == number and m.direction == "outbound-api"]


Happening = tuple[datetime, Callable[[], Awaitable[None]]]


class RangOut(Tale):
    """S1-01: Friday at ten to five somebody rings out and leaves no message."""

    def _plan(self) -> Iterator[Happening]:
        yield friday(16, 50), self._rings_out
        yield friday(16, 55), lambda: self.look("callback")
        yield friday(18, 0), lambda: self.look("callback")
        yield friday(9, 0, days=1), lambda: self.look("callback")
        yield friday(9, 5, days=1), lambda: self.speak("callback")
        yield friday(9, 10, days=1), lambda: self.look("callback")

    async def _rings_out(self) -> None:
        call = self.exchange.new_call(CALLER, LINES[0], "inbound")
        self.exchange.calls[call.sid] = call
        form = {"AccountSid": ACCOUNT, "CallSid": call.sid, "From": CALLER, "To": LINES[0], "Direction": "inbound"}
        await answering.answer(self.process.edge, parse_call({**form, "CallStatus": "ringing"}))
        ended = {**form, "CallStatus": "completed", "CallDuration": "24", "SequenceNumber": "1"}
        await after_call.status(self.process.edge, parse_progress(ended), ended)


class PartArrived(Tale):
    """S1-02, S1-03: "I call you when the part is here"; it is, on Friday at three, and nobody looks."""

    def _plan(self) -> Iterator[Happening]:
        yield friday(9, 0, days=-3), self._is_promised
        yield friday(15, 0), self._arrives
        yield friday(15, 10), lambda: self.look("part_arrived")
        yield friday(9, 0, days=3), lambda: self.look("part_arrived")
        yield friday(9, 5, days=3), lambda: self.speak("part_arrived")
        yield friday(9, 10, days=3), lambda: self.look("part_arrived")

    async def _is_promised(self) -> None:
        customer, number, _ = self.customers[0]
        async with self.database.writing(ROOFTOP) as db:
            now = self.clock.now()
            promise = Promise(
                "desk:1", "Call when the caliper is here", "service", number, CustomerId(customer),
                waits_for="order:S1", due_at=now + timedelta(days=20),
            )  # fmt: skip
            await promise_callback(db, promise, now)

    async def _arrives(self) -> None:
        customer, _, car = self.customers[0]
        async with self.database.writing(ROOFTOP) as db:
            part = {
                "order_number": "S1",
                "line": "1",
                "part_number": "P1",
                "description": "Caliper",
                "state": "received",
            }
            db.add(SpecialOrderPart(customer_id=customer, vehicle_id=car, **part))
            payload = {"order_number": "S1", "customer_id": customer, "as_of": self.clock.now().isoformat()}
            await outbox.add(db, SPECIAL_ORDER_ARRIVED, "so:S1", payload, self.clock.now())


@pytest.mark.soak
def test_a_day_of_a_store_whose_people_forget_owe_nothing_silently(sqlite_url: str) -> None:
    story = run_weeks(sqlite_url, lambda database: Weeks(database, SMALL, 7))
    assert story.checks > 12
    assert story.counts["loops"] > 8


def test_a_call_that_rang_out_on_friday_is_called_back_on_saturday(sqlite_url: str) -> None:
    tale: list[RangOut] = []
    run_weeks(sqlite_url, lambda database: tale.append(RangOut(database, EMPTY, 1)) or tale[0])
    assert tale[0].seen == [
        "open due Fri 17:50",
        "open due Fri 17:50 first_contact_late>manager",
        "open due Fri 17:50 first_contact_late>manager first_contact_late>manager",
        "done due Fri 17:50",
    ], "its owner hears of it at ten to six, whoever is above them on Saturday morning"
    (text,) = tale[0].texts_to(CALLER)
    assert text.startswith("Riverside Motors: Sorry we missed your call.") and "calls you by 5:50 PM" in text


def test_a_part_that_came_on_friday_is_the_managers_by_monday(sqlite_url: str) -> None:
    tale: list[PartArrived] = []
    run_weeks(sqlite_url, lambda database: tale.append(PartArrived(database, EMPTY, 1)) or tale[0])
    late = "first_contact_late>manager first_contact_late>manager promise_late>manager promise_late>manager"
    assert tale[0].seen == ["open due Sat 08:00", f"open due Sat 08:00 {late}", "done due Sat 08:00"]
