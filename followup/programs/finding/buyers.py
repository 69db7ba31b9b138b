"""Buyers: after delivery, before their first service, and those who never came for one."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from followup.programs.people import MOST_FOUND, Candidate, Look, car_named, day_said
from record.models import RepairOrder, Vehicle
from record.sales_models import Deal

_DEAL = "deal:"
_PURCHASES = ("retail", "lease")
_JUST_DELIVERED = 14
"""So many days back the first look goes; whoever bought earlier was served before there was a program."""


async def delivered(db: AsyncSession, look: Look) -> list[Candidate]:
    """Took delivery in the last days."""
    found = []
    for deal, car, on in await _deals(db, look, look.today - timedelta(days=_JUST_DELIVERED), look.today):
        name = car_named(car)
        found.append(
            _candidate(
                look,
                deal,
                on,
                f"Took delivery of the {name} on {day_said(on)}",
                f"Took delivery of the {name} on {day_said(on)} from {deal.salesperson or 'us'}. Ask whether all is "
                "well",
                name,
            )
        )
    return found


async def without_service(db: AsyncSession, look: Look) -> list[Candidate]:
    """Took delivery and has not been for service; within the time the program covers."""
    longest = max((step.after for step in look.rules.steps), default=0) // (24 * 60)
    since = look.today - timedelta(days=longest + look.kind.fresh.days)
    found = []
    for deal, car, on in await _deals(db, look, since, look.today, unserved=True):
        name = car_named(car)
        found.append(
            _candidate(
                look,
                deal,
                on,
                f"Took delivery of the {name} on {day_said(on)}; no service since",
                f"Took delivery of the {name} on {day_said(on)} and has not met the service department. Introduce "
                "yourself and offer a first visit",
                name,
            )
        )
    return found


async def silent(db: AsyncSession, look: Look) -> list[Candidate]:
    """Bought so many months ago and never came."""
    months = look.number("months")
    latest = months_before(look.today, months)
    earliest = months_before(look.today - timedelta(days=look.number("look_back_days")), months)
    found = []
    for deal, car, on in await _deals(db, look, earliest, latest, unserved=True):
        name = car_named(car)
        found.append(
            _candidate(
                look,
                deal,
                look.today,
                f"Bought the {name} on {day_said(on)}, {on.year}; no service since",
                f"Bought the {name} {months} months ago from {deal.salesperson or 'us'} and never came for service. "
                "Ask whether all is well, and offer a first visit",
                name,
            )
        )
    return found


async def _deals(
    db: AsyncSession, look: Look, since: date, until: date, *, unserved: bool = False
) -> Sequence[tuple[Deal, Vehicle | None, date]]:
    """Purchases of those days by somebody who still has the car, the newest first."""
    wanted: list[ColumnElement[bool]] = [
        Deal.kind.in_(_PURCHASES),
        Deal.customer_id.is_not(None),
        Deal.sold_on.is_not(None),
        look.subject(_DEAL, Deal.id),
        or_(Deal.vehicle_id.is_(None), Vehicle.customer_id == Deal.customer_id),
    ]
    if not look.only:
        wanted += [Deal.sold_on > since - timedelta(days=1), Deal.sold_on <= until]
    if unserved:
        wanted += never_came()
    rows = await db.execute(
        select(Deal, Vehicle, func.coalesce(Deal.delivered_on, Deal.sold_on))
        .outerjoin(Vehicle, Vehicle.id == Deal.vehicle_id)
        .where(*wanted)
        .order_by(Deal.sold_on.desc(), Deal.id)
        .limit(MOST_FOUND)
    )
    return [(deal, car, deal.delivered_on or deal.sold_on or until) for deal, car, _on in rows]


def never_came() -> list[ColumnElement[bool]]:
    """No repair order of the car, or of a buyer whose car is not on file, in the service department."""
    of_car, of_buyer = aliased(RepairOrder), aliased(RepairOrder)
    car = select(of_car.id).where(of_car.vehicle_id == Deal.vehicle_id, of_car.department == "service")
    buyer = select(of_buyer.id).where(of_buyer.customer_id == Deal.customer_id, of_buyer.department == "service")
    return [or_(and_(Deal.vehicle_id.is_not(None), ~car.exists()), and_(Deal.vehicle_id.is_(None), ~buyer.exists()))]


def _candidate(look: Look, deal: Deal, counts_from: date, reason: str, need: str, car: str) -> Candidate:
    return Candidate(
        deal.customer_id or "",
        f"{_DEAL}{deal.id}",
        look.from_start_of(counts_from),
        reason,
        need,
        facts={"car": car},
        car=car,
    )


def months_before(day: date, months: int) -> date:
    return months_after(day, -months)


def months_after(day: date, months: int) -> date:
    at = day.year * 12 + day.month - 1 + months
    year, month = divmod(at, 12)
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
