"""Which of the people we know is speaking: several hearings of a name and a birth date against candidate records."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from rapidfuzz.distance import Levenshtein

from agent.house.understanding.birth_dates import figures, read_parts
from agent.house.understanding.sounds import likeness, spelled_likeness
from agent.house.understanding.spelling import heard_letters, looks_spelled

_LETTERS = re.compile(r"[a-z]+")
_MOST_ALTERNATIVES = 12
_FLOOR = 0.02  # how often one attempt is nothing like what was said
_SHARPNESS = 14.0
_NAMED = 0.86  # a name this close was probably said
_NAMED_WITH_DATE = 0.7  # enough once the birth date is exact
_DATED = 0.9
_HALVES_WITH_DATE = 0.77
_HALVES = 0.94
_AHEAD = 3.0  # log-odds between the best candidate and the next
_FAR_AHEAD = 5.0  # the same when there is nothing but a name


@dataclass(frozen=True, slots=True)
class Heard:
    """One attempt as the recogniser wrote it, with its other guesses, best first."""

    text: str
    alternatives: tuple[str, ...] = ()
    spelled: bool = False

    @property
    def readings(self) -> tuple[str, ...]:
        """Every guess once, best first."""
        return tuple(dict.fromkeys(guess for guess in (self.text, *self.alternatives) if guess))[:_MOST_ALTERNATIVES]


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """Everything heard so far from one caller about who they are."""

    names: tuple[Heard, ...] = ()
    birth_dates: tuple[Heard, ...] = ()
    day_first: bool = False

    def hear_name(self, text: str, alternatives: Sequence[str] = (), *, spelled: bool = False) -> NameEvidence:
        """With one more attempt at the name."""
        return replace(self, names=(*self.names, Heard(text, tuple(alternatives), spelled)))

    def hear_birth_date(self, text: str, alternatives: Sequence[str] = ()) -> NameEvidence:
        """With one more attempt at the birth date."""
        return replace(self, birth_dates=(*self.birth_dates, Heard(text, tuple(alternatives))))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that might be the caller's: only the facts needed to tell, and an opaque key."""

    key: str
    first: str
    last: str
    birth_date: date | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with how well the evidence fits: `score` is a log-likelihood, the others run from 0 to 1.

    `first_score` and `last_score` are the best hearing of each half of the name; `name_score` of both in one breath.
    """

    candidate: Candidate
    score: float
    name_score: float
    first_score: float
    last_score: float
    birth_date_score: float | None = None

    @property
    def halves(self) -> float:
        """How well both halves of the name were heard, wherever."""
        return (self.first_score + self.last_score) / 2


class Verdict(StrEnum):
    """What to do about the ranking."""

    MATCH = "match"
    ASK_AGAIN = "ask_again"
    NO_MATCH = "no_match"


@dataclass(frozen=True, slots=True)
class MatchDecision:
    """The verdict, the record when it is a match, how far ahead of the next it was, and what would settle it."""

    verdict: Verdict
    best: Ranked | None = None
    margin: float = 0.0
    ask_for: str | None = None  # "name" | "spelling" | "birth_date"


def rank_names(evidence: NameEvidence, candidates: Sequence[Candidate], *, this_year: int = 2100) -> list[Ranked]:
    """Candidates by fit, best first."""
    names = [_name_readings(heard) for heard in evidence.names]
    dates = [_DateAttempt(heard, evidence.day_first, this_year) for heard in evidence.birth_dates]
    ranked = [_rank(candidate, names, dates) for candidate in candidates]
    ranked.sort(key=lambda found: (-found.score, found.candidate.key))
    return ranked


def decide(ranked: Sequence[Ranked], evidence: NameEvidence, *, name_is_enough: bool = False) -> MatchDecision:
    """A match only when the best is good in itself and clearly ahead; otherwise what to ask for.

    Namesakes exist, so a name alone settles it only with `name_is_enough`: among the few people of one phone number.
    """
    if not ranked:
        return MatchDecision(Verdict.NO_MATCH)
    best = ranked[0]
    margin = best.score - ranked[1].score if len(ranked) > 1 else math.inf
    dated = best.birth_date_score is not None and best.birth_date_score >= _DATED
    if margin >= _AHEAD and evidence.names:
        if dated and best.name_score >= _NAMED_WITH_DATE and best.halves >= _HALVES_WITH_DATE:
            return MatchDecision(Verdict.MATCH, best, margin)
        both = min(best.first_score, best.last_score) >= _HALVES and best.name_score >= _NAMED
        if name_is_enough and best.birth_date_score is None and both and margin >= _FAR_AHEAD:
            return MatchDecision(Verdict.MATCH, best, margin)
    if best.name_score < 0.55 and not dated:
        return MatchDecision(Verdict.NO_MATCH, None, margin, "name")
    return MatchDecision(Verdict.ASK_AGAIN, None, margin, "spelling" if dated else "birth_date")


def _rank(candidate: Candidate, names: list[list[_Reading]], dates: list[_DateAttempt]) -> Ranked:
    first, last = _plain(candidate.first), _plain(candidate.last)
    fits = [max((reading.fit(first, last) for reading in readings), default=0.0) for readings in names if readings]
    score = sum(_evidence(fit) for fit in fits)
    name_score = max(fits, default=0.0)
    every = [reading for readings in names for reading in readings]
    one = max((reading.half(first, 0) for reading in every), default=0.0)
    two = max((reading.half(last, -1) for reading in every), default=0.0)
    if not dates or candidate.birth_date is None:
        return Ranked(candidate, score, name_score, one, two)
    day = candidate.birth_date
    dated = [attempt.fit(day) for attempt in dates if attempt.heard_anything]
    score += sum(_evidence(fit) for fit in dated)
    return Ranked(candidate, score, name_score, one, two, max(dated, default=0.0))


def _evidence(fit: float) -> float:
    return math.log(_FLOOR * math.exp(-6.0) + (1 - _FLOOR) * math.exp(-_SHARPNESS * (1.0 - fit)))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One guess at a name: its words, the letters it may spell, and how far down the list it stood."""

    words: tuple[str, ...]
    letters: tuple[str, ...]
    discount: float

    def fit(self, first: str, last: str) -> float:
        """How well this guess says the name, 0 to 1."""
        best = self._said(first, last) if self.words else 0.0
        for letters in self.letters:
            for target, share in ((first + last, 1.0), (last + first, 0.98), (first, 0.93), (last, 0.93)):
                if abs(len(letters) - len(target)) <= 0.6 * len(target) + 1:
                    best = max(best, share * spelled_likeness(letters, target))
        return max(0.0, best - self.discount)

    def half(self, name: str, end: int) -> float:
        """How well one half of the name was said: `end` is where a spelling would have it, 0 first or -1 last."""
        best = max((likeness(word, name) for word in self.words), default=0.0)
        for letters in self.letters:
            piece = letters[: len(name)] if end == 0 else letters[-len(name) :]
            best = max(best, spelled_likeness(piece, name))
        return max(0.0, best - self.discount)

    def _said(self, first: str, last: str) -> float:
        words = self.words
        best = 0.93 * max(max(likeness(word, first), likeness(word, last)) for word in words)
        for cut in range(1, len(words)):
            head, tail = "".join(words[:cut]), "".join(words[cut:])
            for a, b in ((first, last), (last, first)) if cut == 1 else ((first, last),):
                one, two = likeness(head, a), likeness(tail, b)
                best = max(best, (one + two) / 2 if min(one, two) > 0.45 else 0.0)
        if len(words) > 2:
            one, two = likeness(words[-2], first), likeness(words[-1], last)
            best = max(best, (one + two) / 2 - 0.02)
        return best


