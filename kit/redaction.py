"""Takes out of a text what nobody may keep: cards, security codes, social security, account and license numbers, birth
dates. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kit.identity_papers import birth_dates, licenses

CARD = "[card number removed]"
SECURITY_CODE = "[security code removed]"
SOCIAL_SECURITY = "[social security number removed]"
ACCOUNT = "[account number removed]"
BIRTH_DATE = "[birth date removed]"
LICENSE = "[license number removed]"

_WORDS = {
    "zero": "0",
    "oh": "0",
    "o": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "cero": "0",
    "uno": "1",
    "dos": "2",
    "tres": "3",
    "cuatro": "4",
    "cinco": "5",
    "seis": "6",
    "siete": "7",
    "ocho": "8",
    "nueve": "9",
}
_TENS = {
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "thirteen": "13",
    "fourteen": "14",
    "fifteen": "15",
    "sixteen": "16",
    "seventeen": "17",
    "eighteen": "18",
    "nineteen": "19",
    "twenty": "20",
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "seventy": "70",
    "eighty": "80",
    "ninety": "90",
}
_REPEATS = {"double": 2, "triple": 3}
_SPOKEN = "|".join([*_WORDS, *_TENS])
_TOKEN = re.compile(rf"[0-9]+|\b(?:(?:double|triple)\s+(?:[0-9]\b|(?:{'|'.join(_WORDS)})\b)|(?:{_SPOKEN})\b)", re.I)
# What people and recognisers put between the groups of one number.
_BETWEEN = re.compile(r"(?:[\s,.\-\u2010-\u2015_/·]|\b(?:dash|and|then|uh|um|space)\b){0,12}", re.I)

_SOCIAL_WORDS = re.compile(r"\b(?:social(?:\s+security)?|ssn|s\.s\.n\.?|tax(?:payer)?\s+id|seguro\s+social)\b", re.I)
_CODE_WORDS = re.compile(
    r"\b(?:cvv2?|cvc2?|cvn|csc|security\s+code|card\s+code|verification\s+(?:code|value)"
    r"|(?:code|number|digits)\s+on\s+the\s+back|pin)\b",
    re.I,
)
_ACCOUNT_WORDS = re.compile(r"\b(?:routing|checking|savings|bank|account)\s+(?:account\s+)?(?:number|no\.?|#)", re.I)
_REACH = 60
"""How many characters after its name a number may start and still be that number."""


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    digits: str


def redact(text: str) -> str:
    """The text with each such number replaced by what it was; everything else stays letter by letter."""
    runs = list(_runs(text))
    for find in (_cards, _socials, _codes, _accounts):
        if not runs:
            break
        replaced = _replace(text, runs, find)
        if replaced != text:
            text, runs = replaced, list(_runs(replaced))
    return _without_papers(text)


def _without_papers(text: str) -> str:
    for find, label in ((licenses, LICENSE), (birth_dates, BIRTH_DATE)):
        parts: list[str] = []
        at = 0
        for start, end in sorted(find(text)):
            if start >= at:
                parts += [text[at:start], label]
                at = end
        text = "".join([*parts, text[at:]])
    return text


def luhn(digits: str) -> bool:
    """Whether the digits end in the check digit payment cards use."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_Found = tuple[int, int, str]


def _replace(text: str, runs: list[list[_Token]], find: Callable[[str, list[_Token]], Iterator[_Found]]) -> str:
    parts: list[str] = []
    at = 0
    for run in runs:
        for start, end, label in find(text, run):
            if start < at:
                continue
            parts += [text[at:start], label]
            at = end
    return "".join([*parts, text[at:]])


def _runs(text: str) -> Iterator[list[_Token]]:
    """Neighbouring groups of digits, written or spoken, as they may belong to one number."""
    run: list[_Token] = []
    for match in _TOKEN.finditer(text):
        token = _Token(match.start(), match.end(), _digits(match[0]))
        if run and not _BETWEEN.fullmatch(text, run[-1].end, token.start):
            yield run
            run = []
        run.append(token)
    if run:
        yield run


