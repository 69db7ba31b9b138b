"""The last part of an order came in: the promised call is due, and the customer is told (S1-02, S1-03)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import notices, sla, waiting_events
from followup.loops import Promise, promise_callback
from followup.notices import Notice
from kit.ids import CustomerId, StaffId
from record.hours import hours_of
from record.models import RepairOrder, Staff, Vehicle
from record.visit_models import SpecialOrderPart

PART_ARRIVED = "part_arrived"
CALL_WITHIN = timedelta(hours=4)
_TRUE_FOR = timedelta(days=2)


async def on_order_arrived(db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
    """Handler of `special_order_arrived`."""
    number = str(payload["order_number"])
    parts = list(await db.scalars(select(SpecialOrderPart).where(SpecialOrderPart.order_number == number)))
    hours = await hours_of(db, "service")
    due = sla.after(hours, now, CALL_WITHIN)
    await waiting_events.wake(db, waiting_events.order_in(number), f"order {number} is in", due, now)
    customer_id = payload.get("customer_id")
    if not parts or not customer_id:
        return
    order = await db.get(RepairOrder, str(payload["repair_order_id"])) if payload.get("repair_order_id") else None
    car_id = next((part.vehicle_id for part in parts if part.vehicle_id), order.vehicle_id if order else None)
    car = await db.get(Vehicle, car_id) if car_id else None
    car_name = " ".join(str(each) for each in (car.year, car.make, car.model) if each) if car else "car"
    what = ", ".join(part.description or part.part_number for part in parts)
    advisor_id = StaffId(order.advisor_id) if order and order.advisor_id else None
    owed = await promise_callback(
        db,
        Promise(
            source_key=f"order:{number}"[:80],
            need=f"All of order {number} is in ({what}): call and find a time for the {car_name}",
            department="service",
            contact=await notices.number_of(db, customer_id),
            customer_id=CustomerId(customer_id),
            kind=PART_ARRIVED,
            due_at=due,
            promised=True,
            source="store_system",
            vehicle=car_name,
            stage="scheduling",
            advisor_id=advisor_id,
        ),
        now,
    )
    owner = await db.scalar(select(Staff.name).where(Staff.id == owed.owner_id)) or "Somebody"
    facts = {"car": car_name, "advisor": owner}
    key = f"part:{number}:{payload['as_of']}"
    notice = Notice("part_arrived", key, f"order:{number}", customer_id, facts=facts, stale_after=now + _TRUE_FOR)
    await notices.send(db, notice, now)
