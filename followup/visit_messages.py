"""Appointments: confirmed when booked, reminded of a day and two hours before, and missed when nobody came."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import notices, sla
from followup.closing import Proof
from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.notices import Notice
from followup.reading_back import ai_did
from record.business_hours import BusinessHours
from record.hours import hours_of
from record.models import RepairOrder
from record.text_models import TextMessage
from scheduling import appointments
from scheduling.appointments import Appointment
from scheduling.shop import Visit

NO_SHOW = "no_show"
AIMS_AT_A_VISIT = ("lead", "missed_call", NO_SHOW, "declined_work", "silent_defector", "part_arrived")
"""What an appointment answers; a callback about a bill is not settled by an oil change."""

_DAY, _SOON = timedelta(hours=24), timedelta(hours=2)
_LATE = timedelta(minutes=30)
_BY_TEXT = "text:"


async def on_booked(db: AsyncSession, payload: Mapping[str, Any], now: datetime) -> None:
    """Handler of `appointment_booked` and `_moved`: the confirmation, and what the booking answers."""
    visit = await appointments.appointment(db, str(payload["appointment_id"]))
    if visit is None or visit.customer_id is None:
        return
    await notices.overtake(db, f"visit:{visit.appointment_id}:", now)
    call_sid = str(payload.get("call_sid") or "")
    if not call_sid.startswith(_BY_TEXT) and visit.starts_at > now:
        hours = await hours_of(db, "service")
        await notices.send(db, _about(visit, "appointment_confirm", "confirm", hours), now)
    if call_sid:
        await _answered(db, visit, now)


async def on_cancelled(db: AsyncSession, payload: Mapping[str, Any], now: datetime) -> None:
    """Handler of `appointment_cancelled`: nobody is reminded of it."""
    await notices.overtake(db, f"visit:{payload['appointment_id']}:", now)


async def remind(db: AsyncSession, now: datetime) -> int:
    """Those of the next day and the next two hours, each once; returns how many texts were filed."""
    hours = await hours_of(db, "service")
    coming = await appointments.appointments_between(db, now, now + _DAY)
    wanted = []
    for visit in coming:
        if visit.customer_id is None:
            continue
        soon = visit.starts_at - now <= _SOON
        kind = "appointment_soon" if soon else "appointment_day"
        wanted.append(_about(visit, kind, "soon" if soon else "day", hours))
    new = await _not_yet(db, wanted)
    fresh = {visit.appointment_id for visit in coming if await _just_told(db, visit, now)} if new else set()
    filed = 0
    for notice in new:
        if notice.subject.split(":")[1] not in fresh:
            filed += await notices.send(db, notice, now) is not None
    return filed


async def look_for_no_shows(db: AsyncSession, now: datetime) -> int:
    """Nobody came: a text, and a call the same day. Without today's repair orders nobody can tell who came."""
    hours = await hours_of(db, "service")
    today = hours.at_local(hours.local(now).date(), hours.local(now).time().min)
    if await db.scalar(select(RepairOrder.id).where(RepairOrder.opened_at >= today).limit(1)) is None:
        return 0
    found = 0
    for visit in await appointments.appointments_between(db, today, now - _LATE):
        closing = hours.closes_at(visit.starts_at) or visit.starts_at
        waits_until = visit.starts_at + _LATE if visit.visit is Visit.WAITER else closing
        if visit.customer_id is None or now < waits_until:
            continue
        found += await _missed(db, visit, today, hours, now)
    return found


async def _missed(db: AsyncSession, visit: Appointment, today: datetime, hours: BusinessHours, now: datetime) -> bool:
    key = f"visit:{visit.appointment_id}"
    came = select(RepairOrder.id).where(RepairOrder.customer_id == visit.customer_id, RepairOrder.opened_at >= today)
    known = select(Loop.id).where(Loop.kind == NO_SHOW, Loop.source_key == key)
    if await db.scalar(came.limit(1)) is not None or await db.scalar(known.limit(1)) is not None:
        return False
    at = hours.local(visit.starts_at)
    await promise_callback(
        db,
        Promise(
            source_key=key,
            need=f"Did not come at {at:%-I:%M %p} ({', '.join(visit.services)}): call, and find another time",
            department="service",
            contact=await notices.number_of(db, visit.customer_id),
            customer_id=visit.customer_id,
            kind=NO_SHOW,
            due_at=sla.after(hours, now, timedelta(hours=1)),
            source="appointment",
            requested_service=", ".join(visit.services),
            stage="scheduling",
            advisor_id=visit.advisor.id,
        ),
        now,
    )
    await notices.send(db, _about(visit, "no_show", "missed", hours), now)
    return True


async def _answered(db: AsyncSession, visit: Appointment, now: datetime) -> None:
    """The AI booked what somebody was to call about: unconfirmed, until the book shows it on a second look."""
    rows = await db.scalars(
        select(Loop).where(
            Loop.customer_id == visit.customer_id,
            Loop.department == "service",
            Loop.kind.in_(AIMS_AT_A_VISIT),
            Loop.closed_at.is_(None),
            Loop.state.in_(("open", "waiting_customer")),
        )
    )
    for row in rows:
        await ai_did(db, row, Proof("booked", "appointment", visit.appointment_id, visit.confirmation), now)


async def _not_yet(db: AsyncSession, wanted: Sequence[Notice]) -> list[Notice]:
    known = set(
        await db.scalars(select(TextMessage.idem_key).where(TextMessage.idem_key.in_([each.key for each in wanted])))
    )
    return [each for each in wanted if each.key not in known]


async def _just_told(db: AsyncSession, visit: Appointment, now: datetime) -> bool:
    """Booked or moved within the last hours: the confirmation is reminder enough."""
    subject = f"visit:{visit.appointment_id}:confirm"
    told = select(TextMessage.id).where(TextMessage.subject == subject, TextMessage.at > now - _SOON)
    return await db.scalar(told.limit(1)) is not None


def _about(visit: Appointment, kind: str, what: str, hours: BusinessHours) -> Notice:
    at = hours.local(visit.starts_at)
    facts = {
        "when": f"{at:%A, %B} {at.day} at {at:%-I:%M %p}",
        "time": f"{at:%-I:%M %p}",
        "advisor": visit.advisor.name,
        "code": visit.confirmation,
    }
    until = visit.starts_at + timedelta(hours=12) if what == "missed" else visit.starts_at
    key = f"visit:{visit.appointment_id}:{what}:{visit.starts_at.isoformat(timespec='minutes')}"
    return Notice(
        kind,
        key,
        f"visit:{visit.appointment_id}:{what}",
        visit.customer_id,
        facts=facts,
        stale_after=until,
    )
