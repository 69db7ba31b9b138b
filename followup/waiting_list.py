"""A time came free, or recall parts are in: somebody calls the customer who waits for it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.loops import Promise, promise_callback
from record.hours import hours_of
from record.models import RepairOrder
from scheduling import appointments, waiting_list
from scheduling.waiting_list import Waiting


async def on_time_freed(db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
    """Handler of `appointment_cancelled` and `appointment_moved`: the first who fits is called, one for one time."""
    freed_at = datetime.fromisoformat(str(payload["was_at"]))
    if freed_at <= now:
        return
    hours = await hours_of(db, "service")
    leaving = str(payload.get("customer_id", ""))
    suits = [each for each in await waiting_list.for_a_freed_time(db, freed_at, now) if _not(each[0], leaving)]
    for waiting, offer in suits[:1]:
        at = hours.local(offer.starts_at)
        need = f"A time came free: {at:%a %b %-d, %-I:%M %p}, for {_what(waiting)}. Call and offer it"
        await _call(db, waiting, need, now)


async def on_appointment_booked(db: AsyncSession, payload: dict[str, Any], _now: datetime) -> None:
    """Handler of `appointment_booked`: whoever booked waits no longer."""
    made = await appointments.appointment(db, str(payload["appointment_id"]))
    if made is not None and made.customer_id is not None:
        await waiting_list.settled(db, made.customer_id, made.op_codes, made.starts_at)


async def on_special_order_arrived(db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
    """Handler of `special_order_arrived`: a recall that was held until its parts are here can be booked."""
    who = payload.get("customer_id")
    if who is None and payload.get("repair_order_id"):
        who = await db.scalar(select(RepairOrder.customer_id).where(RepairOrder.id == payload["repair_order_id"]))
    if who is None:
        return
    for waiting in await waiting_list.for_recall_parts(db, str(who)):
        came = f"Parts of order {payload['order_number']} are in."
        need = f"{came} If they are the recall's, call and book {_what(waiting)}"
        await _call(db, waiting, need, now)


async def _call(db: AsyncSession, waiting: Waiting, need: str, now: datetime) -> None:
    await waiting_list.offered(db, waiting.id)
    promise = Promise(
        source_key=f"waitlist:{waiting.id}",
        need=need[:600],
        department="service",
        contact=waiting.place.contact,
        customer_id=waiting.place.customer_id,
    )
    await promise_callback(db, promise, now)


def _what(waiting: Waiting) -> str:
    return f"{', '.join(waiting.place.op_codes)}{f' ({waiting.place.words})' if waiting.place.words else ''}"


def _not(waiting: Waiting, customer_id: str) -> bool:
    """Whoever gave the time up is not offered it again."""
    return waiting.place.customer_id != customer_id
