"""Listening noises: words said over the agent's speech that ask for no answer; pure."""

import re

_NOISES = frozenset(
    "uh huh um hmm hm mm mhm mmhmm mmm yeah yep yes ok okay right sure alright gotcha oh ah aha i see "
    "got it great good cool".split()
)
_WORD = re.compile(r"[^\W_]+")


def is_backchannel(text: str) -> bool:
    """True for "uh-huh", "okay, right" and the like, and for nothing at all."""
    words = _WORD.findall(text.lower())
    return len(words) <= 4 and all(word in _NOISES for word in words)


def is_wordless(text: str) -> bool:
    """A cough or a door, which answers nothing, whatever was asked."""
    return _WORD.search(text) is None
