"""Dates in figures, as typed or as a recogniser writes them: 12/3, 3-12-2026, 2026-03-12, 23/Sep/2020."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.house.understanding.day_values import MONTHS, Days, dated, read_optional_year
from agent.house.understanding.numbers import read_year
from agent.house.understanding.phrase import Phrase

_NUMERIC = re.compile(
    r"(\d{1,4})\s?([/\-.])\s?(\d{1,2}|[a-z]{3,9})(?:\s?\2\s?(\d{4}|\d{1,2}|[a-z]{3,9})(?![a-z\d]))?(?!\d|[a-z]|[/.]\d)",
    re.I,
)


def read_figures(p: Phrase, i: int) -> tuple[Days, int] | None:
    """Figures with one kind of separator: 12/3, 3-12-2026, 2026-03-12, 23/Sep/2020, 23-2020-September."""
    before = p.word(i - 1)
    if p.word(i) not in p.numbers or (p.glued(i) and (before in ("$", "#") or before[-1:].isalnum())):
        return None
    match = _NUMERIC.match(p.text, p.tokens[i].start)
    if match is None:
        return _number_year_month(p, i)
    j = p.index_at(match.end())
    if j is None or (p.glued(j) and p.word(j) == "%"):
        return _number_year_month(p, i)
    a, separator, b, c = match[1], match[2], match[3].lower(), (match[4] or "").lower()
    if b.isalpha() or c.isalpha():
        if b not in MONTHS or (c and c.isalpha()):
            return _number_year_month(p, i)
        b = str(MONTHS[b])
        a, b = (a, b) if len(a) == 4 else (b, a)
    loose = not c and separator != "/"
    parts = [int(a), int(b), *([int(c)] if c else [])]
    made = _ordered(parts, len(a) == 4)
    if made is None or (not c and len(a) > 2):
        return None
    year, month, day = made
    if not c:
        year, after = read_optional_year(p, j)
        loose, j = loose and year is None, after
    days = dated(p, month, day, year)
    return (replace(days, loose=loose), j) if days is not None else None


def _number_year_month(p: Phrase, i: int) -> tuple[Days, int] | None:
    """ "23-2020-September"."""
    if len(p.words) < i + 5 or p.word(i + 1) not in ("-", "/") or p.word(i + 3) != p.word(i + 1):
        return None
    year, month = read_year(p.words, i + 2), MONTHS.get(p.word(i + 4))
    if year is None or month is None or len(p.word(i)) > 2:
        return None
    days = dated(p, month, int(p.word(i)), year[0])
    return (days, i + 5) if days is not None else None


def _ordered(parts: list[int], year_first: bool) -> tuple[int | None, int, int] | None:
    """Year, month and day in American order unless the figures only fit another."""
    if year_first and len(parts) == 3:
        year, month, day = parts
    else:
        month, day = parts[0], parts[1]
        year = parts[2] if len(parts) == 3 else 0
        if month > 12 >= day:
            month, day = day, month
        if len(parts) == 3 and year < 100:
            year += 2000 if year < 70 else 1900
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return (year if len(parts) == 3 else None), month, day
