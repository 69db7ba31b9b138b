"""Federal holidays of the United States, with the day they are observed on; pure."""

from datetime import date, timedelta
from functools import lru_cache

_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_NTH = ((1, 0, 3), (2, 0, 3), (9, 0, 1), (10, 0, 2), (11, 3, 4))
_SATURDAY, _SUNDAY = 5, 6


def is_holiday(day: date) -> bool:
    """On the day itself and on the weekday it is observed on."""
    return day in _of_year(day.year) or day in _of_year(day.year + 1)


@lru_cache(maxsize=64)
def _of_year(year: int) -> frozenset[date]:
    days = set()
    for month, number in _FIXED:
        day = date(year, month, number)
        shift = -1 if day.weekday() == _SATURDAY else 1 if day.weekday() == _SUNDAY else 0
        days |= {day, day + timedelta(days=shift)}
    for month, weekday, nth in _NTH:
        first = date(year, month, 1)
        days.add(first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1)))
    last = date(year, 5, 31)
    days.add(last - timedelta(days=last.weekday()))
    return frozenset(days)
