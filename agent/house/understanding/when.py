"""What a caller's words about time can mean: candidate days, a time of day, both halves of it if unsaid."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum


class WhenKind(StrEnum):
    """The shape of what was said: a day, a clock time, both, or a stretch of either."""

    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    DATE_RANGE = "daterange"
    TIME_RANGE = "timerange"
    DATETIME_RANGE = "datetimerange"


class Modifier(StrEnum):
    """How the words lean on the value: on it, before it, after it, or roughly there."""

    EXACT = "exact"
    BEFORE = "before"
    AFTER = "after"
    AROUND = "around"


class Preference(StrEnum):
    """Which end of the free slots the caller would like."""

    EARLIEST = "earliest"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Days from `first` up to but not including `end`; None leaves that side open."""

    first: date | None
    end: date | None

    @property
    def one_day(self) -> date | None:
        """The day, when this is exactly one."""
        if self.first is None or self.end is None:
            return None
        return self.first if self.end - self.first == timedelta(days=1) else None

    def contains(self, day: date) -> bool:
        """Whether `day` lies inside."""
        return (self.first is None or day >= self.first) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class ClockSpan:
    """A time of day: exact when start equals end, else a window; None leaves that side open."""

    start: time | None
    end: time | None

    @property
    def exact(self) -> time | None:
        """The clock time, when one was named."""
        return self.start if self.start is not None and self.start == self.end else None

    def contains(self, moment: time) -> bool:
        """Whether a clock time fits: equal to an exact one, inside a window."""
        if self.exact is not None:
            return moment == self.exact
        if self.start is not None and self.end is not None and self.end < self.start:
            return moment >= self.start or moment <= self.end
        return (self.start is None or moment >= self.start) and (self.end is None or moment <= self.end)


@dataclass(frozen=True, slots=True)
class MomentSpan:
    """One reading as moments: equal ends for an instant, None for an open side."""

    start: datetime | None
    end: datetime | None


_THIS_ONE = re.compile(r"\b(?:this|today|coming)\b|\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class When:
    """One mention of time.

    `days` and `clock` are alternatives: a bare Tuesday is last and next, nine is 9:00 and 21:00. `days` counts whole
    days as a caller means them ("after Friday" starts on Saturday); `moments` are the plain bounds as spoken.
    """

    text: str
    start: int
    end: int
    kind: WhenKind
    days: tuple[DaySpan, ...] = ()
    clock: tuple[ClockSpan, ...] = ()
    moments: tuple[MomentSpan, ...] = ()
    modifier: Modifier = Modifier.EXACT
    needs_am_pm: bool = False
    negated: bool = False
    preference: Preference | None = None
    weekday: int | None = None
    past: bool = False

    def resolve(self, now: datetime, prefer: str = "future") -> When:
        """The same mention with one reading of its days: the first not over or, for "past", the last that began.

        A clock time stays ambiguous unless one half of the day is already gone on the only day meant.
        """
        if prefer == "past":
            begun = [span for span in self.days if span.first is None or span.first <= now.date()]
            days = begun[-1:] or self.days[:1]
        else:
            open_days = [span for span in self.days if span.end is None or span.end > now.date()]
            days = open_days[:1] or self._rolled(now.date()) or self.days[-1:]
        clock = self.clock
        only = days[0].one_day if len(days) == 1 else None
        if only == now.date() and len(clock) > 1 and prefer != "past":
            ahead = tuple(span for span in clock if (span.end or span.start or time.max) >= now.time())
            clock = ahead or clock
        if only == now.date() and prefer != "past" and self.weekday is not None and not self.past:
            over = bool(clock) and all(span.end is not None and span.end < now.time() for span in clock)
            if over or not _THIS_ONE.search(self.text):  # whoever means today says today
                days = [DaySpan(only + timedelta(days=7), only + timedelta(days=8))]
        halves = self.needs_am_pm and len(clock) > 1
        return replace(
            self, days=tuple(days), clock=clock, needs_am_pm=halves, moments=multiply(tuple(days), clock, now)
        )

    def _rolled(self, today: date) -> list[DaySpan]:
        """ "This Monday" said on a Friday means the coming one."""
        last = self.days[-1] if self.days else None
        if self.past or self.weekday is None or last is None or last.first is None or last.one_day is None:
            return []
        ahead = last.first + timedelta(days=7 * -(-(today - last.first).days // 7))
        return [DaySpan(ahead, ahead + timedelta(days=1))]


def multiply(days: tuple[DaySpan, ...], clock: tuple[ClockSpan, ...], now: datetime) -> tuple[MomentSpan, ...]:
    """Every day reading at every clock reading, as moments in the clock's own time zone."""
    tz = now.tzinfo

    def at(day: date | None, moment: time) -> datetime | None:
        return None if day is None else datetime.combine(day, moment, tzinfo=tz)

    if not clock:
        return tuple(MomentSpan(at(d.first, time()), at(d.end, time())) for d in days)
    whole = days or (DaySpan(now.date(), now.date() + timedelta(days=1)),)
    found = []
    for c in clock:
        for d in whole:
            last = d.end - timedelta(days=1) if d.end is not None else d.first
            begin = at(d.first, c.start) if c.start is not None else None
            finish = at(last, c.end) if c.end is not None else None
            if begin is not None and finish is not None and finish < begin:
                finish += timedelta(days=1)
            found.append(MomentSpan(begin, finish))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class WantedTime:
    """Everything an utterance asked about time, added up: any of `days`, at any of `clock`, never on `excluded`."""

    days: tuple[DaySpan, ...] = ()
    clock: tuple[ClockSpan, ...] = ()
    excluded: tuple[DaySpan, ...] = ()
    excluded_clock: tuple[ClockSpan, ...] = ()
    needs_am_pm: bool = False
    preference: Preference | None = None
    approximate: bool = False

    def __bool__(self) -> bool:
        """Whether anything about time was said."""
        return bool(self.days or self.clock or self.excluded or self.excluded_clock or self.preference)
