"""Somebody who became a customer on a call: perhaps the store knows them already, or those they live with."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallId
from record import calls, customers, duplicates, households


async def on_call_ended(db: AsyncSession, payload: dict[str, str], now: datetime) -> None:
    """Handler of `call_ended`: a record made on this call is compared with those near it."""
    call = await calls.call_by_id(db, CallId(payload["call_id"]))
    if call is None or call.customer_id is None:
        return
    if await customers.known_since(db, call.customer_id) >= call.started_at:
        await duplicates.check_people(db, [call.customer_id], now)
        await households.link_people(db, [call.customer_id])
