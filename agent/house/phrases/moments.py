"""Days and times as people say them, in the caller's language. Pure text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from agent.house.understanding.languages import Language

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DIAS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MESES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip


def ordinal(number: int) -> str:
    """24 -> 24th."""
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def say_day(day: date, today: date, language: Language = Language.ENGLISH) -> str:
    """A day nobody can mistake: "tomorrow, Tuesday the 24th"; further off with its month."""
    if language is Language.SPANISH:
        return _dia(day, today)
    name = day.strftime("%A")
    if day == today:
        return f"today, {name} the {ordinal(day.day)}"
    if day == today + timedelta(days=1):
        return f"tomorrow, {name} the {ordinal(day.day)}"
    return f"{name}, {day.strftime('%B')} {ordinal(day.day)}"


def say_time(moment: time, language: Language = Language.ENGLISH) -> str:
    """9:30 in the morning, noon, 3 in the afternoon."""
    if language is Language.SPANISH:
        return _hora(moment)
    if (moment.hour, moment.minute) == (12, 0):
        return "noon"
    hour = moment.hour % 12 or 12
    clock = f"{hour}:{moment.minute:02d}" if moment.minute else f"{hour}"
    half = "in the morning" if moment.hour < 12 else "in the afternoon" if moment.hour < 17 else "in the evening"
    return f"{clock} {half}"


def say_moment(moment: datetime, now: datetime, language: Language = Language.ENGLISH) -> str:
    """A day and a time, in the zone the moment carries."""
    day = say_day(moment.date(), now.astimezone(moment.tzinfo).date(), language)
    at = " a" if language is Language.SPANISH else " at"
    return f"{day}{at} {say_time(moment.time(), language)}"


def say_choices(moments: Sequence[datetime], now: datetime, language: Language = Language.ENGLISH) -> str:
    """Several times, each day said once: "Tuesday, November 24th at 8 or 9:30 in the morning"."""
    days: dict[date, list[datetime]] = {}
    for moment in moments:
        days.setdefault(moment.date(), []).append(moment)
    at, otherwise = (" a", "; o ") if language is Language.SPANISH else (" at", "; or ")
    said = []
    for day, times in days.items():
        today = now.astimezone(times[0].tzinfo).date()
        clocks = _clocks([moment.time() for moment in times], language)
        said.append(f"{say_day(day, today, language)}{at} {one_of(clocks, language)}")
    return otherwise.join(said)


def weekday_name(weekday: int, language: Language = Language.ENGLISH) -> str:
    """Monday is 0."""
    return _DIAS[weekday] if language is Language.SPANISH else _DAYS[weekday]


def one_of(words: Sequence[str], language: Language = Language.ENGLISH) -> str:
    """a, b, or c."""
    return _joined(words, "o" if language is Language.SPANISH else "or", language)


def all_of(words: Sequence[str], language: Language = Language.ENGLISH) -> str:
    """a, b, and c."""
    return _joined(words, "y" if language is Language.SPANISH else "and", language)


def _clocks(times: Sequence[time], language: Language) -> list[str]:
    """Times of one day, the half of the day said once when they share it."""
    full = [say_time(moment, language) for moment in times]
    cut = 2 if language is Language.SPANISH else 1  # "las 8" stays together
    ends = {" ".join(words.split()[cut:]) for words in full}
    if len(full) > 1 and len(ends) == 1 and "" not in ends:
        return [" ".join(words.split()[:cut]) for words in full[:-1]] + [full[-1]]
    return full


def _joined(words: Sequence[str], last: str, language: Language) -> str:
    if len(words) < 3:
        return f" {last} ".join(words)
    comma = "" if language is Language.SPANISH else ","
    return f"{', '.join(words[:-1])}{comma} {last} {words[-1]}"


def _dia(day: date, today: date) -> str:
    name = _DIAS[day.weekday()]
    if day == today:
        return f"hoy, {name} {day.day}"
    if day == today + timedelta(days=1):
        return f"mañana, {name} {day.day}"
    return f"el {name} {day.day} de {_MESES[day.month - 1]}"


def _hora(moment: time) -> str:
    """ "las 9:30 de la mañana"; what "a" or "desde" goes in front of."""
    hour = moment.hour % 12 or 12
    clock = f"{hour}:{moment.minute:02d}" if moment.minute else f"{hour}"
    article = "la" if hour == 1 else "las"
    if (moment.hour, moment.minute) == (12, 0):
        return "las 12 del mediodía"
    half = "de la mañana" if moment.hour < 12 else "de la tarde" if moment.hour < 20 else "de la noche"
    return f"{article} {clock} {half}"
