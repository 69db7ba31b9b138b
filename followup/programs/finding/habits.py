"""Customers who used to come and have been away for longer than their own habit."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Float, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from followup.programs.finding.buyers import months_before
from followup.programs.people import MOST_FOUND, Candidate, Look, car_named, day_said
from kit.db import UtcDateTime
from record.models import RepairOrder, Vehicle

_AFTER = "after:"
_LONGEST_HABIT = timedelta(days=800)
"""A last visit longer ago than this is nobody's habit any more."""


class days_between(FunctionElement[float]):  # noqa: N801 - it reads as SQL does
    """Days from one stored time to another."""

    type = Float()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _sqlite(element: Any, compiler: Any, **more: Any) -> str:
    start, end = (compiler.process(each, **more) for each in element.clauses)
    return f"(julianday({end}) - julianday({start}))"


@compiles(days_between, "postgresql")
def _postgresql(element: Any, compiler: Any, **more: Any) -> str:
    start, end = (compiler.process(each, **more) for each in element.clauses)
    return f"(extract(epoch from ({end} - {start})) / 86400.0)"


async def gone_quiet(db: AsyncSession, look: Look) -> list[Candidate]:
    """Two visits or more of one car, the last one longer ago than their usual interval says, and than the months."""
    last, before, later = RepairOrder, aliased(RepairOrder), aliased(RepairOrder)
    newest = last.opened_at
    silent_since = look.from_start_of(months_before(look.today, look.number("months")))
    interval = days_between(func.min(before.opened_at), newest) / func.count()
    overdue = days_between(newest, literal(look.now, UtcDateTime())) - interval * (look.number("habit_percent") / 100)
    wanted = [
        last.department == "service",
        last.vehicle_id.is_not(None),
        newest <= silent_since,
        look.subject(_AFTER, last.id),
        Vehicle.customer_id == last.customer_id,
        ~select(later.id)
        .where(later.vehicle_id == last.vehicle_id, later.opened_at > newest, later.department == "service")
        .exists(),
    ]
    if not look.only:
        wanted.append(newest > look.now - _LONGEST_HABIT)
    rows = await db.execute(
        select(last.id, last.customer_id, newest, interval, Vehicle, func.count())
        .join(Vehicle, Vehicle.id == last.vehicle_id)
        .join(before, (before.vehicle_id == last.vehicle_id) & (before.opened_at < newest))
        .where(*wanted)
        .group_by(last.id, Vehicle.id)
        .having(overdue >= 0, *([] if look.only else [overdue < look.number("look_back_days")]))
        .order_by(newest.desc(), last.id)
        .limit(MOST_FOUND)
    )
    return [_candidate(look, *row) for row in rows]


def _candidate(
    look: Look, order_id: str, customer_id: str, newest: datetime, every: float, vehicle: Vehicle, earlier: int
) -> Candidate:
    car, on = car_named(vehicle), look.hours.local(newest).date()
    habit = f"came {earlier + 1} times, about every {max(1, round(every / 30.4))} months"
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
