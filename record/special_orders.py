"""Parts on special order: the call is due when every part of the order is in, and not before."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId
from record.customers import survivor
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


@dataclass(frozen=True)
class AwaitedPart:
    """One part of an order that is still the customer's business; `is_in` once it has come."""

    order_number: str
    what: str
    is_in: bool
    expected_on: date | None


async def parts_awaited(db: AsyncSession, customer_id: CustomerId | str) -> list[AwaitedPart]:
    """What is on order or in for a customer and not yet built in or sent back, by order."""
    part = SpecialOrderPart
    rows = await db.scalars(
        select(part)
        .where(part.customer_id == await survivor(db, customer_id), part.state.not_in(("installed", "returned")))
        .order_by(part.order_number, part.line)
    )
    return [
        AwaitedPart(row.order_number, row.description or row.part_number, row.state in _IN, row.expected_on)
        for row in rows
    ]


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
