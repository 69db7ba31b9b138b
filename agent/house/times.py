"""From what a caller said about time to what is asked of the schedule, and back: which offers fit. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from agent.house.understanding import ClockSpan, Preference, Understood, WantedTime

_FIRST_USUAL_HOUR, _LAST_USUAL_HOUR = 7, 18
_ORDINALS: tuple[tuple[str, int], ...] = (
    (r"\b(first|1st|earliest|earlier|soonest|former|sooner)\b", 0),
    (r"\b(second|2nd|middle)\b", 1),
    (r"\b(third|3rd)\b", 2),
    (r"\b(last|latest|later|latter)\b", -1),
)
_OTHER = re.compile(
    r"\b(some(?:thing|time)|any(?:thing|time)?|a (?:bit|little)|much|is there|do you have|got|what about)\b", re.I
)
_PICKS = re.compile(r"\b(one|slot|time|option|choice|appointment|works?|please|sounds|fine|good|take)\b", re.IGNORECASE)
_ANY = re.compile(
    r"\b(either|any(?: of (?:them|those))?|whichever|whatever|does ?n[o']?t matter|up to you|both work|"
    r"you (?:pick|choose))\b",
    re.IGNORECASE,
)

_NONE = re.compile(r"\b(none|neither|not any|no(?:ne)? of (?:them|those|these))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SlotOffer:
    """One time the schedule offered, in the store's own clock."""

    slot_id: str
    starts: datetime
    advisor: str = ""


def usual(clock: Sequence[ClockSpan]) -> tuple[ClockSpan, ...]:
    """Nine is nine in the morning and three is in the afternoon: the half of the day when stores are open."""
    if len(clock) < 2:
        return tuple(clock)
    open_then = [span for span in clock if _in_usual_hours(span)]
    return tuple(open_then or clock[:1])


def _in_usual_hours(span: ClockSpan) -> bool:
    """By where it begins; "by ten" has only an end."""
    if span.start is not None:
        return _FIRST_USUAL_HOUR <= span.start.hour < _LAST_USUAL_HOUR
    return span.end is None or _FIRST_USUAL_HOUR < span.end.hour <= _LAST_USUAL_HOUR


def settled(wanted: WantedTime, now: datetime) -> WantedTime:
    """With days already over dropped and the half of the day decided."""
    today = now.date()
    ahead = tuple(span for span in wanted.days if span.end is None or span.end > today)
    clock = usual(wanted.clock) if wanted.needs_am_pm else wanted.clock
    only = ahead[0].one_day if len(ahead) == 1 else None
    if wanted.needs_am_pm and only == today and clock and not any(_not_over(s, now) for s in clock):
        clock = tuple(s for s in wanted.clock if _not_over(s, now)) or clock
    return replace(wanted, days=ahead or wanted.days[-1:], clock=clock, needs_am_pm=False)


def joined(before: WantedTime, new: WantedTime) -> WantedTime:
    """A later wish over an earlier one: what is newly said replaces its own part and keeps the rest."""
    asks_end = new.preference is not None
    return replace(
        new,
        days=new.days or (() if asks_end and not new.clock else before.days),
        clock=new.clock or (() if asks_end else before.clock),
        excluded=before.excluded + new.excluded if not new.days else new.excluded,
        excluded_clock=before.excluded_clock + new.excluded_clock if not new.clock else new.excluded_clock,
        needs_am_pm=new.needs_am_pm if new.clock else before.needs_am_pm,
        preference=new.preference or (before.preference if not new.days else None),
    )


def fits(offer: SlotOffer, wanted: WantedTime) -> bool:
    """Whether an offered time is one the caller asked for."""
    day, moment = offer.starts.date(), offer.starts.time()
    if any(span.contains(day) for span in wanted.excluded) and wanted.excluded:
        return False
    if any(span.contains(moment) for span in wanted.excluded_clock):
        return False
    return (not wanted.days or any(span.contains(day) for span in wanted.days)) and (
        not wanted.clock or any(span.contains(moment) for span in wanted.clock)
    )


def picked(offers: Sequence[SlotOffer], u: Understood, wanted: WantedTime) -> list[SlotOffer]:
    """The offers an answer points at: by time first, then "the second one", then "either is fine"."""
    if not offers:
        return []
    text = u.text.lower()
    if wanted.days or wanted.clock:
        by_time = [offer for offer in offers if fits(offer, replace(wanted, excluded=(), excluded_clock=()))]
        if by_time:
            exact = any(span.exact for span in wanted.clock)
            return by_time[:1] if exact else by_time
    if _NONE.search(text) or (_OTHER.search(text) and not _ANY.search(text)):
        return []
    for pattern, index in _ORDINALS:
        if re.search(pattern, text) and (_PICKS.search(text) or len(text.split()) <= 3):
            return [offers[index]] if -len(offers) <= index < len(offers) else []
    return [offers[0]] if _ANY.search(text) else []


def search(wanted: WantedTime, now: datetime) -> dict[str, object]:
    """The `offer_slots` arguments for a wish: bounds in the store's local time and the time of day."""
    arguments: dict[str, object] = {}
    first = min((span.first for span in wanted.days if span.first), default=None)
    open_end = not wanted.days or any(span.end is None for span in wanted.days)
    end = None if open_end else max(span.end for span in wanted.days if span.end)
    opens, closes = _edges(wanted.clock)
    exact = next((span.exact for span in wanted.clock if span.exact), None)
    if first:
        arguments["earliest"] = _at(first, None if exact else opens, now)
    if end:
        last = end - timedelta(days=1)
        one_day = first is not None and last == first
        arguments["latest"] = _at(last, closes if one_day and not exact else None, now, end_of_day=True)
    if exact:
        arguments["time_of_day"] = exact.strftime("%H:%M")
    elif wanted.clock:
        arguments["time_of_day"] = _part_of_day(opens, closes)
    elif wanted.preference is Preference.LATEST:
        arguments["time_of_day"] = "17:00"
    return arguments


def _part_of_day(opens: time | None, closes: time | None) -> str:
    begin, finish = opens or time(7), closes or time(18)
    if finish <= time(12):
        return "morning"
    if begin >= time(17):
        return "evening"
    if begin >= time(12):
        return "afternoon" if begin == time(12) else begin.strftime("%H:%M")
    return begin.strftime("%H:%M") if opens else finish.strftime("%H:%M")


def _edges(clock: Sequence[ClockSpan]) -> tuple[time | None, time | None]:
    if not clock:
        return None, None
    return clock[0].start, clock[-1].end


def _at(day: date, moment: time | None, now: datetime, *, end_of_day: bool = False) -> str:
    at = datetime.combine(day, moment or (time(23, 59) if end_of_day else time()), tzinfo=now.tzinfo)
    return max(at, now).isoformat(timespec="minutes") if not end_of_day else at.isoformat(timespec="minutes")


def _not_over(span: ClockSpan, now: datetime) -> bool:
    return (span.end or span.start or time.max) >= now.time()
