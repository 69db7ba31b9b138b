"""Birth dates as a telephone recogniser hears them, as ranked calendar dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from agent.house.understanding.day_values import MONTHS, safe_date
from agent.house.understanding.numbers import (
    ORDINAL_TEENS,
    ORDINAL_TENS,
    ORDINAL_UNITS,
    read_cardinal,
    read_ordinal,
    read_year,
)

_WORD = re.compile(r"\d+|[a-z]+")
_SOUNDS_LIKE = {"to": "2", "too": "2", "for": "4", "free": "3", "v": "5", "ate": "8", "oh": "0", "o": "0", "one": "1"}
_ROMAN = {
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
    "x": 10,
    "xi": 11,
    "xii": 12,
    "xiii": 13,
    "xiv": 14,
    "xv": 15,
    "xvi": 16,
    "xvii": 17,
    "xviii": 18,
    "xix": 19,
    "xx": 20,
    "xxiii": 23,
    "xxiv": 24,
}
_ORDINALS = {**ORDINAL_UNITS, **ORDINAL_TEENS, **ORDINAL_TENS}
_SUFFIX = re.compile(r"^(st|nd|rd|th)$")


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A date the words may mean, with a score from 0 to 1."""

    day: date
    score: float


@dataclass(frozen=True, slots=True)
class Parts:
    """What one hearing says of a date; None is unheard."""

    day: int | None
    month: int | None
    year: int | None
    weight: float


def birth_date_candidates(heard: Sequence[str], *, today: date, day_first: bool = False) -> list[BirthDate]:
    """Dates the hearings (best first) may mean, likeliest first."""
    scores: dict[date, float] = {}
    for rank, text in enumerate(heard):
        for parts in read_parts(text, day_first, today.year):
            if parts.day is None or parts.month is None or parts.year is None:
                continue
            day = safe_date(parts.year, parts.month, parts.day)
            if day is None or day > today or day.year < today.year - 120:
                continue
            scores[day] = scores.get(day, 0.0) + parts.weight / (1 + rank)
    total = sum(scores.values())
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    return [BirthDate(day, score / total) for day, score in ranked]


@lru_cache(maxsize=4096)
def read_parts(text: str, day_first: bool, this_year: int) -> tuple[Parts, ...]:
    """Every reading of one hearing: in words, and as a run of figures."""
    words = _WORD.findall(text.lower())[:24]
    worded = tuple(_in_words(words, this_year))
    month_said = any(word in MONTHS and len(word) > 2 for word in words)
    if month_said and any(word in ("st", "nd", "rd", "th") for word in words):
        return tuple(dict.fromkeys(worded))
    share = 0.3 if any(parts.day and parts.month and parts.year for parts in worded) else 1.0
    return tuple(dict.fromkeys((*worded, *_in_figures(words, day_first, this_year, share))))


def figures(text: str) -> str:
    """All the digits heard, in order, words for digits included."""
    return "".join(word if word.isdigit() else _SOUNDS_LIKE.get(word, "") for word in _WORD.findall(text.lower()))[:12]


def _in_words(words: list[str], this_year: int) -> Iterator[Parts]:
    """A month by name, or "the 23rd of the 12th": whatever day and year stand around it."""
    months = [(i, MONTHS[word]) for i, word in enumerate(words) if word in MONTHS and len(word) > 2]
    numbers = _numbers(words)
    year, year_at = _year(words, this_year)
    days = [
        (at, value, ordinal) for at, value, ordinal in numbers if 1 <= value <= 31 and (year_at is None or at < year_at)
    ]
    for at, month in months:
        near = [value for where, value, _ in days if where < at] or [value for where, value, _ in days if where > at]
        weight = 1.0 if len(months) == 1 else 0.6
        yield Parts(near[0] if near else None, month, year, weight)
    ordinals = [(at, value) for at, value, ordinal in days if ordinal]
    if len(ordinals) >= 2:
        day, month = ordinals[0][1], ordinals[1][1]
        if month <= 12:
            yield Parts(day, month, year, 0.9 if not months else 0.7)
        elif day <= 12:
            yield Parts(month, day, year, 0.8 if not months else 0.5)
    if not months and len(ordinals) < 2 and days and year is None:
        yield Parts(days[0][1], None, None, 0.4)


