"""Leases that end: whoever signed one is asked about it, and nobody they live with."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from followup.programs.people import MOST_FOUND, Candidate, Look, car_named, day_said
from record.models import Vehicle
from record.sales_models import Deal

_DEAL = "lease:"
_BOUGHT_LATELY = timedelta(days=180)


async def ending(db: AsyncSession, look: Look) -> list[Candidate]:
    """Leases whose last day is within the first step's reach, unless another car was bought in the last half year."""
    earliest = min((step.after for step in look.rules.steps), default=0)
    newer = aliased(Deal)
    bought = select(newer.id).where(
        newer.customer_id == Deal.customer_id,
        newer.id != Deal.id,
        newer.kind.in_(("retail", "lease")),
        newer.sold_on > look.today - _BOUGHT_LATELY,
    )
    wanted = [Deal.kind == "lease", Deal.customer_id.is_not(None), look.subject(_DEAL, Deal.id), ~bought.exists()]
    if not look.only:
        wanted += [
            Deal.lease_ends_on >= look.today,
            Deal.lease_ends_on <= look.today - timedelta(minutes=earliest),
        ]
    rows = await db.execute(
        select(Deal, Vehicle)
        .outerjoin(Vehicle, Vehicle.id == Deal.vehicle_id)
        .where(*wanted)
        .order_by(Deal.lease_ends_on, Deal.id)
        .limit(MOST_FOUND)
    )
    return [_candidate(look, deal, car) for deal, car in rows if deal.lease_ends_on is not None]


def _candidate(look: Look, deal: Deal, vehicle: Vehicle | None) -> Candidate:
    car, ends = car_named(vehicle), deal.lease_ends_on or look.today
    when = f"{day_said(ends)}, {ends.year}" + (", worked out from its term" if deal.lease_ends_derived else "")
    return Candidate(
        deal.customer_id or "",
        f"{_DEAL}{deal.id}",
        look.from_start_of(ends),
        f"The lease on the {car} ends {when}",
        f"The lease on the {car} ends {when}. Go through the choices: another lease, buying it, giving it back",
        facts={"car": car},
        car=car,
        true_until=look.from_start_of(ends),
    )
