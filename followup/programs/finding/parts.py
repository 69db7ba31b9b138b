"""Orders whose last part came in."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from followup.programs.people import MOST_FOUND, Candidate, Look, car_named
from record.models import RepairOrder, Staff, Vehicle
from record.visit_models import SpecialOrderPart

ORDER = "order:"
_LATELY = timedelta(days=7)
_NOT_YET = ("ordered", "back_ordered", "partial")


async def arrived(db: AsyncSession, look: Look) -> list[Candidate]:
    """Normally the file's own event comes first (`part_calls`); a look a day finds what no event told of."""
    part, missing = SpecialOrderPart, aliased(SpecialOrderPart)
    awaited = select(missing.id).where(missing.order_number == part.order_number, missing.state.in_(_NOT_YET))
    wanted = [part.state == "received", part.customer_id.is_not(None), ~awaited.exists()]
    wanted.append(look.subject(ORDER, part.order_number))
    if not look.only:
        wanted += [part.received_at > look.now - _LATELY]
    numbers = await db.scalars(select(part.order_number).where(*wanted).distinct().limit(MOST_FOUND))
    found = [await whole_order(db, number, None, look.now) for number in numbers]
    return [each for each in found if each is not None]


async def whole_order(
    db: AsyncSession, number: str, repair_order_id: str | None, now: datetime, customer_id: str | None = None
) -> Candidate | None:
    """One order, and what whoever calls about it needs to know."""
    parts = list(await db.scalars(select(SpecialOrderPart).where(SpecialOrderPart.order_number == number)))
    whose = customer_id or next((each.customer_id for each in parts if each.customer_id), None)
    if not parts or whose is None:
        return None
    order_id = repair_order_id or next((each.repair_order_id for each in parts if each.repair_order_id), None)
    waiting = select(RepairOrder).where(RepairOrder.customer_id == whose, RepairOrder.closed_at.is_(None))
    order = (
        await db.get(RepairOrder, order_id)
        if order_id
        else await db.scalar(waiting.order_by(RepairOrder.opened_at.desc()).limit(1))
    )
    car_id = next((each.vehicle_id for each in parts if each.vehicle_id), order.vehicle_id if order else None)
    car = car_named(await db.get(Vehicle, car_id) if car_id else None)
    what = ", ".join(each.description or each.part_number for each in parts)
    advisor_id = order.advisor_id if order else None
    advisor = await db.scalar(select(Staff.name).where(Staff.id == advisor_id)) if advisor_id else None
    return Candidate(
        whose,
        f"{ORDER}{number}"[:80],
        _last(parts) or now,
        f"All of order {number} is in: {what}",
        f"All of order {number} is in ({what}): call and find a time for the {car}",
        owed_as=f"{ORDER}{number}"[:80],
        facts={"car": car, "advisor": advisor or "Somebody"},
        car=car,
        advisor_id=advisor_id,
        stage="scheduling",
    )


def _last(parts: Sequence[SpecialOrderPart]) -> datetime | None:
    return max((each.received_at for each in parts if each.received_at), default=None)
