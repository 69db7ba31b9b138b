"""What opens and settles loops by itself, by event."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from followup import missed_calls, visit_messages
from kit.ids import CallId


async def on_call_ended(db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
    """Handler of `call_ended`, after wrap-up."""
    await missed_calls.on_call_ended(db, CallId(str(payload["call_id"])), now)


async def on_appointment(db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
    """Handler of `appointment_booked` and `appointment_moved`."""
    await visit_messages.on_booked(db, payload, now)


async def on_appointment_cancelled(db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
    """Handler of `appointment_cancelled`."""
    await visit_messages.on_cancelled(db, payload, now)
