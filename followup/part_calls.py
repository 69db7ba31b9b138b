"""The last part of an order came in: what was promised for then is due, and its program begins (S1-02, S1-03)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from followup import sla, waiting_events
from followup.programs import keeping
from followup.programs.finding import parts
from followup.programs.joining import join_or_return
from record.hours import hours_of

CALL_WITHIN = timedelta(hours=4)


async def on_order_arrived(db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
    """Handler of `special_order_arrived`."""
    number = str(payload["order_number"])
    due = sla.after(await hours_of(db, "service"), now, CALL_WITHIN)
    await waiting_events.wake(db, waiting_events.order_in(number), f"order {number} is in", due, now)
    repair_order_id = str(payload["repair_order_id"]) if payload.get("repair_order_id") else None
    customer_id = str(payload["customer_id"]) if payload.get("customer_id") else None
    if customer_id is None:
        return
    candidate = await parts.whole_order(db, number, repair_order_id, now, customer_id)
    if candidate is not None:
        program = await keeping.ensured(db, "part_arrived", now)
        await join_or_return(db, program, replace(candidate, counts_from=now), now)
