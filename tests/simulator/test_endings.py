"""The stories a store is judged by cover what people call about."""

from datetime import date

from simulator.endings import day_called, stories


def test_there_are_stories_enough_and_each_has_an_ending() -> None:
    told = stories()
    assert len(told) >= 200
    for story in told.values():
        ends = story.ends
        assert ends.booked is not None or ends.kept or ends.outcome or ends.owes or ends.sent_to or ends.never, story


def test_days_are_called_as_callers_call_them() -> None:
    friday = date(2026, 11, 20)
    assert day_called("tomorrow", friday) == date(2026, 11, 21)
    assert day_called("monday", friday) == date(2026, 11, 23)
    assert day_called("friday", friday) == date(2026, 11, 27)
