"""Texts as carriers count them: the GSM 7-bit alphabet, what can be written in it, and how many segments it takes."""

import math
import unicodedata

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_PLAIN = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u00b4": "'", "`": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-", "\u2212": "-",
    "\u2026": "...", "\u2022": "-", "\u00b7": "-", "\u00d7": "x", "\u00bd": "1/2", "\u00bc": "1/4", "\u00be": "3/4",
    "\u2044": "/", "\u2192": "->", "\u00ae": "", "\u2122": "", "\u00a9": "", "\t": " ",
}  # fmt: skip
_ONE_SEVEN, _PART_SEVEN = 160, 153
_ONE_WIDE, _PART_WIDE = 70, 67


def is_gsm7(text: str) -> bool:
    """Whether a text goes out in 7 bits a character; one that does not costs more than twice as much."""
    return all(c in _BASIC or c in _EXTENDED for c in text)


def normalised(text: str) -> str:
    """The text in that alphabet: typographic marks made plain, accents it lacks dropped, the rest left out."""
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        plain = _PLAIN.get(character, character)
        if not is_gsm7(plain):
            folded = unicodedata.normalize("NFKD", character)
            plain = "".join(_PLAIN.get(c, c) for c in folded)
            plain = "".join(c for c in plain if c in _BASIC or c in _EXTENDED)
        kept.append(plain)
    return "".join(kept)


def segments(text: str) -> int:
    """How many segments the carrier bills; an empty text takes one."""
    if is_gsm7(text):
        size = sum(2 if c in _EXTENDED else 1 for c in text)
        return 1 if size <= _ONE_SEVEN else math.ceil(size / _PART_SEVEN)
    size = len(text.encode("utf-16-be")) // 2
    return 1 if size <= _ONE_WIDE else math.ceil(size / _PART_WIDE)
