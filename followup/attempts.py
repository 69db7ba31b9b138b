"""What counts as an attempt to reach a customer (requirements 1C): the same definition for everybody; pure.

A touch is one thing somebody did. It takes a live call, or a text that arrived and names the concern, or a voicemail
with a text that arrived, to make an attempt; a voicemail alone never does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

CALL, TEXT, VOICEMAIL, NOTE, INBOUND = "call", "text", "voicemail", "note", "inbound"
TOGETHER = timedelta(hours=1)
"""Voicemail, text and note this close to each other are one effort."""

_AFTERNOON, _EVENING = 12, 17


@dataclass(frozen=True, slots=True)
class Touch:
    """One try, or (`inbound`) the customer's own sign of life. A text counts once the carrier says it arrived."""

    channel: str
    at: datetime
    seconds: int = 0
    spoke: bool = False
    arrived: bool = False
    names_concern: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """`call_seconds` of two-way talk make a call live. For a high-value need a text needs a voicemail and a note beside
    it. Where texts are not allowed, two voice tries at different times of day and a note count once."""

    call_seconds: int = 20
    high_value: bool = False
    texts_allowed: bool = True


def valid_attempts(touches: Sequence[Touch], definition: Definition, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The moments attempts were complete, in order. Each touch is used once."""
    found: list[datetime] = []
    waiting: list[Touch] = []
    for touch in sorted(touches, key=lambda each: each.at):
        if touch.channel == INBOUND:
            continue
        if is_live(touch, definition):
            found.append(touch.at)
            continue
        waiting = [*_still_near(waiting, touch, definition), touch]
        if _complete(waiting, definition, zone):
            found.append(touch.at)
            waiting = []
    return tuple(found)


def is_live(touch: Touch, definition: Definition) -> bool:
    """A two-way call of some length: reached, whoever rang."""
    return touch.channel == CALL and touch.spoke and touch.seconds >= definition.call_seconds


def mentions(words: str, concern: str) -> bool:
    """Whether a message names what the customer asked about: any telling word of it."""
    said, asked = _telling(words), _telling(concern)
    return bool(said & asked)


def _still_near(waiting: Sequence[Touch], touch: Touch, definition: Definition) -> list[Touch]:
    """Efforts in one go belong together; two voice tries where texts may not go, over two days."""
    reach = TOGETHER if definition.texts_allowed else timedelta(days=2)
    return [each for each in waiting if touch.at - each.at <= reach]


def _complete(effort: Sequence[Touch], definition: Definition, zone: ZoneInfo) -> bool:
    voicemail = any(each.channel == VOICEMAIL for each in effort)
    note = any(each.channel == NOTE for each in effort)
    text = any(each.channel == TEXT and each.arrived for each in effort)
    telling = any(each.channel == TEXT and each.arrived and each.names_concern for each in effort)
    if not definition.texts_allowed:
        tries = {_part_of_day(each.at, zone) for each in effort if each.channel in (CALL, VOICEMAIL)}
        return len(tries) >= 2 and note
    if definition.high_value:
        return text and voicemail and note
    return telling or (voicemail and text)


def _part_of_day(at: datetime, zone: ZoneInfo) -> int:
    hour = at.astimezone(zone).hour
    return 0 if hour < _AFTERNOON else 1 if hour < _EVENING else 2


_EMPTY = frozenset(
    "about after again also been call called calls could customer does from have hello here just know like message "
    "need needs please said should some text thank thanks that their them there they this time want wanted wants we're "
    "were what when which will with would your".split()
)


def _telling(words: str) -> set[str]:
    plain = "".join(each if each.isalnum() else " " for each in words.casefold())
    stems = {each[:-1] if each.endswith("s") and len(each) > 4 else each for each in plain.split()}
    return {each for each in stems if len(each) > 3 and each not in _EMPTY}
