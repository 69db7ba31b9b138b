"""Words about time as people mistype them and recognisers bend them, read as what they were meant to be."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from agent.house.understanding.numbers import NUMBER_WORDS

_MEANT = tuple(
    """monday tuesday wednesday thursday friday saturday sunday tomorrow yesterday morning afternoon january february
    september october november december thanksgiving""".split()
)
_FORMS = frozenset(form for word in _MEANT for form in (word, f"{word}s", f"{word}'s"))
_NUMBER = "|".join(sorted(NUMBER_WORDS | {"oh"}, key=len, reverse=True))
_HYPHEN = re.compile(rf"\b({_NUMBER})-(?=(?:{_NUMBER})\b)", re.IGNORECASE)
_APART = re.compile(
    r"(?P<lead>\b(?:at|around|about|by|before|after|say|make it|until|till)\s+|^\W*)"
    r"(?P<hour>1[0-2]|0?[1-9]) (?P<minute>[0-5][05])\b(?! ?[-/\d])"
    r"(?=\s*(?:[ap]\b|[ap]\.? ?m|[.,?!]|$|please|or|on|would|works|is|if|in))",
    re.IGNORECASE,
)
_SHORTEST = 6
_LONG = 8  # long enough to be known with two letters wrong


@lru_cache(maxsize=4096)
def respelled(word: str) -> str:
    """The word about time this is one slip away from ("thrusday"), or the word itself."""
    if len(word) < _SHORTEST or not word.isalpha() or word in _FORMS:
        return word
    for meant in _MEANT:
        slips = 2 if len(meant) >= _LONG and len(word) >= _LONG - 1 else 1
        if word[0] == meant[0] and DamerauLevenshtein.distance(word, meant, score_cutoff=slips) <= slips:
            return meant
    return word


def spoken_apart(text: str) -> str:
    """ "Four-thirty" and "at 9 30" as the clock rules read them; every character stays where it was."""
    return _APART.sub(r"\g<lead>\g<hour>:\g<minute>", _HYPHEN.sub(r"\1 ", text))
