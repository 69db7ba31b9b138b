"""The words being read and the moment they are read at: what every rule of the date grammar looks at."""

from __future__ import annotations

from datetime import date, datetime

from agent.house.understanding.time_words import respelled, spoken_apart
from agent.house.understanding.tokens import Token, tokens

_COUNTABLE = frozenset(
    """people persons person men women guys miles mile dollars dollar bucks percent degrees times cars car trucks
    truck kids things items doors door cylinders cylinder years year months month weeks week days day hours hour
    minutes minute mins min seconds second inches inch feet quarts quart gallons gallon tires tire wheels wheel of
    quote quotes different other more hundred thousand million k mph psi keys stars phones letters points""".split()
)


class Phrase:
    """Tokens with safe access past either end."""

    __slots__ = ("_starts", "now", "numbers", "text", "today", "tokens", "words")

    def __init__(self, text: str, now: datetime) -> None:
        self.text = text = spoken_apart(text)
        self.now = now
        self.today: date = now.date()
        self.tokens: list[Token] = tokens(text)
        self.words: list[str] = [respelled(token.word) for token in self.tokens]
        self.numbers: frozenset[str] = frozenset(w for w in self.words if w.isascii() and w.isdigit())
        self._starts = {token.start: index for index, token in enumerate(self.tokens)}

    def word(self, i: int) -> str:
        """The word at `i`, or an empty string outside."""
        return self.words[i] if 0 <= i < len(self.words) else ""

    def glued(self, i: int) -> bool:
        """Whether token `i` follows the one before without a space."""
        return 0 < i < len(self.tokens) and self.tokens[i].glued

    def glued_to_word(self, i: int) -> bool:
        """Whether token `i` is the tail of a longer word or number: "cc6", "$4", "1.5"."""
        before = self.word(i - 1)
        if not self.glued(i) or not before:
            return False
        if before[-1].isalnum() or before in ("$", "#", "&", "=", "_"):
            return True
        return before in (".", ":") and self.glued(i - 1) and self.word(i - 2) in self.numbers

    def index_at(self, offset: int) -> int | None:
        """The token that starts at or after a character offset; None when the offset falls inside a token."""
        for step in range(3):
            if offset + step in self._starts:
                return self._starts[offset + step]
            if not self.text[offset + step : offset + step + 1].isspace():
                break
        return len(self.tokens) if offset >= len(self.text.rstrip()) else None

    def is_counted(self, i: int) -> bool:
        """Whether the word at `i` makes the number before it a count of something, not a time."""
        word = self.word(i)
        if word == "of":
            return False
        return word in _COUNTABLE or word in ("%", "$") or (word == "-" and self.word(i + 1) in _COUNTABLE)
