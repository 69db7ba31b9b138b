"""Appointments: what a booking answers, and the programs that confirm it and remind of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import notices
from followup.closing import Proof
from followup.models import Loop
from followup.programs import keeping
from followup.programs.finding import visits
from followup.programs.joining import join_or_return
from followup.programs.kinds import KINDS
from followup.programs.taking import look_of
from followup.reading_back import ai_did
from scheduling import appointments
from scheduling.appointments import Appointment

AIMS_AT_A_VISIT = (
    "lead",
    "missed_call",
    *dict.fromkeys(kind.loop_kind for kind in KINDS.values() if kind.aims_at_a_visit),
    "no_show",
    "part_arrived",
)
"""What an appointment answers; a callback about a bill is not settled by an oil change."""

_BY_TEXT = "text:"


async def on_booked(db: AsyncSession, payload: Mapping[str, Any], now: datetime) -> None:
    """Handler of `appointment_booked` and `_moved`: the confirmation, the reminders, and what the booking answers."""
    visit = await appointments.appointment(db, str(payload["appointment_id"]))
    if visit is None or visit.customer_id is None:
        return
    await notices.overtake(db, f"visit:{visit.appointment_id}:", now)
    call_sid = str(payload.get("call_sid") or "")
    if visit.starts_at > now:
        if not call_sid.startswith(_BY_TEXT):
            await _into(db, "visit_confirm", visit, now, now)
        await _into(db, "visit_reminders", visit, visit.starts_at, now)
    if call_sid:
        await _answered(db, visit, now)


async def on_cancelled(db: AsyncSession, payload: Mapping[str, Any], now: datetime) -> None:
    """Handler of `appointment_cancelled`: nobody is reminded of it."""
    await notices.overtake(db, f"visit:{payload['appointment_id']}:", now)


async def _into(db: AsyncSession, name: str, visit: Appointment, counts_from: datetime, now: datetime) -> None:
    program = await keeping.ensured(db, name, now)
    look = await look_of(db, program, now)
    await join_or_return(db, program, visits.about(look, visit, counts_from), now)


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
