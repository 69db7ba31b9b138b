"""Work that was advised and not done, by its colour, and work a customer put off to a date."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.programs.people import MOST_FOUND, Candidate, Look, car_named, day_said
from record.models import RepairOrder, Staff, Vehicle
from record.recommendations import OPEN_STATES
from record.visit_models import Recommendation

_ORDER = "ro:"
_PUT_OFF_LATELY = timedelta(days=30)


async def red(db: AsyncSession, look: Look) -> list[Candidate]:
    return await _not_done(db, look, "red")


async def yellow(db: AsyncSession, look: Look) -> list[Candidate]:
    return await _not_done(db, look, "yellow")


async def put_off(db: AsyncSession, look: Look) -> list[Candidate]:
    """Put off to a date that is here; miles are not guessed at."""
    until = Recommendation.deferred_until
    wanted: list[ColumnElement[bool]] = [Recommendation.state == "deferred", until.is_not(None)]
    if not look.only:
        wanted += [until <= look.today, until > look.today - _PUT_OFF_LATELY]
    return await _advised(db, look, wanted)


async def _not_done(db: AsyncSession, look: Look, colour: str) -> list[Candidate]:
    wanted: list[ColumnElement[bool]] = [Recommendation.colour == colour, Recommendation.deferred_until.is_(None)]
    if not look.only:
        offsets = [step.after for step in look.rules.steps] or [0]
        first, last = (timedelta(minutes=at) for at in (min(offsets), max(offsets)))
        wanted += [
            Recommendation.recommended_at <= look.now - first,
            Recommendation.recommended_at > look.now - last - look.kind.fresh,
        ]
    return await _advised(db, look, wanted)


async def _advised(db: AsyncSession, look: Look, wanted: list[ColumnElement[bool]]) -> list[Candidate]:
    rows = await db.execute(
        select(Recommendation, RepairOrder.ro_number, RepairOrder.advisor_id, Staff.name, Vehicle)
        .join(RepairOrder, RepairOrder.id == Recommendation.repair_order_id)
        .outerjoin(Vehicle, Vehicle.id == Recommendation.vehicle_id)
        .outerjoin(Staff, Staff.id == RepairOrder.advisor_id)
        .where(
            Recommendation.state.in_(OPEN_STATES),
            Recommendation.sold_on_id.is_(None),
            look.subject(_ORDER, Recommendation.repair_order_id),
            *wanted,
        )
        .order_by(Recommendation.recommended_at.desc(), Recommendation.id)
        .limit(MOST_FOUND)
    )
    orders: dict[str, list[tuple[Recommendation, str | None, str, Vehicle | None]]] = defaultdict(list)
    for work, _number, advisor_id, advisor, car in rows:
        if car is None or car.customer_id == work.customer_id:
            orders[work.repair_order_id].append((work, work.recommended_by_id or advisor_id, advisor or "", car))
    found = [_candidate(look, of_it) for of_it in orders.values()]
    return sorted(found, key=lambda each: -(each.value_cents or 0))


def _candidate(look: Look, of_it: Sequence[tuple[Recommendation, str | None, str, Vehicle | None]]) -> Candidate:
    first, advisor_id, advisor, vehicle = of_it[0]
    work = [each for each, *_ in of_it]
    what = ", ".join(_said(each) for each in work)
    car, on = car_named(vehicle), day_said(look.hours.local(first.recommended_at).date())
    asked = "was asked and said no" if any(each.presented for each in work) else "may never have been asked"
    price = _price(work)
    put_off_to = first.deferred_until if first.state == "deferred" else None
    if put_off_to is not None:
        asked = f"put it off to {day_said(put_off_to)}"
    counts_from = first.recommended_at if put_off_to is None else look.from_start_of(put_off_to)
    return Candidate(
        first.customer_id,
        f"{_ORDER}{first.repair_order_id}",
        counts_from,
        f"{what} on {on}: {asked}",
        f"Advised on {on}: {what} ({car}); the customer {asked}. {price}Ask how they want to go on",
        facts={
            "date": on,
            "work": ", ".join(each.description for each in work)[:120],
            "car": car,
            "advisor": advisor or "Your advisor",
        },
        wording="red" if any(each.colour == "red" for each in work) else "",
        car=car,
        wanted=what,
        advisor_id=advisor_id,
        value_cents=sum(each.price_low_cents or 0 for each in work) or None,
        stage="estimate",
    )


def _said(work: Recommendation) -> str:
    """The work with what was measured, as it is on file."""
    return f"{work.description} ({work.measured})" if work.measured else work.description


def _price(work: Sequence[Recommendation]) -> str:
    """The range on file, for the person who calls; a text names no price."""
    low = sum(each.price_low_cents or 0 for each in work)
    high = sum(each.price_high_cents or each.price_low_cents or 0 for each in work)
    if not low:
        return ""
    said = f"${low // 100:,}" if high <= low else f"${low // 100:,} to ${high // 100:,}"
    return f"On file: {said}, which may have changed. "
