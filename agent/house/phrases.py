"""How the house agent says things: short sentences, days and times as people say them. Pure text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

_LONGEST_FIELD = 200


def plain(text: object, longest: int = _LONGEST_FIELD) -> str:
    """Text from a record made safe to say: one line, nothing invisible, no markup, and not long."""
    words = unicodedata.normalize("NFKC", str(text or ""))
    kept = "".join(" " if c in "\n\r\t" else c for c in words if unicodedata.category(c)[0] != "C" or c in "\n\r\t")
    for mark in "<>{}[]`|\\":
        kept = kept.replace(mark, " ")
    return " ".join(kept.split())[:longest].strip()


def ordinal(number: int) -> str:
    """24 -> 24th."""
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def say_day(day: date, today: date) -> str:
    """A day nobody can mistake: "tomorrow, Tuesday the 24th"; further off with its month."""
    name = day.strftime("%A")
    if day == today:
        return f"today, {name} the {ordinal(day.day)}"
    if day == today + timedelta(days=1):
        return f"tomorrow, {name} the {ordinal(day.day)}"
    return f"{name}, {day.strftime('%B')} {ordinal(day.day)}"


def say_time(moment: time) -> str:
    """9:30 in the morning, noon, 3 in the afternoon."""
    if (moment.hour, moment.minute) == (12, 0):
        return "noon"
    hour = moment.hour % 12 or 12
    clock = f"{hour}:{moment.minute:02d}" if moment.minute else f"{hour}"
    half = "in the morning" if moment.hour < 12 else "in the afternoon" if moment.hour < 17 else "in the evening"
    return f"{clock} {half}"


def say_moment(moment: datetime, now: datetime) -> str:
    """A day and a time, in the zone the moment carries."""
    return f"{say_day(moment.date(), now.astimezone(moment.tzinfo).date())} at {say_time(moment.time())}"


def say_choices(moments: Sequence[datetime], now: datetime) -> str:
    """Several times, each day said once: "Tuesday, November 24th at 8 or 9:30 in the morning"."""
    days: dict[date, list[datetime]] = {}
    for moment in moments:
        days.setdefault(moment.date(), []).append(moment)
    said = []
    for day, times in days.items():
        today = now.astimezone(times[0].tzinfo).date()
        said.append(f"{say_day(day, today)} at {one_of(_clocks([moment.time() for moment in times]))}")
    return "; or ".join(said)


def _clocks(times: Sequence[time]) -> list[str]:
    """Times of one day, the half of the day said once when they share it."""
    full = [say_time(moment) for moment in times]
    ends = {" ".join(words.split()[1:]) for words in full}
    if len(full) > 1 and len(ends) == 1 and "" not in ends:
        return [words.split()[0] for words in full[:-1]] + [full[-1]]
    return full


def one_of(words: Sequence[str]) -> str:
    """a, b, or c."""
    return _joined(words, "or")


def all_of(words: Sequence[str]) -> str:
    """a, b, and c."""
    return _joined(words, "and")


def say_digits(digits: str) -> str:
    """Digits one by one, in the groups people use for a telephone number."""
    only = "".join(c for c in digits if c.isdigit())
    groups = [only[:3], only[3:6], only[6:]] if len(only) == 10 else [only]
    return ", ".join(" ".join(group) for group in groups if group)


def sentence(text: str) -> str:
    """With a capital first letter and an end."""
    words = text.strip()
    if not words:
        return ""
    return words[0].upper() + words[1:] + ("" if words[-1] in ".!?" else ".")


def _joined(words: Sequence[str], last: str) -> str:
    if len(words) < 3:
        return f" {last} ".join(words)
    return f"{', '.join(words[:-1])}, {last} {words[-1]}"
