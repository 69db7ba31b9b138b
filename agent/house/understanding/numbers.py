"""Spoken numbers to values and back: "seventy six thousand", "twenty nineteen", "oh eight", "the fifteenth"."""

from __future__ import annotations

from collections.abc import Sequence

UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
ORDINAL_UNITS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
}  # fmt: skip
ORDINAL_TEENS = {
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
}  # fmt: skip
ORDINAL_TENS = {"twentieth": 20, "thirtieth": 30}
OH = frozenset({"oh", "o", "zero", "0"})
REPEATS = {"double": 2, "triple": 3, "treble": 3}
NUMBER_WORDS = frozenset({*UNITS, *TEENS, *TENS, "oh", "o", "hundred", "thousand"})
_SUFFIXES = frozenset({"st", "nd", "rd", "th"})
_SMALL = {**UNITS, **TEENS}
_UNIT_WORDS = {value: word for word, value in _SMALL.items()}
_TEN_WORDS = {value: word for word, value in TENS.items() if word != "fourty"}
_ORDINAL_WORDS = {value: word for word, value in {**ORDINAL_UNITS, **ORDINAL_TEENS, **ORDINAL_TENS}.items()}

Parsed = tuple[int, int]
"""A value and the index of the word after it."""


def read_cardinal(words: Sequence[str], i: int) -> Parsed | None:
    """The number starting at word `i`: digits ("76,000", "76 thousand") or words up to the millions."""
    found = _below_hundred(words, i)
    if found is None:
        if i < len(words) and words[i] in ("hundred", "thousand"):
            found = (1, i)
        elif i + 1 < len(words) and words[i] == "a" and words[i + 1] in ("hundred", "thousand"):
            found = (1, i + 1)
        else:
            return None
    total, part, i = 0, found[0], found[1]
    while i < len(words):
        word = words[i]
        if word == "hundred" and part < 100:
            part, i = part * 100, i + 1
        elif word in ("thousand", "grand", "k") and 0 < part < 1000 and total == 0:
            total, part, i = part * 1000, 0, i + 1
        elif word == "million" and 0 < part < 1000 and total == 0:
            total, part, i = part * 1_000_000, 0, i + 1
        else:
            step = i + 1 if word == "and" else i
            more = _below_hundred(words, step)
            if more is None or not _fits_after(total, part, words[step - 1 if step == i else i - 1], more[0]):
                break
            part, i = part + more[0], more[1]
    return total + part, i


def read_ordinal(words: Sequence[str], i: int) -> Parsed | None:
    """ "fifteenth", "twenty first", "twenty-first", "15th"."""
    if i >= len(words):
        return None
    word = words[i]
    for table in (ORDINAL_UNITS, ORDINAL_TEENS, ORDINAL_TENS):
        if word in table:
            return table[word], i + 1
    if word.isascii() and word.isdigit() and len(word) <= 2 and i + 1 < len(words) and words[i + 1] in _SUFFIXES:
        return int(word), i + 2
    if word in TENS:
        j = i + 2 if i + 1 < len(words) and words[i + 1] == "-" else i + 1
        if j < len(words) and words[j] in ORDINAL_UNITS:
            return TENS[word] + ORDINAL_UNITS[words[j]], j + 1
    return None


def read_year(words: Sequence[str], i: int) -> Parsed | None:
    """ "2019", "twenty nineteen", "two thousand and eight", "nineteen ninety-five", "twenty oh eight"."""
    if i >= len(words):
        return None
    word = words[i]
    if word.isascii() and word.isdigit():
        return (int(word), i + 1) if len(word) == 4 and 1900 <= int(word) <= 2099 else None
    if word == "two" and words[i + 1 : i + 2] == ["thousand"]:
        found = read_cardinal(words, i)
        return found if found is not None and 2000 <= found[0] <= 2099 else None
    if word in ("nineteen", "twenty"):
        century = 1900 if word == "nineteen" else 2000
        if i + 2 < len(words) and words[i + 1] in OH and words[i + 2] in UNITS:
            return century + UNITS[words[i + 2]], i + 3
        rest = _below_hundred(words, i + 1)
        if rest is not None and rest[0] >= 10 and not words[i + 1].isdigit():
            return century + rest[0], rest[1]
        if words[i + 1 : i + 2] == ["hundred"] and word == "nineteen":
            return 1900, i + 2
    return None


