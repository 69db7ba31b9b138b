"""Spanish put into the English words this package reads; names, spellings and what nobody knows stay as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from agent.house.understanding.languages import without_accents
from agent.house.understanding.numbers import number_words
from agent.house.understanding.spanish_numbers import HUNDREDS, LETTERS, MONTHS, TEENS, TENS, UNITS, WEEKDAYS
from agent.house.understanding.spanish_phrases import PHRASES

_TOKEN = re.compile(r"\d+(?:[:.,/-]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[^\w\s]")
_OPENERS = {ord("¿"): " ", ord("¡"): " "}
_NAMING = frozenset({"my name is", "last name is"})
# What ends a name somebody gives, and what is not one however it was led up to.
_AFTER_NAME = frozenset(
    """y e con quiero quisiera necesito tengo tiene para pero porque mi mis por es estoy llamo llamaba se deletrea
    numero telefono cita carro gracias""".split()
)
_NO_NAME = frozenset(
    """cliente nuevo nueva de el la un una yo no si quien muy aqui espanol ingles usted alguien
    duda pues bueno""".split()
)
_LONGEST_NAME = 5
_LEADS = frozenset({"yes", "hello", "no", "thanks", "my name is", "last name is", ""})
_NEXT = frozenset({"proximo", "proxima", "siguiente", "entrante"})


def in_english(text: str, *, name_asked: bool = False) -> str:
    """The utterance in English words, mention by mention. With `name_asked`, what leads nowhere else is a name."""
    return _Reader(text, name_asked).read()


@dataclass(frozen=True, slots=True)
class _Token:
    raw: str
    plain: str


class _Reader:
    """Goes through an utterance once; every rule answers with English words and how many tokens they stand for."""

    def __init__(self, text: str, name_asked: bool) -> None:
        self._tokens = [
            _Token(match.group(), without_accents(match.group())) for match in _TOKEN.finditer(text.translate(_OPENERS))
        ]
        self._plain = [token.plain for token in self._tokens]
        self._name_next = name_asked
        self._only_leads = name_asked

    def read(self) -> str:
        """All of it."""
        said: list[str] = []
        i = 0
        while i < len(self._tokens):
            spelled = self._spelled(i)
            named = 0 if spelled else self._name(i)
            if named:
                said += [token.raw for token in self._tokens[i : i + named]]
                self._name_next = self._only_leads = False
                i += named
                continue
            words, taken = spelled or self._hour(i) or self._date(i) or self._phrase(i) or self._number(i) or ("", 0)
            if not taken:
                words, taken = self._tokens[i].raw, 1
            self._after(words)
            said.append(words)
            i += taken
        return re.sub(r" (?=[.,;:?!])", "", " ".join(word for word in said if word))

    def _after(self, words: str) -> None:
        if words in _NAMING:
            self._name_next, self._only_leads = True, False
        elif not (self._only_leads and (words in _LEADS or not words.isalnum())):
            self._name_next = self._only_leads = False

    # -- names and letters ---------------------------------------------------------------------------------------

    def _name(self, i: int) -> int:
        """How many tokens of a name start here."""
        if not self._name_next or self._word(i) in _NO_NAME or self._word(i) in _AFTER_NAME:
            return 0
        found = _longest(tuple(self._plain[i : i + _LONGEST])) if self._only_leads else None
        if found is not None and found[0] in _LEADS:
            return 0
        taken = 0
        while taken < _LONGEST_NAME and self._word(i + taken).isalpha() and self._word(i + taken) not in _AFTER_NAME:
            if taken and self._spelled(i + taken):
                break
            taken += 1
        return taken

    def _spelled(self, i: int) -> tuple[str, int] | None:
        """Letters said one by one: "efe ele o ere", "b de burro, e, te"."""
        letters: list[str] = []
        sure, j = 0, i
        while j < len(self._tokens):
            word = self._word(j)
            if word == "," and letters:
                j += 1
                continue
            double = word in ("doble", "dos") and self._word(j + 1) in LETTERS
            at = j + 1 if double else j
            if word == "doble" and self._word(j + 1) in ("u", "ve", "v"):
                letters, sure, j = [*letters, "w"], sure + 1, j + 2
                continue
            if self._word(at) == "i" and self._word(at + 1) == "griega":
                letters, sure, j = [*letters, "y"], sure + 1, at + 2
                continue
            letter = LETTERS.get(self._word(at)) or (self._word(at) if len(self._word(at)) == 1 else "")
            if not letter.isalpha():
                break
            letters += [letter] * (2 if double else 1)
            sure += len(self._word(at)) > 2 or self._word(at) not in ("a", "e", "o", "u", "i", "y", "de", "te", "ve")
            j = at + 1
            if self._word(j) in ("de", "como") and self._word(j + 1)[:1] == letter and len(self._word(j + 1)) > 2:
                sure, j = sure + 1, j + 2
        if len(letters) < 3 or sure < 2:
            return None
        return " ".join(letters), j - i

    # -- numbers, hours, dates -----------------------------------------------------------------------------------

    def _hour(self, i: int) -> tuple[str, int] | None:
        """ "nueve y media", "diez menos cuarto", "cuarto para las diez"."""
        start = i + 1 if self._word(i) == "un" and self._word(i + 1) == "cuarto" else i
        minutes = (15, start + 1) if self._word(start) == "cuarto" else self._value(start)
        if minutes and self._word(minutes[1]) == "para" and self._word(minutes[1] + 1) in ("las", "la"):
            hour = self._value(minutes[1] + 2, hour=True)
            if hour and 1 <= hour[0] <= 12 and minutes[0] < 60:
                return f"{(hour[0] - 2) % 12 + 1}:{60 - minutes[0]:02d}", hour[1] - i
        hour = self._value(i, hour=self._word(i - 1) in ("la", "las"))
        if hour is None or not 1 <= hour[0] <= 23:
            return None
        link, after = self._word(hour[1]), hour[1] + 1
        led = self._word(i - 1) in ("la", "las")
        if link == "y" and self._word(after) == "media":
            return f"{hour[0]}:30", after + 1 - i
        if link in ("y", "menos") and self._word(after) == "cuarto":
            return self._clock(hour[0], 15 if link == "y" else -15), after + 1 - i
        past = self._value(after) if link in ("y", "menos") and led else None
        if past and 1 <= past[0] < 60:
            return self._clock(hour[0], past[0] if link == "y" else -past[0]), past[1] - i
        past = self._value(hour[1]) if led else None
        if past and 10 <= past[0] < 60:
            return self._clock(hour[0], past[0]), past[1] - i
        if led:
            return (str(hour[0]) if hour[0] > 12 else number_words(hour[0])), hour[1] - i
        return None

    @staticmethod
    def _clock(hour: int, minutes: int) -> str:
        if minutes < 0:
            hour, minutes = (hour - 2) % 12 + 1, 60 + minutes
        return f"{hour}:{minutes:02d}"

    def _date(self, i: int) -> tuple[str, int] | None:
        """ "el 15 de diciembre", "el quince", "martes 24", "el martes que viene"."""
        j = i + 1 if self._word(i) in ("el", "este", "los", "del", "al") else i
        coming = "next " if self._word(j) in _NEXT else "this " if self._word(i) == "este" else ""
        j += self._word(j) in _NEXT
        weekday = WEEKDAYS.get(self._word(j))
        if weekday:
            return self._on_weekday(i, j + 1, coming + weekday)
        if coming:
            return None
        led = j > i or self._word(i) == "dia"
        j += self._word(j) == "dia"
        day = self._value(j)
        if day is None or not 1 <= day[0] <= 31:
            return None
        month = MONTHS.get(self._word(day[1] + 1)) if self._word(day[1]) == "de" else None
        if month:
            return self._in_year(f"{month} {day[0]}", day[1] + 2, i)
        if led and self._word(i) != "los" and self._word(day[1]) not in ("para", ":"):
            return f"the {day[0]}th", day[1] - i
        return None

    def _on_weekday(self, i: int, j: int, said: str) -> tuple[str, int]:
        if self._word(j) in _NEXT or self._plain[j : j + 2] == ["que", "viene"]:
            return "next " + said, j + (1 if self._word(j) in _NEXT else 2) - i
        day = self._value(j)
        if day is not None and 1 <= day[0] <= 31 and self._word(day[1]) == "de" and self._word(day[1] + 1) in MONTHS:
            return self._in_year(f"{said}, {MONTHS[self._word(day[1] + 1)]} {day[0]}", day[1] + 2, i)
        if day is not None and 1 <= day[0] <= 31 and self._word(j) not in ("a", "y"):
            return f"{said} the {day[0]}th", day[1] - i
        return said, j - i

    def _in_year(self, said: str, j: int, i: int) -> tuple[str, int]:
        year = self._value(j + 1) if self._word(j) in ("de", "del") else None
        if year is not None and 1990 <= year[0] <= 2100:
            return f"{said}, {year[0]}", year[1] - i
        return said, j - i

    def _number(self, i: int) -> tuple[str, int] | None:
        found = self._value(i)
        if found is None or self._tokens[i].raw[0].isdigit():
            return None
        return (number_words(found[0]) if found[0] < 20 else str(found[0])), found[1] - i

    def _value(self, i: int, *, hour: bool = False) -> tuple[int, int] | None:
        """The number that starts at `i`, and what comes after it. "Una" counts only as an hour."""
        word = self._word(i)
        if word.isdigit():
            return (int(word), i + 1) if len(word) <= 4 else None
        if word in ("un", "una", "uno") and not (hour or word == "uno"):
            return None
        thousands = None
        if word == "mil":
            thousands = (1000, i + 1)
        elif word in UNITS and self._word(i + 1) == "mil":
            thousands = (UNITS[word] * 1000, i + 2)
        if thousands:
            rest = self._below_thousand(thousands[1])
            return (thousands[0] + rest[0], rest[1]) if rest else thousands
        return self._below_thousand(i)

    def _below_thousand(self, i: int) -> tuple[int, int] | None:
        if self._word(i) in HUNDREDS:
            rest = self._below_hundred(i + 1)
            return (HUNDREDS[self._word(i)] + rest[0], rest[1]) if rest else (HUNDREDS[self._word(i)], i + 1)
        return self._below_hundred(i)

    def _below_hundred(self, i: int) -> tuple[int, int] | None:
        word = self._word(i)
        if word in TENS:
            unit = UNITS.get(self._word(i + 2)) if self._word(i + 1) == "y" else None
            return (TENS[word] + unit, i + 3) if unit and word != "veinte" else (TENS[word], i + 1)
        value = TEENS.get(word, UNITS.get(word))
        if word == "primero" and self._word(i + 1) != "de":
            return None  # the first one, not the first of a month
        return (value, i + 1) if value is not None else None

    def _phrase(self, i: int) -> tuple[str, int] | None:
        return _longest(tuple(self._plain[i : i + _LONGEST]))

    def _word(self, i: int) -> str:
        return self._plain[i] if 0 <= i < len(self._plain) else ""


def _table() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    english = ""
    for line in PHRASES.splitlines():
        if not line.strip():
            continue
        if line.startswith("="):
            english = line.removeprefix("=").strip()
            continue
        for phrase in line.split(";"):
            found.setdefault(tuple(phrase.split()), english)
    return found


_TABLE = _table()
_LONGEST = max(map(len, _TABLE))


@lru_cache(maxsize=4096)
def _longest(words: tuple[str, ...]) -> tuple[str, int] | None:
    for length in range(min(_LONGEST, len(words)), 0, -1):
        english = _TABLE.get(words[:length])
        if english is not None:
            return english, length
    return None
