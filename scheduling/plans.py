"""Whether a visit fits at one moment, and exactly which capacity it would use."""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from kit.ids import StaffId
from record.business_hours import BusinessHours, Hours, Opening
from scheduling.shop import (
    QUANTUM,
    Job,
    Shift,
    Shop,
    Technician,
    Transport,
    TransportLimit,
    Visit,
    Wish,
    advisor_resource,
    technician_resource,
)

Claim = tuple[str, datetime]
_DAY = timedelta(days=1)


class Lacking(StrEnum):
    """What stands in the way of a visit at a moment."""

    HOURS = "hours"
    ADVISOR = "advisor"
    TECHNICIAN = "technician"
    BAY = "bay"
    WAITER_SEAT = "waiter_seat"
    TRANSPORT = "transport"


@dataclass(frozen=True, slots=True)
class Part:
    """The share of a visit one technician does in one go; nights and lunch breaks lie between its quarter hours."""

    technician_id: str
    jobs: tuple[Job, ...]
    quanta: tuple[datetime, ...]

    @property
    def starts_at(self) -> datetime:
        return self.quanta[0]

    @property
    def ends_at(self) -> datetime:
        return self.quanta[-1] + QUANTUM


@dataclass(frozen=True, slots=True)
class Plan:
    """A visit that fits: who serves it and every unit of capacity it takes."""

    starts_at: datetime
    visit: Visit
    transport: Transport
    advisor_id: StaffId
    parts: tuple[Part, ...]
    claims: frozenset[Claim]

    @property
    def ends_at(self) -> datetime:
        return self.parts[-1].ends_at

    @property
    def technician_id(self) -> str:
        return self.parts[0].technician_id


