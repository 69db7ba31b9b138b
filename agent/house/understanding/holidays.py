"""Days people call by name, as the United States keeps them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

_FIXED: dict[str, tuple[int, int]] = {
    "christmas": (12, 25), "christmas day": (12, 25), "xmas": (12, 25), "christmas eve": (12, 24), "xmas eve": (12, 24),
    "new years": (1, 1), "new years day": (1, 1), "new year day": (1, 1), "new years eve": (12, 31),
    "new year eve": (12, 31), "independence day": (7, 4), "veterans day": (11, 11), "halloween": (10, 31),
    "halloween day": (10, 31), "valentines day": (2, 14), "valentines": (2, 14), "valentine day": (2, 14),
    "st patricks day": (3, 17), "saint patricks day": (3, 17), "st patrick day": (3, 17), "juneteenth": (6, 19),
    "international workers day": (5, 1), "workers day": (5, 1), "may day": (5, 1), "groundhog day": (2, 2),
    "april fools": (4, 1), "april fools day": (4, 1), "earth day": (4, 22), "cinco de mayo": (5, 5),
    "boxing day": (12, 26), "all saints day": (11, 1), "all souls day": (11, 2), "flag day": (6, 14),
    "womens day": (3, 8), "international womens day": (3, 8), "inauguration day": (1, 20),
}  # fmt: skip


def _nth(month: int, weekday: int, n: int, shift: int = 0) -> Callable[[int], date]:
    return lambda year: nth_weekday(year, month, weekday, n) + timedelta(days=shift)


def _easter(shift: int = 0) -> Callable[[int], date]:
    return lambda year: easter(year) + timedelta(days=shift)


_MOVING: dict[str, Callable[[int], date]] = {
    "thanksgiving": _nth(11, 3, 4), "thanksgiving day": _nth(11, 3, 4), "thanksgiving eve": _nth(11, 3, 4, -1),
    "black friday": _nth(11, 3, 4, 1), "cyber monday": _nth(11, 3, 4, 4), "labor day": _nth(9, 0, 1),
    "labour day": _nth(9, 0, 1), "memorial day": _nth(5, 0, -1), "mlk day": _nth(1, 0, 3),
    "martin luther king day": _nth(1, 0, 3), "martin luther king jr day": _nth(1, 0, 3),
    "presidents day": _nth(2, 0, 3), "president day": _nth(2, 0, 3), "washingtons birthday": _nth(2, 0, 3),
    "columbus day": _nth(10, 0, 2), "indigenous peoples day": _nth(10, 0, 2), "mothers day": _nth(5, 6, 2),
    "mother day": _nth(5, 6, 2), "fathers day": _nth(6, 6, 3), "father day": _nth(6, 6, 3), "easter": _easter(),
    "easter sunday": _easter(), "easter monday": _easter(1), "good friday": _easter(-2), "palm sunday": _easter(-7),
    "mardi gras": _easter(-47), "ash wednesday": _easter(-46), "election day": _nth(11, 0, 1, 1),
}  # fmt: skip
_NAMES = {tuple(name.split()) for name in (*_FIXED, *_MOVING)}
_FIRST_WORDS = {name[0] for name in _NAMES}
_LONGEST = max(len(name) for name in _NAMES)


def read_holiday(words: Sequence[str], i: int) -> tuple[Callable[[int], date], int] | None:
    """The day named at word `i`, as a function of the year, and the index after the name."""
    if i >= len(words) or _plain(words[i]) not in _FIRST_WORDS:
        return None
    heard: list[str] = []
    best: tuple[Callable[[int], date], int] | None = None
    j = i
    while j < len(words) and len(heard) < _LONGEST:
        word = _plain(words[j])
        j += 1
        if word in ("", "."):
            continue
        heard.append(word)
        if tuple(heard) in _NAMES:
            best = (_maker(" ".join(heard)), j)
    return best


def nth_weekday(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th such weekday of a month; -1 is the last."""
    if n > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def easter(year: int) -> date:
    """Western Easter (the anonymous Gregorian computation)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _maker(name: str) -> Callable[[int], date]:
    if name in _MOVING:
        return _MOVING[name]
    month, day = _FIXED[name]
    return lambda year: date(year, month, day)


def _plain(word: str) -> str:
    return word.replace("'", "")
