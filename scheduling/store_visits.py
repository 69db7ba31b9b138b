"""Visits the store's own system has in its book; ours are in appointments."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId
from record.visit_models import StoreAppointment

_OFF = ("cancelled", "no_show", "fulfilled")


async def upcoming_at_store(db: AsyncSession, customer_id: CustomerId | str, now: datetime) -> list[datetime]:
    """When that customer is expected, by the store's system."""
    coming = select(StoreAppointment.starts_at).where(
        StoreAppointment.customer_id == customer_id,
        StoreAppointment.starts_at > now,
        StoreAppointment.status.not_in(_OFF),
    )
    return list(await db.scalars(coming.order_by(StoreAppointment.starts_at)))
