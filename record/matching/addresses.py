"""Street addresses in one form: number, street without its type, unit; pure."""

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from record.matching.names import fold

_UNITS = frozenset({"apt", "apartment", "unit", "ste", "suite", "no", "lot", "spc", "space", "rm", "room", "trlr"})
_TYPES = frozenset(
    "st street ave avenue av rd road dr drive ln lane ct court crt blvd boulevard pl place way cir circle crescent "
    "cres ter terrace pkwy parkway hwy highway sq square trl trail loop cct circuit close cl parade pde grove".split()
)
_DIRECTIONS = {"north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw"}
_DIRECTIONS |= {"southeast": "se", "southwest": "sw"}


@dataclass(frozen=True, slots=True)
class Street:
    """One address line; `name` is the street without number, unit and type, `spelled` with its type and no spaces."""

    number: str
    name: str
    unit: str
    spelled: str = ""


@lru_cache(maxsize=65536)
def street(line: str) -> Street:
    """The parts of an address line; a post-office box is its own kind of street."""
    words = fold(line.replace("#", " apt ")).split()
    if words[:2] == ["p", "o"]:
        words = ["po", *words[2:]]
    unit = ""
    for at, word in enumerate(words):
        if word in _UNITS and at and at + 1 < len(words):
            unit = "".join(word for word in words[at + 1 :] if word not in _UNITS)
            words = words[:at]
            break
    number = next((word for word in words if word[0].isdigit()), "")
    named = [_DIRECTIONS.get(word, word) for word in words if word != number]
    name = [word for word in named if word not in _TYPES] or named
    return Street(number, " ".join(name), unit, "".join(named))


@lru_cache(maxsize=131072)
def same_street(one: Street, other: Street) -> bool:
    """The same house: number equal, street spelled nearly alike, units not two different ones."""
    if not (one.number and one.name and other.name) or one.number != other.number:
        return False
    if one.unit and other.unit and one.unit != other.unit:
        return False
    return near_street(one, other)


@lru_cache(maxsize=131072)
def near_street(one: Street, other: Street) -> bool:
    """The same street, spelled nearly alike, whatever the number."""
    if not one.name or not other.name:
        return False
    if one.name == other.name or fuzz.ratio(one.name, other.name) >= 80:
        return True
    return fuzz.ratio(one.spelled, other.spelled) >= 86


@lru_cache(maxsize=131072)
def alike(one: str, other: str) -> bool:
    """Two names of streets or towns, spelled nearly alike."""
    return bool(one and other) and (one == other or fuzz.ratio(one, other) >= 84)
