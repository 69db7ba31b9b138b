"""Is a promise being broken faster than its budget allows, judged in open hours? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LOWEST_TARGET = 80
"""Below it five times the budget can never be reached."""
_FEWEST_LATE, _FEWEST = 4, 6


class Alert(StrEnum):
    """How soon somebody must look."""

    NOW = "now"
    TODAY = "today"
    TREND = "trend"


@dataclass(frozen=True, slots=True)
class _Window:
    alert: Alert
    times: float
    long: timedelta
    short: timedelta


def burning(ended: Sequence[tuple[timedelta, bool]], target: int, open_day: timedelta) -> Alert | None:
    """The most urgent alert: `ended` is how many open hours ago each clock ended, and whether it was late."""
    if target < LOWEST_TARGET:
        return None
    windows = (
        _Window(Alert.NOW, 5, timedelta(hours=1), timedelta(minutes=15)),
        _Window(Alert.TODAY, 3, open_day, timedelta(hours=2)),
        _Window(Alert.TREND, 2, 3 * open_day, open_day),
    )
    return next((each.alert for each in windows if _burns(ended, each, target)), None)


def _burns(ended: Sequence[tuple[timedelta, bool]], window: _Window, target: int) -> bool:
    within = [late for ago, late in ended if ago <= window.long]
    lately = [late for ago, late in ended if ago <= window.short]
    if sum(within) < _FEWEST_LATE or len(within) < _FEWEST:
        return False
    return all(_share(each) * 100 >= window.times * (100 - target) for each in (within, lately))


def _share(lates: Sequence[bool]) -> float:
    return sum(lates) / len(lates) if lates else 0.0
