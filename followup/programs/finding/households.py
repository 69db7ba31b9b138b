"""Another car of a household that was here lately is due: its own owner is asked, and hears nothing of the other."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from followup.programs.finding.buyers import months_before
from followup.programs.people import MOST_FOUND, Candidate, Look, car_named, day_said
from record.identity_models import HouseholdLink
from record.models import RepairOrder, Vehicle

_AFTER = "after:"
_SURE = 0.8
_AT_ONCE = 400
_MOST_VISITORS = 20_000


async def due(db: AsyncSession, look: Look) -> list[Candidate]:
    """From a relative's visit to the household's other cars, and from those to the ones not seen for the months.

    Household links are suggestions for staff (`record/households.may_tell`): neither the task nor the text names the
    relative.
    """
    last, later = aliased(RepairOrder), aliased(RepairOrder)
    silent = [
        last.department == "service",
        last.opened_at <= look.from_start_of(months_before(look.today, look.number("months"))),
        last.customer_id == Vehicle.customer_id,
        look.subject(_AFTER, last.id),
        ~select(later.id).where(later.vehicle_id == last.vehicle_id, later.opened_at > last.opened_at).exists(),
    ]
    seen = select(last.id, last.customer_id, last.opened_at, Vehicle).join(Vehicle, Vehicle.id == last.vehicle_id)
    if look.only:
        return [_candidate(look, *row) for row in (await db.execute(seen.where(*silent))).all()]
    found: list[Candidate] = []
    relatives = sorted(await _relatives_of_visitors(db, look))
    for at in range(0, len(relatives), _AT_ONCE):
        theirs = select(Vehicle.id).where(Vehicle.customer_id.in_(relatives[at : at + _AT_ONCE]))
        cars = last.vehicle_id.in_(list(await db.scalars(theirs)))
        found += [_candidate(look, *row) for row in (await db.execute(seen.where(cars, *silent))).all()]
    return found[:MOST_FOUND]


async def _relatives_of_visitors(db: AsyncSession, look: Look) -> set[str]:
    """Everybody surely linked to somebody who was here in the last days."""
    since = look.now - timedelta(days=look.number("look_back_days"))
    lately = (RepairOrder.opened_at > since, RepairOrder.department == "service")
    visitors = sorted(
        set(await db.scalars(select(RepairOrder.customer_id).where(*lately).distinct().limit(_MOST_VISITORS)))
    )
    found: set[str] = set()
    for at in range(0, len(visitors), _AT_ONCE):
        these = visitors[at : at + _AT_ONCE]
        sure = (HouseholdLink.ended_at.is_(None), HouseholdLink.confidence >= _SURE)
        for mine, theirs in (
            (HouseholdLink.one_id, HouseholdLink.other_id),
            (HouseholdLink.other_id, HouseholdLink.one_id),
        ):
            found |= set(await db.scalars(select(theirs).where(mine.in_(these), *sure)))
    return found


def _candidate(look: Look, order_id: str, customer_id: str, seen_at: datetime, vehicle: Vehicle) -> Candidate:
    car, on = car_named(vehicle), look.hours.local(seen_at).date()
    return Candidate(
        customer_id,
        f"{_AFTER}{order_id}",
        look.from_start_of(look.today),
        f"The {car} was last here on {day_said(on)}, {on.year}; the household was here lately",
        f"The {car} was last here on {day_said(on)}, {on.year}. Ask its owner about a visit; nothing is said of "
        "anybody they live with",
        facts={"car": car},
        car=car,
    )
