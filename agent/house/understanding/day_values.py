"""What a day can be before anyone has chosen: alternatives, the parts that were said, months and their names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from agent.house.understanding.numbers import read_year
from agent.house.understanding.phrase import Phrase
from agent.house.understanding.when import DaySpan

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb febuary",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),  # fmt: skip
        start=1,
    )
    for name in names.split()
}


@dataclass(frozen=True, slots=True)
class Days:
    """Alternative readings of a day or a stretch of days, earliest first, with what was actually said of it."""

    spans: tuple[DaySpan, ...]
    point: bool = True
    month: int | None = None
    dom: int | None = None
    year: int | None = None
    weekday: int | None = None
    past: bool = False
    holiday: bool = False
    bare_year: bool = False
    week: bool = False
    part: str | None = None
    loose: bool = False


def one(day: date) -> DaySpan:
    """A single day as a span."""
    return DaySpan(day, day + timedelta(days=1))


def safe_date(year: int, month: int, day: int) -> date | None:
    """The date, if there is one."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def around(p: Phrase, month: int, day: int) -> tuple[DaySpan, ...]:
    """The last and the next such day of the year; today counts as next."""
    years = range(p.today.year - 8, p.today.year + 9)
    made = [found for year in years if (found := safe_date(year, month, day)) is not None]
    before = [found for found in made if found < p.today]
    ahead = [found for found in made if found >= p.today]
    return tuple(one(found) for found in (*before[-1:], *ahead[:1]))


def read_month(p: Phrase, i: int) -> int | None:
    """The month named at token `i`."""
    return MONTHS.get(p.word(i)) if not p.glued_to_word(i) or p.word(i - 1) in p.numbers else None


def read_optional_year(p: Phrase, i: int) -> tuple[int | None, int]:
    """A year after a date: ", 2020", "of 2020", "in 2020", "'19", "twenty twenty six"."""
    j = i
    while p.word(j) in (",", "of", "in", "/", "-"):
        j += 1
        if j - i > 2:
            return None, i
    if p.word(j) == "this" and p.word(j + 1) == "year":
        return p.today.year, j + 2
    if p.word(j) in ("next", "last") and p.word(j + 1) == "year":
        return p.today.year + (1 if p.word(j) == "next" else -1), j + 2
    if p.word(j) == "'" and p.word(j + 1) in p.numbers and len(p.word(j + 1)) == 2:
        return 2000 + int(p.word(j + 1)), j + 2
    found = read_year(p.words, j)
    if found is None or (p.word(found[1]) in (":", "/") and p.glued(found[1])):
        return None, i
    return found


def dated(p: Phrase, month: int, day: int, year: int | None) -> Days | None:
    """The day with its year, or the last and next without."""
    if year is None:
        spans = around(p, month, day)
        return Days(spans, month=month, dom=day) if spans else None
    made = safe_date(year, month, day)
    return Days((one(made),), month=month, dom=day, year=year) if made is not None else None