def read_short_year(words: Sequence[str], i: int) -> Parsed | None:
    """ "'19", "oh eight", "ninety nine": a car's year with the century left out."""
    if i + 1 < len(words) and words[i] in OH and words[i + 1] in UNITS:
        return 2000 + UNITS[words[i + 1]], i + 2
    if words[i : i + 1] == ["'"] and i + 1 < len(words) and words[i + 1].isdigit() and len(words[i + 1]) == 2:
        return full_year(int(words[i + 1])), i + 2
    rest = _below_hundred(words, i)
    if rest is not None and rest[0] >= 10:
        return full_year(rest[0]), rest[1]
    return None


def full_year(two_digits: int) -> int:
    """The year within living memory of cars: 27 and below are this century."""
    return two_digits + (2000 if two_digits <= 27 else 1900)


def spoken_digits(words: Sequence[str], i: int) -> tuple[str, int]:
    """The longest run of digits from word `i`: "five five five", "double five", "oh one", "12"."""
    digits = ""
    while i < len(words):
        word = words[i]
        if word in REPEATS and i + 1 < len(words):
            one, after = spoken_digits(words[: i + 2], i + 1)
            if len(one) != 1:
                break
            digits, i = digits + one * REPEATS[word], after
        elif word.isascii() and word.isdigit():
            digits, i = digits + word, i + 1
        elif word in OH:
            digits, i = digits + "0", i + 1
        else:
            found = _below_hundred(words, i)
            if found is None:
                break
            value, i = found
            if i < len(words) and words[i] == "hundred":
                value, i = value * 100, i + 1
            digits += str(value)
    return digits, i


def parse_number(text: str) -> int | None:
    """The whole text as one number, or None."""
    words = text.lower().replace("-", " ").replace(",", "").split()
    for read in (read_ordinal, read_cardinal):
        found = read(words, 0)
        if found is not None and found[1] == len(words):
            return found[0]
    return None


def number_words(value: int) -> str:
    """0 to 999,999 as spoken."""
    if value < 20:
        return _UNIT_WORDS[value]
    if value < 100:
        rest = value % 10
        return _TEN_WORDS[value - rest] + (f" {_UNIT_WORDS[rest]}" if rest else "")
    if value < 1000:
        rest = value % 100
        return f"{_UNIT_WORDS[value // 100]} hundred" + (f" {number_words(rest)}" if rest else "")
    rest = value % 1000
    return f"{number_words(value // 1000)} thousand" + (f" {number_words(rest)}" if rest else "")


def ordinal_words(value: int) -> str:
    """1 to 39 as spoken: "twenty first"."""
    if value in _ORDINAL_WORDS:
        return _ORDINAL_WORDS[value]
    rest = value % 10
    return f"{_TEN_WORDS[value - rest]} {_ORDINAL_WORDS[rest]}"


def year_words(year: int) -> str:
    """1900 to 2099 as spoken: "nineteen ninety five", "two thousand eight", "twenty nineteen"."""
    century, rest = divmod(year, 100)
    if century == 20 and rest < 10:
        return "two thousand" + (f" {_UNIT_WORDS[rest]}" if rest else "")
    if rest < 10:
        return f"{number_words(century)} " + (f"oh {_UNIT_WORDS[rest]}" if rest else "hundred")
    return f"{number_words(century)} {number_words(rest)}"


def _below_hundred(words: Sequence[str], i: int) -> Parsed | None:
    if i >= len(words):
        return None
    word = words[i]
    if word.isascii() and word.isdigit():
        if len(word) > 9:
            return None
        value, i = int(word), i + 1
        while value and i + 1 < len(words) and words[i] == "," and len(words[i + 1]) == 3 and words[i + 1].isdigit():
            if value >= 1_000_000:
                break
            value, i = value * 1000 + int(words[i + 1]), i + 2
        return value, i
    if word in _SMALL:
        return _SMALL[word], i + 1
    if word in TENS:
        j = i + 2 if i + 1 < len(words) and words[i + 1] == "-" else i + 1
        if j < len(words) and words[j] in UNITS and UNITS[words[j]]:
            return TENS[word] + UNITS[words[j]], j + 1
        return TENS[word], i + 1
    return None


def _fits_after(total: int, part: int, before: str, more: int) -> bool:
    """Whether `more` may be added: only under a hundred or a thousand just said, and smaller than it."""
    if part == 0:
        return total > 0 and more < 1000
    return part % 100 == 0 and part >= 100 and before == "hundred" and more < 100
