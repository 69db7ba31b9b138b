"""Words about time as people mistype them and recognisers bend them, read as what they were meant to be."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

_MEANT = tuple(
    """monday tuesday wednesday thursday friday saturday sunday tomorrow yesterday morning afternoon january february
    september october november december thanksgiving""".split()
)
_FORMS = frozenset(form for word in _MEANT for form in (word, f"{word}s", f"{word}'s"))
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
