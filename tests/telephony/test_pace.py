"""How much a socket may say."""

from telephony.pace import Pace


def allowed(pace: Pace, now: float, asked: int) -> int:
    return sum(pace.allows(now) for _ in range(asked))


def test_a_burst_is_allowed_and_then_only_the_rate() -> None:
    pace = Pace(60.0, 150)
    assert allowed(pace, 1000.0, 1000) == 150
    assert allowed(pace, 1001.0, 1000) == 60
    assert allowed(pace, 1001.0, 10) == 0


def test_a_long_silence_saves_up_no_more_than_one_burst() -> None:
    pace = Pace(60.0, 150)
    allowed(pace, 0.0, 150)
    assert allowed(pace, 9999.0, 1000) == 150


def test_a_caller_who_speaks_on_time_is_never_held_up() -> None:
    pace = Pace(60.0, 150)
    assert all(pace.allows(frame * 0.02) for frame in range(100_000))
