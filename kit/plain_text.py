"""Text from strangers made harmless: nothing invisible, nothing that reorders a line, no endless length. Pure."""

import re
import unicodedata

_UNWANTED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
_BLANKS = re.compile(r"[^\S\n]+")


def plain_line(text: str, most: int) -> str:
    """The text on one line of at most `most` characters."""
    return " ".join(plain_text(text, 4 * most).split())[:most].rstrip()


def plain_text(text: str, most: int) -> str:
    """The text without control, zero-width and direction characters; line ends stay, at most `most` characters."""
    text = text[: 4 * most].replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _UNWANTED)
    lines = (_BLANKS.sub(" ", line).strip() for line in kept.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:most].rstrip()
