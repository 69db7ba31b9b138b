"""Parts on special order: the call is due when every part of the order is in, and not before."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId
from record.visit_models import SpecialOrderPart

_IN = ("received", "notified", "booked", "installed")


@dataclass(frozen=True)
class SpecialOrder:
    """One order as a whole; `all_in` when every part that was not sent back has come."""

    order_number: str
    customer_id: CustomerId | None
    parts: int
    parts_in: int
    last_received_at: datetime | None

    @property
    def all_in(self) -> bool:
        return 0 < self.parts == self.parts_in


async def special_orders(db: AsyncSession, order_number: str | None = None) -> list[SpecialOrder]:
    """Every order, or one, with how much of it is in."""
    part = SpecialOrderPart
    query = (
        select(
            part.order_number,
            func.max(part.customer_id).label("customer_id"),
            func.count().label("parts"),
            func.sum(case((part.state.in_(_IN), 1), else_=0)).label("parts_in"),
            func.max(part.received_at).label("received_at"),
        )
        .where(part.state != "returned")
        .group_by(part.order_number)
        .order_by(part.order_number)
    )
    if order_number is not None:
        query = query.where(part.order_number == order_number)
    return [
        SpecialOrder(
            row.order_number,
            CustomerId(row.customer_id) if row.customer_id else None,
            row.parts,
            int(row.parts_in),
            row.received_at,
        )
        for row in await db.execute(query)
    ]