def _digits(token: str) -> str:
    word = token.lower()
    if word[0] in "0123456789":
        return word
    if word in _WORDS:
        return _WORDS[word]
    if word in _TENS:
        return _TENS[word]
    times, digit = word.split()
    return _WORDS.get(digit, digit) * _REPEATS[times]


def _cards(_text: str, run: list[_Token]) -> Iterator[_Found]:
    at = 0
    while at < len(run):
        size = _card_at(run, at)
        if size:
            yield run[at].start, run[at + size - 1].end, CARD
        at += size or 1


def _card_at(run: list[_Token], at: int) -> int:
    """How many groups from `at` on are one card number; the longest wins. 0 when none."""
    if [len(token.digits) for token in run[at : at + 3]] == [3, 3, 4]:
        return 0  # a telephone number, and perhaps a second one after it
    spoken, written, best = "", "", 0
    before = run[at].digits
    for size, token in enumerate(run[at:], start=1):
        spoken, written = _joined(spoken, token.digits, before), written + token.digits
        before = token.digits
        if len(spoken) > 19 and size > 1:
            break
        whole = at == 0 and size == len(run)
        if _holds_card(spoken, whole=whole) or _holds_card(written, whole=whole):
            best = size
    return best


def _joined(digits: str, more: str, before: str) -> str:
    """ "forty two" is 42: a spoken ten takes the one digit after it."""
    if digits and len(before) == 2 and before[1] == "0" and before[0] in "23456789" and len(more) == 1 and more != "0":
        return digits[:-1] + more
    return digits + more


def _holds_card(digits: str, *, whole: bool) -> bool:
    if len(digits) > 19:  # written without a gap, together with something else
        return any(_is_card(digits[i : i + n]) for n in range(13, 20) for i in range(len(digits) - n + 1))
    return _is_card(digits) or (whole and 13 <= len(digits) <= 19 and luhn(digits))


def _is_card(digits: str) -> bool:
    """Length, first digits and check digit of the networks in use."""
    size, two, four = len(digits), int(digits[:2] or 0), int(digits[:4] or 0)
    known = (
        (size in (16, 19) and digits[0] == "4")
        or (size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))
        or (size == 15 and two in (34, 37))
        or (size in (14, 16, 19) and (two in (36, 38, 39) or 3000 <= four <= 3059))
        or (16 <= size <= 19 and (four == 6011 or two in (62, 64, 65, 81)))
        or (16 <= size <= 19 and 3528 <= four <= 3589)
        or (16 <= size <= 19 and two in (50, 56, 57, 58, 60, 61, 63, 67, 68))
    )
    return known and luhn(digits)


def _socials(text: str, run: list[_Token]) -> Iterator[_Found]:
    shapes = [len(token.digits) for token in run]
    for at in range(len(run) - 2):
        gaps = {text[run[i].end : run[i + 1].start].strip() for i in (at, at + 1)}
        if shapes[at : at + 3] == [3, 2, 4] and gaps <= {"-", "", "\u2013", "."}:
            yield run[at].start, run[at + 2].end, SOCIAL_SECURITY
            return
    total = sum(shapes)
    if total in (4, 9) and _named(text, run, _SOCIAL_WORDS):
        yield run[0].start, run[-1].end, SOCIAL_SECURITY


def _codes(text: str, run: list[_Token]) -> Iterator[_Found]:
    if sum(len(token.digits) for token in run) in (3, 4) and _named(text, run, _CODE_WORDS):
        yield run[0].start, run[-1].end, SECURITY_CODE


def _accounts(text: str, run: list[_Token]) -> Iterator[_Found]:
    if 6 <= sum(len(token.digits) for token in run) <= 17 and _named(text, run, _ACCOUNT_WORDS):
        yield run[0].start, run[-1].end, ACCOUNT


def _named(text: str, run: list[_Token], words: re.Pattern[str]) -> bool:
    """Whether the number's kind was said just before it, with no other number in between."""
    before = text[max(0, run[0].start - _REACH) : run[0].start]
    named = None
    for named in words.finditer(before):  # noqa: B007 - the last one counts
        pass
    return named is not None and not _TOKEN.search(before, named.end())
