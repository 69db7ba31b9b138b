"""From one thing to another, "the 4th to the 9th", "2:00 tomorrow to 4:00", and the longest reading of all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from agent.house.understanding.clock import join
from agent.house.understanding.combine import (
    RANGE_WORDS,
    Said,
    lean,
    read_combo,
    read_modified,
    read_now,
)
from agent.house.understanding.day_values import Days, dated, read_month
from agent.house.understanding.numbers import read_cardinal, read_ordinal
from agent.house.understanding.periods import read_unit
from agent.house.understanding.phrase import Phrase
from agent.house.understanding.when import DaySpan, Modifier


def read_said(p: Phrase, i: int, *, anchored: bool = False) -> tuple[Said, int] | None:
    """The longest thing said about time from token `i` on."""
    best: tuple[Said, int] | None = None
    for found in (read_modified(p, i), _dom_range(p, i), _stretch(p, i), read_combo(p, i, anchored=anchored)):
        if found is not None and (best is None or found[1] > best[1]):
            best = found
    if best is None or best[0].modifier in (Modifier.BEFORE, Modifier.AFTER):
        return best
    return _trailing(p, *best)


def _trailing(p: Phrase, said: Said, j: int) -> tuple[Said, int]:
    """ "Friday or later", "nine or before", "from Monday on"."""
    if p.word(j) == "or" and p.word(j + 1) in ("later", "after"):
        return lean(said, Modifier.AFTER, inclusive=True), j + 2
    if p.word(j) == "or" and p.word(j + 1) in ("earlier", "before", "sooner"):
        return lean(said, Modifier.BEFORE, inclusive=True), j + 2
    if p.word(j) in ("onward", "onwards"):
        return lean(said, Modifier.AFTER, inclusive=True), j + 1
    return said, j


def _dom_range(p: Phrase, i: int) -> tuple[Said, int] | None:
    """ "from 4-23 in next month", "the 4th to the 9th of June", "June 4-9"."""
    j = i + 1 if p.word(i) in ("from", "between") else i
    month = read_month(p, j)
    lead = j
    if month is not None:
        lead = j + 1
    first = _dom(p, lead)
    if first is None or p.word(first[1]) not in (*RANGE_WORDS, "and"):
        return None
    if p.word(first[1]) == "and" and p.word(i) != "between":
        return None
    second = _dom(p, first[1] + 1)
    if second is None or second[0] <= first[0]:
        return None
    after = second[1]
    year: int | None = None
    if month is None:
        if p.word(after) in ("this", "next", "last"):
            after -= 1
        elif p.word(after) not in ("of", "in"):
            return None
        month = read_month(p, after + 1)
        unit = read_unit(p, after + 1)
        if month is not None:
            after += 2
        elif unit is not None and unit[1] == "month" and unit[0].first is not None:
            month, year, after = unit[0].first.month, unit[0].first.year, unit[3]
        else:
            return None
    elif p.word(after) in (":", "am", "pm", "/") or (p.word(after) == "-" and p.glued(after)):
        return None
    begin, end = dated(p, month, first[0], year), dated(p, month, second[0], year)
    return _between_days(begin, end, after) if begin is not None and end is not None else None


def _dom(p: Phrase, i: int) -> tuple[int, int] | None:
    j = i + 1 if p.word(i) == "the" else i
    found = read_ordinal(p.words, j) or read_cardinal(p.words, j)
    return found if found is not None and 1 <= found[0] <= 31 and not p.glued_to_word(j) else None


def _stretch(p: Phrase, i: int) -> tuple[Said, int] | None:
    """From one thing to another: days to days, a moment to a clock time, anything to now."""
    opener = p.word(i)
    j = i + 1 if opener in ("from", "between") else i
    if p.word(j) == "on" and opener == "from":
        j += 1
    begin = read_now(p, j) if p.word(j) == "now" else None
    if begin is None and p.word(j) == "now" and opener in ("from", "between"):
        begin = Said(moments=((p.now, p.now),)), j + 1
    if begin is None:
        begin = read_combo(p, j, anchored=opener in ("from", "between"))
    if begin is None:
        return None
    joint = begin[1]
    joiners = (*RANGE_WORDS, "and") if opener == "between" else tuple(RANGE_WORDS)
    if p.word(joint) not in joiners:
        return None
    end = read_combo(p, joint + 1, anchored=opener in ("from", "between"))
    if end is None:
        return None
    return _between(p, begin[0], end[0], end[1])


def _between(p: Phrase, begin: Said, end: Said, after: int) -> tuple[Said, int] | None:
    if begin.moments and end.clock is not None and end.days is None:
        start = begin.moments[0][0] or p.now
        times = sorted(_next_time(start, span[0] or 0) for span in end.clock.spans)
        return Said(moments=((start, times[0]),), stretch=True), after
    if end.moments and begin.days is not None and begin.clock is None:
        past = [span.first for span in begin.days.spans if span.first is not None and span.first <= p.today]
        if not past:
            return None
        return Said(
            days=Days((DaySpan(past[-1], p.today + timedelta(days=1)),), point=False), day_ends=(p.today,)
        ), after
    if begin.days is not None and end.days is not None and begin.clock is None and end.clock is None:
        if begin.days.bare_year != end.days.bare_year:
            return None
        return _between_days(begin.days, end.days, after)
    if begin.clock is not None and end.clock is not None and begin.clock.is_point and end.clock.is_point:
        if begin.days is not None and end.days is not None:
            return _between_moments(p, begin, end, after)
        days = begin.days or end.days
        if begin.days is None and end.days is not None and begin.clock.bare and end.clock.bare:
            return None
        return Said(days=days, clock=replace(join(begin.clock, end.clock), bare=False)), after
    return None


def _between_days(begin: Days, end: Days, after: int) -> tuple[Said, int] | None:
    spans: list[DaySpan] = []
    ends: list[date] = []
    if begin.weekday is not None and end.weekday is not None and len(begin.spans) == len(end.spans) == 2:
        return _weekdays(begin, end.weekday, after)
    if begin.year is None and end.year is not None and begin.month is not None:
        begin = _with_year(begin, end)
    firsts = [span.first for span in begin.spans if span.first is not None]
    for span in end.spans:
        if span.first is None or span.end is None:
            continue
        earlier = [first for first in firsts if first <= span.first]
        if earlier:
            spans.append(DaySpan(earlier[-1], span.end))
            ends.append(span.first)
    if not spans:
        return None
    past = begin.past or end.past
    return Said(days=Days(tuple(spans), point=False, past=past), day_ends=tuple(ends)), after


def _weekdays(begin: Days, last: int, after: int) -> tuple[Said, int]:
    """ "Monday through Thursday": the last such stretch and the next."""
    gap = (last - (begin.weekday or 0)) % 7
    firsts = [span.first for span in begin.spans if span.first is not None]
    spans = tuple(DaySpan(first, first + timedelta(days=gap + 1)) for first in firsts)
    ends = tuple(first + timedelta(days=gap) for first in firsts)
    return Said(days=Days(spans, point=False), day_ends=ends), after


def _with_year(begin: Days, end: Days) -> Days:
    """The first end of a range takes the year said at the second, or the one before when it would come later."""
    last = end.spans[0].first
    spans: list[DaySpan] = []
    for span in begin.spans[:1]:
        if span.first is None or span.end is None or last is None:
            continue
        for year in (last.year, last.year - 1):
            try:
                first = span.first.replace(year=year)
            except ValueError:
                continue
            if first <= last:
                spans.append(DaySpan(first, first + (span.end - span.first)))
                break
    return replace(begin, spans=tuple(spans), year=last.year if last else None)


def _between_moments(p: Phrase, begin: Said, end: Said, after: int) -> tuple[Said, int] | None:
    found = []
    for start_day in begin.days.spans if begin.days else ():
        for end_day in end.days.spans if end.days else ():
            if start_day.first is None or end_day.first is None or end_day.first < start_day.first:
                continue
            start_at, end_at = (begin.clock, end.clock)
            if start_at is None or end_at is None:
                continue
            midnight = datetime.combine(start_day.first, datetime.min.time(), tzinfo=p.now.tzinfo)
            close = datetime.combine(end_day.first, datetime.min.time(), tzinfo=p.now.tzinfo)
            found.append(
                (
                    midnight + timedelta(seconds=start_at.spans[0][0] or 0),
                    close + timedelta(seconds=end_at.spans[0][0] or 0),
                )
            )
            break
    return (Said(moments=tuple(found), stretch=True), after) if found else None


def _next_time(start: datetime, second: int) -> datetime:
    moment = start.replace(hour=second // 3600, minute=second % 3600 // 60, second=second % 60, microsecond=0)
    return moment if moment > start else moment + timedelta(days=1)
