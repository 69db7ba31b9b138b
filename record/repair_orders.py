"""Cars in the shop and what has become of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId
from record.customers import survivor
from record.models import RepairOrder, Staff, Vehicle


@dataclass(frozen=True)
class Visit:
    """One repair order as an advisor would tell it; `status` is the canonical code."""

    ro_number: str
    customer_id: CustomerId
    vehicle: str
    status: str
    status_at: datetime
    concern: str
    promised_at: datetime | None
    advisor: str | None


async def open_repair_orders(db: AsyncSession, customer_id: CustomerId | str) -> list[Visit]:
    """Visits not yet closed, newest first."""
    customer_id = await survivor(db, customer_id)
    return await _visits(db, RepairOrder.customer_id == customer_id, RepairOrder.closed_at.is_(None))


async def repair_order(db: AsyncSession, ro_number: str) -> Visit | None:
    found = await _visits(db, RepairOrder.ro_number == ro_number.strip().lstrip("#"))
    return found[0] if found else None


async def _visits(db: AsyncSession, *conditions: object) -> list[Visit]:
    rows = await db.execute(
        select(RepairOrder, Vehicle, Staff)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .outerjoin(Staff, Staff.id == RepairOrder.advisor_id)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(RepairOrder.opened_at.desc())
    )
    return [
        Visit(
            order.ro_number,
            CustomerId(order.customer_id),
            " ".join(str(p) for p in (car.year, car.make, car.model) if p) if car else "vehicle",
            order.status,
            order.status_at,
            order.concern,
            order.promised_at,
            advisor.name if advisor else None,
        )
        for order, car, advisor in rows
    ]
