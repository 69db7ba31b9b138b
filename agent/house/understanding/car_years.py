"""The year said beside a car: "2008", "twenty eighteen", "'19", "oh eight"."""

from __future__ import annotations

from agent.house.understanding.numbers import OH, TEENS, TENS, UNITS, full_year, read_cardinal
from agent.house.understanding.numbers import read_year as read_plain_year

OWNING = frozenset("my our his her a an the your wife's husband's son's daughter's mom's dad's their".split())
_STARTS = frozenset([",", ".", "it's", "its", "is", "have", "got", "drive", "own", "for"])
_NOT_YEARS = frozenset(["am", "pm", "a", "p", ":", "miles", "o'clock", "or", "to", "-", "/", "percent", "%", "k"])


def read_year(words: list[str], i: int) -> tuple[int, int] | None:
    """The year at word `i`, also figure by figure ("one nine nine eight") and as "2K5"."""
    return read_plain_year(words, i) or _by_figure(words, i) or _two_k(words, i) or _by_halves(words, i)


def _by_figure(words: list[str], i: int) -> tuple[int, int] | None:
    figures = [_figure(word) for word in words[i : i + 4]]
    beside = [*words[max(0, i - 1) : i], *words[i + 4 : i + 5]]
    if len(figures) < 4 or "" in figures or any(_figure(word) for word in beside):
        return None  # a part of a longer number
    year = int("".join(figures))
    return (year, i + 4) if 1950 <= year <= 2039 else None


def _figure(word: str) -> str:
    if word in OH:
        return "0"
    return str(UNITS[word]) if word in UNITS else word if len(word) == 1 and word.isdigit() else ""


def _two_k(words: list[str], i: int) -> tuple[int, int] | None:
    after = words[i + 2 : i + 3]
    if words[i : i + 2] == ["2", "k"] and after and after[0].isdigit() and len(after[0]) <= 2:
        return 2000 + int(after[0]), i + 3
    return None


def _by_halves(words: list[str], i: int) -> tuple[int, int] | None:
    """ "19 ninety nine", "20 eighteen", "20 18": the century and the rest written apart."""
    if words[i : i + 1] not in (["19"], ["20"]) or i + 1 >= len(words):
        return None
    rest = read_cardinal(words, i + 1)
    two = rest is not None and 10 <= rest[0] <= 99 and words[i + 1] not in ("hundred",)
    if rest is None or not two or (words[i] == "20" and rest[0] > 39):
        return None
    figures = words[i + 1].isdigit()
    if figures and (words[rest[1] : rest[1] + 1] and words[rest[1]] in _NOT_YEARS):
        return None
    return int(words[i] + f"{rest[0]:02d}"), rest[1]


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
        if found is not None and found[1] == i and (not start or words[start - 1] in OWNING | _STARTS):
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
    if found is not None:
        return found if words[found[1] : found[1] + 1] not in (["-"], ["miles"], ["dollars"]) else None
    return _short_after(words, j)


def _short_after(words: list[str], j: int) -> tuple[int, int] | None:
    """ "Tahoe 04", "CTS oh eight"; "Silverado 15" only when nothing follows that could make a time of it."""
    if words[j : j + 1] and words[j] in OH and words[j + 1 : j + 2] and words[j + 1] in UNITS:
        return (2000 + UNITS[words[j + 1]], j + 2) if words[j + 2 : j + 3] != [":"] else None
    if j >= len(words) or not words[j].isdigit() or len(words[j]) != 2:
        return None
    after, year = words[j + 1 : j + 2], full_year(int(words[j]))
    if after and after[0] in _NOT_YEARS or year < 1960:
        return None
    return (year, j + 1) if not after or words[j][0] == "0" or year < 2000 else None
