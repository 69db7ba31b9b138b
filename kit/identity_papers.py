"""Finds birth dates and driver's license numbers in free text, written or as a recogniser spells them. Pure."""

import re
from collections.abc import Iterator

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre"
    r"|diciembre)\b\.?"
)
_DIGIT_WORD = (
    r"\b(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine"
    r"|cero|uno|un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)\b"
)
_SMALL_WORD = (
    r"(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety|hundred|thousand"
    r"|diez|doce|trece|catorce|quince|veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|mil"
    r"|(?:cien|novecien)(?:tos)?|dieci\w+|veinti\w+)"
)
_ORDINAL = (
    r"(?:(?:twenty|thirty)?[ -]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|primero)"
)
_SPOKEN = rf"\b(?:{_SMALL_WORD}|{_DIGIT_WORD})\b"
_SPOKEN_RUN = rf"{_SPOKEN}(?:[ ,-]+(?:and |y )?{_SPOKEN}){{0,9}}"
_DAY = rf"(?:(?:the |el )?(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL}|{_SPOKEN}(?:[ -]{_DIGIT_WORD})?)\b)"
_OLD_YEAR = r"(?:19[2-9]\d|200[0-8])"
"""Of people old enough to drive. A full date this old is hardly ever about a visit."""
_SPOKEN_YEAR = rf"(?:nineteen|two thousand(?: and)?|mil novecientos|dos mil)(?:[ -](?:y |and )?{_SPOKEN}){{0,4}}"
_ANY_YEAR = rf"(?:(?:19|20)\d\d|'?\d\d|{_SPOKEN_YEAR}|{_SPOKEN}(?:[ -]{_DIGIT_WORD})?)"
_GAP = r"(?:[ ,]+|,? (?:of|de|del|in|and) )"

_NUMERIC = r"(?:\d{1,2} ?[/.\- ] ?\d{1,2} ?[/.\- ] ?(?:\d{4}|\d{2})|\d{4}[/.\-]\d{1,2}[/.\-]\d{1,2}|\d{6}|\d{8})\b"
_NAMED = (
    rf"(?:{_MONTH}{_GAP}{_DAY}(?:{_GAP}{_ANY_YEAR}\b)?|{_DAY}{_GAP}{_MONTH}(?:{_GAP}{_ANY_YEAR}\b)?"
    rf"|{_MONTH}{_GAP}(?:19|20)\d\d)"
)
_BY_WORDS = rf"(?:{_SPOKEN_RUN}|(?:{_SPOKEN}|\d{{1,2}})(?:[ ,-]+(?:{_SPOKEN}|\d{{1,4}})){{1,6}})"
_BIRTH = (
    r"(?:date of (?:my |her |his |the )?birth|birth ?dates?|birth ?days?|\bd\.?o\.?b\b\.?|\bborn\b|cumplea[nñ]os"
    r"|fecha de nacimiento|\bnac[ií](?:do|da|o)?\b)"
)
_TOWARDS = r"[^\d.;!?\n]{0,28}?"
_BORN = re.compile(rf"{_BIRTH}{_TOWARDS}\b(?P<date>{_NAMED}|{_NUMERIC}|{_BY_WORDS}|(?:19|20)\d\d)(?!\w)", re.I)
_BIRTH_WORD = re.compile(_BIRTH, re.I)
_THEN_BIRTH = re.compile(
    rf"\b(?P<date>{_NAMED}|{_NUMERIC}|{_SPOKEN_RUN}),? (?:is|that's|es|was) (?:my |her |his |the |mi |su )?$", re.I
)
_MAYBE_OLD = re.compile(rf"{_OLD_YEAR}|/[4-9]\d\b|\bnineteen\b", re.I)
_OLD_DATE = re.compile(
    rf"\b(?P<date>\d{{1,2}} ?[/.\-] ?\d{{1,2}} ?[/.\-] ?{_OLD_YEAR}\b|{_OLD_YEAR}[/\-]\d{{1,2}}[/\-]\d{{1,2}}\b"
    rf"|(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])/[4-9]\d\b"
    rf"|{_MONTH}{_GAP}{_DAY}{_GAP}(?:{_OLD_YEAR}\b|nineteen[ -]{_SPOKEN}(?:[ -]{_DIGIT_WORD})?)"
    rf"|{_DAY}{_GAP}{_MONTH}{_GAP}(?:{_OLD_YEAR}\b|nineteen[ -]{_SPOKEN}(?:[ -]{_DIGIT_WORD})?))",
    re.I,
)
_OF_A_CAR = re.compile(
    r"\b(?:bought|purchased?|sold|deliver\w*|in[- ]service|service[ds]?|warranty|built|made|registered|opened|since"
    r"|last (?:visit|seen)|customer since|recall)\b[^.;!?\n]{0,30}$",
    re.I,
)

