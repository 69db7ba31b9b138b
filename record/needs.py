"""What a customer needs from us now, and who here knows: answered from the record alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId
from record.customers import survivor
from record.models import RepairOrder, Staff, Vehicle
from record.visit_models import Recommendation, SpecialOrderPart

_SOON = timedelta(hours=1)
_UNSOLD = ("recommended", "presented", "declined", "deferred", "no_answer")
_IN = frozenset({"received", "installed", "returned", "notified", "booked"})


@dataclass(frozen=True, slots=True)
class Need:
    """One thing owed or worth offering; the most pressing has the lowest `rank`. `who` is the person here who knows."""

    kind: str
    rank: int
    department: str
    says: str
    who: str
    due_at: datetime | None
    ref_id: str
    overdue: bool = False


async def needs(db: AsyncSession, customer_id: CustomerId | str, now: datetime) -> list[Need]:
    """Open visits and their promise times, parts that are all in and nobody said so, red work not sold."""
    return await needs_of(db, await survivor(db, customer_id), now)


async def needs_of(db: AsyncSession, who: CustomerId, now: datetime) -> list[Need]:
    """The same of a record that is known to stand for itself."""
    return in_order([*await _visits(db, who, now), *await _parts_in(db, who), *await _unsold(db, who, now)])


def in_order(found: Iterable[Need]) -> list[Need]:
    """Overdue first, then by what is most pressing, then by when it is due."""
    return sorted(found, key=lambda need: (not need.overdue, need.rank, need.due_at is None, need.due_at, need.ref_id))


async def _visits(db: AsyncSession, who: str, now: datetime) -> list[Need]:
    rows = await db.execute(
        select(RepairOrder, Vehicle, Staff.name)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .outerjoin(Staff, Staff.id == RepairOrder.advisor_id)
        .where(RepairOrder.customer_id == who, RepairOrder.closed_at.is_(None))
    )
    found = []
    for order, car, advisor in rows:
        promised = order.promised_at
        late = promised is not None and promised < now and order.status != "ready"
        soon = promised is not None and promised - now <= _SOON
        ready = order.status == "ready"
        what = f"RO {order.ro_number}, {_car(car)}: {order.status.replace('_', ' ') or 'status not known'}"
        if late:
            what += ", promise time passed"
        elif ready:
            what += ", to be picked up"
        rank = 1 if ready or soon else 3
        found.append(Need("open_visit", rank, order.department, what, advisor or "", promised, order.id, late))
    return found


async def _parts_in(db: AsyncSession, who: str) -> list[Need]:
    """Orders whose every part is in while at least one was received and nobody told the customer."""
    orders: dict[str, list[SpecialOrderPart]] = {}
    for part in await db.scalars(
        select(SpecialOrderPart).where(SpecialOrderPart.customer_id == who).order_by(SpecialOrderPart.line)
    ):
        orders.setdefault(part.order_number, []).append(part)
    found = []
    for number, parts in sorted(orders.items()):
        states = {part.state for part in parts}
        if states <= _IN and "received" in states:
            names = ", ".join(part.description or part.part_number for part in parts)
            since = max((part.received_at for part in parts if part.received_at), default=None)
            says = f"Special order {number} is all in and nobody said so: {names}"
            found.append(Need("parts_in", 2, "parts", says, "", since, parts[0].id))
    return found


async def _unsold(db: AsyncSession, who: str, now: datetime) -> list[Need]:
    rows = await db.execute(
        select(Recommendation, Staff.name)
        .outerjoin(Staff, Staff.id == Recommendation.recommended_by_id)
        .where(
            Recommendation.customer_id == who,
            Recommendation.colour == "red",
            Recommendation.state.in_(_UNSOLD),
            Recommendation.sold_on_id.is_(None),
        )
    )
    found = []
    for row, advisor in rows:
        if row.state == "deferred" and row.deferred_until and row.deferred_until > now.date():
            continue
        asked = "" if row.presented is not False else ", never presented"
        says = f"Red, not sold: {row.description} ({row.state.replace('_', ' ')}{asked}), {row.recommended_at:%m/%d/%Y}"
        found.append(Need("unsold_red", 4, "service", says, advisor or "", None, row.id))
    return found


def _car(car: Vehicle | None) -> str:
    return " ".join(str(part) for part in (car.year, car.make, car.model) if part) if car else "vehicle"