def _name_readings(heard: Heard) -> list[_Reading]:
    found = []
    for rank, text in enumerate(heard.readings):
        words = tuple(_LETTERS.findall(text.lower().replace("'", "")))[:6]
        spelled = heard.spelled or looks_spelled(text)
        letters = heard_letters(text) if spelled or len(words) > 2 else ()
        found.append(_Reading(() if spelled else words, letters, min(0.1, 0.008 * rank)))
    return found


class _DateAttempt:
    """One attempt at a birth date, read once and asked about many candidates."""

    def __init__(self, heard: Heard, day_first: bool, this_year: int) -> None:
        readings = heard.readings
        self._parts = [
            (parts, min(0.15, 0.01 * rank))
            for rank, text in enumerate(readings)
            for parts in read_parts(text, day_first, min(this_year, 2100))
        ]
        self._figures = [run for run in dict.fromkeys(figures(text) for text in readings) if len(run) >= 4]
        self._day_first = day_first
        self.heard_anything = bool(self._parts or self._figures)

    def fit(self, day: date) -> float:
        """How well this attempt says the date, 0 to 1."""
        best = 0.0
        for parts, discount in self._parts:
            right = (parts.day == day.day) + (parts.month == day.month) + (parts.year == day.year)
            unheard = (parts.day is None) + (parts.month is None) + (parts.year is None)
            value = {3: 1.0, 2: 0.75 if unheard else 0.6, 1: 0.35, 0: 0.0}[right] - discount
            if right == 3:
                value -= 0.25 * (1.0 - parts.weight)
            best = max(best, value)
        if best < 0.9 and self._figures:
            best = max(best, self._by_figures(day))
        return best

    def _by_figures(self, day: date) -> float:
        best = 0.0
        order = ("%d%m%Y", "%m%d%Y") if self._day_first else ("%m%d%Y", "%d%m%Y")
        for rank, form in enumerate(order):
            target = day.strftime(form)
            for run in self._figures:
                if abs(len(run) - 8) <= 2:
                    distance = Levenshtein.distance(run, target)
                    best = max(best, {0: 1.0, 1: 0.86, 2: 0.68}.get(distance, 0.3) - 0.08 * rank)
        return best


def _plain(name: str) -> str:
    return "".join(_LETTERS.findall(name.lower()))