class Planner:
    """Plans visits in one shop for one wish; remembers each day's free time while it is asked about many moments."""

    def __init__(self, shop: Shop, wish: Wish, technician_id: str | None = None) -> None:
        """`technician_id` is preferred where several technicians can do the work."""
        self._shop = shop
        self._wish = wish
        self._preferred = technician_id
        self._minutes = sum(job.minutes for job in wish.jobs)
        self._stay = 1 if self._minutes <= shop.policy.same_day_minutes else shop.policy.longest_stay_days
        self._units = _units_taken(shop.taken)
        self._arrivals: dict[date, tuple[datetime, ...]] = {}
        self._crews: dict[tuple[tuple[str, ...], date, frozenset[str]], list[tuple[Technician, int]]] = {}
        self._busy: dict[tuple[str, date], int] = {}
        self._at_work: dict[tuple[str, date], frozenset[datetime]] = {}
        self._runs: dict[tuple[str, date, int, frozenset[str]], list[tuple[datetime, ...]]] = {}

    def arrivals_on(self, day: date) -> tuple[datetime, ...]:
        """Every quarter hour at which a customer may arrive on a day, whether or not anybody is free."""
        if day not in self._arrivals:
            hours = self._shop.hours
            margin = max(timedelta(minutes=self._shop.policy.last_arrival_minutes), QUANTUM)
            arrivals: list[datetime] = []
            for openings in (hours.openings_on(day - _DAY), hours.openings_on(day)):
                arrivals += [q for q in _quanta(openings) if q + margin <= openings[-1].ends_at]
            self._arrivals[day] = tuple(_on_date(hours, arrivals, day))
        return self._arrivals[day]

    def plan(self, starts_at: datetime) -> Plan | Lacking:
        """The visit at this moment, or the first thing it lacks."""
        day = self._shop.hours.local(starts_at).date()
        if starts_at not in self.arrivals_on(day):
            return Lacking.HOURS
        advisor_id = self._advisor(starts_at, day)
        if advisor_id is None:
            return Lacking.ADVISOR
        seat: list[Claim] = []
        if self._wish.visit is Visit.WAITER:
            free = self._free_unit("waiter", starts_at, self._shop.policy.waiters_per_slot)
            if free is None:
                return Lacking.WAITER_SEAT
            seat = [free]
        if self._ride(starts_at, starts_at) is None:
            return Lacking.TRANSPORT  # none left on the first day: no need to look at the work
        parts = self._parts(starts_at, day, with_bays=True)
        if parts is None:
            bays_stand_in_the_way = _bay_types(self._wish.jobs) and self._parts(starts_at, day, with_bays=False)
            return Lacking.BAY if bays_stand_in_the_way else Lacking.TECHNICIAN
        ride = self._ride(starts_at, parts[-1].ends_at)
        if ride is None:
            return Lacking.TRANSPORT
        claims = [(advisor_resource(advisor_id), starts_at), *seat, *ride]
        for part in parts:
            claims += [(technician_resource(part.technician_id), quantum) for quantum in part.quanta]
            for bay_type in _bay_types(part.jobs):
                units = (self._free_unit(f"bay:{bay_type}", q, self._shop.bays.get(bay_type, 0)) for q in part.quanta)
                claims += [unit for unit in units if unit]
        return Plan(starts_at, self._wish.visit, self._wish.transport, advisor_id, parts, frozenset(claims))

    def _advisor(self, starts_at: datetime, day: date) -> StaffId | None:
        """The customer's own advisor when free, else the one with the fewest arrivals that day."""
        wanted = self._wish.advisor_id
        best: tuple[bool, int, StaffId] | None = None
        for advisor in self._shop.advisors:
            if self._wish.advisor_only and advisor.id != wanted:
                continue
            resource = advisor_resource(advisor.id)
            working = self._working(advisor.id, advisor.shifts, day)
            if starts_at not in working or (resource, starts_at) in self._shop.taken:
                continue
            rank = (advisor.id != wanted, self._arrivals_taken(resource, day), advisor.id)
            best = min(best, rank) if best else rank
        return best[2] if best else None

    def _arrivals_taken(self, resource: str, day: date) -> int:
        key = (resource, day)
        if key not in self._busy:
            self._busy[key] = sum((resource, quantum) in self._shop.taken for quantum in self.arrivals_on(day))
        return self._busy[key]

    def _parts(self, starts_at: datetime, day: date, *, with_bays: bool) -> tuple[Part, ...] | None:
        """One technician with every skill, or one after another by skill: whichever is done first."""
        together = (self._wish.jobs,)
        apart = _by_skill(self._wish.jobs)
        ways = [together] if len(apart) == 1 else [together, apart]
        found = [self._sequence(way, starts_at, starts_at, day, with_bays) for way in ways]
        return min((parts for parts in found if parts), key=lambda parts: parts[-1].ends_at, default=None)

    def _sequence(
        self, groups: tuple[tuple[Job, ...], ...], arrival: datetime, after: datetime, day: date, with_bays: bool
    ) -> tuple[Part, ...] | None:
        candidates = self._candidates(groups[0], after, day, with_bays)
        if len(groups) == 1 or not candidates:
            return candidates[:1] or None
        best: tuple[Part, ...] | None = None
        # A dropped-off car gains nothing from a slower first part; a waiting customer's second part must start at once,
        # so there another first technician may make the difference.
        for first in candidates if self._wish.visit is Visit.WAITER else candidates[:1]:
            rest = self._sequence(groups[1:], arrival, first.ends_at, day, with_bays)
            if rest and (best is None or rest[-1].ends_at < best[-1].ends_at):
                best = (first, *rest)
        return best

    def _candidates(self, jobs: tuple[Job, ...], after: datetime, day: date, with_bays: bool) -> tuple[Part, ...]:
        """Each able technician's earliest part from `after` on: the preferred, then the soonest done."""
        bays = _bay_types(jobs) if with_bays else frozenset[str]()
        ranked: list[tuple[bool, datetime, int, str, Part]] = []
        for technician, length in self._crew(jobs, day, bays):
            quanta = self._earliest(technician, length, after, day, bays)
            if quanta:
                part = Part(technician.id, jobs, quanta)
                other = technician.id != self._preferred
                ranked.append((other, part.ends_at, len(technician.skills), technician.id, part))
        return tuple(entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:4]))

    def _crew(self, jobs: tuple[Job, ...], day: date, bays: frozenset[str]) -> list[tuple[Technician, int]]:
        """Who can do the jobs, and in how many quarter hours; of a dropped-off car, only who has that long free."""
        key = (tuple(job.code for job in jobs), day, bays)
        if key not in self._crews:
            needed = {job.skill for job in jobs if job.skill}
            able = [each for each in self._shop.technicians if needed <= each.skills]
            crew = [(technician, _clock_quanta(jobs, technician)) for technician in able]
            if self._wish.visit is Visit.DROP_OFF:
                crew = [(each, length) for each, length in crew if self._free_runs(each, length, day, bays)]
            self._crews[key] = crew
        return self._crews[key]

    def _earliest(
        self, technician: Technician, length: int, after: datetime, day: date, bays: frozenset[str]
    ) -> tuple[datetime, ...] | None:
        if self._wish.visit is Visit.WAITER:
            at_work = self._working(technician.id, technician.shifts, day)
            quanta = tuple(after + n * QUANTUM for n in range(length))
            return quanta if all(q in at_work and self._is_free(technician.id, q, bays) for q in quanta) else None
        runs = self._free_runs(technician, length, day, bays)
        index = bisect_left(runs, after, key=lambda run: run[0])
        return runs[index] if index < len(runs) else None

    def _free_runs(
        self, technician: Technician, length: int, day: date, bays: frozenset[str]
    ) -> list[tuple[datetime, ...]]:
        """Every run of `length` of the technician's own quarter hours with no other car in between, from `day` on."""
        key = (technician.id, day, length, bays)
        if key not in self._runs:
            days = [day + n * _DAY for n in range(self._stay)]
            working = sorted({q for each in days for q in self._working(technician.id, technician.shifts, each)})
            runs: list[tuple[datetime, ...]] = []
            free = 0
            for index, quantum in enumerate(working):
                free = free + 1 if self._is_free(technician.id, quantum, bays) else 0
                if free >= length:
                    runs.append(tuple(working[index - length + 1 : index + 1]))
            self._runs[key] = runs
        return self._runs[key]

    def _is_free(self, technician_id: str, quantum: datetime, bays: frozenset[str]) -> bool:
        if (technician_resource(technician_id), quantum) in self._shop.taken:
            return False
        return all(self._free_unit(f"bay:{bay}", quantum, self._shop.bays.get(bay, 0)) for bay in bays)

    def _working(self, person_id: str, shifts: tuple[Shift, ...], day: date) -> frozenset[datetime]:
        """The person's quarter hours on a date: on shift, the department open, no block."""
        key = (person_id, day)
        if key not in self._at_work:
            on_shift = _on_date(self._shop.hours, _on_shift(self._shop.hours, shifts, day), day)
            blocks = [block for block in self._shop.blocks if block.person_id == person_id]
            self._at_work[key] = frozenset(
                q for q in on_shift if not any(b.starts_at < q + QUANTUM and q < b.ends_at for b in blocks)
            )
        return self._at_work[key]

    def _ride(self, starts_at: datetime, ends_at: datetime) -> list[Claim] | None:
        """A unit of the transport asked for on each day the car is here; None when one day has none left."""
        kind, hours = self._wish.transport, self._shop.hours
        if kind is Transport.NONE:
            return []
        first, last = hours.local(starts_at), hours.local(ends_at)
        limit = self._limit(kind, first.date())
        if self._wish.visit is Visit.WAITER or limit is None or self._minutes < limit.min_job_minutes:
            return None
        if limit.last_run is not None and first.time() > limit.last_run:
            return None
        claims: list[Claim] = []
        day = first.date()
        while day <= last.date():
            limit = self._limit(kind, day)
            unit = self._free_unit(f"transport:{kind}", hours.at_local(day, time()), limit.units if limit else 0)
            if unit is None:
                return None
            claims.append(unit)
            day += _DAY
        return claims

    def _limit(self, kind: Transport, day: date) -> TransportLimit | None:
        limits = [limit for limit in self._shop.transport_limits if limit.kind is kind]
        dated = next((limit for limit in limits if limit.day == day), None)
        return dated or next((limit for limit in limits if limit.weekday == day.weekday()), None)

    def _free_unit(self, pool: str, quantum: datetime, units: int) -> Claim | None:
        """The lowest free number of a pool of like units; counted, so that a lowered limit holds at once."""
        used = self._units.get((pool, quantum), set())
        if len(used) >= units:
            return None
        return f"{pool}:{next(n for n in range(units) if n not in used)}", quantum


