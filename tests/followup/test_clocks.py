"""The clocks of a loop against a walk through every minute, over the days the clocks change; and what they raise."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from followup.sla import (
    SERVICE,
    LoopFacts,
    callback_due,
    due,
    may_give_up,
    milestones,
    next_moment,
    raised,
    second_window,
)
from record.business_hours import BusinessHours, Holiday, Hours

PACIFIC = "America/Los_Angeles"
MINUTE = timedelta(minutes=1)
CHANGES = {PACIFIC: (date(2026, 3, 8), date(2026, 11, 1)), "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5))}
HOURS = BusinessHours(
    PACIFIC,
    tuple(Hours(day, time(7, 30), time(18)) for day in range(5)),
    (Holiday(date(2026, 11, 26), "Thanksgiving"), Holiday(date(2026, 11, 27), "Day after", time(9), time(13))),
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(PACIFIC)).astimezone(UTC)


def by_the_minute(hours: BusinessHours, start: datetime, minutes: int) -> datetime:
    """The oracle: look at the wall clock minute by minute, and count those the doors are open."""
    here, block = start, 15  # clocks only ever change at a quarter hour
    while True:
        wall = here.astimezone(hours.zone)
        minute = wall.hour * 60 + wall.minute
        spans = _spans(hours, wall.date())
        length = block - minute % block
        if minutes and not any(opens < minute + length and minute < closes for opens, closes in spans):
            here += MINUTE * length
            continue
        for n in range(length):
            if minutes == 0:
                return here + MINUTE * n
            minutes -= any(opens <= minute + n < closes for opens, closes in spans)
        here += MINUTE * length


def _spans(hours: BusinessHours, day: date) -> list[tuple[int, int]]:
    special = [each for each in hours.holidays if each.date == day]
    kept = special or [each for each in hours.weekly if each.weekday == day.weekday()]
    return [
        (each.opens.hour * 60 + each.opens.minute, each.closes.hour * 60 + each.closes.minute)
        for each in kept
        if each.opens and each.closes
    ]


def random_case(chance: random.Random) -> tuple[BusinessHours, datetime, bool]:
    """Hours kept clear of the night, where one wall time can come twice; starts within days of a clock change."""
    zone = chance.choice(list(CHANGES))
    weekly = []
    for day in range(7):
        if chance.random() < 0.75:
            opens = chance.randrange(5 * 60, 12 * 60)
            closes = chance.randrange(opens + 30, 23 * 60)
            weekly.append(Hours(day, time(opens // 60, opens % 60), time(closes // 60, closes % 60)))
    weekly = weekly or [Hours(2, time(9), time(17))]
    near = chance.choice(CHANGES[zone]) + timedelta(days=chance.randrange(-3, 4))
    holidays = (Holiday(near, "half", time(9), time(13)),) if chance.random() < 0.3 else ()
    if chance.random() < 0.3:
        holidays = (Holiday(near + timedelta(days=1), "closed"),)
    start = datetime.combine(near, time(), UTC) + timedelta(minutes=chance.randrange(0, 60 * 48))
    return BusinessHours(zone, tuple(weekly), holidays), start, chance.random() < 0.5


def agrees(cases: int, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(cases):
        hours, start, urgent = random_case(chance)
        expected = by_the_minute(hours, start, 15 if urgent else 60)
        assert callback_due(hours, "service", start, urgent=urgent, asked=None) == expected, (hours, start, urgent)


def test_first_contact_is_due_when_a_walk_through_every_minute_says_so() -> None:
    agrees(2_000, 11)


@pytest.mark.soak
def test_first_contact_against_the_oracle_100_000_times() -> None:
    agrees(100_000, 12)


def facts(**more: object) -> LoopFacts:
    return LoopFacts(at(20, 10), at(20, 11), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "expected", "why"),
    [
        (facts(), at(20, 11), "first_contact"),
        (facts(attempts=(at(20, 10, 30),)), at(20, 14, 30), "second_attempt"),
        (facts(attempts=(at(20, 13, 55),)), at(20, 17, 55), "second_attempt"),
        (facts(attempts=(at(20, 15),)), at(23, 8, 30), "second_attempt"),
        (facts(attempts=(at(20, 10, 30), at(20, 13))), at(23, 18), "reminder"),
        (facts(attempts=(at(20, 10, 30),), replied_at=at(20, 12)), at(20, 13), "answer"),
        (facts(promises=(at(20, 10, 45),)), at(20, 10, 45), "promise"),
        (facts(promises=(at(20, 16),)), at(20, 11), "first_contact"),
        (facts(ai_done_at=at(20, 10, 5)), at(20, 11, 5), "confirmation"),
        (facts(waits_for_event=True, promises=(at(25, 9),)), at(20, 11), "event"),
    ],
)
def test_the_one_due_time_and_why(state: LoopFacts, expected: datetime, why: str) -> None:
    found = due(HOURS, SERVICE, state)
    assert (found.at, found.why) == (expected, why)


def test_after_a_try_before_two_the_second_is_the_same_day() -> None:
    """S2-68, S2-83: on the short day after Thanksgiving the window closes with the doors."""
    assert second_window(HOURS, SERVICE, at(27, 10)) == (at(27, 12), at(27, 13))
    assert second_window(HOURS, SERVICE, at(20, 16)) == (at(20, 18), at(23, 9, 30))


def standing(state: LoopFacts, now: datetime) -> list[tuple[str, int]]:
    return [(each.kind, each.level) for each in raised(milestones(HOURS, SERVICE, state), now)]


def test_it_warns_before_it_is_late_and_goes_up_with_age() -> None:
    assert standing(facts(), at(20, 10, 44)) == []
    assert standing(facts(), at(20, 10, 45)) == [("first_contact_soon", 0)]
    assert standing(facts(), at(20, 11)) == [("first_contact_late", 0)]
    assert standing(facts(), at(20, 12)) == [("first_contact_late", 0), ("first_contact_late", 1)]
    assert ("stale_late", 2) in standing(facts(), at(23, 10))
    assert ("idle_late", 1) in standing(facts(), at(24, 13, 30))


def test_unowned_alarms_at_once() -> None:
    assert standing(facts(owned=False), at(20, 10)) == [("unowned", 1)]


def test_two_attempts_without_an_answer_are_for_the_manager() -> None:
    tried = (at(20, 10, 30), at(20, 12))
    assert ("review", 1) in standing(facts(attempts=tried), at(20, 12))
    assert ("review", 1) not in standing(facts(attempts=tried, replied_at=at(20, 12, 30)), at(20, 12, 31))


def test_a_promise_warns_half_an_hour_before_and_is_late_at_its_minute() -> None:
    state = facts(promises=(at(20, 16),), attempts=(at(20, 10, 10),), replied_at=at(20, 10, 10))
    assert ("promise_soon", 0) in standing(state, at(20, 15, 30))
    assert ("promise_late", 0) in standing(state, at(20, 16))


def test_whoever_sleeps_until_the_next_moment_misses_nothing() -> None:
    everything = milestones(HOURS, SERVICE, facts(promises=(at(20, 16),)))
    woken, now = [], at(20, 10)
    while (then := next_moment(everything, now)) is not None:
        woken.append(then)
        now = then
    assert set(woken) == {each.at for each in everything if each.at > at(20, 10)}


def test_no_response_is_a_reason_only_after_enough_tries_over_enough_days() -> None:
    tries = tuple(at(20, 10) + timedelta(days=2 * n) for n in range(5))
    assert may_give_up(SERVICE, facts(attempts=tries), at(30, 10))
    assert not may_give_up(SERVICE, facts(attempts=tries), at(30, 9))
    assert not may_give_up(SERVICE, facts(attempts=tries[:4]), at(30, 10))
    assert not may_give_up(SERVICE, facts(attempts=tries, promises=(at(30, 12),)), at(30, 10))
    assert not may_give_up(SERVICE, facts(attempts=tries, replied_at=tries[-1]), at(30, 10))
