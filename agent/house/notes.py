"""Notes the system gives a conversation (keys pressed, a silence), read from their words as any model would."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pressed:
    """Keys on the telephone."""

    digits: str


@dataclass(frozen=True, slots=True)
class HeardOnly:
    """The caller spoke over us after these words."""

    words: str


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """A tool asked for earlier has answered after all."""

    name: str
    output: str


@dataclass(frozen=True, slots=True)
class Silent:
    """The caller says nothing."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Say goodbye; the call ends by itself."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection was gone for a moment."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Something was said that is not so."""


Note = Pressed | HeardOnly | ToolAnswered | Silent | GiveUp | Dropped | TakeBack

_PRESSED = re.compile(r"\bpressed\b[^\d*#]{0,60}((?:[\d*#][\s,]*)+)", re.IGNORECASE)
_HEARD_ONLY = re.compile(r"heard (?:only )?(?:up to )?[:\"'](?P<heard>.*)", re.IGNORECASE | re.DOTALL)
_TOOL = re.compile(r"^The tool (?P<name>\w+)\b.*?(?:returned|after all): (?P<output>\{.*\})$", re.DOTALL)
_PLAIN: tuple[tuple[re.Pattern[str], Note], ...] = (
    (re.compile(r"\b(?:does not|doesn't) answer\b.*\bgoodbye\b", re.IGNORECASE), GiveUp()),
    (re.compile(r"\bconnection dropped\b", re.IGNORECASE), Dropped()),
    (re.compile(r"\b(?:silent|silence|quiet|not (?:said|spoken))\b", re.IGNORECASE), Silent()),
    (re.compile(r"\b(?:correct (?:that|it)|take it back|not booked yet)\b", re.IGNORECASE), TakeBack()),
)


def read_note(text: str) -> Note | None:
    """What a note says; None for one that needs nothing done."""
    tool = _TOOL.match(text)
    if tool:
        return ToolAnswered(tool["name"], tool["output"])
    pressed = _PRESSED.search(text)
    if pressed:
        return Pressed(re.sub(r"[^\d*#]", "", pressed[1]))
    heard = _HEARD_ONLY.search(text)
    if heard:
        return HeardOnly(heard["heard"].strip("\"' "))
    return next((note for pattern, note in _PLAIN if pattern.search(text)), None)
