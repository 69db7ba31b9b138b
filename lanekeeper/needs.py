"""What calls and appointments mean for the open need they are about."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from followup.call_touches import booked, touch_of_call
from kit.ids import CallId


async def on_call_ended(db: AsyncSession, payload: dict[str, Any], _now: datetime) -> None:
    """Handler of `call_ended`, after wrap-up: the call is one more touch."""
    await touch_of_call(db, CallId(str(payload["call_id"])))


async def on_appointment_booked(db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
    """Handler of `appointment_booked`."""
    await booked(db, str(payload["customer_id"]), now)
