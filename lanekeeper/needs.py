"""What calls, appointments and joined records mean for the open need they are about."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from followup.call_touches import booked, touch_of_call
from followup.opportunities import join
from kit.ids import CallId


async def on_call_ended(db: AsyncSession, payload: dict[str, Any], _now: datetime) -> None:
    """Handler of `call_ended`, after wrap-up: the call is one more touch."""
    await touch_of_call(db, CallId(str(payload["call_id"])))


async def on_appointment_booked(db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
    """Handler of `appointment_booked`."""
    await booked(db, str(payload["customer_id"]), now)


async def on_customers_merged(db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
    """Handler of `customers_merged`: one person has one open need in a department."""
    await join(db, str(payload["survivor_id"]), str(payload["absorbed_id"]), now)
