"""How dangerous what a caller describes may be; pure. It never says that a car is safe to drive: nobody here saw it."""

from __future__ import annotations

import re
from enum import StrEnum

from agent.house.understanding import Intent, find_intents

_SURE = 0.6


class Danger(StrEnum):
    """What to tell the caller first."""

    EMERGENCY = "emergency"
    STOP_DRIVING = "stop_driving"
    STRANDED = "stranded"
    UNCLEAR = "unclear"


_EMERGENCY = re.compile(
    r"\b(?:fire|flames?|burning up|explo\w+|hurt|injur\w+|bleeding|unconscious|trapped|911|accident|crash\w*|wreck\w*"
    r"|smoke (?:\w+ ){0,3}(?:inside|in the (?:car|cabin))|middle of the (?:road|highway|freeway|interstate))\b",
    re.IGNORECASE,
)
_STRANDED = re.compile(
    r"\b(?:stranded|broke(?:n)? down|side of the (?:road|highway|freeway|interstate)|shoulder|tow\w*|stuck"
    r"|(?:won't|will not|doesn't|does not|can't get it to) (?:start|move|go)|no[ -]?start|dead battery)\b",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"\b(?:no brakes|brakes? (?:fail\w*|gone|went out|gave out|not working)"
    r"|pedal (?:goes |went |is )?(?:to|on) the floor"
    r"|can't (?:stop|steer)|cannot (?:stop|steer)|lost (?:my )?(?:brakes|steering)|steering|smok(?:e|ing)|burning smell"
    r"|(?:gas|gasoline|fuel)\b.{0,20}\b(?:smell\w*|leak\w*)|(?:smell\w*|leak\w*) .{0,12}\b(?:gas|gasoline|fuel)"
    r"|over ?heat\w*|(?:flash|blink)ing|air ?bags?|wheel (?:fell|came|is coming) off|throttle"
    r"|accelerat\w+ by itself)\b",
    re.IGNORECASE,
)


def danger(words: str, *, hurt: bool = False, stranded: bool = False) -> Danger:
    """The gravest thing the words allow. What fits nothing is unclear, and a person decides."""
    if hurt or _EMERGENCY.search(words):
        return Danger.EMERGENCY
    if _STOP.search(words):
        return Danger.STOP_DRIVING
    if stranded or _STRANDED.search(words):
        return Danger.STRANDED
    unsafe = any(found.intent is Intent.SAFETY and found.score >= _SURE for found in find_intents(words))
    return Danger.STOP_DRIVING if unsafe else Danger.UNCLEAR
