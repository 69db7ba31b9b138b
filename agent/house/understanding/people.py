"""Names callers give themselves, said or spelled."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from agent.house.understanding.common_words import COMMON
from agent.house.understanding.day_values import MONTHS
from agent.house.understanding.days import WEEKDAYS
from agent.house.understanding.numbers import TEENS, TENS, UNITS
from agent.house.understanding.sounds import likeness
from agent.house.understanding.spelling import looks_spelled, spelled_letters

_NAME = r"[^\W\d_](?:[^\W\d_]|['\-](?=[^\W\d_]))*"
_WORD = re.compile(rf"{_NAME}\.?|\d+|[^\w\s]")
_STRONG = re.compile(
    r"\b(?:(?:my|the|full|customer|her|his)\s+name(?:'s|\s+is|s|\s+which\s+is)?(?:\s+it's)?|name\s+is|name's|name\s+of|"
    r"under(?:\s+the\s+name(?:\s+of)?)?|you're\s+speaking\s+(?:with|to)|call\s+me|booked\s+for|appointment\s+(?:is\s+)?for|"
    r"booking\s+for)\s*[:,]?\s+",
    re.I,
)
_WEAK = re.compile(r"\b(?:this\s+is|it's|its|it\s+is|i'm|i\s+am|im|that's|here\s+is|me,|speaking\s+with)\s+", re.I)
_FIRST = re.compile(rf"\bfirst\s+(?:name\s*)?(?:is\s+|'s\s+|was\s+)?(?:it's\s+)?(?P<name>{_NAME})", re.I)
_LAST = re.compile(rf"\b(?:last|sur|family)\s*(?:name\s*)(?:is\s+|'s\s+|was\s+)?(?:it's\s+)?(?P<name>{_NAME})", re.I)
_TWO_CAPITALS = re.compile(rf"(?<![.?!] )(?<!^)\b(?=[A-Z])({_NAME}) (?=[A-Z])({_NAME})\b")
_THEN_BOTH = re.compile(rf"\s*[.,;…]+\s*(?:that's\s+|it's\s+)?({_NAME}) ({_NAME})\b(?!\s*['\d])")
_WITH_A_LETTER = re.compile(r",?\s+with (?:an?|one|two) ['\"]?[A-Za-z]['\"]?(?:'s)?(?:,|(?=\s|$|\.))", re.I)
_LAST_OF_A_LIST = re.compile(rf",\s*(?=[A-Z])({_NAME}) (?=[A-Z])({_NAME})[.!]?\s*$")
_FILLER = frozenset(
    """yes yeah yep sure ok okay uh um er well so hi hello hey oh it's its that's that is my name the full i'm this
    please of course certainly absolutely right correct name's alright great no sorry actually under for and
    put use make book list write down it""".split()
)
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "mr.", "mrs.", "ms.", "dr.", "doctor", "professor"})
_SUFFIXES = frozenset({"jr", "sr", "jr.", "sr.", "junior", "senior", "iii", "ii"})
_PARTICLES = frozenset(
    {"de", "la", "del", "van", "von", "der", "da", "di", "st", "al", "el", "bin", "mc", "mac", "le", "dos", "san"}
)
# Family names that are everyday words as well: taken as a name only where a name belongs.
_ALSO_NAMES = frozenset({"brown", "black", "white", "green", "gray", "grey", "long", "silver", "love"})
_NUMBERS = frozenset({*UNITS, *TENS, *TEENS, "oh", "double", "triple"})


@dataclass(frozen=True, slots=True)
class SpokenName:
    """A name out of one utterance; either part may be missing."""

    first: str | None
    last: str | None
    text: str
    start: int
    end: int
    spelled: bool = False
    score: float = 1.0

    @property
    def full(self) -> str:
        """First and last as written."""
        return " ".join(part for part in (self.first, self.last) if part)


def find_names(text: str, *, asked: bool = False) -> list[SpokenName]:
    """Names the caller claims, best first. With `asked`, a bare answer ("Dana Ortiz") counts as well."""
    text = _WITH_A_LETTER.sub(lambda match: " " * len(match.group()), text)
    found: list[SpokenName] = []
    parts = _first_and_last(text)
    if parts is not None:
        found.append(parts)
    for match in _STRONG.finditer(text):
        _keep(found, _name_at(text, match.end(), strict=False, score=0.95, led=True))
    cased = any(c.isupper() for c in text[1:]) and not text.isupper()
    for match in _WEAK.finditer(text):
        _keep(found, _name_at(text, match.end(), strict=True, score=0.75, cased=cased))
    if asked and not found and not _starts_spelled(text):
        _keep(found, _answer(text))
    if not found:
        _keep(found, _signed(text))
    found = [_respelled(_said_in_full(name, text), text) for name in found]
    if not found and (asked or "spell" in text.lower()):
        found = _only_spelled(_runs(text), text)
    found.sort(key=lambda name: (-name.score, name.start))
    return found


def _signed(text: str) -> SpokenName | None:
    """A name at the end of a list of facts: "oil change, Wednesday at eight, drop off, Lena Fuchs"."""
    match = _LAST_OF_A_LIST.search(text)
    if match is None or text.isupper() or not (_is_name(match[1]) and _is_name(match[2])):
        return None
    return SpokenName(match[1], match[2], f"{match[1]} {match[2]}", match.start(1), match.end(2), score=0.55)


def _said_in_full(name: SpokenName, text: str) -> SpokenName:
    """ "Bond, James Bond", "uh Kim... Kim Larsen", "Bob. Robert Tillman": one name, then both."""
    if (name.first and name.last) or name.end <= name.start:
        return name
    after = _THEN_BOTH.match(text, name.end)
    if after is None or not (_is_name(after[1]) and _is_name(after[2])):
        return name
    cased = after[1][0].isupper() and after[2][0].isupper()
    same = name.full.lower() in (after[1].lower(), after[2].lower())
    if not (same or (cased and not text.isupper())):
        return name
    end = after.end(2)
    return replace(name, first=_cased(after[1]), last=_cased(after[2]), text=text[name.start : end], end=end)


def _starts_spelled(text: str) -> bool:
    """Letters from the first word on; "Siobhan, that's s i o b h a n" starts with the name."""
    words = [match.group() for match in _WORD.finditer(text) if match.group().lower() not in _FILLER]
    return looks_spelled(text) and (not words or len(words[0].rstrip(".")) < 3 or not _is_name(words[0]))


def _only_spelled(runs: list[str], text: str) -> list[SpokenName]:
    """One run of letters may be either half of a name, two runs are both."""
    if len(runs) == 2:
        return [SpokenName(_cased(runs[0]), _cased(runs[1]), text, 0, len(text), spelled=True, score=0.6)]
    return [SpokenName(None, _cased(run), text, 0, len(text), spelled=True, score=0.6) for run in runs]


def _keep(found: list[SpokenName], name: SpokenName | None) -> None:
    if name is not None and all(name.full != other.full and name.start != other.start for other in found):
        found.append(name)


def _first_and_last(text: str) -> SpokenName | None:
    first = _FIRST.search(text) if "name" in text.lower() or "last" in text.lower() else None
    last = _LAST.search(text)
    if first is not None and (not _is_name(first["name"]) or (last is None and "first name" not in text.lower())):
        first = None
    if last is not None and not _is_name(last["name"]) and last["name"].lower() not in _ALSO_NAMES:
        last = None
    if first is None and last is None:
        return None
    found = [match for match in (first, last) if match is not None]
    start, end = min(m.start() for m in found), max(m.end() for m in found)
    return SpokenName(
        _cased(first["name"]) if first is not None else None,
        _cased(last["name"]) if last is not None else None,
        text[start:end], start, end, score=0.97,
    )  # fmt: skip


def _name_at(
    text: str, at: int, *, strict: bool, score: float, cased: bool = False, led: bool = False
) -> SpokenName | None:
    """The one to four name words that start at `at`; `led` by words such as "my name is"."""
    words: list[re.Match[str]] = []
    for match in _WORD.finditer(text, at):
        word = match.group()
        lowered = word.lower().rstrip(".")
        if not words and lowered in _TITLES:
            continue
        if not word[0].isalpha() or (len(lowered) == 1 and not _initial(text, match, words)):
            break
        if lowered in _SUFFIXES and words:
            words.append(match)
            break
        if (
            not _is_name(lowered)
            and not (words and lowered in _PARTICLES)
            and not _oddly_named(text, match, strict, led)
            and not (words and lowered in _ALSO_NAMES and word[0].isupper() and not text.isupper())
            and not (words and _capital_after_capital(text, words[-1], match))
        ):
            break
        if cased and not word[0].isupper() and lowered not in _PARTICLES:
            break
        if (
            strict
            and not words
            and (lowered.endswith("ing") and len(lowered) > 5 or (lowered.endswith("ed") and len(lowered) > 5))
        ):
            break
        words.append(match)
        if word.endswith(".") and lowered not in _SUFFIXES and len(lowered) > 1 or len(words) == 5:
            break
    while words and words[-1].group().lower() in _PARTICLES:
        words.pop()
    if not words or (strict and len(words) == 1 and not cased and not _ends(text, words[0].end())):
        return None
    return _made(text, words, score)


def _capital_after_capital(text: str, before: re.Match[str], match: re.Match[str]) -> bool:
    """ "Ned Low." at the end of what was said: the capital makes the everyday word a name."""
    lowered = match.group().lower()
    both = before.group()[0].isupper() and match.group()[0].isupper() and not text.isupper()
    return both and lowered not in WEEKDAYS and lowered not in _FILLER and not text[match.end() :].strip(" .!?")


def _oddly_named(text: str, match: re.Match[str], strict: bool, led: bool) -> bool:
    """A name that is also a word, when capitals say it is a name: "Will Williamson", "Great John"."""
    rest = re.match(rf"\s+({_NAME})", text[match.end() :])
    if strict or rest is None or not match.group()[0].isupper() or text.isupper():
        return False
    return rest[1][0].isupper() and rest[1].lower() not in COMMON and (led or match.group().lower() not in _FILLER)


def _ends(text: str, at: int) -> bool:
    rest = text[at:].lstrip()
    return (
        not rest
        or rest[0] in ".,!?;"
        or rest.lower().startswith(("from", "with", "and", "here", "calling", "again", "i ", "i'm"))
    )


def _initial(text: str, match: re.Match[str], words: list[re.Match[str]]) -> bool:
    """A middle initial, not the start of a spelling: "John Q Public", "James T. Kirk"."""
    rest = text[match.end() :].lstrip(". ")
    nxt = re.match(r"\w+", rest)
    return bool(words) and len(words) == 1 and nxt is not None and len(nxt.group()) > 2 and nxt.group()[0].isupper()


def _made(text: str, words: list[re.Match[str]], score: float) -> SpokenName:
    words = [match for k, match in enumerate(words) if not k or match.group().lower() != words[k - 1].group().lower()]
    names = [match.group().rstrip(".") for match in words]
    start, end = words[0].start(), words[-1].start() + len(names[-1])
    particle = next((k for k, name in enumerate(names) if k and name.lower() in _PARTICLES), None)
    lead = names[:particle] if particle is not None else names[:1]
    first = " ".join(_cased(name) for name in lead)
    rest = [name for name in names[len(lead) :] if len(name) > 1]
    last = " ".join(_cased(name) for name in rest) or None
    return SpokenName(first, last, text[start:end], start, end, score=score)


def _answer(text: str) -> SpokenName | None:
    """The name in a bare answer, past "yes, it's"."""
    at = 0
    for match in _WORD.finditer(text):
        if match.group().lower() not in _FILLER and match.group()[0].isalnum():
            at = match.start()
            break
    name = _name_at(text, at, strict=False, score=0.8)
    alone = text[at:].strip(" .,!?")
    if name is None and alone.lower() in _ALSO_NAMES:
        return SpokenName(None, _cased(alone), alone, at, at + len(alone), score=0.7)
    if name is None or len(name.full) < 2:
        return _capitals(text)
    return name


def _capitals(text: str) -> SpokenName | None:
    """Two capitalised words in a row somewhere in a longer answer: "it'll be my wife, Dana Ortiz, who comes"."""
    if text.isupper():
        return None
    for match in _TWO_CAPITALS.finditer(text):
        if _is_name(match[1]) and _is_name(match[2]):
            return SpokenName(match[1], match[2], match.group(), match.start(), match.end(), score=0.6)
    return None


def _respelled(name: SpokenName, text: str) -> SpokenName:
    """The spelling that follows a name corrects the half of it that it fits."""
    for run in _runs(text):
        letters = re.sub(r"[^a-z']", "", run)
        if letters == re.sub(r"[^a-z]", "", name.full.lower()):
            return replace(name, spelled=True)  # the same, and better written: O'Dwyer
        fits = {
            half: likeness(letters.replace("'", ""), (value or "").lower().replace("'", ""))
            for half, value in (("first", name.first), ("last", name.last))
        }
        half = max(fits, key=lambda key: fits[key])
        whole = likeness(letters, (name.full or "").lower().replace(" ", ""))
        if whole > max(fits.values()) and name.first is not None and name.last is not None:
            name = _spelled_out(name, letters)
            continue
        if fits[half] >= 0.5:
            name = replace(name, spelled=True, first=_cased(letters) if half == "first" else name.first,
                           last=_cased(letters) if half == "last" else name.last)  # fmt: skip
        elif name.last is None and name.first is not None:
            name = replace(name, spelled=True, last=_cased(letters))
    return name


def _spelled_out(name: SpokenName, letters: str) -> SpokenName:
    """Both halves out of one run of letters, cut where they fit best."""
    first, last = (name.first or "").lower(), (name.last or "").lower()
    at = max(range(1, len(letters)), key=lambda k: likeness(letters[:k], first) + likeness(letters[k:], last))
    return replace(name, spelled=True, first=_cased(letters[:at]), last=_cased(letters[at:]))


def _runs(text: str) -> list[str]:
    return [run for run in spelled_letters(text) if len(run) >= 2]


def _is_name(word: str) -> bool:
    lowered = word.lower().rstrip(".")
    if lowered.endswith("'s") or lowered in COMMON or lowered in _NUMBERS or lowered in WEEKDAYS:
        return False
    return len(lowered) >= 2 and (lowered not in MONTHS or lowered in ("april", "may", "june", "august", "jan"))


def _cased(name: str) -> str:
    """ "o'neil" -> "O'Neil", "smith-jones" -> "Smith-Jones"; anything with its own capitals is left alone."""
    if any(c.isupper() for c in name[1:]) and not name.isupper():
        return name
    parts = re.split(r"(['\- ])", name.lower())
    return "".join(part.capitalize() if len(part) > 1 or part == parts[0] else part for part in parts)
