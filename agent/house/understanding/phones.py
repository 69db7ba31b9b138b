"""US telephone numbers as spoken or typed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.house.understanding.numbers import NUMBER_WORDS, OH, REPEATS, TEENS, TENS, UNITS, spoken_digits
from agent.house.understanding.tokens import Token, tokens, without_hyphens

_BETWEEN = frozenset(
    """- . ( ) , + / ? dash hyphen dot slash space pause then and um uh er erm ah hmm area code number the is it's its
    right ok okay yeah so""".split()
)
_ALSO_TO = {"to": "2", "too": "2", "for": "4", "ate": "8", "won": "1"}
_CUES = frozenset(
    ["number", "phone", "cell", "reach", "call", "mobile", "text", "callback", "telephone", "digits", "contact"]
)
_COUNTS = frozenset(["miles", "mile", "dollars", "dollar", "bucks", "percent", "km", "%", "thousand", "k"])
_CORRECTS = re.compile(r"\b(?:no|sorry|i mean|i meant|actually|make that|scratch that|correction|wait)\b", re.I)
_NOT_THIS = re.compile(r"\b(?:not|isn't|instead of|rather than)\s+(?:it's\s+)?$", re.I)
_LAST = re.compile(r"\b(?:last|ends?(?: in| with)?|ending)\b", re.I)
_COUNT_OF_DIGITS = re.compile(r"\b(last|first) (?:two|three|four|[234])\b(?: digits?)?", re.I)
_AREA = re.compile(r"\barea code\b", re.I)
_NANP = re.compile(r"[2-9]\d\d[2-9]\d{6}")


@dataclass(frozen=True, slots=True)
class SpokenPhone:
    """A number heard: ten digits when complete, fewer when the caller stopped or left out the area code."""

    digits: str
    text: str
    start: int
    end: int
    confidence: float

    @property
    def complete(self) -> bool:
        """Whether it can be dialled as it is: area codes and exchanges never begin with 0 or 1."""
        return _NANP.fullmatch(self.digits) is not None

    @property
    def e164(self) -> str | None:
        """+1 and ten digits, when complete."""
        return f"+1{self.digits}" if self.complete else None


@dataclass(frozen=True, slots=True)
class _Group:
    digits: str
    start: int
    end: int


def find_phones(text: str, *, asked: bool = False) -> list[SpokenPhone]:
    """Telephone numbers in the words, best first; never a mileage, year or price.

    Short and odd runs of digits count only with `asked`, or beside words like "my number is".
    """
    toks = _tokens(text)
    cued = asked or any(token.word in _CUES for token in toks)
    found: list[SpokenPhone] = []
    for run, after in _runs(toks):
        found += _numbers_in(text, _area_first(text, run), after, cued)
    found.sort(key=lambda phone: (-phone.complete, -phone.confidence, phone.start))
    return _corrected(text, found)


def digits_said(text: str) -> str:
    """Every digit of a telephone number in the words, in order, however few."""
    return "".join(group.digits for run, _ in _runs(_tokens(text)) for group in run)


def is_area_code(text: str) -> bool:
    """Whether the words name an area code."""
    return _AREA.search(text) is not None


def correct_phone(known: str, text: str) -> str | None:
    """The number after a partial correction ("no, the last four are oh one one three"), or None when it is not one."""
    whole = find_phones(text, asked=True)
    if whole and whole[0].complete and whole[0].confidence > 0.5:
        return whole[0].digits
    figures = _COUNT_OF_DIGITS.sub(r"\1", text)
    said = "".join(group.digits for run, _ in _runs(_tokens(figures)) for group in run)
    if len(known) != 10 or not said:
        return None
    if _AREA.search(text) and len(said) == 3:
        return said + known[3:]
    if len(said) == 7:
        return known[:3] + said
    if len(said) == 8 and said[:4] == known[-4:]:  # "0113, not 0131" said the other way round
        said = said[4:]
    if len(said) == 4 or (_LAST.search(text) and 1 <= len(said) <= 4):
        return known[: -len(said)] + said
    return None


def _tokens(text: str) -> list[Token]:
    return without_hyphens(tokens(text), NUMBER_WORDS)


def _runs(toks: list[Token]) -> list[tuple[list[_Group], str]]:
    """Stretches of digit groups with nothing but little words between, and the word after each."""
    words = [token.word for token in toks]
    runs: list[tuple[list[_Group], str]] = []
    current: list[_Group] = []
    i = 0
    while i < len(toks):
        digits, after = _group(words, i, bool(current))
        if digits:
            if current and (toks[i].start - current[-1].end > 24 or sum(len(g.digits) for g in current) > 28):
                runs.append((current, words[i]))
                current = []
            current.append(_Group(digits, toks[i].start, toks[after - 1].end))
            i = after
            continue
        if current and words[i] not in _BETWEEN:
            runs.append((current, words[i]))
            current = []
        i += 1
    if current:
        runs.append((current, ""))
    return runs


def _area_first(text: str, run: list[_Group]) -> list[_Group]:
    """ "555 0199, area code 503"."""
    ahead = "".join(group.digits for group in run[:-1])
    if len(run) > 1 and len(ahead) == 7 and len(run[-1].digits) == 3:
        if _AREA.search(text[run[-2].end : run[-1].start]):
            return [_Group(run[-1].digits, run[0].start, run[0].start), *run[:-1]]
    return run


def _group(words: list[str], i: int, inside: bool) -> tuple[str, int]:
    word = words[i]
    if word.isascii() and word.isdigit():
        return (word, i + 1) if len(word) <= 15 else ("", i)
    if word in UNITS or word in TENS or word in TEENS or word in REPEATS or (word in OH and word != "0"):
        if word in ("o", "oh") and not inside:
            return "", i
        return spoken_digits(words[: i + 3], i) if word in REPEATS else _one(words, i)
    if inside and word in _ALSO_TO and i + 1 < len(words) and (words[i + 1] in UNITS or words[i + 1] in OH):
        return _ALSO_TO[word], i + 1
    return "", i


def _one(words: list[str], i: int) -> tuple[str, int]:
    """One spoken number: "five", "fifty five", "eight hundred", "two thousand and one"."""
    end = i + 1
    if words[i] in TENS and end < len(words) and words[end] in UNITS and UNITS[words[end]]:
        end += 1
    digits, _ = spoken_digits(words[i:end], 0)
    if end < len(words) and words[end] in ("hundred", "thousand") and len(digits) <= 2:
        whole = words[end] == "thousand"
        digits, end = digits + ("000" if whole else "00"), end + 1
        rest = end + 1 if words[end : end + 1] == ["and"] else end
        if whole and len(digits) == 4 and rest < len(words) and words[rest] in NUMBER_WORDS - OH:
            ones, after = spoken_digits(words[rest : rest + 2], 0)
            if 0 < len(ones) <= 2:
                return digits[: -len(ones)] + ones, rest + after
    return digits, end


def _numbers_in(text: str, run: list[_Group], after: str, cued: bool) -> list[SpokenPhone]:
    found: list[SpokenPhone] = []
    i = 0
    while i < len(run):
        j, digits = i, ""
        while j < len(run) and len(digits) < 10:
            digits, j = digits + run[j].digits, j + 1
            if len(digits) == 10 and digits[0] == "1" and j < len(run) and len(run[j].digits) < 4:
                digits, j = digits + run[j].digits, j + 1
        if len(digits) == 11 and digits[0] == "1":
            digits = digits[1:]
        if len(digits) == 10 and _NANP.fullmatch(digits):
            found.append(_phone(text, run[i:j], digits, 0.95))
            i = j
            continue
        i += 1
    if found:
        return found
    digits = "".join(group.digits for group in run)
    if not cued or after in _COUNTS or len(digits) < 7 or len(digits) > 15:
        return []
    confidence = 0.5 if len(digits) == 7 and digits[0] not in "01" else 0.35
    return [_phone(text, run, digits if len(digits) <= 10 else digits[:10], confidence)]


def _phone(text: str, groups: list[_Group], digits: str, confidence: float) -> SpokenPhone:
    start, end = groups[0].start, groups[-1].end
    return SpokenPhone(digits, text[start:end], start, end, confidence)


def _corrected(text: str, found: list[SpokenPhone]) -> list[SpokenPhone]:
    """ "602 555 0113, no, 0114": the later figures replace the end of the first number, or all of it."""
    meant = [phone for phone in found if not _NOT_THIS.search(text[: phone.start])]
    found = meant or found
    whole = sorted((phone for phone in found if phone.complete), key=lambda phone: phone.start)
    if len(whole) == 2 and _CORRECTS.search(text[whole[0].end : whole[1].start]):
        return [whole[1]]
    if len(found) != 1 or not found[0].complete:
        return found
    first = found[0]
    rest = text[first.end :]
    cue = _CORRECTS.search(rest)
    if cue is None:
        return found
    groups = [group for run, _ in _runs(_tokens(rest[cue.end() :])) for group in run]
    said = "".join(group.digits for group in groups)
    if len(said) not in (3, 4, 7) or (len(said) == 3 and not _AREA.search(rest)):
        return found
    digits = said + first.digits[3:] if len(said) == 3 else first.digits[: -len(said)] + said
    return [SpokenPhone(digits, text[first.start :], first.start, len(text), 0.85)]
