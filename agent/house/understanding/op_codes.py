"""A store's op-code menu: which of its lines a caller's words ask for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.house.understanding.needs import Need, find_needs, plain_words
from agent.house.understanding.numbers import read_cardinal

_INTERVAL = re.compile(r"\b(\d{1,3})(?: ?,? ?000| ?k)\b")


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One line of a store's op-code menu."""

    code: str
    plain_name: str
    keywords: tuple[str, ...] = ()
    need: Need | None = None


@dataclass(frozen=True, slots=True)
class OpCodeMatch:
    """A menu line with how well the words fit it, 0 to 1."""

    item: MenuItem
    score: float


def match_op_codes(text: str, menu: Sequence[MenuItem]) -> list[OpCodeMatch]:
    """Menu lines that fit the words, best first."""
    plain = plain_words(text).text
    words = set(plain.split())
    needs = {mention.need: mention.score for mention in find_needs(text)}
    intervals = {int(match[1]) for match in _INTERVAL.finditer(plain)} | _spoken_intervals(plain)
    found = [OpCodeMatch(item, score) for item in menu if (score := _fit(item, plain, words, needs, intervals)) >= 0.35]
    found.sort(key=lambda match: (-match.score, match.item.code))
    return found


def _fit(item: MenuItem, plain: str, words: set[str], needs: dict[Need, float], intervals: set[int]) -> float:
    own = {int(match[1]) for match in _INTERVAL.finditer(item.plain_name.lower())}
    if own:
        return 0.95 if own & intervals else 0.0
    score = 0.7 * needs[item.need] if item.need in needs and item.need is not None else 0.0
    for phrase in (item.plain_name, *item.keywords):
        wanted = _wanted(phrase)
        parts = [word for word in wanted.split() if len(word) > 2]
        if wanted and re.search(rf"\b{re.escape(wanted)}\b", plain):
            score = max(score, 0.8) + 0.05 * min(len(parts), 4)
        elif len(parts) > 1:
            score = max(score, 0.75 * sum(word in words for word in parts) / len(parts) - 0.1)
    return min(score, 1.0)


@lru_cache(maxsize=2048)
def _wanted(phrase: str) -> str:
    return plain_words(phrase).text


def _spoken_intervals(plain: str) -> set[int]:
    """ "thirty thousand mile service" is the 30 of 30K."""
    words = plain.split()
    found: set[int] = set()
    for i in range(len(words)):
        number = read_cardinal(words, i)
        if number is not None and number[0] >= 1000 and number[0] % 1000 == 0:
            found.add(number[0] // 1000)
    return found
