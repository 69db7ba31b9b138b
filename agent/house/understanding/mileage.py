"""The odometer reading in a caller's words."""

from __future__ import annotations

from agent.house.understanding.numbers import TEENS, TENS, UNITS, read_cardinal, read_year
from agent.house.understanding.tokens import tokens


def find_mileage(text: str) -> int | None:
    """The odometer reading, when the words say it is one; not a service interval or a distance to drive."""
    words = [token.word for token in tokens(text)]
    cued = any(word in ("mileage", "odometer", "miles", "mile", "mi", "miled") for word in words)
    for i in range(len(words)):
        if not (
            words[i].isdigit()
            or words[i] in UNITS
            or words[i] in TENS
            or words[i] in TEENS
            or words[i] in ("a", "hundred")
        ):
            continue
        found = read_cardinal(words, i)
        if found is None:
            continue
        value, after = found
        if (
            words[i - 1 : i] == ["-"]
            or words[after : after + 1] in (["-"], ["%"])
            or words[i - 1 : i] in (["$"], ["every"])
        ):
            continue
        unit = words[after] if after < len(words) else ""
        following = words[after + 1 : after + 2]
        if unit in ("miles", "mile", "mi") and following not in (
            ["service"],
            ["maintenance"],
            ["checkup"],
            ["away"],
            ["from"],
        ):
            if 400 <= value < 1_000_000:
                return value
        elif cued and value >= 1000 and unit not in ("mile", "miles") and not read_year(words, i):
            return value
        elif (
            value >= 10_000
            and words[after - 1] in ("k", "thousand")
            and words[i - 1 : i] in (["has"], ["at"], ["about"], ["got"])
        ):
            return value
    return None
