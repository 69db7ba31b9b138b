"""Duties that come in pairs: when the BDC books, service confirms the estimate (S2-32)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import sla
from followup.closing import Proof
from followup.loops import Promise, promise_callback
from followup.models import Loop
from kit.ids import StaffId
from record.hours import hours_of
from record.models import Staff
from scheduling import appointments

CONFIRM_ESTIMATE = "confirm_estimate"
_WITHIN = timedelta(hours=4)
_BDC = "bdc_rep"


async def other_half(
    db: AsyncSession, row: Loop, proofs: Sequence[Proof], by_id: StaffId | str, by: str, now: datetime
) -> None:
    """Opens the advisor's part of a booking a BDC rep closed a loop with; a loop of its own, with its own owner."""
    role = await db.scalar(select(Staff.role).where(Staff.id == by_id))
    booked = next((proof.ref for proof in proofs if proof.kind == "appointment"), "")
    visit = await appointments.appointment(db, booked) if role == _BDC and booked else None
    if visit is None:
        return
    hours = await hours_of(db, "service")
    at = hours.local(visit.starts_at)
    await promise_callback(
        db,
        Promise(
            source_key=f"visit:{visit.appointment_id}",
            need=f"{by} booked {', '.join(visit.services) or visit.concern or 'a visit'} for {at:%A} {at:%-I:%M %p} "
            f"({visit.confirmation}): confirm the estimate with the customer. {row.need}",
            department="service",
            contact=row.contact,
            customer_id=visit.customer_id,
            kind=CONFIRM_ESTIMATE,
            due_at=min(sla.after(hours, now, _WITHIN), max(visit.starts_at, now)),
            source=row.source,
            requested_service=", ".join(visit.services) or row.requested_service,
            vehicle=row.vehicle,
            stage="estimate",
            advisor_id=visit.advisor.id,
            made_by=by,
        ),
        now,
    )
