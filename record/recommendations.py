"""Work that was advised and not sold: what it was, when, who advised it, and what became of it since."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId
from record.customers import survivor
from record.models import RepairOrder, Staff, Vehicle
from record.visit_models import Recommendation

OPEN_STATES = ("recommended", "presented", "declined", "deferred", "no_answer")
ANSWERS = ("declined", "deferred", "done_elsewhere", "expired")
"""What a customer may answer to advice; selling it is a repair order's business."""

_WORST_FIRST = {"red": 0, "yellow": 1, "": 2, "green": 3}


@dataclass(frozen=True)
class Advised:
    """One piece of advice as it stands. The prices are the range on file, not an offer."""

    id: str
    what: str
    op_code: str
    colour: str
    state: str
    presented: bool | None
    price_low_cents: int | None
    price_high_cents: int | None
    recommended_at: datetime
    advisor: str | None
    vehicle: str
    ro_number: str


async def unsold_work(db: AsyncSession, customer_id: CustomerId | str) -> list[Advised]:
    """Advice of the latest visit that left any unsold, the most pressing first."""
    found = await _advised(db, Recommendation.customer_id == await survivor(db, customer_id))
    latest = found[0].ro_number if found else ""
    of_it = [each for each in found if each.ro_number == latest]
    return sorted(of_it, key=lambda each: (_WORST_FIRST.get(each.colour, 2), each.id))


async def unsold_by_id(db: AsyncSession, customer_id: CustomerId | str, ids: list[str]) -> list[Advised]:
    """Those of the customer's own open pieces of advice; anybody else's are not found."""
    mine = Recommendation.customer_id == await survivor(db, customer_id)
    return await _advised(db, mine, Recommendation.id.in_(ids))


async def answered(
    db: AsyncSession,
    customer_id: CustomerId | str,
    recommendation_id: str,
    state: str,
    reason: str = "",
    until: date | None = None,
) -> bool:
    """Stores what the customer said to it; False when it is not theirs or no longer open."""
    if state not in ANSWERS:
        raise ValueError(state)
    who = await survivor(db, customer_id)
    row = await db.scalar(select(Recommendation).where(Recommendation.id == recommendation_id))
    if row is None or row.customer_id != who or row.state not in OPEN_STATES or row.sold_on_id is not None:
        return False
    row.state, row.presented = state, True
    row.reason = reason[:40] or row.reason
    row.deferred_until = until if state == "deferred" else row.deferred_until
    await db.flush()
    return True


async def _advised(db: AsyncSession, *conditions: ColumnElement[bool]) -> list[Advised]:
    rows = await db.execute(
        select(Recommendation, RepairOrder.ro_number, Vehicle, Staff.name)
        .join(RepairOrder, RepairOrder.id == Recommendation.repair_order_id)
        .outerjoin(Vehicle, Vehicle.id == Recommendation.vehicle_id)
        .outerjoin(Staff, Staff.id == Recommendation.recommended_by_id)
        .where(*conditions, Recommendation.state.in_(OPEN_STATES), Recommendation.sold_on_id.is_(None))
        .order_by(RepairOrder.opened_at.desc(), Recommendation.id)
    )
    return [
        Advised(
            row.id,
            row.description,
            row.op_code,
            row.colour,
            row.state,
            row.presented,
            row.price_low_cents,
            row.price_high_cents,
            row.recommended_at,
            advisor,
            " ".join(str(part) for part in (car.year, car.make, car.model) if part) if car else "vehicle",
            ro_number,
        )
        for row, ro_number, car, advisor in rows
    ]
