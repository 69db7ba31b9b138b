"""Puts days, clock times and leanings together: "Friday after three", "before noon tomorrow"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from agent.house.understanding.clock import Clock, in_half, read_clock, read_part
from agent.house.understanding.day_values import Days, one
from agent.house.understanding.days import read_day, read_prefix, read_weekday
from agent.house.understanding.periods import read_period, read_unit, weekday_within
from agent.house.understanding.phrase import Phrase
from agent.house.understanding.spans_of_time import Length, read_length, read_offset
from agent.house.understanding.when import DaySpan, Modifier

_LINKS = frozenset(
    [
        ",",
        "at",
        "@",
        "on",
        "of",
        "in",
        "for",
        "from",
        "the",
        "around",
        "about",
        "sometime",
        "like",
        "any",
        "time",
        "anytime",
        "say",
        "by",
        "between",
    ]
)
_HOUR_LINKS = frozenset(["at", "@", "around", "about", "like", "say", "from", "between", "by"])
RANGE_WORDS = frozenset({"to", "-", "until", "till", "til", "through", "thru"})
_BEFORE = (
    ("no", "later", "than"),
    ("not", "later", "than"),
    ("any", "time", "before"),
    ("anytime", "before"),
    ("earlier", "than"),
    ("sooner", "than"),
    ("less", "than"),
    ("prior", "to"),
    ("up", "to"),
    ("up", "until"),
    ("before",),
    ("by",),
    ("until",),
    ("till",),
    ("til",),
)
_AFTER = (
    ("no", "earlier", "than"),
    ("not", "before"),
    ("any", "time", "after"),
    ("anytime", "after"),
    ("later", "than"),
    ("greater", "than"),
    ("more", "than"),
    ("after",),
    ("past",),
    ("since",),
    ("starting", "on"),
    ("starting", "at"),
    ("starting", "from"),
    ("starting",),
    ("beginning", "on"),
    ("beginning",),
    ("from",),
)
_INCLUSIVE = frozenset({"since", "starting", "beginning", "from", "until", "till", "til", "by", "no", "not"})
_FIRST_OF = {phrase[0] for phrase in (*_BEFORE, *_AFTER)}
_DAY_PARTS = {"this": 0, "last": -1, "next": 1, "tonight": 0}


@dataclass(frozen=True, slots=True)
class Said:
    """What one stretch of words said: days, a clock time, both, or exact moments when the two cannot be told apart."""

    days: Days | None = None
    clock: Clock | None = None
    moments: tuple[tuple[datetime | None, datetime | None], ...] = ()
    modifier: Modifier = Modifier.EXACT
    stretch: bool = False
    day_ends: tuple[date, ...] | None = None


def read_combo(p: Phrase, i: int, *, anchored: bool = False) -> tuple[Said, int] | None:
    """Days and clock times in any order with their little words between."""
    first = _unit(p, i, anchored)
    if first is None:
        return None
    said, j = first
    if said.moments:
        return first
    while True:
        more = _extend(p, said, j)
        if more is None:
            break
        said, j = more
    if said.clock is not None and said.clock.bare and said.days is None and not anchored:
        return None
    return said, j


def read_modifier(p: Phrase, i: int) -> tuple[Modifier, bool, int] | None:
    """ "before", "no later than", "after", "since": which side, whether the day itself counts, and the index after."""
    if p.word(i) not in _FIRST_OF:
        return None
    for modifier, phrases in ((Modifier.BEFORE, _BEFORE), (Modifier.AFTER, _AFTER)):
        for phrase in phrases:
            if tuple(p.words[i : i + len(phrase)]) == phrase:
                return modifier, phrase[0] in _INCLUSIVE, i + len(phrase)
    return None


def read_modified(p: Phrase, i: int) -> tuple[Said, int] | None:
    found = read_modifier(p, i)
    if found is None or p.word(i) == "from":
        return None
    modifier, inclusive, j = found
    inner = read_combo(p, j, anchored=True)
    if inner is None or inner[0].moments:
        return None
    said, after = inner
    if said.clock is not None and said.clock.bare and p.is_counted(after):
        return None
    if said.clock is None and said.days is not None and said.days.bare_year and p.word(i) == "by":
        return None
    if p.word(i) in ("less", "greater", "more") and (said.days is None or not said.days.bare_year):
        return None
    if p.word(i) == "past" and said.days is not None:
        return None
    return lean(said, modifier, inclusive=inclusive), after


def lean(said: Said, modifier: Modifier, *, inclusive: bool) -> Said:
    """The open-sided reading: before or after what was said."""
    if said.clock is not None:
        spans = tuple((None, start) if modifier is Modifier.BEFORE else (end, None) for start, end in said.clock.spans)
        return replace(said, clock=replace(said.clock, spans=spans, bare=False), modifier=modifier)
    if said.days is None:
        return said
    days = said.days
    kept: list[DaySpan] = []
    ends: list[date] = []
    for span in days.spans:
        edge = span.end if modifier is Modifier.AFTER else span.first
        if modifier is Modifier.AFTER and (inclusive or days.part == "early"):
            edge = span.first
        if modifier is Modifier.BEFORE and days.part == "late":
            edge = span.end
        shown = span.first if days.point else edge
        if modifier is Modifier.BEFORE and inclusive and days.part is None:
            edge = span.end
        if edge is None or shown is None:
            continue
        kept.append(DaySpan(None, edge) if modifier is Modifier.BEFORE else DaySpan(edge, None))
        ends.append(shown)
    return replace(said, days=replace(days, spans=tuple(kept), point=False), modifier=modifier, day_ends=tuple(ends))


def _unit(p: Phrase, i: int, anchored: bool) -> tuple[Said, int] | None:
    """One thing: a day, a stretch of days, a clock time, a part of a named day, or a distance from now."""
    best: tuple[Said, int] | None = None
    offset = read_offset(p, i)
    day, period = read_day(p, i), read_period(p, i)
    clock = read_clock(p, i, anchored=True)
    if clock is not None and clock[0].bare and not anchored and not _day_follows(p, clock[1]):
        clock = None
    if clock is not None and clock[0].bare and p.is_counted(clock[1]):
        clock = None
    options: list[tuple[Said, int] | None] = [_part_of_day(p, i), _end_of_day(p, i), read_now(p, i), _next_hours(p, i)]
    if offset is not None:
        value, j = offset
        options.append((Said(moments=((value, value),)) if isinstance(value, datetime) else Said(days=value), j))
    options += [(Said(days=found[0]), found[1]) if found else None for found in (day, period)]
    options.append((Said(clock=clock[0]), clock[1]) if clock else None)
    for option in options:
        if option is not None and (best is None or option[1] > best[1]):
            best = option
    return best


def _day_follows(p: Phrase, i: int) -> bool:
    j = i + 1 if p.word(i) in ("on", "of", ",") else i
    found = read_day(p, j)
    return found is not None or _part_of_day(p, j) is not None


def _extend(p: Phrase, said: Said, i: int) -> tuple[Said, int] | None:
    j = i
    links: list[str] = []
    while p.word(j) in _LINKS and len(links) < 4:
        links.append(p.word(j))
        j += 1
    days, clock = said.days, said.clock
    if days is not None and days.week and clock is None:
        inside = weekday_within(p, days, j)
        if inside is not None:
            return replace(said, days=inside[0]), inside[1]
    if days is not None and days.weekday is not None and clock is None and days.point:
        unit = read_unit(p, i + 1 if p.word(i) in ("of", "in", ",", "on") else i)
        if unit is not None and unit[1] == "week":
            first = (unit[0].first or p.today) + timedelta(days=days.weekday)
            return replace(said, days=replace(days, spans=(one(first),), past=unit[2] < 0)), unit[3]
    if clock is None and days is not None and days.point and not days.holiday:
        return _add_clock(p, said, i, j, links)
    if clock is not None and days is None and not any(link in ("for", "by", "say") for link in links):
        return _add_day(p, said, j)
    if clock is not None and days is not None and clock.part is None:
        part = read_part(p, i, qualifying=True)
        if part is not None and in_half(replace(clock, ambiguous=True), part[0].part or "").spans[0] in clock.spans:
            return replace(said, clock=in_half(clock, part[0].part or "")), part[1]
    return None


def _add_clock(p: Phrase, said: Said, i: int, j: int, links: list[str]) -> tuple[Said, int] | None:
    modified = read_modifier(p, j)
    if modified is not None and p.word(j) not in ("from", "past"):
        inner = read_clock(p, modified[2], anchored=True)
        if inner is not None and not (inner[0].bare and p.is_counted(inner[1])):
            return lean(replace(said, clock=inner[0]), modified[0], inclusive=modified[1]), inner[1]
    part = read_clock(p, i, anchored=True)
    best = part if part is not None and part[0].part is not None else None
    for k in dict.fromkeys((j, j - 1 if links and links[-1] in ("from", "between", "the", "around", "about") else j)):
        linked = any(link in _HOUR_LINKS for link in links)
        found = read_clock(p, k, anchored=True)
        if found is None or (found[0].bare and not (linked or _closes(p, found[1]) or found[1] > k + 1)):
            continue
        if found[0].bare and p.is_counted(found[1]):
            continue
        if best is None or found[1] > best[1]:
            best = found
    if best is None:
        return None
    return replace(said, clock=replace(best[0], bare=False)), best[1]


def _closes(p: Phrase, i: int) -> bool:
    return p.word(i) in ("", ".", "?", "!", ",", "please", "works", "or", "if", "then")


def _add_day(p: Phrase, said: Said, j: int) -> tuple[Said, int] | None:
    clock = said.clock
    if clock is None:
        return None
    named = _part_of_day(p, j)
    if named is not None and named[0].clock is not None:
        half = in_half(clock, named[0].clock.part or "") if clock.ambiguous else clock
        return replace(said, days=named[0].days, clock=replace(half, bare=False)), named[1]
    found = read_day(p, j)
    if found is None or found[0].holiday:
        return None
    days, after = found
    if p.word(after) in RANGE_WORDS and not p.glued(after) and clock.bare:
        return None
    return replace(said, days=days, clock=replace(clock, bare=False)), after


def _part_of_day(p: Phrase, i: int) -> tuple[Said, int] | None:
    """ "tonight", "this afternoon", "late this morning", "last night", "next evening"."""
    j, lead = i, None
    if p.word(j) in ("early", "earlier", "late", "later"):
        lead, j = p.word(j), j + 1
    word = p.word(j)
    if word not in _DAY_PARTS:
        return None
    if word == "tonight":
        name, after = "night", j + 1
    else:
        name, after = p.word(j + 1), j + 2
        if name in ("early", "late") and lead is None:
            lead, name, after = name, p.word(j + 2), j + 3
    part = _named_part(p, name, lead)
    if part is None or name.endswith("s"):
        return None
    day = p.today + timedelta(days=_DAY_PARTS[word])
    said = Said(days=Days((one(day),), past=word == "last"), clock=part)
    k = after
    while p.word(k) in ("at", "around", "about", "@", "from", "between", ",", "like") and k - after < 2:
        k += 1
    best = None
    for start in (k, k - 1) if k > after else (k,):
        found = read_clock(p, start, anchored=True)
        if (
            found is not None
            and found[0].part is None
            and (k > after or not found[0].bare or "-" in p.words[k : found[1]])
        ):
            best = found if best is None or found[1] > best[1] else best
    if best is not None and not (best[0].bare and p.is_counted(best[1])):
        return replace(said, clock=replace(in_half(best[0], name), bare=False)), best[1]
    return said, after


def _named_part(p: Phrase, name: str, lead: str | None) -> Clock | None:
    words = Phrase(f"{lead or ''} {name}", p.now)
    found = read_part(words, 0, qualifying=True)
    return found[0] if found is not None else None


def _end_of_day(p: Phrase, i: int) -> tuple[Said, int] | None:
    j = i + 1 if p.word(i) == "the" else i
    last = Clock(((86_399, 86_399),))
    if p.word(j) in ("eod", "cob"):
        return Said(days=Days((one(p.today),)), clock=last), j + 1
    if p.word(j) not in ("end", "close") or p.word(j + 1) != "of":
        return None
    k = j + 3 if p.word(j + 2) == "the" else j + 2
    if p.word(k) in ("day", "business") and p.word(j - 1) != "of":
        after = k + 2 if p.words[k : k + 2] == ["business", "day"] else k + 1
        day = read_day(p, after)
        return Said(days=day[0] if day else Days((one(p.today),)), clock=last), day[1] if day else after
    if p.word(k) == "this" and read_weekday(p, k + 1) is None:
        return None
    found = read_day(p, k)
    if found is None or p.word(j) != "end":
        return None
    return Said(days=found[0], clock=last), found[1]


def read_now(p: Phrase, i: int) -> tuple[Said, int] | None:
    j = i + 1 if p.word(i) == "right" else i
    if p.word(j) != "now" or p.word(i - 1) in ("for", "by", "until", "till", "up", "just", "from"):
        return None
    if j == i and p.word(j + 1) not in ("", "?", ".", "!", "or", "and", "please"):
        return None
    return Said(moments=((p.now, p.now),)), j + 1


def _next_hours(p: Phrase, i: int) -> tuple[Said, int] | None:
    """ "the next hour", "last 30 minutes", "within two hours"."""
    j = i + 1 if p.word(i) == "the" else i
    if p.word(j) == "within":
        prefix: tuple[int, int] | None = (1, j + 1)
    else:
        prefix = read_prefix(p, j)
    if prefix is None or prefix[0] == 0:
        return None
    found = read_length(p, prefix[1])
    if found is None and p.word(prefix[1]) in ("hour", "minute"):
        found = Length(seconds=3600 if p.word(prefix[1]) == "hour" else 60), prefix[1] + 1
    if found is None or not found[0].clocked:
        return None
    if prefix[0] > 0:
        return Said(moments=((p.now, found[0].from_moment(p.now, 1)),), stretch=True), found[1]
    return Said(moments=((found[0].from_moment(p.now, -1), p.now),), stretch=True), found[1]
