"""When work on a car is due again, by months or miles, whichever comes first. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

DAYS_A_MONTH = 30.44
_MOST_MILES_A_DAY = 150.0
"""More than that between two readings is a misread odometer, not a journey."""

SOON_DAYS, SOON_MILES = 45, 750


@dataclass(frozen=True, slots=True)
class Interval:
    """Due after so many months or miles; None where the store has no such limit."""

    op_code: str
    months: int | None
    miles: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """An odometer as somebody read it."""

    at: datetime
    miles: int


@dataclass(frozen=True, slots=True)
class Done:
    """When work was last done here, and at what mileage if that was written down."""

    at: datetime
    miles: int | None


@dataclass(frozen=True, slots=True)
class Odometer:
    """The mileage now; `estimated` when it was worked out from earlier readings."""

    miles: int
    estimated: bool


@dataclass(frozen=True, slots=True)
class Due:
    """One piece of work. `on` is when its months are up, `at_miles` when its miles are; `is_due` now, or soon."""

    op_code: str
    last_done: date | None
    on: date | None
    at_miles: int | None
    is_due: bool
    is_soon: bool


def odometer(readings: Sequence[Reading], now: datetime, said: int | None = None) -> Odometer | None:
    """What the caller says, else the last reading carried on at the pace of the last two; None without any."""
    if said is not None:
        return Odometer(said, estimated=False)
    known = sorted(readings, key=lambda each: each.at)
    if not known:
        return None
    last = known[-1]
    pace = 0.0
    for before in reversed(known[:-1]):
        days = (last.at - before.at) / timedelta(days=1)
        if days >= 1 and last.miles >= before.miles:
            pace = (last.miles - before.miles) / days
            break
    pace = pace if pace <= _MOST_MILES_A_DAY else 0.0
    days = max(0.0, (now - last.at) / timedelta(days=1))
    return Odometer(round(last.miles + pace * days), estimated=days >= 1)


def due(interval: Interval, done: Done | None, first_known: datetime, now: datetime, miles: Odometer | None) -> Due:
    """Counted from when it was last done here; work never done here counts from nothing but its miles.

    `first_known` is when the store first saw the car: months of a car nobody has seen before are not counted.
    """
    since = done.at if done else first_known
    on = (since + timedelta(days=interval.months * DAYS_A_MONTH)).date() if interval.months else None
    at_miles = None
    if interval.miles and done is not None:
        at_miles = done.miles + interval.miles if done.miles is not None else None
    elif interval.miles and miles is not None:
        at_miles = max(interval.miles, miles.miles // interval.miles * interval.miles)
    by_date = on is not None and now.date() >= on
    by_miles = at_miles is not None and miles is not None and miles.miles >= at_miles
    soon_date = on is not None and now.date() + timedelta(days=SOON_DAYS) >= on
    soon_miles = at_miles is not None and miles is not None and miles.miles + SOON_MILES >= at_miles
    is_due = by_date or by_miles
    return Due(
        interval.op_code,
        done.at.date() if done else None,
        on,
        at_miles,
        is_due,
        not is_due and (soon_date or soon_miles),
    )
