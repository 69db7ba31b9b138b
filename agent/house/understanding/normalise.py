"""Text as every other module here reads it: plain quotes and spaces, nothing invisible, and never too long."""

from __future__ import annotations

import unicodedata

LONGEST = 1_600  # nobody says more in one turn, and every rule below is linear in this
_PLAIN = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u00a0": " "}


def normalise(text: str) -> str:
    """One line of composed Unicode without control or invisible characters, at most LONGEST long."""
    composed = unicodedata.normalize("NFKC", text[:LONGEST])
    kept = (
        _PLAIN.get(c, c) if unicodedata.category(c)[0] != "C" else (" " if c in "\n\r\t\x00" else "") for c in composed
    )
    return " ".join("".join(kept).split())[:LONGEST]
