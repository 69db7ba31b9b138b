"""Offers against an oracle that tries every technician, every start and every quarter hour, over clock changes."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from kit.ids import StaffId
from record.business_hours import BusinessHours, Holiday, Hours
from scheduling.plans import Plan, Planner
from scheduling.shop import (
    QUANTUM,
    Advisor,
    Block,
    Job,
    Policy,
    Shift,
    Shop,
    Technician,
    TimeOfDay,
    Transport,
    TransportLimit,
    Visit,
    Wish,
    part_of_day,
)
from scheduling.slots import offers

DAYS = {
    "America/Los_Angeles": (date(2026, 3, 7), date(2026, 10, 31), date(2026, 6, 10)),
    "Australia/Lord_Howe": (date(2026, 10, 3), date(2026, 4, 4)),
}
MINUTE = timedelta(minutes=1)
HORIZON = 2


def walls(step: int) -> st.SearchStrategy[time]:
    return st.integers(0, 24 * 60 // step - 1).map(lambda n: time(n * step // 60, n * step % 60))


@st.composite
def stretches(draw: st.DrawFn) -> tuple[time, time]:
    """Hours of a day at any five minutes, or through the night at any quarter hour."""
    if draw(st.integers(0, 4)) == 0:
        return draw(walls(15)), draw(walls(15))
    opens, closes = sorted(draw(st.lists(walls(5), min_size=2, max_size=2, unique=True)))
    return opens, closes


@st.composite
def shops(draw: st.DrawFn) -> tuple[Shop, datetime]:
    zone = draw(st.sampled_from(sorted(DAYS)))
    day = draw(st.sampled_from(DAYS[zone]))
    weekdays = [(day + timedelta(days=n)).weekday() for n in range(-1, HORIZON + 2)]

    def rows(most: int) -> list[tuple[int, time, time]]:
        return [(draw(st.sampled_from(weekdays)), *draw(stretches())) for _ in range(draw(st.integers(1, most)))]

    weekly = [Hours(weekday, time(0, 30), time(22)) for weekday in weekdays] if draw(st.booleans()) else []
    hours = BusinessHours(zone, tuple(weekly + [Hours(*row) for row in rows(2)]))
    if draw(st.integers(0, 3)) == 0:
        hours = replace(hours, holidays=(Holiday(day + timedelta(days=1), "short", time(1), time(5)),))

    def shifts() -> tuple[Shift, ...]:
        whole = [Shift(weekday, time(0), time(23)) for weekday in weekdays] if draw(st.booleans()) else []
        return tuple(whole + [Shift(*row) for row in rows(2)])

    skills = st.frozensets(st.sampled_from(["a", "b"]))
    efficiencies = st.sampled_from([0.5, 1.0, 1.25, 2.0])
    technicians = tuple(
        Technician(f"t{n}", draw(skills), shifts(), draw(efficiencies)) for n in range(draw(st.integers(1, 3)))
    )
    advisors = tuple(Advisor(StaffId(f"a{n}"), shifts()) for n in range(draw(st.integers(1, 2))))
    now = hours.at_local(day, draw(walls(5)))
    around = st.integers(0, 200).map(lambda n: now.replace(minute=0) + n * QUANTUM)
    everyone = [each.id for each in (*technicians, *advisors)]
    blocks = tuple(
        Block(draw(st.sampled_from(everyone)), start, start + timedelta(minutes=draw(st.integers(1, 300))))
        for start in draw(st.lists(around, max_size=2))
    )
    resources = [f"technician:{each.id}" for each in technicians] + [f"advisor:{each.id}" for each in advisors]
    taken = {
        (resource, start + n * QUANTUM)
        for resource in [*resources, "waiter:0", "bay:lift:0"]
        for start in draw(st.lists(around, max_size=2))
        for n in range(draw(st.integers(1, 6)))
    }
    limits = tuple(
        TransportLimit(Transport.LOANER, draw(st.integers(0, 2)), weekday=weekday) for weekday in set(weekdays)
    )
    policy = Policy(
        lead_minutes=draw(st.sampled_from([0, 60])),
        days_ahead=HORIZON,
        waiters_per_slot=draw(st.integers(0, 2)),
        last_arrival_minutes=draw(st.sampled_from([0, 60])),
        same_day_minutes=120,
        longest_stay_days=2,
    )
    shop = Shop("r", "k", hours, policy, technicians, advisors, blocks, limits, {"lift": 1}, frozenset(taken))
    return shop, now


jobs = st.builds(
    Job,
    st.sampled_from(["ONE", "TWO", "THREE"]),
    st.just("family"),
    st.just("work"),
    st.integers(5, 150),
    skill=st.sampled_from([None, "a", "b"]),
    bay_type=st.sampled_from([None, None, "lift"]),
    waitable=st.just(True),
)
wishes = st.builds(
    Wish,
    st.lists(jobs, min_size=1, max_size=3, unique_by=lambda job: job.code).map(tuple),
    st.sampled_from(Visit),
    st.sampled_from([Transport.NONE, Transport.NONE, Transport.LOANER]),
)


class Oracle:
    """Says what is possible by trying everything; shares no code with the planner but the tested hours."""

    def __init__(self, shop: Shop, wish: Wish) -> None:
        self.shop, self.wish = shop, wish
        self._working: dict[tuple[str, datetime], bool] = {}

    def day_of(self, at: datetime) -> date:
        return self.shop.hours.local(at).date()

    def is_working(self, person: Technician | Advisor, at: datetime) -> bool:
        key = (person.id, at)
        if key not in self._working:
            zone = self.shop.hours.time_zone
            on_shift = BusinessHours(zone, tuple(Hours(s.weekday, s.starts, s.ends) for s in person.shifts))
            mine = [block for block in self.shop.blocks if block.person_id == person.id]
            minutes = [at + n * MINUTE for n in range(0, 15, 5)]
            self._working[key] = all(
                on_shift.open_at(m)
                and self.shop.hours.open_at(m)
                and not any(b.starts_at < m + 5 * MINUTE and m < b.ends_at for b in mine)
                for m in minutes
            )
        return self._working[key]

    def used(self, pool: str, at: datetime) -> int:
        return sum(resource.startswith(f"{pool}:") and quantum == at for resource, quantum in self.shop.taken)

    def may_arrive(self, at: datetime) -> bool:
        hours, policy = self.shop.hours, self.shop.policy
        for day in (self.day_of(at) - timedelta(days=1), self.day_of(at)):
            openings = hours.openings_on(day)
            for opening in openings:
                inside = opening.starts_at <= at and at + QUANTUM <= opening.ends_at
                if inside and at + timedelta(minutes=policy.last_arrival_minutes) <= openings[-1].ends_at:
                    return True
        return False

    def works(self, groups: tuple[tuple[Job, ...], ...], at: datetime, day: date) -> Iterator[datetime]:
        """Every moment at which the work could be done, over all technicians and all starts."""
        total = sum(job.minutes for job in self.wish.jobs)
        stay = 1 if total <= self.shop.policy.same_day_minutes else self.shop.policy.longest_stay_days
        last = day + timedelta(days=stay - 1)
        for crew in product(self.shop.technicians, repeat=len(groups)):
            ends = {at}
            for technician, group in zip(crew, groups, strict=True):
                ends = {end for start in ends for end in self.ends_of(technician, group, start, last)}
            yield from ends

    def ends_of(
        self, technician: Technician, group: tuple[Job, ...], after: datetime, last: date
    ) -> Iterator[datetime]:
        if not {job.skill for job in group if job.skill} <= technician.skills:
            return
        length = math.ceil(sum(job.minutes for job in group) / technician.efficiency / 15 - 1e-9)
        quanta: list[datetime] = []
        moment = after
        while self.day_of(moment) <= last:
            quanta.append(moment)
            moment += QUANTUM
        if self.wish.visit is Visit.WAITER:
            run = [after + n * QUANTUM for n in range(length)]
            if all(self.day_of(q) <= last and self.is_usable(technician, group, q) for q in run):
                yield run[-1] + QUANTUM
            return
        working = [q for q in quanta if self.is_working(technician, q)]
        for index in range(len(working) - length + 1):
            run = working[index : index + length]
            if all(self.is_usable(technician, group, q) for q in run):
                yield run[-1] + QUANTUM

    def is_usable(self, technician: Technician, group: tuple[Job, ...], at: datetime) -> bool:
        lifts = any(job.bay_type for job in group) and self.used("bay:lift", at) >= self.shop.bays["lift"]
        return (
            self.is_working(technician, at) and not lifts and (f"technician:{technician.id}", at) not in self.shop.taken
        )

    def ready_at(self, at: datetime) -> datetime | None:
        """When a visit at this moment would be done; None when it is not possible."""
        shop, wish, day = self.shop, self.wish, self.day_of(at)
        free = [a for a in shop.advisors if self.is_working(a, at) and (f"advisor:{a.id}", at) not in shop.taken]
        full = wish.visit is Visit.WAITER and self.used("waiter", at) >= shop.policy.waiters_per_slot
        if not self.may_arrive(at) or not free or full:
            return None
        skills = list(dict.fromkeys(job.skill for job in wish.jobs if job.skill))
        apart = tuple(
            tuple(job for job in wish.jobs if job.skill == skill or (not job.skill and skill == skills[0]))
            for skill in skills
        )
        done = set(self.works((wish.jobs,), at, day)) | (set(self.works(apart, at, day)) if len(skills) > 1 else set())
        if not done or wish.transport is Transport.NONE:
            return min(done, default=None)
        end = min(done)
        days = [day + timedelta(days=n) for n in range((self.day_of(end) - day).days + 1)]
        units = {limit.weekday: limit.units for limit in shop.transport_limits}
        left = all(units.get(each.weekday(), 0) > 0 for each in days)
        return end if left and wish.visit is Visit.DROP_OFF else None


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shops(), wishes, st.integers(0, 96 * HORIZON))
def test_a_visit_is_planned_exactly_when_trying_everything_finds_one(
    case: tuple[Shop, datetime], wish: Wish, ahead: int
) -> None:
    shop, now = case
    start = now.replace(minute=0) + ahead * QUANTUM
    for at in (start + n * QUANTUM for n in (0, 1, 5, 12, 20, 31, 47)):
        plan = Planner(shop, wish).plan(at)
        expected = Oracle(shop, wish).ready_at(at)
        assert (plan.ends_at if isinstance(plan, Plan) else None) == expected


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shops(), wishes)
def test_no_series_of_visits_uses_any_capacity_twice_or_past_its_limit(case: tuple[Shop, datetime], wish: Wish) -> None:
    shop, now = case
    for _ in range(60):
        found = offers(shop, replace(wish, how_many=1), now)
        if not found:
            break
        plan = Planner(shop, wish, found[0].technician_id).plan(found[0].starts_at)
        assert isinstance(plan, Plan)
        assert not plan.claims & shop.taken
        oracle = Oracle(shop, wish)
        for part in plan.parts:
            technician = next(each for each in shop.technicians if each.id == part.technician_id)
            assert all(oracle.is_working(technician, quantum) for quantum in part.quanta)
        shop = replace(shop, taken=shop.taken | plan.claims)
        for quantum in {quantum for _, quantum in plan.claims}:
            assert Oracle(shop, wish).used("waiter", quantum) <= max(1, shop.policy.waiters_per_slot)
            assert Oracle(shop, wish).used("bay:lift", quantum) <= 1
            assert Oracle(shop, wish).used("transport:loaner", quantum) <= 2


limits = st.one_of(st.none(), st.integers(0, 96 * HORIZON))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    shops(),
    wishes,
    st.sampled_from([None, *TimeOfDay]),
    st.one_of(st.none(), walls(15)),
    limits,
    limits,
    st.frozensets(st.integers(0, 6), max_size=4),
    st.integers(1, 4),
)
def test_offers_are_the_earliest_that_suit_and_as_different_as_can_be(
    case: tuple[Shop, datetime],
    wish: Wish,
    part: TimeOfDay | None,
    around: time | None,
    earliest: int | None,
    latest: int | None,
    weekdays: frozenset[int],
    how_many: int,
) -> None:
    shop, now = case
    hour = now.replace(minute=0)
    wish = replace(
        wish,
        time_of_day=part,
        around=around,
        weekdays=weekdays,
        how_many=how_many,
        earliest=None if earliest is None else hour + earliest * QUANTUM,
        latest=None if latest is None else hour + latest * QUANTUM,
    )
    oracle = Oracle(shop, wish)
    moments = [hour + n * QUANTUM for n in range(96 * (HORIZON + 2))]
    suiting = [at for at in moments if suits(shop, wish, now, at) and oracle.ready_at(at) is not None]
    found = [offer.starts_at for offer in offers(shop, wish, now)]
    assert len(found) == len(set(found)) == min(how_many, len(suiting))
    assert set(found) <= set(suiting)
    if not suiting:
        return
    if around is None:
        assert found[0] == suiting[0] and found == sorted(found)
        kinds = {(oracle.day_of(at), part_of_day(shop.hours.local(at).time())) for at in suiting}
        most = sum(min(2, sum(day == each for day, _ in kinds)) for each in {day for day, _ in kinds})
        offered = {(oracle.day_of(at), part_of_day(shop.hours.local(at).time())) for at in found}
        assert len(offered) >= min(how_many, most)
    else:
        first_day = [at for at in suiting if oracle.day_of(at) == oracle.day_of(suiting[0])]
        assert distance(shop, found[0], around) == min(distance(shop, at, around) for at in first_day)


def suits(shop: Shop, wish: Wish, now: datetime, at: datetime) -> bool:
    wall = shop.hours.local(at)
    return not (
        at < now + timedelta(minutes=shop.policy.lead_minutes)
        or wall.date() > shop.hours.local(now).date() + timedelta(days=shop.policy.days_ahead)
        or (wish.earliest is not None and at < wish.earliest)
        or (wish.latest is not None and at > wish.latest)
        or (wish.weekdays and wall.weekday() not in wish.weekdays)
        or (wish.time_of_day is not None and part_of_day(wall.time()) is not wish.time_of_day)
    )


def distance(shop: Shop, at: datetime, around: time) -> int:
    wall = shop.hours.local(at)
    return abs(wall.hour * 60 + wall.minute - around.hour * 60 - around.minute)


@pytest.mark.soak
def test_the_oracle_is_not_vacuous() -> None:
    """The generated shops have visits to plan, also in two parts and overnight, or the comparison says nothing."""
    busy = Wish((Job("ONE", "f", "w", 60, skill="a"), Job("TWO", "f", "w", 90, skill="b")))

    def in_two_parts(case: tuple[Shop, datetime]) -> bool:
        found = offers(case[0], busy, case[1])
        plan = Planner(case[0], busy).plan(found[0].starts_at) if found else None
        return (
            isinstance(plan, Plan) and len(plan.parts) == 2 and plan.parts[-1].ends_at - plan.starts_at > MINUTE * 600
        )

    find(shops(), in_two_parts, settings=settings(max_examples=2000, deadline=None))
