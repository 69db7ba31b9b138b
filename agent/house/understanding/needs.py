"""What work the caller wants done, in the store's words."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz, process

from agent.house.understanding.need_words import LONG_VOCABULARY, MISHEARD, VOCABULARY, WORDS
from agent.house.understanding.tokens import tokens


class Need(StrEnum):
    """Service needs a caller can have."""

    OIL_CHANGE = "oil_change"
    OIL_LEAK = "oil_leak"
    BRAKES = "brakes"
    TIRES = "tires"
    TIRE_ROTATION = "tire_rotation"
    ALIGNMENT = "alignment"  # also: pulls to one side
    BATTERY = "battery"
    NO_START = "no_start"
    CHECK_ENGINE = "check_engine"
    NOISE = "noise"
    STALLS = "stalls"  # stalling, misfire, no power, sluggish
    AIR_CONDITIONING = "air_conditioning"
    HEATING = "heating"
    TRANSMISSION = "transmission"
    RECALL = "recall"
    STATE_INSPECTION = "state_inspection"
    MAINTENANCE = "maintenance"
    OVERHEATING = "overheating"
    STEERING = "steering"
    WIPERS = "wipers"
    LIGHTS = "lights"
    ELECTRICAL = "electrical"
    DETAILING = "detailing"
    KEYS = "keys"
    BODY = "body"
    GLASS = "glass"
    COOLANT = "coolant"
    EXHAUST = "exhaust"
    FUEL = "fuel"
    TUNE_UP = "tune_up"
    FILTERS = "filters"
    LEAK = "leak"
    DIAGNOSTIC = "diagnostic"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class NeedMention:
    """One need and the words it was heard in."""

    need: Need
    text: str
    start: int
    end: int
    score: float = 1.0


_RULES = tuple((Need(name), re.compile(pattern), score) for name, pattern, score in WORDS)
_VAGUE = frozenset({Need.NOISE, Need.DIAGNOSTIC, Need.LEAK, Need.ELECTRICAL, Need.MAINTENANCE})
_ANY = re.compile("|".join(f"(?:{pattern})" for _, pattern, _ in WORDS))
_COMPLAINT = re.compile(
    r"\b(?:something(?:'s| is)? wrong|(?<!no )problem|issue|acting (?:up|weird|funny|strange)|broken?|stopped working|"
    r"isn't working|not working|smells?|shak\w+|vibrat\w+|stuck|falling off|weird|funny|trouble)\b"
)
_NOT = re.compile(
    r"(?:\b(?:don't|do not|doesn't|not|no|isn't|without|already (?:had|did|got)|just (?:had|got|did))\s+"
    r"(?:\w+\s+){0,2}|n't\s+(?:need|want|about)\s+(?:\w+\s+){0,2})$"
)
_NOT_NOT = re.compile(r"\b(?:not (?:only|just|sure)|won't|no (?:heat|air|cold))\b")


def find_needs(text: str) -> list[NeedMention]:
    """Every need in the words, strongest first; OTHER with the caller's own words for a complaint we cannot name."""
    words = plain_words(text)
    plain = words.text
    best: dict[Need, NeedMention] = {}
    if _ANY.search(plain) is not None:
        for need, pattern, score in _RULES:
            for match in pattern.finditer(plain):
                before = plain[max(0, match.start() - 40) : match.start()]
                if _NOT.search(before) and not _NOT_NOT.search(before + match.group()):
                    continue
                if need not in best or best[need].score < score:
                    start, end = words.start(match.start()), words.end(match.end())
                    best[need] = NeedMention(need, text[start:end], start, end, score)
    found = _weighed(best)
    if not found and (match_other := _COMPLAINT.search(plain)) is not None:
        start, end = _clause(text, words.start(match_other.start()))
        found = [NeedMention(Need.OTHER, text[start:end].strip(), start, end, 0.4)]
    return found


def is_car_word(word: str) -> bool:
    """Whether one word alone says something about a car: "lights", "pulls"."""
    return word in VOCABULARY or word.removesuffix("s") in VOCABULARY


def _weighed(best: dict[Need, NeedMention]) -> list[NeedMention]:
    """A noise, a leak or a light says less than the part it comes from, so the part goes first."""
    if Need.OIL_LEAK in best:
        best.pop(Need.LEAK, None)
    if Need.CHECK_ENGINE in best and Need.LIGHTS in best and best[Need.LIGHTS].start >= best[Need.CHECK_ENGINE].start:
        if best[Need.LIGHTS].start < best[Need.CHECK_ENGINE].end:
            best.pop(Need.LIGHTS)
    if Need.TIRE_ROTATION in best and Need.TIRES in best and best[Need.TIRES].score < 0.8:
        best.pop(Need.TIRES)
    ranked = list(best.values())
    precise = [mention for mention in ranked if mention.need not in _VAGUE]
    ranked.sort(
        key=lambda mention: (-(mention.score - (0.3 if precise and mention.need in _VAGUE else 0.0)), mention.start)
    )
    return ranked


@dataclass(frozen=True, slots=True)
class Plain:
    """Corrected words with single spaces, and where each began and ended in the text."""

    text: str
    offsets: list[int]
    places: list[tuple[int, int]]

    def start(self, offset: int) -> int:
        """Where in the original the word at `offset` begins."""
        return self.places[max(0, bisect_right(self.offsets, offset) - 1)][0]

    def end(self, offset: int) -> int:
        """Where in the original the word before `offset` ends."""
        return self.places[max(0, bisect_right(self.offsets, max(0, offset - 1)) - 1)][1]


def plain_words(text: str) -> Plain:
    """The words a rule looks at: lower case, misspellings of car words put right, marks kept only between clauses."""
    words: list[str] = []
    offsets: list[int] = []
    places: list[tuple[int, int]] = []
    at = 0
    for token in tokens(text):
        if not token.word[0].isalnum() and token.word not in (".", ",", ";", "?", "!"):
            continue
        word = _corrected(token.word)
        words.append(word)
        offsets.append(at)
        places.append((token.start, token.end))
        at += len(word) + 1
    return Plain(" ".join(words), offsets, places)


@lru_cache(maxsize=8192)
def _corrected(word: str) -> str:
    """A car word for its misspelling; anything else as it is."""
    if len(word) < 5 or word in VOCABULARY or not word.isalpha():
        return MISHEARD.get(word, word)
    if word in MISHEARD:
        return MISHEARD[word]
    near = process.extractOne(word, LONG_VOCABULARY, scorer=fuzz.ratio, score_cutoff=86 if len(word) > 6 else 90)
    return str(near[0]) if near is not None and word[0] == near[0][0] and abs(len(word) - len(near[0])) <= 2 else word


def _clause(text: str, at: int) -> tuple[int, int]:
    start = max(text.rfind(mark, 0, at) for mark in ".,;?!") + 1
    ends = [where for mark in ".;?!" if (where := text.find(mark, at)) >= 0]
    return start, min(ends, default=len(text))
