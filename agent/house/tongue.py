"""Which language to speak: the caller's, kept once heard, changed when they ask or plainly go on in another. Pure."""

from __future__ import annotations

from agent.house.understanding import Language, asked_language, spoken_language

_CHANGED_FOR_GOOD = 2  # one sentence in another language may be said to somebody else


class Tongue:
    """What is known of the caller's language so far."""

    def __init__(self) -> None:
        self._settled: Language | None = None
        self._elsewhere = 0

    def hear(self, text: str, speaking: Language) -> tuple[Language, bool]:
        """The language to go on in, and whether they asked for a change to it."""
        asked, spoken = asked_language(text), spoken_language(text)
        if asked is not None:
            self._settled, self._elsewhere = asked, 0
        elif spoken is speaking:
            self._settled, self._elsewhere = speaking, 0
        elif spoken is not None:
            self._elsewhere += 1
            if self._settled is None or self._elsewhere >= _CHANGED_FOR_GOOD:
                self._settled, self._elsewhere = spoken, 0
        chosen = self._settled or speaking
        return chosen, asked is not None and chosen is not speaking
