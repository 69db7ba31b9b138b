"""The rows behind `leaving_alone`, of many customers with few questions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.loops import COMPLAINT
from followup.models import Loop
from followup.program_models import ProgramTouch
from followup.programs import leaving_alone
from followup.programs.leaving_alone import Standing
from record.contact_models import ContactEvent
from record.models import Call
from record.text_models import Conversation
from scheduling.models import AppointmentRow

_AT_ONCE = 400
_LOOK_BACK = timedelta(days=400)
_LEAVE_ME = ("do_not_contact", "deceased", "wrong_person")


async def standings(db: AsyncSession, customers: Sequence[str], now: datetime) -> dict[str, Standing]:
    """Where each of them stands with us."""
    found: dict[str, Standing] = {}
    wanted = sorted(set(customers))
    for at in range(0, len(wanted), _AT_ONCE):
        found |= await _of(db, wanted[at : at + _AT_ONCE], now)
    return found


async def _of(db: AsyncSession, ids: Sequence[str], now: datetime) -> dict[str, Standing]:
    visits = await db.scalars(
        select(AppointmentRow.customer_id).where(
            AppointmentRow.customer_id.in_(ids), AppointmentRow.state == "booked", AppointmentRow.starts_at > now
        )
    )
    booked = {each for each in visits if each}
    complaints: set[str] = set()
    asked: set[str] = set()
    loops = await db.execute(
        select(Loop.customer_id, Loop.kind, Loop.closed_at).where(
            Loop.customer_id.in_(ids),
            or_(
                Loop.close_reason.in_(_LEAVE_ME),
                (Loop.kind == COMPLAINT) & Loop.closed_at.is_(None),
            ),
        )
    )
    for customer, _kind, closed_at in loops:
        (complaints if closed_at is None else asked).add(customer or "")
    texted = await db.execute(
        select(Conversation.customer_id, Conversation.customer_hint_id, Conversation.last_inbound_at).where(
            or_(Conversation.customer_id.in_(ids), Conversation.customer_hint_id.in_(ids)),
            Conversation.last_inbound_at.is_not(None),
        )
    )
    heard = [(proven or hint or "", at) for proven, hint, at in texted if at is not None]
    rang = await db.execute(
        select(Call.customer_id, Call.customer_hint_id, Call.started_at).where(
            or_(Call.customer_id.in_(ids), Call.customer_hint_id.in_(ids)), Call.started_at > now - _LOOK_BACK
        )
    )
    heard += [(proven or hint or "", at) for proven, hint, at in rang]
    logged = await db.execute(
        select(ContactEvent.customer_id, ContactEvent.at).where(
            ContactEvent.customer_id.in_(ids),
            ContactEvent.direction == "inbound",
            ContactEvent.at > now - _LOOK_BACK,
        )
    )
    heard += [(customer or "", at) for customer, at in logged]
    touches = await db.execute(
        select(ProgramTouch.customer_id, ProgramTouch.at).where(
            ProgramTouch.customer_id.in_(ids), ProgramTouch.budgeted, ProgramTouch.at > now - _LOOK_BACK
        )
    )
    return leaving_alone.together(ids, booked, complaints, asked, heard, [(customer, at) for customer, at in touches])