def _units_taken(taken: Iterable[Claim]) -> dict[tuple[str, datetime], set[int]]:
    units: dict[tuple[str, datetime], set[int]] = defaultdict(set)
    for resource, quantum in taken:
        pool, _, number = resource.rpartition(":")
        if not pool.startswith(("technician", "advisor")):
            units[pool, quantum].add(int(number))
    return units


def _clock_quanta(jobs: Iterable[Job], technician: Technician) -> int:
    minutes = sum(job.minutes for job in jobs) / technician.efficiency
    return max(1, math.ceil(round(minutes, 6) / 15))


def _bay_types(jobs: Iterable[Job]) -> frozenset[str]:
    return frozenset(job.bay_type for job in jobs if job.bay_type)


def _by_skill(jobs: tuple[Job, ...]) -> tuple[tuple[Job, ...], ...]:
    """Jobs grouped by the skill they need, in the order asked for; jobs anyone can do go with the first group."""
    skills = list(dict.fromkeys(job.skill for job in jobs if job.skill))
    if len(skills) < 2:
        return (jobs,)
    return tuple(
        tuple(job for job in jobs if job.skill == skill or (skill == skills[0] and not job.skill)) for skill in skills
    )


def _on_shift(hours: BusinessHours, shifts: tuple[Shift, ...], day: date) -> Iterator[datetime]:
    weekly = tuple(Hours(shift.weekday, shift.starts, shift.ends) for shift in shifts)
    clock = BusinessHours(hours.time_zone, weekly)
    # The evening before counts too: hours and shifts may run past midnight.
    on_shift = (*clock.openings_on(day - _DAY), *clock.openings_on(day))
    doors = (*hours.openings_on(day - _DAY), *hours.openings_on(day))
    return _quanta(
        Opening(max(door.starts_at, shift.starts_at), min(door.ends_at, shift.ends_at))
        for door in doors
        for shift in on_shift
    )


def _on_date(hours: BusinessHours, quanta: Iterable[datetime], day: date) -> list[datetime]:
    """The quarter hours that lie on a date of the store's calendar, in order, each once."""
    midnight, next_midnight = hours.at_local(day, time()), hours.at_local(day + _DAY, time())
    return sorted({quantum for quantum in quanta if midnight <= quantum < next_midnight})


def _quanta(stretches: Iterable[Opening]) -> Iterator[datetime]:
    """The whole quarter hours inside each stretch."""
    for stretch in stretches:
        past = stretch.starts_at.timestamp() % QUANTUM.total_seconds()
        quantum = stretch.starts_at + (QUANTUM - timedelta(seconds=past) if past else timedelta(0))
        while quantum + QUANTUM <= stretch.ends_at:
            yield quantum
            quantum += QUANTUM
