"""Due by months or miles, whichever comes first; an odometer is carried on, never invented."""

from datetime import date, datetime, timedelta

import pytest

from scheduling.maintenance import Done, Interval, Odometer, Reading, due, odometer
from tests.builders import NOW

OIL = Interval("LOF", months=6, miles=5_000)


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("done", "miles", "is_due", "is_soon"),
    [
        (Done(days_ago(30), 40_000), 41_000, False, False),
        (Done(days_ago(190), 40_000), 41_000, True, False),
        (Done(days_ago(30), 40_000), 45_200, True, False),
        (Done(days_ago(150), 40_000), 41_000, False, True),
        (Done(days_ago(30), 40_000), 44_400, False, True),
        (Done(days_ago(30), None), 90_000, False, False),
    ],
)
def test_whichever_comes_first(done: Done, miles: int, is_due: bool, is_soon: bool) -> None:
    found = due(OIL, done, done.at, NOW, Odometer(miles, estimated=False))
    assert (found.is_due, found.is_soon) == (is_due, is_soon)


def test_without_a_mileage_only_months_count() -> None:
    found = due(OIL, Done(days_ago(30), 40_000), days_ago(900), NOW, None)
    assert not found.is_due and found.at_miles == 45_000 and found.on == date(2027, 4, 22)


def test_the_pace_of_the_last_two_readings_is_carried_on() -> None:
    readings = [Reading(days_ago(130), 30_000), Reading(days_ago(30), 33_000)]
    assert odometer(readings, NOW) == Odometer(33_900, estimated=True)


def test_an_impossible_pace_is_a_misread_odometer() -> None:
    readings = [Reading(days_ago(31), 30_000), Reading(days_ago(30), 83_000)]
    assert odometer(readings, NOW) == Odometer(83_000, estimated=True)


def test_what_the_caller_reads_off_beats_every_estimate_and_nothing_is_made_up() -> None:
    assert odometer([Reading(days_ago(30), 33_000)], NOW, said=35_100) == Odometer(35_100, estimated=False)
    assert odometer([], NOW) is None
