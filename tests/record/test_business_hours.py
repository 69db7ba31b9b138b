"""Hours on a wall clock against a walk through every minute, over the days the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from record.business_hours import BusinessHours, Holiday, Hours, NeverOpen, Opening

MINUTE = timedelta(minutes=1)
PACIFIC = "America/Los_Angeles"
# Springs forward at 02:00, 02:00 by half an hour, and at midnight itself; falls back likewise.
ZONES = (PACIFIC, "America/New_York", "Australia/Lord_Howe", "America/Santiago", "America/Phoenix", "Europe/London")
CHANGES = {
    PACIFIC: (date(2026, 3, 8), date(2026, 11, 1)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),
    "America/Santiago": (date(2026, 9, 6), date(2026, 4, 5)),
    "America/Phoenix": (date(2026, 3, 8), date(2026, 11, 1)),
    "Europe/London": (date(2026, 3, 29), date(2026, 10, 25)),
}


def service_hours(*holidays: Holiday) -> BusinessHours:
    weekdays = tuple(Hours(day, time(7, 30), time(18, 0)) for day in range(5))
    return BusinessHours(PACIFIC, (*weekdays, Hours(5, time(8), time(16))), holidays)


def pacific(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PACIFIC)).astimezone(UTC)


@pytest.mark.parametrize(
    ("when", "is_open", "next_opening"),
    [
        ("2026-11-20T07:29", False, "2026-11-20T07:30"),
        ("2026-11-20T07:30", True, "2026-11-20T07:30"),
        ("2026-11-20T17:59", True, "2026-11-20T17:59"),
        ("2026-11-20T18:00", False, "2026-11-21T08:00"),
        ("2026-11-21T16:30", False, "2026-11-23T07:30"),
    ],
)
def test_the_store_opens_and_closes_by_its_own_clock(when: str, is_open: bool, next_opening: str) -> None:
    hours = service_hours()
    assert hours.open_at(pacific(when)) is is_open
    assert hours.next_opening(pacific(when)) == pacific(next_opening)


def test_thanksgiving_is_closed_and_the_day_after_is_short() -> None:
    hours = service_hours(
        Holiday(date(2026, 11, 26), "Thanksgiving"), Holiday(date(2026, 11, 27), "Day after", time(9), time(13))
    )
    assert hours.openings_on(date(2026, 11, 26)) == ()
    assert hours.next_opening(pacific("2026-11-25T18:00")) == pacific("2026-11-27T09:00")
    assert hours.closes_at(pacific("2026-11-27T10:00")) == pacific("2026-11-27T13:00")
    holiday = hours.holiday_on(date(2026, 11, 26))
    assert holiday is not None and holiday.name == "Thanksgiving"
    assert hours.holiday_on(date(2026, 11, 25)) is None


def test_a_business_hour_promised_late_on_saturday_is_due_on_monday() -> None:
    due = service_hours().add_business_time(pacific("2026-11-21T15:40"), timedelta(minutes=60))
    assert due == pacific("2026-11-23T08:10")


def test_a_promise_that_runs_out_at_closing_is_due_at_closing() -> None:
    due = service_hours().add_business_time(pacific("2026-11-20T17:00"), timedelta(minutes=60))
    assert due == pacific("2026-11-20T18:00")


def test_no_time_at_all_waits_for_the_doors_to_open() -> None:
    assert service_hours().add_business_time(pacific("2026-11-22T12:00"), timedelta(0)) == pacific("2026-11-23T07:30")


def test_only_open_minutes_count() -> None:
    hours = service_hours()
    assert hours.business_minutes_between(pacific("2026-11-20T17:00"), pacific("2026-11-23T08:00")) == 60 + 480 + 30
    assert hours.business_minutes_between(pacific("2026-11-23T08:00"), pacific("2026-11-20T17:00")) == 0


def test_a_lunch_break_splits_the_day_and_touching_rows_do_not() -> None:
    split = BusinessHours(PACIFIC, (Hours(0, time(8), time(12)), Hours(0, time(13), time(17))))
    joined = BusinessHours(PACIFIC, (Hours(0, time(8), time(12)), Hours(0, time(12), time(17))))
    monday = date(2026, 11, 23)
    assert len(split.openings_on(monday)) == 2
    assert joined.openings_on(monday) == (Opening(pacific("2026-11-23T08:00"), pacific("2026-11-23T17:00")),)


def test_a_night_that_loses_an_hour_has_an_hour_less() -> None:
    towing = BusinessHours(PACIFIC, (Hours(5, time(22), time(6)),))
    (spring,) = towing.openings_on(date(2026, 3, 7))
    (autumn,) = towing.openings_on(date(2026, 10, 31))
    assert spring.ends_at - spring.starts_at == timedelta(hours=7)
    assert autumn.ends_at - autumn.starts_at == timedelta(hours=9)


def test_a_time_the_clock_skips_is_the_moment_after_the_skip() -> None:
    assert service_hours().at_local(date(2026, 3, 8), time(2, 30)) == datetime(2026, 3, 8, 10, 0, tzinfo=UTC)


def test_a_time_that_comes_twice_is_its_first() -> None:
    assert service_hours().at_local(date(2026, 11, 1), time(1, 30)) == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def test_a_day_that_never_was_has_no_hours() -> None:
    samoa = BusinessHours("Pacific/Apia", tuple(Hours(day, time(9), time(17)) for day in range(7)))
    assert samoa.openings_on(date(2011, 12, 30)) == ()
    assert samoa.openings_on(date(2011, 12, 31)) != ()


def test_a_department_without_hours_never_opens() -> None:
    closed = BusinessHours(PACIFIC, ())
    assert not closed.open_at(pacific("2026-11-20T10:00"))
    assert closed.closes_at(pacific("2026-11-20T10:00")) is None
    with pytest.raises(NeverOpen):
        closed.next_opening(pacific("2026-11-20T10:00"))
    with pytest.raises(NeverOpen):
        closed.add_business_time(pacific("2026-11-20T10:00"), MINUTE)


def test_doors_that_never_close_have_no_closing_time() -> None:
    always = BusinessHours(PACIFIC, tuple(Hours(day, time(0), time(0)) for day in range(7)))
    assert always.open_at(pacific("2026-11-01T01:30"))
    assert always.closes_at(pacific("2026-11-01T01:30")) is None
    assert always.add_business_time(pacific("2026-11-01T00:00"), timedelta(hours=25)) == pacific("2026-11-02T00:00")


wall_times = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
all_hours = st.lists(st.builds(Hours, st.integers(0, 6), wall_times, wall_times), max_size=10).map(tuple)


@st.composite
def around_a_clock_change(draw: st.DrawFn) -> tuple[BusinessHours, datetime]:
    """Any hours and holidays, and the UTC moment two days before a day on which clocks change."""
    zone = draw(st.sampled_from(ZONES))
    day = draw(st.sampled_from(CHANGES[zone]))
    closed = st.builds(Holiday, st.integers(-2, 3).map(lambda n: day + timedelta(days=n)), st.just("closed"))
    short = st.builds(
        Holiday, st.integers(-2, 3).map(lambda n: day + timedelta(days=n)), st.just("short"), wall_times, wall_times
    )
    holidays = draw(st.lists(st.one_of(closed, short), max_size=3, unique_by=lambda holiday: holiday.date))
    hours = BusinessHours(zone, draw(all_hours), tuple(holidays))
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    return hours, start


def open_minutes(hours: BusinessHours, start: datetime, minutes: int) -> list[bool]:
    """The oracle: walks the wall clock minute by minute; a span begins at the first minute that reads its opening
    time or later on its day, and is over at the first that reads its closing time or later."""
    lead = 3 * 1440
    zone = ZoneInfo(hours.time_zone)
    walls = [(start + n * MINUTE).astimezone(zone).replace(tzinfo=None) for n in range(-lead, minutes)]
    reached: dict[datetime, int] = {}
    latest = walls[0]
    for index, wall in enumerate(walls):
        while latest <= wall:
            reached.setdefault(latest, index)
            latest += MINUTE
    open_now = [False] * len(walls)
    holidays = {holiday.date: holiday for holiday in hours.holidays}
    for day in {wall.date() for wall in walls} | {start.date() - timedelta(days=n) for n in range(-8, 8)}:
        if day in holidays:
            special = holidays[day]
            spans = [] if special.opens is None else [(special.opens, special.closes or time(0))]
        else:
            spans = [(row.opens, row.closes) for row in hours.weekly if row.weekday == day.weekday()]
        for opens, closes in spans:
            end_day = day if closes > opens else day + timedelta(days=1)
            first = reached.get(datetime.combine(day, opens), 0 if datetime.combine(day, opens) < walls[0] else None)
            last = reached.get(datetime.combine(end_day, closes), len(walls))
            if first is not None and datetime.combine(end_day, closes) > walls[0]:
                open_now[first:last] = [True] * max(0, last - first)
    return open_now[lead:]


WALK = 4 * 1440


@settings(max_examples=25, deadline=None)
@given(around_a_clock_change(), st.integers(0, WALK - 1), st.integers(0, WALK - 1))
def test_business_time_equals_a_walk_through_every_minute(
    case: tuple[BusinessHours, datetime], one: int, other: int
) -> None:
    hours, start = case
    minutes = open_minutes(hours, start, WALK)
    first, last = sorted((one, other))
    assert [hours.open_at(start + n * MINUTE) for n in range(0, WALK, 7)] == minutes[::7]
    assert hours.business_minutes_between(start + first * MINUTE, start + last * MINUTE) == sum(minutes[first:last])
    upcoming = next((n for n in range(first, WALK) if minutes[n]), None)
    if upcoming is not None:
        assert hours.next_opening(start + first * MINUTE) == start + upcoming * MINUTE
        closing = next((n for n in range(upcoming, WALK) if not minutes[n]), None)
        if closing is not None:
            assert hours.closes_at(start + upcoming * MINUTE) == start + closing * MINUTE


@settings(max_examples=25, deadline=None)
@given(around_a_clock_change(), st.integers(0, WALK - 1), st.integers(1, 2000))
def test_adding_business_time_stops_at_the_first_minute_with_enough_behind_it(
    case: tuple[BusinessHours, datetime], first: int, amount: int
) -> None:
    hours, start = case
    minutes = open_minutes(hours, start, WALK)
    passed = 0
    for n in range(first, WALK):
        passed += minutes[n]
        if passed == amount:
            due = hours.add_business_time(start + first * MINUTE, amount * MINUTE)
            assert due == start + (n + 1) * MINUTE
            assert hours.business_minutes_between(start + first * MINUTE, due) == amount
            return
