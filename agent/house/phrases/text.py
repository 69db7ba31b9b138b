"""Text made safe and fit to say."""

from __future__ import annotations

import unicodedata

_LONGEST_FIELD = 200


def plain(text: object, longest: int = _LONGEST_FIELD) -> str:
    """Text from a record made safe to say: one line, nothing invisible, no markup, and not long."""
    words = unicodedata.normalize("NFKC", str(text or ""))
    kept = "".join(" " if c in "\n\r\t" else c for c in words if unicodedata.category(c)[0] != "C" or c in "\n\r\t")
    for mark in "<>{}[]`|\\":
        kept = kept.replace(mark, " ")
    return " ".join(kept.split())[:longest].strip()


def say_digits(digits: str) -> str:
    """Digits one by one, in the groups people use for a telephone number."""
    only = "".join(c for c in digits if c.isdigit())
    groups = [only[:3], only[3:6], only[6:]] if len(only) == 10 else [only]
    return ", ".join(" ".join(group) for group in groups if group)


def sentence(text: str) -> str:
    """With a capital first letter and an end."""
    words = text.strip()
    if not words:
        return ""
    return words[0].upper() + words[1:] + ("" if words[-1] in ".!?" else ".")
