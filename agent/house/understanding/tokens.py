"""Words with their places in the text, split the way people glue them: "Dec31", "7pm", "twenty-nine"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\d+|[a-z]+(?:'[a-z]+)*|\S", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """One lower-case word, number or mark; `glued` when no space separates it from what came before."""

    word: str
    start: int
    end: int
    glued: bool


def tokens(text: str) -> list[Token]:
    """The tokens of `text` in order."""
    found: list[Token] = []
    last = -1
    # One character must stay one character for offsets to hold, so lower-casing that changes length is not applied.
    lowered = text.lower()
    source = lowered if len(lowered) == len(text) else text
    for match in _TOKEN.finditer(source):
        found.append(Token(match.group(), match.start(), match.end(), match.start() == last))
        last = match.end()
    return found