_PLAIN_LICENSE = r"(?:(?<!plate )licen[sc]e(?!s?\s*(?:plate|tag))|licencia)"
_LICENSE = re.compile(
    rf"(?P<sure>(?:driver'?s?'?|driving|operator'?s?)\s+(?:licen[sc]e|permit|id)(?!s?\s*(?:plate|tag))"
    rf"|\bd\.?l\.?(?=[\s#:.]*(?:number|no\b|num|#|:|is\b|\w?\d))"
    rf"|licencia de (?:conducir|manejo|manejar)|state id"
    rf"|{_PLAIN_LICENSE}\s*(?:number|no\.|num\b|#))|(?P<perhaps>{_PLAIN_LICENSE})",
    re.I,
)
_PHONETIC = (
    r"alpha|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliet|kilo|lima|mike|november|oscar|papa|quebec"
    r"|romeo|sierra|tango|uniform|victor|whiskey|x-?ray|yankee|zulu"
)
_UNIT = (
    rf"(?:\b(?:double|triple) {_DIGIT_WORD}\b|\b(?:{_SPOKEN}|{_PHONETIC})\b|\b[a-z]{{0,5}}\*?\d[a-z0-9*]*\b"
    rf"|(?<!['’])\b[a-z]\b(?!['’])|\b[a-z]{{2,6}}\*+[a-z0-9*]+)"
)
_VALUE = re.compile(rf"{_UNIT}(?:(?:[\s,.*\-]|\bas in \w+|\bdash\b|\bspace\b|\blike \w+){{0,4}}{_UNIT}){{0,24}}", re.I)
_REACH = 48
_DATE_REACH = 100
_SURE_DIGITS, _PERHAPS_DIGITS, _LONGEST = 5, 7, 22


def birth_dates(text: str) -> Iterator[tuple[int, int]]:
    """Dates said to be somebody's birth date, and full dates too long ago to be about a visit."""
    for word in _BIRTH_WORD.finditer(text):
        after = _BORN.match(text, word.start(), word.end() + _DATE_REACH)
        if after:
            yield after.span("date")
            continue
        begin = max(0, word.start() - _DATE_REACH)
        before = _THEN_BIRTH.search(text[begin : word.start()])
        if before:
            yield begin + before.start("date"), begin + before.end("date")
    if _MAYBE_OLD.search(text):
        for found in _OLD_DATE.finditer(text):
            if not _OF_A_CAR.search(text[max(0, found.start() - _REACH) : found.start()]):
                yield found.span("date")


def licenses(text: str) -> Iterator[tuple[int, int]]:
    """Numbers of driver's licenses, by the words before them. The plate of a car is none."""
    for label in _LICENSE.finditer(text):
        sure = label["sure"] is not None
        for value in _VALUE.finditer(text, label.end(), label.end() + _REACH + _LONGEST * 8):
            if value.start() > label.end() + _REACH:
                break
            between = text[label.end() : value.start()].lower()
            if "plate" in between or "tag" in between.split():
                break
            digits = _digits_in(value[0])
            if (_SURE_DIGITS if sure else _PERHAPS_DIGITS) <= digits <= _LONGEST:
                yield value.span()
                break


def _digits_in(value: str) -> int:
    spoken = sum(
        2 if word.startswith("double") else 3 if word.startswith("triple") else 1
        for word in re.findall(rf"\b(?:(?:double|triple) )?{_SPOKEN}\b", value.lower())
    )
    return sum(c.isdigit() for c in value) + spoken
