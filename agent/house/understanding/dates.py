"""Finds what a caller said about days and times, and adds it up into one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from agent.house.understanding.clock import PARTS, SOUNDS_LIKE
from agent.house.understanding.combine import Said, read_combo
from agent.house.understanding.day_values import MONTHS
from agent.house.understanding.days import PREFIXES, WEEKDAYS
from agent.house.understanding.holidays import read_holiday
from agent.house.understanding.numbers import ORDINAL_TEENS, ORDINAL_TENS, ORDINAL_UNITS, TEENS, TENS, UNITS
from agent.house.understanding.phrase import Phrase
from agent.house.understanding.stretches import read_said
from agent.house.understanding.when import (
    ClockSpan,
    DaySpan,
    Modifier,
    MomentSpan,
    Preference,
    WantedTime,
    When,
    WhenKind,
    multiply,
)

_STARTERS = frozenset(
    """today tomorrow yesterday tonight tmrw tmr tomorow tommorow tommorrow 2day 2morrow today's tomorrow's
    yesterday's the in at within a an another half quarter couple few several noon noonish midday midnight noontime now
    right eod eom eoy cob end close late later early earlier mid middle beginning start rest week q h from between
    before after by until till til since starting past no not any anytime sooner less greater more prior up around
    about day during over every hundred remainder oh weekend""".split()
) | {
    *MONTHS,
    *WEEKDAYS,
    *PREFIXES,
    *PARTS,
    *UNITS,
    *TEENS,
    *TENS,
    *ORDINAL_UNITS,
    *ORDINAL_TEENS,
    *ORDINAL_TENS,
    *SOUNDS_LIKE,
}
_HOUR_ANCHORS = frozenset({"at", "@", "around", "about", "by", "say", "do", "like", "to", "for", "make", "it", "or"})
_STRONG_ANCHORS = frozenset({"at", "@"})
_AFTER_HOUR = frozenset(
    [
        "",
        ".",
        ",",
        "?",
        "!",
        "on",
        "in",
        "works",
        "is",
        "would",
        "if",
        "or",
        "and",
        "please",
        "then",
        "instead",
        "ok",
        "okay",
        "would",
        "should",
        "sounds",
        "will",
        "but",
        "for",
        "-",
    ]
)
_SOON = (
    ("as", "soon", "as", "possible"),
    ("as", "early", "as", "possible"),
    ("as", "soon", "as", "you", "can"),
    ("as", "early", "as", "you", "can"),
    ("as", "quick", "as", "possible"),
    ("as", "quickly", "as", "possible"),
    ("asap",),
    ("a", ".", "s", ".", "a", ".", "p"),
    ("earliest",),
    ("soonest",),
    ("first", "thing"),
    ("first", "available"),
    ("next", "available"),
    ("first", "opening"),
    ("next", "opening"),
    ("sooner", "the", "better"),
    ("right", "away"),
    ("immediately",),
    ("first", "appointment"),
)
_LATE = (
    ("as", "late", "as", "possible"),
    ("latest",),
    ("last", "appointment"),
    ("last", "thing"),
    ("last", "opening"),
    ("last", "available"),
)
_NOT = frozenset(
    ["not", "except", "besides", "cannot", "can't", "cant", "don't", "isn't", "won't", "never", "n't", "avoid"]
)
_NOT_GAP = frozenset(
    ["on", "the", "do", "make", "for", "at", "come", "in", "it", "next", "this", "any", "be", "a", "work", "want"]
)
_NO_ARTICLE = frozenset({*PREFIXES, "eoy", "eom", "eod", "independence"})
_OFF_WORK = time(16)  # service desks close at five or six: later than this nobody could come at all
_FAILS = frozenset(["doesn't", "dont", "don't", "won't", "wont", "isn't", "can't", "doesnt", "isnt"])


def find_when(text: str, now: datetime, *, asked: bool = False) -> list[When]:
    """Every mention of a day or a time, in order of speaking. With `asked`, a bare "nine" counts as an hour."""
    p = Phrase(text, now)
    found: list[When] = []
    i = 0
    while i < len(p.words):
        liking = _preference(p, i)
        if liking is not None:
            found.append(liking[0])
            i = liking[1]
            continue
        if p.words[i : i + 2] == ["after", "work"]:
            found.append(_after_work(p, i))
            i += 2
            continue
        said = _at(p, i, asked, found)
        if said is None:
            i += 1
            continue
        found.append(_when(p, said[0], i, said[1]))
        i = said[1]
    return found


def _after_work(p: Phrase, i: int) -> When:
    start, end = p.tokens[i].start, p.tokens[i + 1].end
    clock = (ClockSpan(_OFF_WORK, None),)
    return When(p.text[start:end], start, end, WhenKind.TIME_RANGE, clock=clock, modifier=Modifier.AFTER)


def add_up(whens: Sequence[When], now: datetime) -> WantedTime:
    """One request out of several mentions: "Friday ... after three", "Monday or Tuesday", "not Friday"."""
    days: list[DaySpan] = []
    clock: list[ClockSpan] = []
    off_days: list[DaySpan] = []
    off_clock: list[ClockSpan] = []
    preference: Preference | None = None
    halves = around = False
    for when in whens:
        preference = when.preference or preference
        if when.preference is not None and not when.days:
            continue
        settled = when.resolve(now)
        if _is_year(settled) or (when.past and not when.negated):
            continue
        some_clock = [span for span in settled.clock if not _day_end(span)]
        if len(some_clock) < len(settled.clock):
            preference = Preference.LATEST
        if when.negated:
            (off_clock.extend(some_clock) if some_clock and not settled.days else off_days.extend(settled.days))
            continue
        days += [span for span in settled.days if span not in days]
        clock += [span for span in some_clock if span not in clock]
        halves = halves or settled.needs_am_pm
        around = around or when.modifier is Modifier.AROUND
        if any(span.start == span.end == now for span in when.moments) and not when.days:
            preference = Preference.EARLIEST  # "now" is wish more than a time
        elif when.moments and not when.days and not when.clock:
            days, clock = _from_moments(when.moments, days, clock)
    days = _narrowed(days)
    clock, halves = _agreed(clock, halves)
    return WantedTime(tuple(days), tuple(clock), tuple(off_days), tuple(off_clock), halves, preference, around)


def _at(p: Phrase, i: int, asked: bool, before: list[When]) -> tuple[Said, int] | None:
    word = p.word(i)
    if word not in _STARTERS and word not in p.numbers and read_holiday(p.words, i) is None:
        return None
    found = read_said(p, i)
    if word in p.numbers or word in UNITS or word in TEENS or word in TENS:
        hour = _bare_hour(p, i, asked, before)
        if hour is not None and (found is None or hour[1] > found[1]):
            found = hour
    if found is None or (found[0].clock is not None and found[0].days is None and found[0].clock.bare):
        return None
    return found


def _bare_hour(p: Phrase, i: int, asked: bool, before: list[When]) -> tuple[Said, int] | None:
    """ "at nine", "make it nine", "or ten" after another hour, or just "nine" when a time was asked for."""
    anchor = p.word(i - 1)
    strong = anchor in _STRONG_ANCHORS
    choice = _choice(p, i)
    if choice is not None:
        return choice
    if not asked and anchor not in _HOUR_ANCHORS:
        return None
    if anchor == "it" and p.word(i - 2) != "make" or anchor == "make":
        return None
    if anchor in ("or", "to", "for") and not asked and not (anchor == "or" and before and before[-1].clock):
        if anchor == "or" or p.word(i - 2) not in (
            "it",
            "that",
            "appointment",
            "me",
            "one",
            "change",
            "move",
            "moved",
            "time",
        ):
            return None
    found = read_combo(p, i, anchored=True)
    if found is None or found[0].clock is None or not found[0].clock.bare or found[0].days is not None:
        return found
    after = found[1]
    if p.is_counted(after) or (not strong and p.word(after) not in _AFTER_HOUR and p.word(after) not in WEEKDAYS):
        return None
    if strong and (p.word(after) in UNITS or p.word(after) in p.numbers or p.word(after) in ("oh", "st", "main")):
        return None
    return replace(found[0], clock=replace(found[0].clock, bare=False)), after


def _choice(p: Phrase, i: int) -> tuple[Said, int] | None:
    """The nine of "nine or ten tomorrow": an hour because the other one is."""
    first = read_combo(p, i, anchored=True)
    if first is None or first[0].clock is None or not first[0].clock.bare or p.word(first[1]) != "or":
        return None
    second = read_combo(p, first[1] + 1)
    if second is None or second[0].clock is None or not second[0].clock.is_point:
        return None
    return replace(first[0], clock=replace(first[0].clock, bare=False)), first[1]


def _when(p: Phrase, said: Said, i: int, j: int) -> When:
    if p.word(i) == "the" and j > i + 2 and p.word(i + 1) in _NO_ARTICLE and p.words[i + 2 : i + 4] != ["week", "of"]:
        i += 1
    start, end = p.tokens[i].start, p.tokens[j - 1].end
    days = said.days.spans if said.days is not None else ()
    clock = said.clock.public() if said.clock is not None else ()
    modifier = said.modifier
    if said.clock is not None and said.clock.around and modifier is Modifier.EXACT:
        modifier = Modifier.AROUND
    if said.moments:
        moments = tuple(MomentSpan(begin, finish) for begin, finish in said.moments)
        kind = WhenKind.DATETIME_RANGE if said.stretch else WhenKind.DATETIME
    else:
        moments = _moments(p, said, days, clock)
        kind = _kind(said)
    return When(
        text=p.text[start:end],
        start=start,
        end=end,
        kind=kind,
        days=days,
        clock=clock,
        moments=moments,
        modifier=modifier,
        needs_am_pm=said.clock is not None and said.clock.ambiguous,
        negated=_negated(p, i, j),
        weekday=said.days.weekday if said.days is not None else None,
        past=said.days.past if said.days is not None else False,
    )


def _moments(p: Phrase, said: Said, days: tuple[DaySpan, ...], clock: tuple[ClockSpan, ...]) -> tuple[MomentSpan, ...]:
    if said.day_ends is None or clock:
        return multiply(days, clock, p.now)

    def midnight(day: date | None) -> datetime | None:
        return None if day is None else datetime.combine(day, time(), tzinfo=p.now.tzinfo)

    spans = zip(days, said.day_ends, strict=False)
    if said.modifier is Modifier.AFTER:
        return tuple(MomentSpan(midnight(edge), None) for _, edge in spans)
    if said.modifier is Modifier.BEFORE:
        return tuple(MomentSpan(None, midnight(edge)) for _, edge in spans)
    return tuple(MomentSpan(midnight(span.first), midnight(edge)) for span, edge in spans)


def _kind(said: Said) -> WhenKind:
    leaning = said.modifier in (Modifier.BEFORE, Modifier.AFTER)
    if said.clock is None:
        return WhenKind.DATE if said.days is not None and said.days.point and not leaning else WhenKind.DATE_RANGE
    point = said.clock.is_point and not leaning
    if said.days is None:
        return WhenKind.TIME if point else WhenKind.TIME_RANGE
    return WhenKind.DATETIME if point else WhenKind.DATETIME_RANGE


def _negated(p: Phrase, i: int, j: int) -> bool:
    k = i - 1
    while p.word(k) in _NOT_GAP and i - k < 4:
        k -= 1
    if p.word(k) in _NOT or (p.word(k) == "than" and p.word(k - 1) == "other") or _all_but(p, k):
        return True
    if p.word(i) not in ("until", "till", "til", "from", "at", "to", "by") and _busy_then(p, i - 1):
        return True
    k = j
    while p.word(k) in (",", "no", "i", "we") and k - j < 3:
        k += 1
    if p.word(k) in ("can't", "cannot", "couldn't") and p.word(k + 1) in ("", ".", ",", "do", "make", "!"):
        return True
    if p.word(j) in _FAILS and p.word(j + 1) in ("work", "good", "do", "gonna", "going", "possible", "great"):
        return True
    return p.word(j) in ("is", "are", "was") and p.word(j + 1) in ("out", "bad", "no", "not", "terrible", "tough")


def _busy_then(p: Phrase, k: int) -> bool:
    """ "I work Monday", "I'm busy on Monday": when they cannot come."""
    if p.word(k) in ("on", "all", "this"):
        k -= 1
    if p.word(k) == "day" and p.word(k - 1) == "all":
        k -= 2
    ours = p.word(k - 1) in ("i", "we", "i'm", "we're", "am", "he", "she", "already", "always", "usually")
    return ours and p.word(k) in ("work", "works", "working", "busy", "away", "unavailable")


def _all_but(p: Phrase, k: int) -> bool:
    """ "anything but", "any day but"."""
    return p.word(k) == "but" and (
        p.word(k - 1) in ("anything", "anytime", "everyday") or p.word(k - 2) in ("any", "every")
    )


def _preference(p: Phrase, i: int) -> tuple[When, int] | None:
    for phrases, liking in ((_SOON, Preference.EARLIEST), (_LATE, Preference.LATEST)):
        for phrase in phrases:
            if p.words[i] == phrase[0] and tuple(p.words[i : i + len(phrase)]) == phrase:
                j = i + len(phrase)
                start, end = p.tokens[i].start, p.tokens[j - 1].end
                moment = (MomentSpan(p.now, p.now),) if liking is Preference.EARLIEST else ()
                return When(p.text[start:end], start, end, WhenKind.DATETIME, moments=moment, preference=liking), j
    return None


def _is_year(when: When) -> bool:
    return (
        bool(when.days)
        and all(s.first and s.end and (s.end - s.first).days > 360 for s in when.days)
        and not when.clock
    )


def _day_end(span: ClockSpan) -> bool:
    return span.exact is not None and span.exact >= time(23, 59)


def _from_moments(
    moments: tuple[MomentSpan, ...], days: list[DaySpan], clock: list[ClockSpan]
) -> tuple[list[DaySpan], list[ClockSpan]]:
    for span in moments:
        if span.start is None or span.end is None:
            continue
        days.append(DaySpan(span.start.date(), span.end.date() + timedelta(days=1)))
        if span.start.date() == span.end.date():
            clock.append(ClockSpan(span.start.time(), span.end.time()))
    return days, clock


def _narrowed(days: list[DaySpan]) -> list[DaySpan]:
    """A named day inside a named week replaces the week: "next week ... Tuesday"."""
    single = [span for span in days if span.one_day is not None]
    wide = [span for span in days if span.one_day is None]
    if not single or not wide:
        return days
    inside = [s for s in single if s.first is not None and any(w.contains(s.first) for w in wide)]
    if inside:
        return inside
    moved = []
    for s in single:
        for w in wide:
            if s.first is None or w.first is None or w.end is None or (w.end - w.first).days > 8:
                continue
            day = s.first + timedelta(days=7 * -(-(w.first - s.first).days // 7))
            moved.append(DaySpan(day, day + timedelta(days=1)))
    return [span for span in moved if any(w.contains(span.first) for w in wide if span.first)] or single


def _agreed(clock: list[ClockSpan], halves: bool) -> tuple[list[ClockSpan], bool]:
    """Exact times inside a window that was also said win over it: "in the afternoon ... two thirty"."""
    points = [span for span in clock if span.exact is not None]
    windows = [span for span in clock if span.exact is None]
    if points and windows:
        inside = [span for span in points if any(window.contains(span.exact) for window in windows if span.exact)]
        return (inside, len(inside) > 1 and halves) if inside else (clock, halves)
    closed = [span for span in windows if span.start is not None and span.end is not None]
    half_open = [span for span in windows if span not in closed]
    if len(closed) == 1 and half_open and not points:
        cut = [met for span in half_open if (met := _met(closed[0], span)) is not None]
        return (cut[:1], False) if cut else (clock, halves)
    return clock, halves


def _met(window: ClockSpan, open_side: ClockSpan) -> ClockSpan | None:
    """What is left of a window after "after ten" or "before three"."""
    start = max((edge for edge in (window.start, open_side.start) if edge is not None), default=None)
    end = min((edge for edge in (window.end, open_side.end) if edge is not None), default=None)
    return ClockSpan(start, end) if start is not None and end is not None and start < end else None
