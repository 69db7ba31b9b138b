"""The year said beside a car: "2008", "twenty eighteen", "'19", "oh eight"."""

from __future__ import annotations

from agent.house.understanding.numbers import TEENS, TENS, UNITS, full_year, read_cardinal, read_year

OWNING = frozenset("my our his her a an the your wife's husband's son's daughter's mom's dad's their".split())


def year_before(words: list[str], i: int) -> tuple[int, int] | None:
    """The year that ends right before word `i`, and where it starts."""
    for back in (1, 2, 3, 4):
        start = i - back
        if start < 0:
            break
        found = read_year(words, start) or _old_year(words, start)
        if found is not None and found[1] == i:
            return found[0], start
    if i >= 2 and words[i - 2] in ("'", "`") and words[i - 1].isdigit() and len(words[i - 1]) == 2:
        return full_year(int(words[i - 1])), i - 2
    if i >= 2 and words[i - 2] in ("oh", "o") and words[i - 1] in UNITS:
        return 2000 + UNITS[words[i - 1]], i - 2
    if (
        i >= 1
        and words[i - 1].isdigit()
        and len(words[i - 1]) == 2
        and words[i - 2 : i - 1] not in ([":"], ["-"], ["/"])
    ):
        return full_year(int(words[i - 1])), i - 1
    if i >= 2 and words[i - 1] in UNITS and words[i - 2] in TENS or (i >= 1 and words[i - 1] in TEENS):
        start = i - 2 if words[i - 1] in UNITS else i - 1
        found = read_cardinal(words, start)
        if found is not None and found[1] == i and words[start - 1 : start] and words[start - 1] in OWNING:
            return full_year(found[0]), start
    return None


def _old_year(words: list[str], i: int) -> tuple[int, int] | None:
    return (
        None
        if not (words[i].isdigit() and len(words[i]) == 4 and "1900" <= words[i] <= "2099")
        else (int(words[i]), i + 1)
    )


def year_after(words: list[str], i: int) -> tuple[int, int] | None:
    j = i
    while j < len(words) and words[j] in (",", "from", "a", "it's", "the", "year", "is", "and", "-") and j - i < 3:
        j += 1
    if words[j : j + 1] == ["'"] and j + 1 < len(words) and words[j + 1].isdigit() and len(words[j + 1]) == 2:
        return full_year(int(words[j + 1])), j + 2
    found = read_year(words, j)
    return (
        found if found is not None and words[found[1] : found[1] + 1] not in (["-"], ["miles"], ["dollars"]) else None
    )
