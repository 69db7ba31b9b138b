"""What callers say about days and times, and what it can mean."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.house.understanding import Modifier, Preference, WhenKind, add_up, find_when

WEDNESDAY = datetime(2026, 3, 4, 10, 0)  # noqa: DTZ001

DAYS = [
    ("could you fit me in tomorrow", [date(2026, 3, 5)]),
    ("the day after tomorrow would suit", [date(2026, 3, 6)]),
    ("I'm free Thursday", [date(2026, 2, 26), date(2026, 3, 5)]),
    ("next Thursday please", [date(2026, 3, 12)]),
    ("this coming Monday", [date(2026, 3, 9)]),
    ("sometime on the 19th", [date(2026, 2, 19), date(2026, 3, 19)]),
    ("a week from Saturday", [date(2026, 3, 14)]),
    ("in three weeks", [date(2026, 3, 25)]),
    ("Wednesday of next week", [date(2026, 3, 11)]),
    ("next week on Friday", [date(2026, 3, 13)]),
    ("the last Tuesday of the month", [date(2026, 3, 31)]),
    ("the first Monday in June", [date(2025, 6, 2), date(2026, 6, 1)]),
    ("April twenty second", [date(2025, 4, 22), date(2026, 4, 22)]),
    ("the third of April", [date(2025, 4, 3), date(2026, 4, 3)]),
    ("5/18", [date(2025, 5, 18), date(2026, 5, 18)]),
    ("on 2026-07-09", [date(2026, 7, 9)]),
    ("June 3rd, 2027", [date(2027, 6, 3)]),
    ("Labor Day", [date(2025, 9, 1), date(2026, 9, 7)]),
    ("the day after Thanksgiving", [date(2025, 11, 28), date(2026, 11, 27)]),
    ("Memorial Day", [date(2025, 5, 26), date(2026, 5, 25)]),
    ("the week after next", [date(2026, 3, 16)]),
    ("early next week", [date(2026, 3, 9)]),
]


@pytest.mark.parametrize(("said", "expected"), DAYS)
def test_a_day_keeps_every_date_it_can_mean(said: str, expected: list[date]) -> None:
    (when,) = find_when(said, WEDNESDAY)
    assert [span.first for span in when.days] == expected


CLOCK = [
    ("three thirty", [time(3, 30), time(15, 30)]),
    ("3:15 pm", [time(15, 15)]),
    ("quarter to five", [time(4, 45), time(16, 45)]),
    ("half past ten in the morning", [time(10, 30)]),
    ("at noon", [time(12)]),
    ("make it eight", [time(8), time(20)]),
    ("ten past 4 in the afternoon", [time(16, 10)]),
    ("8 o'clock", [time(8), time(20)]),
    ("at 0730", [time(7, 30)]),
    ("130 pm", [time(13, 30)]),
]


@pytest.mark.parametrize(("said", "expected"), CLOCK)
def test_an_unsaid_half_of_the_day_stays_open(said: str, expected: list[time]) -> None:
    (when,) = find_when(said, WEDNESDAY)
    assert [span.exact for span in when.clock] == expected
    assert when.needs_am_pm is (len(expected) > 1)


WANTED = [
    ("Friday after three", (6, 6), [(time(3), None), (time(15), None)]),
    ("before noon on Monday", (9, 9), [(None, time(12))]),
    ("between 9 and 11 am tomorrow", (5, 5), [(time(9), time(11))]),
    ("any morning next week", (9, 15), [(time(8), time(12))]),
    ("next Tuesday afternoon", (10, 10), [(time(12), time(16))]),
    ("tomorrow at half past nine", (5, 5), [(time(9, 30), time(9, 30)), (time(21, 30), time(21, 30))]),
    ("Thursday morning after 10", (5, 5), [(time(10), time(12))]),
    ("next week, maybe Thursday around 2 pm", (12, 12), [(time(14), time(14))]),
    ("from 1 to 3 tomorrow afternoon", (5, 5), [(time(13), time(15))]),
    ("the 12th from 8 to 10am", (12, 12), [(time(8), time(10))]),
]


@pytest.mark.parametrize(("said", "days", "clock"), WANTED)
def test_mentions_add_up_to_one_request(
    said: str, days: tuple[int, int], clock: list[tuple[time | None, time | None]]
) -> None:
    wanted = add_up(find_when(said, WEDNESDAY), WEDNESDAY)
    assert wanted.days[0].first == date(2026, 3, days[0])
    assert wanted.days[-1].end == date(2026, 3, days[1]) + timedelta(days=1)
    assert [(span.start, span.end) for span in wanted.clock] == clock


@pytest.mark.parametrize("said", ["Monday through Thursday", "between Monday and Thursday", "mon-thu"])
def test_a_stretch_of_weekdays_is_the_last_and_the_next(said: str) -> None:
    (when,) = find_when(said, WEDNESDAY)
    assert [(span.first, span.end) for span in when.days] == [
        (date(2026, 3, 2), date(2026, 3, 6)),
        (date(2026, 3, 9), date(2026, 3, 13)),
    ]


def test_either_of_two_days() -> None:
    wanted = add_up(find_when("Monday or Tuesday works", WEDNESDAY), WEDNESDAY)
    assert [span.first for span in wanted.days] == [date(2026, 3, 9), date(2026, 3, 10)]


@pytest.mark.parametrize("said", ["not Friday", "Friday doesn't work", "any day but Friday", "I can't do Friday"])
def test_a_day_ruled_out_is_not_wanted(said: str) -> None:
    wanted = add_up(find_when(said, WEDNESDAY), WEDNESDAY)
    assert not wanted.days
    assert [span.first for span in wanted.excluded] == [date(2026, 3, 6)]


@pytest.mark.parametrize("said", ["as soon as you can", "the earliest you've got", "first thing tomorrow", "asap"])
def test_hurry_is_a_preference_not_a_time(said: str) -> None:
    wanted = add_up(find_when(said, WEDNESDAY), WEDNESDAY)
    assert wanted.preference is Preference.EARLIEST
    assert not wanted.clock


def test_end_of_the_day_is_a_preference_for_late() -> None:
    wanted = add_up(find_when("end of the day tomorrow", WEDNESDAY), WEDNESDAY)
    assert wanted.preference is Preference.LATEST and not wanted.clock


def test_after_friday_starts_on_saturday() -> None:
    (when,) = find_when("after Friday", WEDNESDAY)
    assert when.kind is WhenKind.DATE_RANGE and when.modifier is Modifier.AFTER
    assert when.days[-1].first == date(2026, 3, 7) and when.days[-1].end is None


@pytest.mark.parametrize(
    "said",
    [
        "it may be the alternator",
        "I have three kids and two cars",
        "the sun visor is broken",
        "good morning, how are you",
        "the ratio is 4:3",
        "it happens in second gear",
        "one of my tires is low",
        "my number is seven oh four five five five oh one two two",
        "it has 58,000 miles on it",
    ],
)
def test_other_numbers_are_not_times(said: str) -> None:
    assert find_when(said, WEDNESDAY) == []


def test_a_bare_number_is_an_hour_only_when_a_time_was_asked_for() -> None:
    assert find_when("nine", WEDNESDAY) == []
    (when,) = find_when("nine", WEDNESDAY, asked=True)
    assert when.needs_am_pm


def test_a_half_of_today_that_is_over_is_no_longer_meant() -> None:
    (when,) = find_when("today at 9", datetime(2026, 3, 4, 11, 30))  # noqa: DTZ001
    settled = when.resolve(datetime(2026, 3, 4, 11, 30))  # noqa: DTZ001
    assert [span.exact for span in settled.clock] == [time(21)] and not settled.needs_am_pm


PIECES = st.sampled_from(
    """monday tuesday friday next this the 3rd 15th at 9 nine thirty pm am or and between after before to from in two
    weeks days tomorrow today morning afternoon march may 12/3 4:30 of first last week month , - not half past noon
    christmas until around day a hour any""".split()
)
NOW = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 12, 31))  # noqa: DTZ001


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=14), NOW)
def test_any_order_of_date_words_is_read_without_error(words: list[str], now: datetime) -> None:
    text = " ".join(words)
    for when in find_when(text, now):
        assert text[when.start : when.end] == when.text
        when.resolve(now)
        when.resolve(now, "past")
    add_up(find_when(text, now), now)


FUTURE = st.sampled_from(
    ["Monday", "this Tuesday", "next Friday", "the 15th", "March 3rd", "tomorrow", "Christmas", "12/30", "in two weeks"]
)


@settings(max_examples=200, deadline=None)
@given(FUTURE, NOW)
def test_a_settled_day_is_never_over(said: str, now: datetime) -> None:
    for when in find_when(said, now):
        for span in when.resolve(now).days:
            assert span.end is not None and span.end > now.date()
