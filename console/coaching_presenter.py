"""Coaching in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from console.presenters import Badge
from console.times import Moment, moment
from visibility.coaching import FLAGS, RUBRIC, Kept, Kind, Suggested

KINDS = {
    Kind.GREAT: "Great",
    Kind.WRONG_FACT: "Wrong fact",
    Kind.RUDE: "Rude",
    Kind.MISSED_REQUEST: "Missed what was asked",
    Kind.SHOULD_HAND_OFF: "Should have handed off",
    Kind.LATE_PROMISE: "Promise kept late",
}
CHOICES = tuple((kind.value, KINDS[kind]) for kind in FLAGS)


@dataclass(frozen=True, slots=True)
class Line:
    """A moment; `address` leads to the words in the call."""

    id: str
    badge: Badge
    who: str
    staff_id: str
    says: str
    comment: str
    by: str
    at: Moment
    address: str
    shared: bool
    reply: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    call_id: str
    turn: int
    kind: str
    badge: Badge
    who: str
    staff_id: str
    why: str
    at: Moment
    address: str


@dataclass(frozen=True, slots=True)
class CoachingPage:
    suggested: tuple[Suggestion, ...]
    open: tuple[Line, ...]
    settled: tuple[Line, ...]
    rubric: tuple[str, ...]


def coaching_page(kept: Sequence[Kept], suggested: Sequence[Suggested], now: datetime, zone: ZoneInfo) -> CoachingPage:
    lines = [_line(each, now, zone) for each in kept]
    return CoachingPage(
        tuple(_suggestion(each, now, zone) for each in suggested),
        tuple(line for line in lines if not line.settled),
        tuple(line for line in lines if line.settled),
        RUBRIC,
    )


def _line(each: Kept, now: datetime, zone: ZoneInfo) -> Line:
    return Line(
        each.id, _badge(each.kind), each.who, each.staff_id, each.words, each.comment, each.by,
        moment(each.at, now, zone), f"/calls/{each.call_id}#turn-{each.turn}", each.shared_at is not None, each.reply,
        each.settled,
    )  # fmt: skip


def _suggestion(each: Suggested, now: datetime, zone: ZoneInfo) -> Suggestion:
    return Suggestion(
        each.call_id, each.turn, each.kind, _badge(each.kind), each.who, each.staff_id, each.why,
        moment(each.at, now, zone), f"/calls/{each.call_id}#turn-{each.turn}",
    )  # fmt: skip


def _badge(kind: str) -> Badge:
    word = KINDS[Kind(kind)]
    return Badge("ok", "✓", word) if kind == Kind.GREAT else Badge("soon", "▲", word)
