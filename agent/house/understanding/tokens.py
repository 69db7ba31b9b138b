"""Words with their places in the text, split the way people glue them: "Dec31", "7pm", "twenty-nine"."""

from __future__ import annotations

import re
from collections.abc import Container
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


def without_hyphens(toks: list[Token], between: Container[str]) -> list[Token]:
    """The tokens with the hyphens gone that glue two of these words: "twenty-fourteen" is two number words."""
    return [
        token
        for i, token in enumerate(toks)
        if not (token.word == "-" and 0 < i < len(toks) - 1 and _joins(toks[i - 1], token, toks[i + 1], between))
    ]


def _joins(before: Token, hyphen: Token, after: Token, between: Container[str]) -> bool:
    return hyphen.glued and after.glued and before.word in between and after.word in between
