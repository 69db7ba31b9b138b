"""What every later request about a call begins with: the call, its store, and whether this very request was here."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from followup.loops import OpenLoop, Promise, promise_callback
from kit.logging import logger
from record import calls
from record.calls import CallFacts
from record.rooftops import Store, store
from telephony import inbox
from telephony.edge import TwilioEdge
from telephony.forms import CallProgress

_log = logger("telephony.progress")


async def known_call(edge: TwilioEdge, progress: CallProgress) -> CallFacts | None:
    async with edge.database.looking_across("a CallSid decides the rooftop") as db:
        found = await calls.call(db, progress.call_sid)
    if found is None or found.account_sid != progress.account_sid:
        _log.warning("call_unknown", call_sid=progress.call_sid)
        return None
    return found


async def its_store(db: AsyncSession, call: CallFacts) -> Store:
    found = await store(db, call.rooftop_id)
    if found is None:
        raise LookupError("a call's rooftop is gone")
    return found


async def said_before(db: AsyncSession, progress: CallProgress, event: str, of: str) -> dict[str, Any] | None:
    """What was filed when this very request was here before; one that names nothing of its own is always new."""
    if not of:
        return None
    return await inbox.earlier(db, account_sid=progress.account_sid, sid=progress.call_sid, event=event, sequence=of)


async def file(
    db: AsyncSession, progress: CallProgress, event: str, of: str, said: dict[str, Any] | None = None
) -> bool:
    """Files a request about one stream, dial or recording; False when it was here before."""
    if not of:
        return True
    return await inbox.first_time(
        db, account_sid=progress.account_sid, sid=progress.call_sid, event=event, sequence=of, form=said or {}
    )


async def owe_callback(
    edge: TwilioEdge,
    db: AsyncSession,
    call: CallFacts,
    need: str,
    *,
    department: str = "",
    contact: str = "",
    urgent: bool = False,
    told: bool = False,
) -> OpenLoop:
    """The caller is owed a call; owing it twice adds to the same promise."""
    promise = Promise(
        source_key=call.call_sid,
        need=f"Caller {need}",
        department=department or call.department,
        contact=contact or call.from_e164,
        customer_id=call.customer_id or call.customer_hint_id,
        call_id=call.id,
        urgent=urgent,
        promised=told,
    )
    return await promise_callback(db, promise, edge.clock.now())
