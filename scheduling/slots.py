"""Which visits to offer a caller: hours, capacity and op codes in, a few good offers out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kit.ids import StaffId
from scheduling import slot_ids
from scheduling.plans import Plan, Planner
from scheduling.shop import Shop, Transport, Visit, Wish, part_of_day

_HOUR = timedelta(hours=1)
_MOMENT = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """A visit that can be booked now. `ready_at` is the plan, not a promise; for a diagnosis, when to expect news."""

    slot_id: str
    starts_at: datetime
    ready_at: datetime
    technician_id: str
    advisor_id: StaffId
    visit: Visit
    transport: Transport


def offers(shop: Shop, wish: Wish, now: datetime) -> list[Offer]:
    """Up to `how_many` offers: the earliest, then other parts of the day and other days before more of the same.

    When the caller named a time of day to the minute, the nearest to it come first, two of a day at most.
    """
    if not wish.jobs or wish.how_many < 1 or not_waitable(wish):
        return []
    planner = Planner(shop, wish)
    found: list[Plan] = []
    chosen: list[Plan] = []
    for day in _days(shop, wish, now):
        found += _plans_on(day, planner, shop, wish, now)
        chosen = _varied(found, shop, wish)
        if len(chosen) == wish.how_many:
            break
    chosen = _filled(chosen, found, wish)
    if wish.around is None:
        chosen.sort(key=lambda plan: plan.starts_at)
    return [_offer(shop, plan) for plan in chosen]


def not_waitable(wish: Wish) -> tuple[str, ...]:
    """The op codes a customer who wants to wait cannot wait for."""
    return tuple(job.code for job in wish.jobs if wish.visit is Visit.WAITER and not job.waitable)


def bookable_from(shop: Shop, now: datetime) -> datetime:
    """The first moment the rooftop's lead time allows."""
    return now + timedelta(minutes=shop.policy.lead_minutes)


def last_bookable_day(shop: Shop, now: datetime) -> date:
    return shop.hours.local(now).date() + shop.policy.days_ahead * _DAY


def _days(shop: Shop, wish: Wish, now: datetime) -> Iterator[date]:
    start = bookable_from(shop, now)
    day = shop.hours.local(max(start, wish.earliest) if wish.earliest else start).date()
    last = last_bookable_day(shop, now)
    if wish.latest is not None:
        last = min(last, shop.hours.local(wish.latest).date())
    while day <= last:
        yield day
        day += _DAY


def _plans_on(day: date, planner: Planner, shop: Shop, wish: Wish, now: datetime) -> list[Plan]:
    arrivals = [at for at in planner.arrivals_on(day) if _suits(at, shop, wish, now)]
    if wish.around is not None:
        wanted = wish.around.hour * 60 + wish.around.minute

        def distance(at: datetime) -> int:
            wall = shop.hours.local(at)
            return abs(wall.hour * 60 + wall.minute - wanted)

        arrivals.sort(key=lambda at: (distance(at), at))
    plans = (planner.plan(at) for at in arrivals)
    return [plan for plan in plans if isinstance(plan, Plan)]


def _suits(at: datetime, shop: Shop, wish: Wish, now: datetime) -> bool:
    wall = shop.hours.local(at)
    return (
        at >= bookable_from(shop, now)
        and wall.date() <= last_bookable_day(shop, now)
        and (wish.earliest is None or at >= wish.earliest)
        and (wish.latest is None or at <= wish.latest)
        and (wish.time_of_day is None or part_of_day(wall.time()) is wish.time_of_day)
        and (not wish.weekdays or wall.weekday() in wish.weekdays)
    )


def _varied(found: Sequence[Plan], shop: Shop, wish: Wish) -> list[Plan]:
    """The first of each part of each day, two of a day at most."""

    def kind(plan: Plan) -> tuple[object, ...]:
        wall = shop.hours.local(plan.starts_at)
        return (wall.date(), plan.starts_at if wish.around else part_of_day(wall.time()))

    chosen: list[Plan] = []
    kinds: list[tuple[object, ...]] = []
    for plan in found:
        this = kind(plan)
        if len(chosen) < wish.how_many and this not in kinds and sum(each[0] == this[0] for each in kinds) < 2:
            chosen.append(plan)
            kinds.append(this)
    return chosen


def _filled(chosen: Sequence[Plan], found: Sequence[Plan], wish: Wish) -> list[Plan]:
    """Adds more of the same day or part when there is no more variety: an hour apart if possible."""
    filled = list(chosen)
    for apart in [_MOMENT] if wish.around else [_HOUR, _MOMENT]:
        for plan in found:
            if len(filled) == wish.how_many:
                return filled
            if all(abs(plan.starts_at - each.starts_at) >= apart for each in filled):
                filled.append(plan)
    return filled


def _offer(shop: Shop, plan: Plan) -> Offer:
    return Offer(
        slot_id=slot_ids.slot_id(shop, plan.starts_at, plan.visit, plan.transport, plan.technician_id, plan.advisor_id),
        starts_at=plan.starts_at,
        ready_at=plan.ends_at,
        technician_id=plan.technician_id,
        advisor_id=plan.advisor_id,
        visit=plan.visit,
        transport=plan.transport,
    )
