"""Our own calls as touches of the need they are about: with a lead and a voicemail, still one open need (S2-08)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.loops import open_loops
from followup.opportunities import Touch, add_touch, advance, open_need, touched
from kit.ids import CallId
from record import calls
from record.models import Recording


async def touch_of_call(db: AsyncSession, call_id: CallId) -> None:
    """Adds the call to its customer's open need. Somebody who was identified and is owed something has one from now
    on; where only the number says who called, the call joins a need that is open and opens none."""
    call = await calls.call_by_id(db, call_id)
    customer_id = (call.customer_id or call.customer_hint_id) if call else None
    if call is None or customer_id is None:
        return
    left = select(Recording.id).where(Recording.call_id == call_id, Recording.kind == "voicemail")
    kind = "voicemail" if await db.scalar(left.limit(1)) else "call"
    touch = Touch(kind, "call", call_id, call.started_at, certain=call.customer_id is not None)
    owed = await open_loops(db, call_id)
    if touch.certain and owed:
        need = await touched(db, customer_id, call.department, touch)
        need.loop_id = need.loop_id or owed[0].id
        return
    found = await open_need(db, customer_id, call.department)
    if found is not None:
        await add_touch(db, found, touch)


async def booked(db: AsyncSession, customer_id: str, now: datetime) -> None:
    """An appointment in the book moves the customer's service need on to its confirmation (S2-16)."""
    need = await open_need(db, customer_id, "service")
    if need is not None:
        advance(need, "confirmation")
        need.last_touch_at = max(need.last_touch_at, now)
