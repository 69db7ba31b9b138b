"""Mentions of time a caller took back in the same breath, or only told a story with; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.house.understanding.when import When

_TAKES_BACK = re.compile(
    r"\b(?:no|nope|wait|sorry|i mean|i meant|actually|scratch that|make (?:it|that)|rather|correction|excuse me)\b",
    re.IGNORECASE,
)
_FARTHEST = 45  # characters between what is taken back and what is meant
_TOLD = re.compile(
    r"\b(?:was|were|had|drove|started|noticed|happened|heard|began|broke|died|came on|went|got back|since|ago)\b",
    re.IGNORECASE,
)
_WISHED = re.compile(
    r"\b(?:can|could|would|like|need|want|wanted|book|schedule\w*|appointment|bring|come in|available|openings?|free|"
    r"how about|let's|please|drop|leave|hoping|wondering|thinking|looking|works?|supposed)\b",
    re.IGNORECASE,
)
_STOPS = re.compile(r"[.?!,;](?=\s|$)")
_AHEAD = re.compile(r"\b(?:next|this|coming|tomorrow|today|tonight)\b", re.IGNORECASE)


def still_meant(text: str, whens: Sequence[When]) -> list[When]:
    """Without the Monday of "Monday, no wait, Tuesday", and without the Sunday of "it broke down on Sunday"."""
    kept = [when for when in whens if not _only_told(text, when)]
    for index in range(len(kept) - 1, 0, -1):
        before, after = kept[index - 1], kept[index]
        between = text[before.end : after.start]
        if after.negated or before.negated or len(between) > _FARTHEST or not _TAKES_BACK.search(between):
            continue
        kept[:index] = [_without(when, after) for when in kept[:index]]
    return [when for when in kept if when.days or when.clock or when.moments or when.preference]


def _without(when: When, later: When) -> When:
    """What is left of a mention once a later one took its day, its hour or both."""
    days = () if later.days else when.days
    clock = () if later.clock else when.clock
    if days == when.days and clock == when.clock:
        return when
    return replace(when, days=days, clock=clock, moments=(), weekday=when.weekday if days else None)


def _only_told(text: str, when: When) -> bool:
    if when.weekday is None or when.clock or _AHEAD.search(when.text):
        return False
    begin = max((stop.end() for stop in _STOPS.finditer(text, 0, when.start)), default=0)
    end = next((stop.start() for stop in _STOPS.finditer(text, when.end)), len(text))
    clause = text[begin:end]
    return _TOLD.search(clause) is not None and _WISHED.search(clause) is None
