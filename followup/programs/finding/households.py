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
    cars = select(last.id, last.customer_id, last.opened_at, Vehicle)
    if look.only:
        rows = (await db.execute(cars.join(Vehicle, Vehicle.id == last.vehicle_id).where(*silent))).all()
        return [_candidate(look, *row) for row in rows]
    here = aliased(RepairOrder)
    lately = here.opened_at > look.now - timedelta(days=look.number("look_back_days"))
    found: dict[str, Candidate] = {}
    for mine, theirs in (
        (HouseholdLink.one_id, HouseholdLink.other_id),
        (HouseholdLink.other_id, HouseholdLink.one_id),
    ):
        rows = (
            await db.execute(
                cars.select_from(here)
                .join(HouseholdLink, mine == here.customer_id)
                .join(Vehicle, Vehicle.customer_id == theirs)
                .join(last, last.vehicle_id == Vehicle.id)
                .where(
                    lately,
                    here.department == "service",
                    HouseholdLink.ended_at.is_(None),
                    HouseholdLink.confidence >= _SURE,
                    *silent,
                )
                .distinct()
                .order_by(last.opened_at.desc(), last.id)
                .limit(MOST_FOUND)
            )
        ).all()
        found |= {row[0]: _candidate(look, *row) for row in rows}
    return list(found.values())


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
