"""What counts as an attempt (S2-71 to S2-74): the same for everybody, and a voicemail alone never."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from followup.attempts import Definition, Touch, mentions, valid_attempts

ZONE = ZoneInfo("America/Los_Angeles")
AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
HIGH, NO_TEXTS = Definition(high_value=True), Definition(texts_allowed=False)


def touch(channel: str, minutes: float = 0, **more: object) -> Touch:
    return Touch(channel, AT + timedelta(minutes=minutes), **more)  # type: ignore[arg-type]


def live(minutes: float = 0, seconds: int = 20) -> Touch:
    return touch("call", minutes, seconds=seconds, spoke=True)


def text(minutes: float = 0, *, arrived: bool = True, names: bool = True) -> Touch:
    return touch("text", minutes, arrived=arrived, names_concern=names)


@pytest.mark.parametrize(
    ("touches", "definition", "count"),
    [
        ([live()], Definition(), 1),
        ([live(seconds=19)], Definition(), 0),
        ([touch("call", seconds=90)], Definition(), 0),
        ([touch("voicemail")], Definition(), 0),
        ([touch("voicemail", day * 1440) for day in range(9)], Definition(), 0),
        ([text()], Definition(), 1),
        ([text(arrived=False)], Definition(), 0),
        ([text(names=False)], Definition(), 0),
        ([touch("voicemail"), text(20, names=False)], Definition(), 1),
        ([text(names=False), touch("voicemail", 20)], Definition(), 1),
        ([touch("voicemail"), text(61, names=False)], Definition(), 0),
        ([touch("voicemail"), text(20, arrived=False)], Definition(), 0),
        ([touch("note")], Definition(), 0),
        ([touch("inbound")], Definition(), 0),
        ([text()], HIGH, 0),
        ([text(), touch("voicemail", 5)], HIGH, 0),
        ([text(), touch("voicemail", 5), touch("note", 6)], HIGH, 1),
        ([live()], HIGH, 1),
        ([touch("call"), touch("note", 1)], NO_TEXTS, 0),
        ([touch("call"), touch("call", 30), touch("note", 31)], NO_TEXTS, 0),
        ([touch("call"), touch("voicemail", 240), touch("note", 241)], NO_TEXTS, 1),
        ([touch("call"), touch("voicemail", 240)], NO_TEXTS, 0),
        ([text()], NO_TEXTS, 0),
    ],
)
def test_what_counts(touches: list[Touch], definition: Definition, count: int) -> None:
    assert len(valid_attempts(touches, definition, ZONE)) == count


def test_nothing_is_counted_twice() -> None:
    touches = [touch("voicemail"), text(10, names=False), touch("voicemail", 20)]
    assert valid_attempts(touches, Definition(), ZONE) == (touches[1].at,)


def test_a_text_names_the_concern_by_a_telling_word_of_it() -> None:
    assert mentions("About the brakes on your Tahoe: we have a time", "Brake noise when stopping")
    assert not mentions("Please call us back when you have time", "Wants a call about brakes")
