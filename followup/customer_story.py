"""What a customer's timeline has from above the record: our own appointments, and what they asked us for."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.ext.asyncio import AsyncSession

from followup.lead_models import Lead
from kit.ids import CustomerId
from record.models import Staff
from record.stories import PAGE, Page, Place, Seen, Source, drawn, told
from record.timeline import SOURCES
from scheduling.models import AppointmentRow


async def customer_story(
    db: AsyncSession,
    who: CustomerId,
    after: Place | None = None,
    limit: int = PAGE,
    kinds: Collection[str] = (),
) -> Page:
    """One page of everything, or of some kinds, newest first, of a record that is known to stand for itself."""
    sources = [source for source in (*SOURCES, *MORE) if not kinds or source.kind in kinds]
    return await told(db, who, sources, after, limit)


def _appointments(rooftop: str, who: str) -> Select[*tuple[Any, ...]]:
    """A held slot was never promised and is no appointment yet."""
    return (
        drawn(
            AppointmentRow.id, AppointmentRow.starts_at, "service", Staff.name,
            (AppointmentRow.state, AppointmentRow.confirmation_code, func.substr(AppointmentRow.concern, 1, 400)),
        )
        .outerjoin(Staff, Staff.id == AppointmentRow.advisor_id)
        .where(AppointmentRow.rooftop_id == rooftop, AppointmentRow.customer_id == who, AppointmentRow.state != "held")
    )  # fmt: skip


def _leads(rooftop: str, who: str) -> Select[*tuple[Any, ...]]:
    return drawn(
        Lead.id, Lead.received_at, Lead.department, "",
        (Lead.channel, Lead.provider, func.substr(Lead.comments, 1, 400)),
    ).where(Lead.rooftop_id == rooftop, Lead.customer_id == who)  # fmt: skip


def _lead_says(row: Seen) -> str:
    channel = (row.a or "").replace("_", " ")
    return f"Lead by {channel}" + (f" from {row.b}" if row.b else "")


MORE = (
    Source(
        "appointment",
        _appointments,
        lambda row: f"Appointment {row.b}: {(row.a or '').replace('_', ' ')}",
        lambda row: {"concern": row.c or ""},
    ),
    Source("lead", _leads, _lead_says, lambda row: {"body": row.c or ""}, bound=True),
)