def _numbers(words: list[str]) -> list[tuple[int, int, bool]]:
    found: list[tuple[int, int, bool]] = []
    i = 0
    while i < len(words):
        ordinal = read_ordinal(words, i)
        plain = ordinal or read_cardinal(words, i)
        if plain is not None:
            found.append((i, plain[0], ordinal is not None))
            i = plain[1]
            continue
        if words[i] in _ROMAN:
            found.append((i, _ROMAN[words[i]], False))
        i += 1
    return found


def _year(words: list[str], this_year: int) -> tuple[int | None, int | None]:
    """The year and where it starts: "1955", "1950 5", "1940 for", "1980 8th", "2000 and 9", "47"."""
    for i, word in enumerate(words):
        if word.isdigit() and len(word) == 4 and 1900 <= int(word) <= this_year:
            value, rest = int(word), words[i + 1 : i + 4]
            if rest[:1] == ["and"]:
                rest = rest[1:]
            unit = _unit(rest[0]) if rest and value % 10 == 0 else None
            return value + (unit or 0), i
        spoken = read_year(words, i)
        if spoken is not None and not word.isdigit():
            return (spoken[0], i) if spoken[0] <= this_year else (None, None)
    if len(words) > 1 and words[-1].isdigit() and len(words[-1]) == 2 and not _SUFFIX.match(words[-2]):
        value = int(words[-1])
        return (2000 + value if 2000 + value <= this_year and value < 20 else 1900 + value), len(words) - 1
    joined = [i for i in range(1, len(words)) if words[i].isdigit() and len(words[i]) == 2 and words[i - 1] == "th"]
    if joined and words[joined[-1] - 2 : joined[-1] - 1] == ["19"]:  # "8th of May 19th 65"
        return 1900 + int(words[joined[-1]]), joined[-1] - 2
    return None, None


def _unit(word: str) -> int | None:
    if word.isdigit() and len(word) == 1:
        return int(word)
    if word in _SOUNDS_LIKE:
        return int(_SOUNDS_LIKE[word])
    if word in ("three", "four", "five", "six", "seven", "eight", "nine", "two"):
        return ["two", "three", "four", "five", "six", "seven", "eight", "nine"].index(word) + 2
    return _ORDINALS.get(word)


def _in_figures(words: list[str], day_first: bool, this_year: int, believed: float) -> Iterator[Parts]:
    """A run of digits cut into day, month and year; zeros may have been added or lost between them."""
    run = figures(" ".join(words))
    if not 3 <= len(run) <= 11:
        return
    for year_digits in (4, 2):
        if len(run) <= year_digits:
            continue
        year = int(run[-year_digits:])
        if year_digits == 2:
            year += 2000 if year <= this_year % 100 else 1900
        if not 1900 <= year <= this_year:
            continue
        rest = run[:-year_digits]
        for first, second, weight in _cut(rest):
            clean = believed * weight * (1.0 if year_digits == 4 else 0.6)
            for day, month, share in ((first, second, 1.0), (second, first, 0.5)):
                if not day_first:
                    day, month = month, day
                if 1 <= day <= 31 and 1 <= month <= 12:
                    yield Parts(day, month, year, clean * share)


def _cut(run: str) -> Iterator[tuple[int, int, float]]:
    for at in range(1, len(run)):
        left, right = run[:at], run[at:]
        if len(left) > 4 or len(right) > 4:
            continue
        a, b = int(left), int(right)
        if not (1 <= a <= 31 and 1 <= b <= 31):
            continue
        neat = (len(left) == 2) + (len(right) == 2)
        yield a, b, {2: 1.0, 1: 0.6, 0: 0.3}[neat]
