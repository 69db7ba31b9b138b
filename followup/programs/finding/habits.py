"""Customers who used to come and have been away for longer than their own habit."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from followup.programs.finding.buyers import months_before
from followup.programs.people import MOST_FOUND, Candidate, Look, car_named, day_said
from record.models import RepairOrder, Vehicle

_AFTER = "after:"
_LONGEST_HABIT = timedelta(days=800)
"""A last visit longer ago than this is nobody's habit any more."""

_AT_ONCE = 400

_Last = Row[str, str, datetime, Vehicle]


async def gone_quiet(db: AsyncSession, look: Look) -> list[Candidate]:
    """Two visits or more of one car, the last one longer ago than their usual interval says, and than the months.

    Read page by page from the newest last visit backwards, until there are enough: never the whole store at once.
    """
    found: list[Candidate] = []
    page = await _last_visits(db, look, None)
    while page and len(found) < MOST_FOUND:
        earlier = await _earlier_visits(db, [row[3].id for row in page])
        for order_id, customer_id, newest, vehicle in page:
            first, visits = earlier[vehicle.id]
            every = (newest - first) / max(1, visits - 1)
            overdue = look.now - newest - every * look.number("habit_percent") / 100
            if visits < 2 or overdue < timedelta():
                continue
            if look.only or overdue < timedelta(days=look.number("look_back_days")):
                found.append(_candidate(look, order_id, customer_id, newest, vehicle, every, visits))
        page = [] if look.only else await _last_visits(db, look, page[-1])
    return found[:MOST_FOUND]


async def _last_visits(db: AsyncSession, look: Look, after: _Last | None) -> Sequence[_Last]:
    """A page of last visits long enough ago, the newest first, of cars that still belong to who came with them."""
    last, later = RepairOrder, aliased(RepairOrder)
    wanted = [
        last.department == "service",
        last.opened_at <= look.from_start_of(months_before(look.today, look.number("months"))),
        look.subject(_AFTER, last.id),
        Vehicle.customer_id == last.customer_id,
        ~select(later.id)
        .where(later.vehicle_id == last.vehicle_id, later.opened_at > last.opened_at, later.department == "service")
        .exists(),
    ]
    if not look.only:
        wanted.append(last.opened_at > look.now - _LONGEST_HABIT)
    if after is not None:
        wanted.append(or_(last.opened_at < after[2], and_(last.opened_at == after[2], last.id > after[0])))
    rows = await db.execute(
        select(last.id, last.customer_id, last.opened_at, Vehicle)
        .join(Vehicle, Vehicle.id == last.vehicle_id)
        .where(*wanted)
        .order_by(last.opened_at.desc(), last.id)
        .limit(_AT_ONCE)
    )
    return rows.all()


async def _earlier_visits(db: AsyncSession, vehicles: Sequence[str]) -> dict[str, tuple[datetime, int]]:
    """The first visit of each car and how many there were."""
    rows = await db.execute(
        select(RepairOrder.vehicle_id, func.min(RepairOrder.opened_at).label("first"), func.count().label("visits"))
        .where(RepairOrder.vehicle_id.in_(vehicles), RepairOrder.department == "service")
        .group_by(RepairOrder.vehicle_id)
    )
    return {str(row.vehicle_id): (row.first, row.visits) for row in rows}


def _candidate(
    look: Look, order_id: str, customer_id: str, newest: datetime, vehicle: Vehicle, every: timedelta, visits: int
) -> Candidate:
    car, on = car_named(vehicle), look.hours.local(newest).date()
    habit = f"came {visits} times, about every {max(1, round(every.days / 30.4))} months"
    return Candidate(
        customer_id,
        f"{_AFTER}{order_id}",
        look.from_start_of(look.today),
        f"{habit}; last on {day_said(on)}, {on.year}",
        f"The {car} {habit}, and was last here on {day_said(on)}, {on.year}. Ask whether all is well, and offer a "
        "visit",
        facts={"car": car},
        car=car,
    )
