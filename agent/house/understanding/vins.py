"""Vehicle identification numbers read out one character at a time, checked by their own check digit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.house.understanding.numbers import OH, REPEATS, TEENS, TENS, UNITS
from agent.house.understanding.spelling import letter_at
from agent.house.understanding.tokens import tokens

LENGTH = 17
_VALUES = {
    **{str(n): n for n in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7, "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}  # fmt: skip
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_NEVER_USED = str.maketrans("IOQ", "100")
# What sounds alike over a telephone.
_ALIKE = ("BCDEGPTVZ3", "MN", "SFX", "AJKH8", "Y1", "U2", "59", "R4")
_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
_FIRST_YEAR, _CYCLE = 1980, 30
_MAKES = {
    "Honda": "1HG 2HG JHM 5FN 5J6 2HK 1HF 19X SHH", "Acura": "19U JH4 5J8", "Ford": "1FA 1FB 1FC 1FD 1FM 1FT 3FA 2FM",
    "Lincoln": "1LN 5LM 3LN", "Chevrolet": "1G1 1GC 1GN 2G1 3GN 3GC KL8", "GMC": "1GK 1GT 2GK 3GT", "Buick": "1G4 5GA",
    "Cadillac": "1G6 1GY", "Toyota": "4T1 JTD 5TD 2T1 JTE 5TF JTM 4T3 2T3 5YF", "Lexus": "JTH 2T2 JTJ 58A",
    "Nissan": "1N4 1N6 JN8 5N1 3N1 JN1", "Hyundai": "KMH 5NP KM8 5NM", "Kia": "KNA KND 5XY 5XX 3KP",
    "BMW": "WBA WBS 5UX WBX 4US", "Mercedes-Benz": "WDD WDC 4JG 55S W1K WDB", "Subaru": "JF1 JF2 4S3 4S4",
    "Volkswagen": "3VW WVW 1VW WVG", "Jeep": "1C4 1J4 1J8", "Ram": "1C6 3C6", "Chrysler": "2C3 2C4 1C3",
    "Dodge": "2B3 1B3", "Mazda": "JM1 JM3 3MZ 4F2", "Audi": "WA1 WAU TRU", "Volvo": "YV1 YV4", "Tesla": "5YJ 7SA",
    "Mitsubishi": "JA3 JA4 4A3",
}  # fmt: skip
_MAKE_OF = {prefix: make for make, prefixes in _MAKES.items() for prefix in prefixes.split()}
_SAYS_VIN = re.compile(r"\b(?:v\.?i\.?n\.?|vehicle identification(?: number)?)(?![a-z])", re.IGNORECASE)
_BETWEEN = frozenset(
    ["-", ",", ".", "then", "and", "um", "uh", "capital", "letter", "number", "is", "it", "'s", "it's"]
)


@dataclass(frozen=True, slots=True)
class SpokenVin:
    """Characters heard, in order; `complete` ones carry a check digit that is right."""

    characters: str
    mended: bool = False  # one character was not what it sounded like

    @property
    def complete(self) -> bool:
        """Whether this is a whole number that checks."""
        return is_vin(self.characters)


def says_vin(text: str) -> bool:
    """Whether the words are about the vehicle identification number."""
    return _SAYS_VIN.search(text) is not None


def find_vin(text: str, *, asked: bool = False) -> SpokenVin | None:
    """The characters of a VIN in the words; fewer than all of them only when `asked`."""
    runs = sorted(_runs(_SAYS_VIN.sub(" ", text)), key=len, reverse=True)
    best = runs[0] if runs else ""
    if len(best) == LENGTH and (asked or (sum(map(str.isdigit, best)) >= 4 and sum(map(str.isalpha, best)) >= 2)):
        return mended(best)
    return SpokenVin(best) if asked and best else None


def mended(characters: str) -> SpokenVin:
    """As heard when it checks, else with the one change among letters that sound alike that makes it check."""
    heard = characters.upper().translate(_NEVER_USED)
    if is_vin(heard):
        return SpokenVin(heard)
    fits = {
        changed
        for at, character in enumerate(heard)
        for group in _ALIKE
        if character in group
        for other in group
        if other != character and is_vin(changed := heard[:at] + other + heard[at + 1 :])
    }
    return SpokenVin(fits.pop(), mended=True) if len(fits) == 1 else SpokenVin(heard)


def is_vin(characters: str) -> bool:
    """Seventeen allowed characters whose ninth checks the rest."""
    if len(characters) != LENGTH or any(c not in _VALUES for c in characters):
        return False
    total = sum(_VALUES[c] * weight for c, weight in zip(characters, _WEIGHTS, strict=True)) % 11
    return characters[8] == ("X" if total == 10 else str(total))


def make_and_year(vin: str, this_year: int) -> tuple[str | None, int | None]:
    """What a VIN says of the car: who made it and its model year."""
    make = _MAKE_OF.get(vin[:3])
    if vin[9] not in _YEARS:
        return make, None
    year = _FIRST_YEAR + _YEARS.index(vin[9])
    newer = vin[6].isalpha() and year + _CYCLE <= this_year + 1  # North American cars tell the cycle by the seventh
    return make, year + _CYCLE if newer else year


def _runs(text: str) -> list[str]:
    words = [token.word for token in tokens(text)]
    runs, current, i = [], "", 0
    while i < len(words):
        said, after = _character(words, i)
        if said:
            current, i = current + said, after
            continue
        if current and words[i] not in _BETWEEN:
            runs.append(current)
            current = ""
        i += 1
    return [*runs, current] if current else runs


def _character(words: list[str], i: int) -> tuple[str, int]:
    word = words[i]
    if word in REPEATS and i + 1 < len(words):
        once, after = _character(words, i + 1)
        return (once * REPEATS[word], after) if len(once) == 1 else ("", i)
    if word.isdigit():
        return word, i + 1
    if word in UNITS or word in TEENS:
        return str(UNITS.get(word, TEENS.get(word))), i + 1
    if word in TENS:
        unit = UNITS.get(words[i + 1], 0) if i + 1 < len(words) else 0
        return str(TENS[word] + unit), i + 2 if unit else i + 1
    if word in OH:
        return "0", i + 1
    letter = letter_at(words, i)
    if letter is not None and letter[0].isalpha():
        return letter[0].upper(), letter[1]
    mixed = word.isalnum() and word.isascii() and 1 < len(word) <= LENGTH and not _vowelled(word)
    return (word.upper(), i + 1) if mixed else ("", i)


def _vowelled(word: str) -> bool:
    """A word somebody could mean as one, not letters the recogniser ran together."""
    return any(c in "aeiouy" for c in word) and word.isalpha()
