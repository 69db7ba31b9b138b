"""Single days as spoken: names of days, dates in words and figures, "the 15th", "a week from Friday"."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from agent.house.understanding.day_values import Days, dated, one, read_month, read_optional_year, safe_date
from agent.house.understanding.figures import read_figures
from agent.house.understanding.holidays import nth_weekday, read_holiday
from agent.house.understanding.numbers import read_cardinal, read_ordinal
from agent.house.understanding.phrase import Phrase

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon mondays monday's",
            "tuesday tue tues tuesdays tuesday's",
            "wednesday wed weds wednesdays wednesday's wensday wednsday",
            "thursday thu thur thurs thursdays thursday's",
            "friday fri fridays friday's",
            "saturday sat saturdays saturday's saterday",
            "sunday sun sundays sunday's",
        )  # fmt: skip
    )
    for name in names.split()
}
PREFIXES = {
    "this": 0, "next": 1, "following": 1, "last": -1, "previous": -1, "coming": 2, "upcoming": 2, "past": -2,
}  # fmt: skip
_NO_DATE_AFTER = frozenset({"thing", "available", "opening", "appointment", "slot", "one", "choice"})
_RARE_DAYS = frozenset({"sat", "sun", "mon", "wed"})


def read_day(p: Phrase, i: int, *, after_weekday: bool = False) -> tuple[Days, int] | None:
    """The longest single day at token `i`."""
    start = i + 1 if p.word(i) == "the" else i
    best: tuple[Days, int] | None = None
    readers = (
        _named,
        _last_of_month,
        read_figures,
        _month_first,
        _day_first,
        _weekday,
        _day_of_month,
        _holiday,
        _nth_weekday,
    )
    for read in readers:
        found = read(p, start)
        if found is not None and (best is None or found[1] > best[1]):
            best = found
    if best is not None and best[0].loose and not after_weekday:
        return None
    return best


def read_weekday(p: Phrase, i: int) -> int | None:
    """The day of the week named at token `i`; short forms that are also words need company."""
    word = p.word(i)
    if word not in WEEKDAYS or p.glued_to_word(i):
        return None
    if word in _RARE_DAYS and p.word(i - 1) in ("the", "a", "he", "she", "i", "my", "it", "just", "we", "they"):
        return None
    if word == "sat" and p.word(i + 1) in ("down", "there", "in", "on", "here"):
        return None
    return WEEKDAYS[word]


def _named(p: Phrase, i: int) -> tuple[Days, int] | None:
    word, today = p.word(i), p.today
    if word == "day" and p.word(i + 1) in ("after", "before"):
        sign = 1 if p.word(i + 1) == "after" else -1
        anchor = p.word(i + 2)
        if anchor in ("tomorrow", "tmrw", "tmr") and sign == 1:
            return Days((one(today + timedelta(days=2)),)), i + 3
        if anchor == "yesterday" and sign == -1:
            return Days((one(today - timedelta(days=2)),), past=True), i + 3
        named = read_holiday(p.words, i + 2)
        if named is not None:
            moved = [named[0](today.year + k) + timedelta(days=sign) for k in (-1, 0, 1)]
            near = [d for d in moved if d < today][-1:] + [d for d in moved if d >= today][:1]
            return Days(tuple(one(d) for d in near), holiday=True), named[1]
        if sign == 1 and p.word(i - 1) == "the" and "tomorrow" in p.words[max(0, i - 4) : i]:
            return Days((one(today + timedelta(days=2)),)), i + 2  # "tomorrow or the day after"
        if anchor in ("", "?", ".", ",", "!") and p.word(i - 1) == "the":
            return Days((one(today + timedelta(days=sign)),), past=sign < 0), i + 2
        return None
    if word in ("today", "today's", "2day"):
        return Days((one(today),)), i + 1
    if word in ("tomorrow", "tomorrow's", "tmrw", "tmr", "tomorow", "tommorow", "tommorrow", "2morrow"):
        return Days((one(today + timedelta(days=1)),)), i + 1
    if word == "2" and p.word(i + 1) in ("morrow", "day") and p.glued(i + 1):
        return Days((one(today + timedelta(days=p.word(i + 1) == "morrow")),)), i + 2
    if word in ("yesterday", "yesterday's"):
        return Days((one(today - timedelta(days=1)),), past=True), i + 1
    return None


def _month_first(p: Phrase, i: int) -> tuple[Days, int] | None:
    month = read_month(p, i)
    if month is None:
        return None
    j = i + 1
    while p.word(j) in (".", "/", "-", "the", ","):
        if p.word(j) == "," and p.word(j + 1) != "the":
            return None
        j += 1
    found = read_ordinal(p.words, j) or _small_number(p, j)
    if found is None or not 1 <= found[0] <= 31:
        return None
    if p.word(found[1]) == ":" or (p.word(i) in ("may", "march") and p.is_counted(found[1])):
        return None
    if p.word(j) in p.numbers and found[1] == j + 1 and p.word(j + 1) in ("am", "pm", "a", "p"):
        return None
    after = found[1] + 1 if p.word(found[1]) == "day" else found[1]
    year, after = read_optional_year(p, after)
    days = dated(p, month, found[0], year)
    return (days, after) if days is not None else None


def _day_first(p: Phrase, i: int) -> tuple[Days, int] | None:
    found = read_ordinal(p.words, i) or _small_number(p, i)
    if found is None or not 1 <= found[0] <= 31:
        return None
    j = found[1] + 1 if p.word(found[1]) == "day" else found[1]
    while p.word(j) in ("of", "the", "-", "/"):
        j += 1
    month = read_month(p, j)
    if month is None:
        return None
    after = j + 2 if p.word(j + 1) == "." and p.word(j + 2) in p.numbers else j + 1
    year, after = read_optional_year(p, after)
    days = dated(p, month, found[0], year)
    return (days, after) if days is not None else None


def _small_number(p: Phrase, i: int) -> tuple[int, int] | None:
    found = read_cardinal(p.words, i)
    if found is None or not 1 <= found[0] <= 31:
        return None
    return None if p.word(i) in p.numbers and len(p.word(i)) > 2 else found


def read_prefix(p: Phrase, i: int) -> tuple[int, int] | None:
    """ "this", "next", "this coming", "the following": which week is meant."""
    word = p.word(i)
    if word not in PREFIXES:
        return None
    if word == "this" and p.word(i + 1) in ("coming", "upcoming", "past", "next"):
        return PREFIXES[p.word(i + 1)], i + 2
    return PREFIXES[word], i + 1


def weekday_days(p: Phrase, weekday: int, which: int | None) -> Days:
    """A day of the week: bare is last and next (today is next); prefixed is one."""
    today = p.today
    ahead = today + timedelta(days=(weekday - today.weekday()) % 7)
    if which is None:
        return Days((one(ahead - timedelta(days=7)), one(ahead)), weekday=weekday)
    if which == 2:
        return Days((one(ahead if ahead > today else ahead + timedelta(days=7)),), weekday=weekday)
    if which == -2:
        return Days((one(ahead - timedelta(days=7)),), weekday=weekday, past=True)
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=which)
    return Days((one(monday + timedelta(days=weekday)),), weekday=weekday, past=which < 0)


def _weekday(p: Phrase, i: int) -> tuple[Days, int] | None:
    prefix = read_prefix(p, i)
    which, j = prefix if prefix is not None else (None, i)
    weekday = read_weekday(p, j)
    if weekday is None:
        return None
    j += 1
    if p.word(j) == "." and p.word(j - 1) in ("mon", "tue", "tues", "wed", "weds", "thu", "thur", "thurs", "fri"):
        j += 1
    if which is None:
        dated_too = _weekday_with_date(p, j, weekday)
        if dated_too is not None:
            return dated_too
        beside = _beside_a_holiday(p, j, weekday)
        if beside is not None:
            return beside
        if p.word(j) == "after" and p.word(j + 1) == "next":
            nearest = weekday_days(p, weekday, 1).spans[0].first
            return Days((one((nearest or p.today) + timedelta(days=7)),), weekday=weekday), j + 2
        if p.word(j) == "week" and p.word(j - 2) not in ("this", "next", "last"):  # "Friday week", as the British say
            ahead = weekday_days(p, weekday, None).spans[1].first
            return Days((one((ahead or p.today) + timedelta(days=7)),), weekday=weekday), j + 1
    return weekday_days(p, weekday, which), j


def _beside_a_holiday(p: Phrase, i: int, weekday: int) -> tuple[Days, int] | None:
    """ "(the Monday) after Thanksgiving", "(the Friday) before Christmas"."""
    if p.word(i) not in ("after", "before"):
        return None
    named = read_holiday(p.words, i + 1)
    if named is None:
        return None
    sign = 1 if p.word(i) == "after" else -1
    feasts = (named[0](p.today.year + k) for k in (-1, 0, 1))
    made = [feast + timedelta(days=sign * (((weekday - feast.weekday()) * sign) % 7 or 7)) for feast in feasts]
    near = [day for day in made if day < p.today][-1:] + [day for day in made if day >= p.today][:1]
    return Days(tuple(one(day) for day in near), weekday=weekday), named[1]


def _last_of_month(p: Phrase, i: int) -> tuple[Days, int] | None:
    """ "the last day of the month", "last day of November"."""
    if p.words[i : i + 3] != ["last", "day", "of"]:
        return None
    j = i + 4 if p.word(i + 3) == "the" else i + 3
    prefix = read_prefix(p, j)
    shift, k = prefix if prefix is not None else (0, j)
    month = read_month(p, k)
    index = p.today.year * 12 + p.today.month - 1 + {2: 1, -2: -1}.get(shift, shift)
    if month is not None:
        index += (month - 1 - index) % 12
    elif p.word(k) != "month":
        return None
    following = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    return Days((one(following - timedelta(days=1)),), past=shift < 0), k + 1


def _weekday_with_date(p: Phrase, i: int, weekday: int) -> tuple[Days, int] | None:
    """ "Tuesday, Jan 15", "Friday the 26th", "Thu 14th", "friday 23"."""
    j = i
    while p.word(j) in (",", "-"):
        j += 1
    exact = read_day(p, j, after_weekday=True) if p.word(j) not in WEEKDAYS else None
    if exact is not None and exact[0].month is not None:
        return replace(exact[0], weekday=weekday, loose=False), exact[1]
    the = p.word(j) == "the"
    j += the
    found = read_ordinal(p.words, j)
    if found is not None and p.word(found[1]) in _NO_DATE_AFTER:
        return None  # "Monday first thing", "Friday, first available"
    if found is None and p.word(j) in p.numbers:
        number = int(p.word(j)) if len(p.word(j)) == 2 else 0
        plain = p.word(j + 1) not in (":", "/", "am", "pm", "a", "p") and not p.is_counted(j + 1)
        found = (number, j + 1) if number > 12 and plain else None
    if found is None or not 1 <= found[0] <= 31:
        return None
    return _matching(p, weekday, found[0], the), found[1]


def _matching(p: Phrase, weekday: int, dom: int, this_month: bool) -> Days:
    here = safe_date(p.today.year, p.today.month, dom)
    if this_month and here is not None and here.weekday() == weekday:
        return Days((one(here),), weekday=weekday, dom=dom)
    before = _search(p.today, weekday, dom, -1)
    ahead = _search(p.today, weekday, dom, 1)
    return Days(tuple(one(d) for d in (before, ahead) if d is not None), weekday=weekday, dom=dom)


def _search(today: date, weekday: int, dom: int, step: int) -> date | None:
    month = today.year * 12 + today.month - 1
    for k in range(0, 60):
        year, index = divmod(month + step * k, 12)
        made = safe_date(year, index + 1, dom)
        if made is None or made.weekday() != weekday:
            continue
        if (step > 0 and made >= today) or (step < 0 and made < today):
            return made
    return None


def _day_of_month(p: Phrase, i: int) -> tuple[Days, int] | None:
    """ "the 15th", "the twenty-sixth day of the month", "the 3rd of next month"."""
    found = read_ordinal(p.words, i)
    if found is None or not 1 <= found[0] <= 31:
        return None
    dom, j = found
    if p.word(j) == "day":
        j += 1
    k = j
    if p.word(k) in ("of", "in"):
        k += 1
        if p.word(k) == "the":
            k += 1
        prefix = read_prefix(p, k)
        shift, m = prefix if prefix is not None else (0, k)
        if p.word(m) == "month":
            made = _in_month(p, dom, shift)
            return (Days((one(made),), dom=dom, past=shift < 0), m + 1) if made is not None else None
        return None
    second = p.word(i - 1) in ("or", "and") and p.word(i - 2) in ("st", "nd", "rd", "th")
    anchored = second or p.word(i - 1) in ("the", "on", "by", "til", "until")
    worded = p.word(i) not in p.numbers
    follows = p.word(j)
    if not anchored or (worded and p.word(i - 1) != "the"):
        return None
    if (worded and follows not in _AFTER_ORDINAL) or p.is_counted(j) or follows in ("round", "time", "one", "floor"):
        return None
    return _dom_days(p, dom), j


_AFTER_ORDINAL = frozenset(
    ["", ".", ",", "?", "!", "at", "in", "or", "and", "around", "works", "is", "would", "if", "for"]
)


def _dom_days(p: Phrase, dom: int) -> Days:
    month = p.today.year * 12 + p.today.month - 1
    made = [safe_date((month + k) // 12, (month + k) % 12 + 1, dom) for k in range(-3, 4)]
    real = [day for day in made if day is not None]
    before = [day for day in real if day < p.today]
    ahead = [day for day in real if day >= p.today]
    return Days(tuple(one(day) for day in (*before[-1:], *ahead[:1])), dom=dom)


def _in_month(p: Phrase, dom: int, shift: int) -> date | None:
    step = {2: 1, -2: -1}.get(shift, shift)
    year, month = divmod(p.today.year * 12 + p.today.month - 1 + step, 12)
    return safe_date(year, month + 1, dom)


def _holiday(p: Phrase, i: int) -> tuple[Days, int] | None:
    prefix = read_prefix(p, i)
    which, j = prefix if prefix is not None else (None, i)
    found = read_holiday(p.words, j)
    if found is None:
        return None
    make, j = found
    year, j = read_optional_year(p, j)
    if year is None and which in (0, None):
        made = [make(p.today.year + k) for k in (-1, 0, 1)]
        before = [day for day in made if day < p.today]
        ahead = [day for day in made if day >= p.today]
        if which == 0:
            return Days((one(make(p.today.year)),), holiday=True), j
        return Days((one(before[-1]), one(ahead[0])), holiday=True), j
    if year is None:
        forward = (which or 0) > 0
        made = [make(p.today.year + k) for k in (-1, 0, 1)]
        fit = [day for day in made if (day > p.today) == forward and day != p.today]
        return Days((one(fit[0] if forward else fit[-1]),), holiday=True, past=not forward), j
    return Days((one(make(year)),), year=year, holiday=True), j


def _nth_weekday(p: Phrase, i: int) -> tuple[Days, int] | None:
    """ "the last Friday of the month", "first Monday in December", "second Tuesday of next month"."""
    nth = (-1, i + 1) if p.word(i) == "last" else read_ordinal(p.words, i)
    if nth is None or nth[0] > 5:
        return None
    weekday = read_weekday(p, nth[1])
    j = nth[1] + 1
    if weekday is None or p.word(j) not in ("of", "in"):
        return None
    j += 2 if p.word(j + 1) == "the" else 1
    prefix = read_prefix(p, j)
    if prefix is not None or p.word(j) == "month":
        shift, k = prefix if prefix is not None else (0, j)
        if p.word(k) != "month":
            return None
        index = p.today.year * 12 + p.today.month - 1 + {2: 1, -2: -1}.get(shift, shift)
        made = nth_weekday(index // 12, index % 12 + 1, weekday, nth[0])
        return Days((one(made),), weekday=weekday), k + 1
    month = read_month(p, j)
    if month is None:
        return None
    year, j = read_optional_year(p, j + 1)
    years = [year] if year is not None else [p.today.year - 1, p.today.year, p.today.year + 1]
    found = [nth_weekday(y, month, weekday, nth[0]) for y in years]
    if year is None:
        found = [d for d in found if d < p.today][-1:] + [d for d in found if d >= p.today][:1]
    return Days(tuple(one(day) for day in found), weekday=weekday), j
