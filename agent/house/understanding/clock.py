"""The time of day as spoken: "half past two", "9ish", "between 9 and 10:30"; both halves of the day when unsaid."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import time

from agent.house.understanding.numbers import OH, TEENS, TENS, UNITS, read_cardinal
from agent.house.understanding.phrase import Phrase
from agent.house.understanding.when import ClockSpan

DAY = 24 * 3600
HALF = 12 * 3600
END_OF_DAY = DAY - 1
PARTS = {
    "morning": (8, 12), "mornings": (8, 12), "afternoon": (12, 16), "afternoons": (12, 16), "evening": (16, 20),
    "evenings": (16, 20), "night": (20, 24), "nights": (20, 24), "lunchtime": (11, 13), "lunch": (11, 13),
    "daytime": (8, 18),
}  # fmt: skip
_MINUTES = frozenset({"min", "mins", "minute", "minutes"})
SOUNDS_LIKE = {"won": 1, "too": 2, "tree": 3, "for": 4, "ate": 8}
_SURELY_AN_HOUR = frozenset({"thirty", "fifteen", "forty", "o'clock", "oclock", "am", "pm"})
_QUARTERS = {"quarter": 15, "half": 30}
_TO_WORDS = frozenset({"to", "till", "til", "of", "before"})
_PAST_WORDS = frozenset({"past", "after"})
_NUMERIC = re.compile(r"(\d{1,2})\s?([:.])\s?(\d{2})(?:\2(\d{2}))?(?![\d])(?!\.\d)")
_JOINERS = frozenset({"to", "-", "until", "till", "til", "through", "thru"})
_AROUND = frozenset({"around", "about", "approximately", "roughly", "say", "like"})


@dataclass(frozen=True, slots=True)
class Clock:
    """Alternatives as seconds of the day; `bare` is a number alone, an hour only if its surroundings say so."""

    spans: tuple[tuple[int | None, int | None], ...]
    ambiguous: bool = False
    part: str | None = None
    bare: bool = False
    around: bool = False

    @property
    def is_point(self) -> bool:
        """Whether it names a time rather than a window."""
        return all(start is not None and start == end for start, end in self.spans)

    def public(self) -> tuple[ClockSpan, ...]:
        """The alternatives as clock times."""
        return tuple(ClockSpan(_as_time(start), _as_time(end)) for start, end in self.spans)


def read_clock(p: Phrase, i: int, *, anchored: bool = False) -> tuple[Clock, int] | None:
    """A point, a window or a part of the day at token `i`, the longest reading."""
    best: tuple[Clock, int] | None = None
    for read in (_range, _part_then_point, read_point, read_part):
        found = read(p, i)
        if found is None or (found[0].bare and not anchored):
            continue
        if best is None or found[1] > best[1]:
            best = found
    return best


def read_point(p: Phrase, i: int) -> tuple[Clock, int] | None:
    """One clock time, with its half of the day if that was said."""
    around = False
    if p.word(i) in ("around", "about", "approximately", "roughly"):
        around, i = True, i + 1
    found = _noon(p, i) or _past_or_to(p, i) or _numeric(p, i) or _compact(p, i) or _by_the_day(p, i) or _worded(p, i)
    if found is None:
        return None
    clock, j = found
    half = read_half(p, j)
    if half is not None:
        which, after = half
        clock, j = replace(in_half(clock, which), bare=False), after
    elif clock.bare and p.word(j) in ("sharp", "ish") or p.words[j : j + 2] == ["-", "ish"]:
        clock, j = replace(clock, bare=False), j + (2 if p.word(j) == "-" else 1)
    return (replace(clock, around=True) if around else clock), j


def read_half(p: Phrase, i: int) -> tuple[str, int] | None:
    """am or pm in any of its spellings, or the part of the day that says the same."""
    word = p.word(i)
    if word == "." and p.word(i + 1) in ("am", "pm", "a", "p"):
        return read_half(p, i + 1)
    if word in ("am", "pm", "ampm"):
        return (word, i + 1) if not p.glued(i + 1) or p.word(i + 1) not in p.numbers else None
    if word in ("a", "p"):
        j = i + 2 if p.word(i + 1) == "." else i + 1
        if p.word(j) == "m":
            dotted = p.word(j + 1) == "." and p.word(j - 1) == "." and p.glued(j) == p.glued(j + 1)
            return f"{word}m", j + 2 if dotted else j + 1
        alone = word == "p" and p.word(i + 1) in ("", ".", ",", "?", "!", "on", "please")
        return (f"{word}m", i + 1) if p.glued(i) or alone else None
    part = read_part(p, i, qualifying=True)
    if part is not None and part[0].part is not None:
        return part[0].part, part[1]
    return None


def read_part(p: Phrase, i: int, *, qualifying: bool = False) -> tuple[Clock, int] | None:
    """ "in the morning", "late afternoon", "later in the evening", "at lunch time"; never "good morning"."""
    if p.word(i - 1) in ("good", "have") or (p.word(i - 1) in ("a", "lovely") and p.word(i - 2) in ("good", "have")):
        return None
    j, lean = i, None
    if p.word(j) in ("in", "during", "at", "over", "around") or (not qualifying and p.word(j) in ("any", "every")):
        j += 1
    if p.word(j) in ("early", "earlier", "late", "later", "mid"):
        lean, j = p.word(j), j + (2 if p.word(j + 1) == "-" else 1)
    if p.word(j) == "in":
        j += 1
    if p.word(j) == "the":
        j += 1
    if p.word(j) in ("early", "earlier", "late", "later", "mid") and lean is None:
        lean, j = p.word(j), j + 1
    name = p.word(j)
    if name not in PARTS:
        return None
    if name == "lunch":
        if p.word(j + 1) in ("time", "hour"):
            j += 1
        elif p.word(j - 1) not in ("at", "around", "over", "during", "after", "before"):
            return None
    elif p.word(j + 1) == "time" and p.word(j + 2) not in ("slot", "slots"):
        j += 1
    begin, end = (hour * 3600 for hour in PARTS[name])
    middle = (begin + end) // 2
    if lean in ("early", "earlier"):
        end = middle
    elif lean in ("late", "later"):
        begin = middle
    return Clock(((begin, min(end, END_OF_DAY)),), part=name.rstrip("s")), j + 1


def in_half(clock: Clock, which: str) -> Clock:
    """The readings that lie in that half of the day: an am/pm mark or a part of the day."""
    if not clock.ambiguous or which == "ampm":
        return clock
    kept = tuple(span for span in clock.spans if _lies_in(span[0] if span[0] is not None else span[1], which))
    return replace(clock, spans=kept[:1], ambiguous=False) if kept else clock


def _lies_in(second: int | None, which: str) -> bool:
    if second is None:
        return True
    hour = second // 3600
    if which in ("am", "morning"):
        return hour < 12
    if which == "night":
        return hour >= 17 or hour < 5
    if which in ("lunch", "lunchtime", "daytime"):
        return 8 <= hour < 18
    return hour >= 12


def _range(p: Phrase, i: int) -> tuple[Clock, int] | None:
    opener = p.word(i)
    j = i + 1 if opener in ("from", "between") else i
    first = read_point(p, j)
    if first is None:
        return None
    begin, j = first
    if p.word(j) == "," and p.word(j + 1) in _JOINERS:
        j += 1
    joiners = _JOINERS | {"and"} if opener == "between" else _JOINERS
    if p.word(j) not in joiners:
        return None
    second = read_point(p, j + 1)
    if second is None or (opener != "between" and p.word(j) == "and"):
        return None
    end, j = second
    if not begin.is_point or not end.is_point:
        return None
    bare = begin.bare and end.bare and opener not in ("from", "between")
    if begin.bare and end.bare and p.is_counted(j):
        return None
    return replace(join(begin, end), bare=bare), j


def join(begin: Clock, end: Clock) -> Clock:
    """A window from two points; a half of the day said once serves both."""
    spans: list[tuple[int | None, int | None]] = []
    if begin.ambiguous and not end.ambiguous:
        last = end.spans[0][0] or 0
        before = [start for start, _ in begin.spans if start is not None and start < last]
        close = max(before) if before else (begin.spans[-1][0] or 0)
        spans.append((close, last))
    elif not begin.ambiguous:
        opens = begin.spans[0][0] or 0
        later = sorted((stop - opens) % DAY for stop, _ in end.spans if stop is not None)
        spans.append((opens, (opens + later[0]) % DAY))
    else:
        for start, _ in sorted(begin.spans, key=lambda span: span[0] or 0):
            from_here = start or 0
            waits = sorted((stop - from_here) % DAY or DAY for stop, _ in end.spans if stop is not None)
            spans.append((from_here, (from_here + waits[0]) % DAY))
    return Clock(tuple(spans), ambiguous=len(spans) > 1)


def _part_then_point(p: Phrase, i: int) -> tuple[Clock, int] | None:
    """ "in the morning at 7", "afternoon around 2"."""
    part = read_part(p, i)
    if part is None:
        return None
    j = part[1]
    anchored = False
    while p.word(j) in ("at", "around", "about", "@", ",", "by", "like"):
        anchored, j = True, j + 1
    point = _range(p, j) or read_point(p, j)
    if point is None or (point[0].bare and (not anchored and "-" not in p.words[j : point[1]])):
        return None
    if point[0].bare and p.is_counted(point[1]):
        return None
    return replace(in_half(point[0], part[0].part or ""), bare=False, part=part[0].part), point[1]


def _noon(p: Phrase, i: int) -> tuple[Clock, int] | None:
    word = p.word(i)
    if word in ("noon", "midday", "noontime", "noonish"):
        return Clock(((HALF, HALF),)), i + 1
    if word == "midnight":
        return Clock(((0, 0),)), i + 1
    if word == "12" and p.word(i + 1) in ("noon", "midnight"):
        return _noon(p, i + 1)
    if word == "twelve" and p.word(i + 1) in ("noon", "midnight"):
        return _noon(p, i + 1)
    return None


def _past_or_to(p: Phrase, i: int) -> tuple[Clock, int] | None:
    """ "half past seven", "quarter to five", "20 min past eight"."""
    j = i + 1 if p.word(i) == "a" and p.word(i + 1) in _QUARTERS else i
    if p.word(j) in _QUARTERS:
        minutes, j = _QUARTERS[p.word(j)], j + 1
    else:
        found = read_cardinal(p.words, j)
        if found is None or not 1 <= found[0] <= 59:
            return None
        minutes, j = found
        if p.word(j) in _MINUTES:
            j += 1
        elif p.word(j) in _TO_WORDS and (minutes not in (5, 10, 20, 25) or p.word(i) in p.numbers):
            return None  # "5 to 6pm" is a window; "ten to five" is 4:50
    sign = -1 if p.word(j) in _TO_WORDS else 1 if p.word(j) in _PAST_WORDS else 0
    hour = _hour(p, j + 1)
    if not sign or hour is None:
        return None
    clock, j = _point(hour[0] % 24, 0), hour[1]
    j = _skip_oclock(p, j)
    shifted = tuple((((start or 0) + sign * minutes * 60) % DAY,) * 2 for start, _ in clock.spans)
    return replace(clock, spans=shifted), j


def _numeric(p: Phrase, i: int) -> tuple[Clock, int] | None:
    if p.word(i) not in p.numbers or p.glued_to_word(i):
        return None
    match = _NUMERIC.match(p.text, p.tokens[i].start)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[3]), int(match[4] or 0)
    j = p.index_at(match.end())
    if hour > 24 or minute > 59 or second > 59 or j is None:
        return None
    dotted = match[2] == "."
    if dotted and match[4]:
        return None
    clock = _point(hour % 24, minute * 60 + second, padded=len(match[1]) == 2 and match[1][0] == "0" and hour == 0)
    if p.glued(j) and p.word(j)[:1].isalpha() and p.word(j) != "ish" and read_half(p, j) is None:
        return None
    return replace(clock, bare=dotted), _skip_oclock(p, j)


def _compact(p: Phrase, i: int) -> tuple[Clock, int] | None:
    """ "230 pm", "1430 hours", "at 0900": four figures without a mark need something that says they are a time."""
    word = p.word(i)
    if word not in p.numbers or len(word) not in (3, 4) or p.glued_to_word(i):
        return None
    hour, minute = int(word[:-2]), int(word[-2:])
    if hour > 23 or minute > 59:
        return None
    hours = p.word(i + 1) in ("hours", "hrs") and len(word) == 4
    clock = _point(hour, minute * 60, padded=word[0] == "0")
    if hours:
        return clock, i + 2
    if read_half(p, i + 1) is not None and p.word(i + 1) not in ("a", "p"):
        return clock, i + 1
    if p.word(i - 1) == "at" and word[0] == "0" and hour > 0:
        return clock, i + 1
    year = len(word) == 4 and 19 <= hour <= 20
    plain = hour > 0 and minute % 5 == 0 and not year and not p.is_counted(i + 1)
    return (replace(clock, bare=True), i + 1) if plain else None


def _by_the_day(p: Phrase, i: int) -> tuple[Clock, int] | None:
    """The hours of a whole day in words: "fourteen thirty", "oh nine hundred", "fifteen hundred hours"."""
    if p.word(i) in OH and p.word(i + 1) in UNITS and p.word(i + 2) == "hundred":
        hour, j, padded = UNITS[p.word(i + 1)], i + 2, True
    else:
        found = read_cardinal(p.words[: i + 2], i)
        if found is not None and found[0] % 100 == 0:
            found = found[0] // 100, found[1] - 1
        if found is None or not 13 <= found[0] <= 23 or p.word(i) in p.numbers:
            return None
        hour, j, padded = found[0], found[1], False
    if p.word(j) == "hundred":
        minutes, j = 0, j + 1
    else:
        said = _minutes(p, j, typed=False)
        if said[0] is None:
            return None
        minutes, j = said[0], said[1]
    hours = p.word(j) in ("hours", "hrs")
    return replace(_point(hour, minutes * 60, padded=padded), bare=not hours and not padded), j + hours


def _worded(p: Phrase, i: int) -> tuple[Clock, int] | None:
    """ "nine", "nine thirty", "nine oh five", "9 o'clock", "1430 hours"."""
    hour = _hour(p, i)
    if hour is None:
        return None
    value, j = hour
    minutes, after = _minutes(p, j, typed=p.word(i) in p.numbers)
    if minutes is not None:
        if p.word(i) not in p.numbers and (_is_digit(p.word(after)) or _is_digit(p.word(i - 1))):
            return None  # a telephone number being read out, not "six oh two"
        return _point(value % 24, minutes * 60), after
    oclock = _skip_oclock(p, j)
    return replace(_point(value % 24, 0), bare=oclock == j), oclock


def _is_digit(word: str) -> bool:
    return word in UNITS or word == "oh"


def _hour(p: Phrase, i: int) -> tuple[int, int] | None:
    word = p.word(i)
    if word in p.numbers:
        if len(word) > 2 or p.glued_to_word(i) or int(word) > 23 or (len(word) == 1 and word == "0"):
            return None
        after = p.word(i + 1)
        if p.glued(i + 1) and after in ("/", "%", "'", '"', "st", "nd", "rd", "th", "x", "k"):
            return None
        if p.glued(i + 1) and after in (",", ".", ":") and p.glued(i + 2) and p.word(i + 2) in p.numbers:
            return None
        return int(word), i + 1
    value = UNITS.get(word) or (TEENS[word] if word in ("ten", "eleven", "twelve") else None)
    if value is None and word in SOUNDS_LIKE and p.word(i + 1) in _SURELY_AN_HOUR:
        value = SOUNDS_LIKE[word]
    return (value, i + 1) if value else None


def _minutes(p: Phrase, i: int, *, typed: bool) -> tuple[int | None, int]:
    """Minutes as words after an hour: "thirty", "fifteen", "oh five"."""
    word = p.word(i)
    if word in OH and p.word(i + 1) in UNITS and word != "0" and not typed:
        return UNITS[p.word(i + 1)], i + 2
    if word in TENS or word in TEENS:
        found = read_cardinal(p.words, i)
        if found is not None and 10 <= found[0] <= 59 and not p.is_counted(found[1]):
            return found
    if (
        typed
        and word in ("oh", "o")
        and (p.word(i + 1) in UNITS or len(p.word(i + 1)) == 1 and p.word(i + 1).isdigit())
    ):
        after = p.word(i + 1)
        return UNITS.get(after) or int(after if after.isdigit() else 0), i + 2
    if typed and word in p.numbers and len(word) == 2 and int(word) <= 59 and read_half(p, i + 1) is not None:
        return int(word), i + 1
    return None, i


def _skip_oclock(p: Phrase, i: int) -> int:
    if p.word(i) in ("o'clock", "oclock", "hours", "hrs") and (p.word(i)[0] == "o"):
        return i + 1
    if p.word(i) == "o" and p.word(i + 1) == "clock":
        return i + 2
    return i


def _point(hour: int, seconds: int, *, padded: bool = False) -> Clock:
    if hour > 12 or padded or hour == 0:
        moment = hour * 3600 + seconds
        return Clock(((moment, moment),))
    first = hour * 3600 + seconds
    other = (first + HALF) % DAY
    return Clock(((first, first), (other, other)), ambiguous=True)


def _as_time(second: int | None) -> time | None:
    if second is None:
        return None
    second = min(second, END_OF_DAY)
    return time(second // 3600, second % 3600 // 60, second % 60)
