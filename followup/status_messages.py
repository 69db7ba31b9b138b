"""A repair order moved: the message that deserves goes out, and somebody owes it until it has arrived."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import notices, sla, waiting_events
from followup.closing import Proof
from followup.ending import settle_row
from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.notices import Notice
from kit.ids import CustomerId, StaffId
from record.hours import hours_of
from record.models import RepairOrder, Staff, Vehicle

TELL_STATUS = "tell_status"
CALL_WITHIN = timedelta(minutes=30)
WITHIN = timedelta(minutes=10)
"""So long after the car is ready its owner knows, or somebody is told that they do not (domain: ready, no message)."""

# Which moves a customer hears of, in what words for staff, and how long the news stays true.
DESERVES: dict[str, tuple[str, str, timedelta]] = {
    "arrived": ("ro_arrived", "Say that the car is checked in", timedelta(hours=2)),
    "awaiting_approval": ("ro_awaiting_approval", "Get the approval", timedelta(hours=12)),
    "awaiting_parts": ("ro_awaiting_parts", "Say that parts are awaited, and until when", timedelta(hours=24)),
    "ready": ("ro_ready", "Say that the car is ready", timedelta(hours=14)),
}
_NEEDS_A_PERSON = frozenset({"awaiting_approval"})
_OVER = frozenset({"invoiced", "picked_up", "closed", "void"})


async def on_status_changed(db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
    """Handler of `repair_order_status_changed`. News of an older state is overtaken by this one."""
    order = await db.get(RepairOrder, str(payload["repair_order_id"]))
    if order is None:
        return
    await notices.overtake(db, f"ro:{order.id}:", now)
    if payload["status"] == "ready":
        hours = await hours_of(db, order.department)
        says, due = f"RO {order.ro_number} is ready", sla.after(hours, now, CALL_WITHIN)
        await waiting_events.wake(db, waiting_events.car_ready(order.id), says, due, now)
    await _close_earlier(db, order, str(payload["status"]), now)
    deserved = DESERVES.get(str(payload["status"]))
    if deserved is None or order.status != payload["status"]:
        return
    kind, need, good_for = deserved
    subject = f"ro:{order.id}:{order.status}"
    as_of = datetime.fromisoformat(str(payload["as_of"]))
    hours = await hours_of(db, order.department)
    number = await notices.number_of(db, order.customer_id)
    car = await _car(db, order)
    due = sla.after(hours, notices.may_text_from(now, ZoneInfo(hours.time_zone)), WITHIN)
    await promise_callback(
        db,
        Promise(
            source_key=subject,
            need=f"{need}: RO {order.ro_number}, {car}",
            department=order.department,
            contact=number,
            customer_id=CustomerId(order.customer_id),
            kind=TELL_STATUS,
            due_at=due,
            source="store_system",
            vehicle=car,
            advisor_id=StaffId(order.advisor_id) if order.advisor_id else None,
        ),
        now,
    )
    advisor = await db.scalar(select(Staff.name).where(Staff.id == order.advisor_id)) if order.advisor_id else None
    closes = hours.closes_at(now) or sla.after(hours, now, timedelta(minutes=1))
    notice = Notice(
        kind,
        f"status:{order.id}:{order.status}:{as_of.isoformat(timespec='minutes')}",
        subject,
        order.customer_id,
        department=order.department,
        facts={"car": car, "advisor": advisor or "Your advisor", "closes": f"{hours.local(closes):%-I:%M %p}"},
        stale_after=as_of + good_for,
    )
    await notices.send(db, notice, now)


async def told(db: AsyncSession, row: Loop, now: datetime) -> bool:
    """Settles what was owed once the text about it has arrived; what a person must do stays with the person."""
    fate = await notices.fate_of(db, row.source_key)
    if fate.arrived and row.source_key.rsplit(":", 1)[-1] not in _NEEDS_A_PERSON:
        await settle_row(db, row, "message_sent", Proof("reached", "text", fate.arrived, "the carrier says so"), now)
        return True
    if fate.why_not:
        row.next_step = f"Call: no text went ({fate.why_not})"[:200]
    return False


async def _close_earlier(db: AsyncSession, order: RepairOrder, status: str, now: datetime) -> None:
    """What was owed about an earlier state is owed no more; with the visit over, nothing about it is."""
    rows = await db.scalars(
        select(Loop).where(
            Loop.kind.in_((TELL_STATUS, "promise_at_risk")),
            Loop.source_key.startswith(f"ro:{order.id}:", autoescape=True),
            Loop.closed_at.is_(None),
        )
    )
    for row in rows:
        if row.kind == TELL_STATUS or status in _OVER or status == "ready":
            says = f"RO {order.ro_number} is {status.replace('_', ' ')} now"
            await settle_row(db, row, "event_past", Proof("overtaken", "repair_order", order.id, says), now)


async def _car(db: AsyncSession, order: RepairOrder) -> str:
    car = await db.get(Vehicle, order.vehicle_id) if order.vehicle_id else None
    return " ".join(str(each) for each in (car.year, car.make, car.model) if each) if car else "car"
