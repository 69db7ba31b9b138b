"""A department's opening hours, holidays and time zone: when it is open, and how much business time passes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_MIDNIGHT = time(0, 0)
_DAY = timedelta(days=1)
# Far enough for a department that closes for a season; beyond it, waiting is not a plan.
_HORIZON = timedelta(days=400)


class NeverOpen(Exception):
    """The department has no opening within 400 days."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Open on a weekday (0 = Monday) between two wall-clock times; `closes` not after `opens` runs past midnight."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Holiday:
    """A date that replaces its weekday's hours: closed when it has no times, else open only between them."""

    date: date
    name: str
    opens: time | None = None
    closes: time | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """One stretch of being open, from `starts_at` up to but not including `ends_at`, in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Answers in real time for hours that are kept on a wall clock."""

    time_zone: str
    weekly: tuple[Hours, ...]
    holidays: tuple[Holiday, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local(self, at: datetime) -> datetime:
        """What the clock on the store's wall reads."""
        return at.astimezone(self.zone)

    def at_local(self, day: date, wall: time) -> datetime:
        """The first moment the store's clock reads `wall` or later on `day`.

        A time skipped in spring is the moment after the skip; a time that comes twice in autumn is its first.
        """
        return _first_moment(self.time_zone, day, wall)

    def holiday_on(self, day: date) -> Holiday | None:
        return next((holiday for holiday in self.holidays if holiday.date == day), None)

    def openings_on(self, day: date) -> tuple[Opening, ...]:
        """The stretches that begin on `day`, sorted, touching ones joined."""
        return _openings(self, day)

    def openings(self, start: datetime, end: datetime) -> Iterator[Opening]:
        """Every stretch of being open between two moments, cut to them, in order."""
        for opening in self._from(start):
            if opening.starts_at >= end:
                return
            yield Opening(max(opening.starts_at, start), min(opening.ends_at, end))

    def open_at(self, at: datetime) -> bool:
        opening = next(self._from(at), None)
        return opening is not None and opening.starts_at <= at

    def closes_at(self, at: datetime) -> datetime | None:
        """When the doors next close; None when closed at `at`, or never closing within 400 days."""
        if not self.open_at(at):
            return None
        end: datetime | None = None
        for opening in self._from(at):
            if end and opening.starts_at > end:
                return end
            if opening.starts_at - at > _HORIZON:
                return None
            end = opening.ends_at
        return end

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself when open, else the next moment of opening; raises NeverOpen."""
        opening = next(self._from(at), None)
        if opening is None:
            raise NeverOpen(self.time_zone)
        return max(opening.starts_at, at.astimezone(UTC))

    def add_business_time(self, at: datetime, amount: timedelta) -> datetime:
        """The first moment by which `amount` of open time has passed since `at`; raises NeverOpen.

        A clock that runs out exactly at closing is due at closing, not at the next opening.
        """
        if amount <= timedelta(0):
            return self.next_opening(at)
        left = amount
        for opening in self._from(at):
            starts_at = max(opening.starts_at, at.astimezone(UTC))
            if left <= opening.ends_at - starts_at:
                return starts_at + left
            left -= opening.ends_at - starts_at
        raise NeverOpen(self.time_zone)

    def business_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How long the department is open between two moments; nothing when `end` is not after `start`."""
        stretches = (opening.ends_at - opening.starts_at for opening in self.openings(start, end))
        return sum(stretches, timedelta(0))

    def business_minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole minutes of `business_time_between`."""
        return self.business_time_between(start, end) // timedelta(minutes=1)

    def _from(self, at: datetime) -> Iterator[Opening]:
        """Stretches that end after `at`, in order and without overlap, until 400 days pass without one."""
        day = self.local(at).date() - _DAY
        last = day + _HORIZON
        covered = datetime.min.replace(tzinfo=UTC)
        while day <= last:
            for opening in self.openings_on(day):
                if opening.ends_at <= covered:
                    continue  # inside a stretch that began the evening before
                starts_at, covered = max(opening.starts_at, covered), opening.ends_at
                if covered > at:
                    last = day + _HORIZON
                    yield Opening(starts_at, covered)
            day += _DAY


@lru_cache(maxsize=4096)
def _openings(hours: BusinessHours, day: date) -> tuple[Opening, ...]:
    special = [holiday for holiday in hours.holidays if holiday.date == day]
    spans = (
        [
            (holiday.opens, holiday.closes)
            for holiday in special
            if holiday.opens is not None and holiday.closes is not None
        ]
        if special
        else [(row.opens, row.closes) for row in hours.weekly if row.weekday == day.weekday()]
    )
    stretches: list[Opening] = []
    for opens, closes in sorted(spans):
        last_day = day if closes > opens else day + _DAY
        starts_at = hours.at_local(day, opens)
        ends_at = hours.at_local(last_day, closes)
        if ends_at <= starts_at:
            continue  # the whole stretch fell into the hour that spring skips
        if stretches and starts_at <= stretches[-1].ends_at:
            stretches[-1] = Opening(stretches[-1].starts_at, max(stretches[-1].ends_at, ends_at))
        else:
            stretches.append(Opening(starts_at, ends_at))
    return tuple(stretches)


@lru_cache(maxsize=16384)
def _first_moment(time_zone: str, day: date, wall: time) -> datetime:
    zone = ZoneInfo(time_zone)
    naive = datetime.combine(day, wall.replace(tzinfo=None, fold=0))
    moment = naive.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == naive:
        return moment
    # The wall clock skips `naive`. Python reads such a time with the offset from before the skip, so the skip lies at
    # or before `moment`, by less than its own length (a whole day when Samoa changed sides): look for it there.
    early, late = moment - timedelta(days=2), moment
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).replace(tzinfo=None) >= naive:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)
