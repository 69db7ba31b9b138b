"""Lengths of time and what they lead to: "in two weeks", "half an hour from now", "a week from Friday"."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agent.house.understanding.day_values import Days, one
from agent.house.understanding.days import read_day
from agent.house.understanding.numbers import read_cardinal
from agent.house.understanding.phrase import Phrase
from agent.house.understanding.when import DaySpan

_UNITS = {
    "second": "s", "seconds": "s", "sec": "s", "secs": "s", "minute": "m", "minutes": "m", "min": "m", "mins": "m",
    "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "day": "d", "days": "d", "week": "w", "weeks": "w",
    "fortnight": "f", "fortnights": "f", "month": "M", "months": "M", "year": "y", "years": "y",
}  # fmt: skip
_VAGUE = {"couple": 2, "few": 3, "several": 3}
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_DAYS = {"d": 1, "w": 7, "f": 14}


@dataclass(frozen=True, slots=True)
class Length:
    """A length in calendar months, days and seconds."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def plus(self, other: Length) -> Length:
        """Both, one after the other."""
        return Length(self.months + other.months, self.days + other.days, self.seconds + other.seconds)

    @property
    def clocked(self) -> bool:
        """Whether hours, minutes or seconds were said."""
        return self.seconds > 0

    def from_day(self, day: date, sign: int) -> date:
        """The day that far from `day`."""
        moved = _add_months(day, sign * self.months)
        return moved + timedelta(days=sign * self.days)

    def from_moment(self, moment: datetime, sign: int) -> datetime:
        """The moment that far from `moment`."""
        day = self.from_day(moment.date(), sign)
        return datetime.combine(day, moment.timetz()) + timedelta(seconds=sign * self.seconds)


def read_length(p: Phrase, i: int) -> tuple[Length, int] | None:
    """ "two weeks", "half an hour", "an hour and a half", "3 months and 2 days"."""
    found = _one_length(p, i)
    if found is None:
        return None
    length, j = found
    while p.word(j) in ("and", ","):
        more = _one_length(p, j + 1)
        if more is None:
            break
        # "last 3 months and 2 days ago" is two things
        if p.word(more[1]) in ("ago", "later", "from", "before", "after"):
            break
        length, j = length.plus(more[0]), more[1]
    return length, j


def read_offset(p: Phrase, i: int) -> tuple[Days | datetime, int] | None:
    """A day or a moment given by its distance from now or from another day."""
    if p.word(i) in ("in", "within"):
        found = read_length(p, i + 2 if p.word(i + 1) in ("about", "around", "like", "maybe") else i + 1)
        if found is None:
            return None
        anchored = _anchor(p, found[1], found[0])
        if anchored is not None:
            return anchored
        if p.word(found[1]) in ("time", "times"):
            return _moved(p, found[0], 1), found[1] + 1
        return _moved(p, found[0], 1), found[1]
    found = read_length(p, i)
    if found is None:
        return None
    length, j = found
    if p.word(j) in ("ago", "earlier", "back"):
        return _moved(p, length, -1), j + 1
    if p.word(j) in ("later", "out"):
        return _moved(p, length, 1), j + 1
    return _anchor(p, j, length)


def _anchor(p: Phrase, i: int, length: Length) -> tuple[Days | datetime, int] | None:
    """ "... from now", "... after today", "... before Christmas"."""
    sign = {"from": 1, "after": 1, "before": -1, "prior": -1}.get(p.word(i))
    if sign is None:
        return None
    j = i + 1
    if p.word(j) == "to":
        j += 1
    if p.word(j) == "now" or (p.word(j) in ("right",) and p.word(j + 1) == "now"):
        return _moved(p, length, sign), j + (1 if p.word(j) == "now" else 2)
    base = read_day(p, j)
    if base is None or length.clocked:
        return None
    ahead = [span.first for span in base[0].spans if span.first is not None]
    if not ahead:
        return None
    return Days((one(length.from_day(ahead[-1], sign)),), past=sign < 0), base[1]


def _moved(p: Phrase, length: Length, sign: int) -> Days | datetime:
    if length.clocked:
        return length.from_moment(p.now, sign)
    return Days((one(length.from_day(p.today, sign)),), past=sign < 0)


def next_or_last(p: Phrase, length: Length, sign: int) -> DaySpan:
    """ "the next two days" start tomorrow; "the last three months" end today."""
    start = p.today + timedelta(days=1) if sign > 0 else p.today
    far = length.from_day(start, sign)
    return DaySpan(start, far) if sign > 0 else DaySpan(far, start)


def _one_length(p: Phrase, i: int) -> tuple[Length, int] | None:
    word = p.word(i)
    halves = 0
    if word == "half" and p.word(i + 1) in ("an", "a"):
        unit = _UNITS.get(p.word(i + 2))
        return (_length(0, 1, unit), i + 3) if unit else None
    if word in ("a", "an", "another"):
        number, j = 1, i + 1
        if p.word(j) == "half" and p.word(j + 1) in ("hour",):
            return _length(0, 1, "h"), j + 2
        if p.word(j) in _VAGUE:
            number, j = _VAGUE[p.word(j)], j + 1
    elif word in _VAGUE:
        number, j = _VAGUE[word], i + 1
    else:
        found = read_cardinal(p.words, i)
        if found is None or p.glued_to_word(i):
            return None
        number, j = found
        if p.word(j) == "and" and p.word(j + 1) == "a" and p.word(j + 2) == "half":
            halves, j = 1, j + 3
    if p.word(j) in ("of", "more", "business", "full", "-"):
        j += 1
    unit = _UNITS.get(p.word(j))
    if unit is None or number > 10_000:
        return None
    j += 1
    if p.word(j) == "and" and p.word(j + 1) == "a" and p.word(j + 2) == "half":
        halves, j = 1, j + 3
    return _length(number, halves, unit), j


def _length(number: int, halves: int, unit: str) -> Length:
    if unit in _SECONDS:
        return Length(seconds=number * _SECONDS[unit] + halves * _SECONDS[unit] // 2)
    if unit in _DAYS:
        return Length(days=number * _DAYS[unit] + halves * _DAYS[unit] // 2)
    months = (12 if unit == "y" else 1) * number
    return Length(months=months + (6 * halves if unit == "y" else 0), days=15 * halves if unit == "M" else 0)


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    year = min(max(year, 1), 9998)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
