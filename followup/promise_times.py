"""A car promised for a time and not ready shortly before: somebody owes its customer a new time, before they ask."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import notices
from followup.loops import Promise, promise_callback
from followup.models import Loop
from kit.ids import CustomerId, StaffId
from record.hours import hours_of
from record.models import RepairOrder, Vehicle

PROMISE_AT_RISK = "promise_at_risk"
AHEAD = timedelta(minutes=60)
"""So long before its promise time a car that is not ready is at risk."""

_LOOK_BACK = timedelta(hours=12)
_KEPT = ("ready", "invoiced", "picked_up", "closed", "void")


async def look(db: AsyncSession, now: datetime) -> int:
    """Opens one loop for each promise at risk; returns how many were new."""
    rows = await db.scalars(
        select(RepairOrder).where(
            RepairOrder.promised_at > now - _LOOK_BACK,
            RepairOrder.promised_at <= now + AHEAD,
            RepairOrder.closed_at.is_(None),
            RepairOrder.status.not_in(_KEPT),
        )
    )
    found = 0
    for order in rows:
        if order.promised_at is None:
            continue
        key = f"ro:{order.id}:promise:{order.promised_at:%Y%m%d%H%M}"
        known = select(Loop.id).where(Loop.kind == PROMISE_AT_RISK, Loop.source_key == key)
        if await db.scalar(known.limit(1)) is None:
            await _owe(db, order, key, order.promised_at, now)
            found += 1
    return found


async def _owe(db: AsyncSession, order: RepairOrder, key: str, promised_at: datetime, now: datetime) -> None:
    hours = await hours_of(db, order.department)
    at = hours.local(promised_at)
    car = await db.get(Vehicle, order.vehicle_id) if order.vehicle_id else None
    name = " ".join(str(each) for each in (car.year, car.make, car.model) if each) if car else "car"
    status = order.status.replace("_", " ") or "without a status"
    await promise_callback(
        db,
        Promise(
            source_key=key,
            need=f"RO {order.ro_number}, {name}: promised {at:%-I:%M %p} and still {status}. Tell them the new time",
            department=order.department,
            contact=await notices.number_of(db, order.customer_id),
            customer_id=CustomerId(order.customer_id),
            kind=PROMISE_AT_RISK,
            due_at=max(promised_at, now),
            urgent=order.waiting,
            source="store_system",
            vehicle=name,
            advisor_id=StaffId(order.advisor_id) if order.advisor_id else None,
        ),
        now,
    )
