"""Stretches of days as spoken: "next week", "this September", "the last week of the month", "Q1 2019"."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from agent.house.understanding.day_values import Days, read_month
from agent.house.understanding.days import read_day, read_prefix, read_weekday
from agent.house.understanding.numbers import read_ordinal, read_year
from agent.house.understanding.phrase import Phrase
from agent.house.understanding.spans_of_time import next_or_last, read_length
from agent.house.understanding.when import DaySpan

_LEANS = {
    "end": "late", "late": "late", "later": "late", "beginning": "early", "start": "early", "early": "early",
    "earlier": "early", "middle": "mid", "mid": "mid", "rest": "rest", "remainder": "rest",
}  # fmt: skip
_SHORT = {"eom": "month", "eoy": "year"}
_STEPS = {0: 0, 1: 1, -1: -1, 2: 1, -2: -1}


def read_period(p: Phrase, i: int) -> tuple[Days, int] | None:
    """The longest stretch of days at token `i`."""
    best: tuple[Days, int] | None = None
    for read in (_leaning, _unit, _weekend, _nth_week, _months, _quarter, _counted, _week_number, _week_of, _year):
        found = read(p, i)
        if found is not None and (best is None or found[1] > best[1]):
            best = found
    return best


def week_of(day: date) -> DaySpan:
    """Monday to Monday around `day`."""
    monday = day - timedelta(days=day.weekday())
    return DaySpan(monday, monday + timedelta(days=7))


def month_of(year: int, month: int) -> DaySpan:
    """A calendar month; `month` may run over either end of the year."""
    index = year * 12 + month - 1
    return DaySpan(date(index // 12, index % 12 + 1, 1), date((index + 1) // 12, (index + 1) % 12 + 1, 1))


def year_of(year: int) -> DaySpan:
    """A calendar year."""
    return DaySpan(date(year, 1, 1), date(year + 1, 1, 1))


def read_unit(p: Phrase, i: int) -> tuple[DaySpan, str, int, int] | None:
    """ "next week", "this month", "the year": the span, its unit, how it leans in time, and the index after."""
    j = i + 1 if p.word(i) == "the" else i
    if p.word(j) in ("week", "month", "weekend") and p.words[j + 1 : j + 3] == ["after", "next"]:
        beyond = _shifted(p, p.word(j), 1)
        end = beyond.end or p.today
        return (month_of(end.year, end.month) if p.word(j) == "month" else _later(beyond, 7)), p.word(j), 1, j + 3
    prefix = read_prefix(p, j)
    which, j = prefix if prefix is not None else (0, j)
    word = p.word(j)
    if word in ("week's", "week", "weekend", "month", "quarter", "year") and (prefix is not None or p.word(i) == "the"):
        if prefix is None and p.word(j + 1) in ("of", "starting", "beginning"):
            return None
        span = _shifted(p, word.removesuffix("'s"), which)
        return span, word.removesuffix("'s"), which, j + 1
    return None


def _later(span: DaySpan, days: int) -> DaySpan:
    gap = timedelta(days=days)
    return DaySpan(span.first + gap if span.first else None, span.end + gap if span.end else None)


def _shifted(p: Phrase, unit: str, which: int) -> DaySpan:
    step, today = _STEPS[which], p.today
    if unit == "week":
        return week_of(today + timedelta(weeks=step))
    if unit == "weekend":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        return DaySpan(monday + timedelta(days=5), monday + timedelta(days=7))
    if unit == "month":
        return month_of(today.year, today.month + step)
    if unit == "quarter":
        return _quarter_span(today.year, (today.month - 1) // 3 + step)
    return year_of(today.year + step)


def _quarter_span(year: int, index: int) -> DaySpan:
    first = month_of(year, index * 3 + 1)
    return DaySpan(first.first, month_of(year, index * 3 + 3).end)


def _unit(p: Phrase, i: int) -> tuple[Days, int] | None:
    found = read_unit(p, i)
    if found is None:
        return None
    span, unit, which, j = found
    # "the week", "the month" alone are too loose to act on; "the year" is kept for "the year before".
    if read_prefix(p, i + (p.word(i) == "the")) is None and unit != "year" and p.word(j - 1) != "next":
        return None
    if unit == "year" and read_prefix(p, i + (p.word(i) == "the")) is None and p.word(j) != "before":
        return None
    return Days((span,), point=False, past=which < 0, week=unit == "week"), j


def _weekend(p: Phrase, i: int) -> tuple[Days, int] | None:
    """ "the weekend" without more is the coming one."""
    j = i + 1 if p.word(i) == "the" else i
    return (Days((_shifted(p, "weekend", 0),), point=False), j + 1) if p.word(j) == "weekend" else None


def _leaning(p: Phrase, i: int) -> tuple[Days, int] | None:
    """ "end of month", "later this week", "the beginning of March", "EOY"."""
    j = i + 1 if p.word(i) == "the" else i
    if p.word(j) in _SHORT:
        return _lean(p, Days((_shifted(p, _SHORT[p.word(j)], 0),), point=False), "late"), j + 1
    lean = _LEANS.get(p.word(j))
    if lean is None:
        return None
    j += 1
    if p.word(j) in ("of", "in", "-"):
        j += 1
    elif p.word(j - 1) in ("end", "beginning", "start", "rest", "remainder"):
        return None
    if p.word(j) in ("week", "month", "year") or (p.word(j) == "the" and p.word(j + 1) in ("week", "month", "year")):
        j += p.word(j) == "the"
        return _lean(p, Days((_shifted(p, p.word(j), 0),), point=False, week=p.word(j) == "week"), lean), j + 1
    inner = _unit(p, j) or _months(p, j, loose=True) or _year(p, j)
    day = read_day(p, j)
    if inner is None or (day is not None and day[1] > inner[1]):
        return None  # "later, April 9th": the day stands by itself
    days = _lean(p, inner[0], lean)
    return replace(days, part=lean), inner[1]


def _lean(p: Phrase, days: Days, lean: str) -> Days:
    spans = []
    for span in days.spans:
        first, end = span.first, span.end
        if first is None or end is None:
            spans.append(span)
            continue
        length = (end - first).days
        middle = date(first.year, first.month + 6, 1) if length > 300 else first + timedelta(days=_half(length))
        if lean == "late":
            first = max(middle, p.today) if first <= p.today < end and length <= 7 else middle
        elif lean == "early":
            end = middle
        elif lean == "mid":
            third = length // 3
            first, end = first + timedelta(days=third), end - timedelta(days=third)
        elif first <= p.today < end:
            first = p.today
        spans.append(DaySpan(first, end))
    return replace(days, spans=tuple(spans), part=lean)


def _half(length: int) -> int:
    return 3 if length == 7 else 15 if 28 <= length <= 31 else length // 2


def _months(p: Phrase, i: int, *, loose: bool = False) -> tuple[Days, int] | None:
    """ "June", "this September", "Sep 2019", "june of 1992", "Dec-2018", "12-2015"."""
    prefix = read_prefix(p, i)
    which, j = prefix if prefix is not None else (None, i)
    month = read_month(p, j)
    if month is None:
        return _figure_month(p, i)
    k = j + 1
    if p.word(k) == "." and p.word(j) not in ("may", "march", "june", "july"):
        k += 1
    after = k
    while p.word(after) in (",", "of", "-", "/", "in", "'") and after - k < 2:
        after += 1
    year = read_year(p.words, after)
    if year is None and p.word(after - 1) == "'" and p.word(after) in p.numbers and len(p.word(after)) == 2:
        year = (2000 + int(p.word(after)), after + 1)
    if year is not None and p.word(j) != "may" or year is not None and p.word(i - 1) not in ("it", "you", "she", "he"):
        return Days((month_of(year[0], month),), point=False, month=month, year=year[0]), year[1]
    today = p.today
    if which is not None and p.word(j) in ("may", "march") and p.word(j + 1) not in _AFTER_MONTH:
        return None
    if which is not None:
        shifted = today.year + _STEPS[which] if which in (0, -1, 1) else today.year + _nearest(today, month, which)
        return Days((month_of(shifted, month),), point=False, month=month, year=shifted, past=which < 0), j + 1
    if p.word(j) in ("may", "march", "mar", "jun") and not loose and p.word(j - 1) not in _BEFORE_MONTH:
        return None
    last = today.year if month < today.month else today.year - 1
    spans = (month_of(last, month), month_of(last + 1, month))
    return Days(spans, point=False, month=month), j + 1


_AFTER_MONTH = frozenset(["", ".", ",", "?", "!", "or", "and", "works", "for", "at", "on"])
_BEFORE_MONTH = frozenset(
    ["in", "of", "during", "since", "until", "till", "before", "after", "by", "from", "through", "early"]
)


def _nearest(today: date, month: int, which: int) -> int:
    if which > 0:
        return 0 if month > today.month else 1
    return 0 if month < today.month else -1


def _figure_month(p: Phrase, i: int) -> tuple[Days, int] | None:
    if p.word(i) not in p.numbers or len(p.word(i)) > 2 or p.word(i + 1) not in ("-", "/") or p.glued_to_word(i):
        return None
    month, year = int(p.word(i)), read_year(p.words, i + 2)
    glued = p.glued(i + 1) and p.glued(i + 2)
    if year is None or not 1 <= month <= 12 or not glued or p.word(i - 1) in ("-", "/") or p.glued(i + 3):
        return None
    return Days((month_of(year[0], month),), point=False, month=month, year=year[0]), year[1]


def _quarter(p: Phrase, i: int) -> tuple[Days, int] | None:
    """ "Q1 2019", "2017-q1", "2019-H2", "the first quarter of the year"."""
    year = read_year(p.words, i)
    j = i if year is None else year[1]
    if year is not None and p.word(j) in ("-", ","):
        j += 1
    if p.word(j) in ("q", "h") and p.word(j + 1) in ("1", "2", "3", "4") and p.glued(j + 1):
        letter, number, j = p.word(j), int(p.word(j + 1)), j + 2
        if year is None:
            k = j + 1 if p.word(j) in ("-", "of", ",") else j
            year = read_year(p.words, k)
            j = year[1] if year is not None else j
        if (letter == "h" and number > 2) or (letter == "h" and year is None):
            return None
        return _quarters(p, letter, number, year[0] if year is not None else None), j
    j = i + 1 if p.word(i) == "the" else i
    nth = read_ordinal(p.words, j) or ((4, j + 1) if p.word(j) == "last" else None)
    if nth is None or nth[0] > 4 or p.word(nth[1]) != "quarter" or p.word(nth[1] + 1) != "of":
        return None
    j = nth[1] + 2
    year = read_year(p.words, j)
    if year is not None:
        return _quarters(p, "q", nth[0], year[0]), year[1]
    unit = read_unit(p, j)
    if unit is None or unit[1] != "year":
        return None
    return _quarters(p, "q", nth[0], None if p.word(j) == "the" else (unit[0].first or p.today).year), unit[3]


def _quarters(p: Phrase, letter: str, number: int, year: int | None) -> Days:
    def span(of: int) -> DaySpan:
        if letter == "q":
            return _quarter_span(of, number - 1)
        return DaySpan(date(of, 6 * number - 5, 1), month_of(of, 6 * number).end)

    if year is not None:
        return Days((span(year),), point=False, year=year)
    this = span(p.today.year)
    if this.first is not None and this.first < p.today:
        return Days((this, span(p.today.year + 1)), point=False)
    return Days((span(p.today.year - 1), this), point=False)


def _counted(p: Phrase, i: int) -> tuple[Days, int] | None:
    """ "the next two days", "last 3 months"."""
    j = i + 1 if p.word(i) == "the" else i
    prefix = read_prefix(p, j)
    if prefix is None or prefix[0] == 0:
        return None
    found = read_length(p, prefix[1])
    if found is None or found[0].clocked:
        return None
    sign = 1 if prefix[0] > 0 else -1
    return Days((next_or_last(p, found[0], sign),), point=False, past=sign < 0), found[1]


def _nth_week(p: Phrase, i: int) -> tuple[Days, int] | None:
    """ "the last week of 2016", "1st week of Oct.", optionally with a day in it: "... on Friday"."""
    j = i + 1 if p.word(i) == "the" else i
    nth = read_ordinal(p.words, j) or ((-1, j + 1) if p.word(j) == "last" else None)
    if nth is None or nth[0] > 5 or p.word(nth[1]) != "week" or p.word(nth[1] + 1) not in ("of", "in"):
        return None
    j = nth[1] + 2
    found = _year(p, j) or _months(p, j, loose=True) or _unit(p, j)
    if found is None and p.word(j) == "the" and p.word(j + 1) in ("month", "year"):
        found = Days((_shifted(p, p.word(j + 1), 0),), point=False), j + 2
    if found is None:
        return None
    spans = tuple(week for span in found[0].spans if (week := _week_in(span, nth[0])) is not None)
    return Days(spans, point=False, week=True, past=found[0].past), found[1]


def _week_in(span: DaySpan, n: int) -> DaySpan | None:
    """The n-th week with most of its days in `span` (its Thursday decides)."""
    if span.first is None or span.end is None:
        return None
    if n < 0:
        last = span.end - timedelta(days=1)
        thursday = last - timedelta(days=(last.weekday() - 3) % 7)
    else:
        thursday = span.first + timedelta(days=(3 - span.first.weekday()) % 7 + 7 * (n - 1))
    return week_of(thursday)


def _week_number(p: Phrase, i: int) -> tuple[Days, int] | None:
    if p.word(i) != "week" or p.word(i + 1) not in p.numbers or not 1 <= int(p.word(i + 1)[:3]) <= 53:
        return None
    if p.word(i - 1) in ("a", "per", "every", "one") or p.is_counted(i + 2):
        return None
    span = week_of(date.fromisocalendar(p.today.year, min(int(p.word(i + 1)), 52), 1))
    return Days((span,), point=False, week=True), i + 2


def _week_of(p: Phrase, i: int) -> tuple[Days, int] | None:
    """ "the week starting on February 4", "week of the 12th"."""
    from_here = i + 1 if p.word(i) == "the" else i
    if p.word(from_here) not in ("week", "weekend"):
        return None
    weekend = p.word(from_here) == "weekend"
    j = from_here + 1
    if p.word(j) not in ("of", "starting", "beginning", "commencing"):
        return None
    j += 1
    if p.word(j) == "on":
        j += 1
    found = read_day(p, j)
    if found is None:
        return None
    spans = tuple(week_of(span.first) for span in found[0].spans if span.first is not None)
    if weekend:
        spans = tuple(DaySpan(s.first + timedelta(days=5), s.end) for s in spans if s.first is not None)
    return Days(spans, point=False, week=not weekend), found[1]


def _year(p: Phrase, i: int) -> tuple[Days, int] | None:
    """A year alone: worth knowing in "before 2018", otherwise weak."""
    found = read_year(p.words, i)
    if found is None or p.glued_to_word(i):
        return None
    month = read_month(p, found[1]) if p.word(found[1]) not in ("may", "march") else None
    if month is not None:
        return Days((month_of(found[0], month),), point=False, month=month, year=found[0]), found[1] + 1
    after = p.word(found[1])
    if (p.glued(found[1]) and (after[:1].isalnum() or after in ("-", "/", ":", "%"))) or p.word(i - 1) in (
        "-",
        "/",
        ":",
        ",",
    ):
        return None
    if p.is_counted(found[1]):
        return None
    return Days((year_of(found[0]),), point=False, year=found[0], bare_year=True), found[1]


def weekday_within(p: Phrase, days: Days, i: int) -> tuple[Days, int] | None:
    """A day of the week inside a named week: "next week [on] Mon", "1st week of Oct. on Friday"."""
    j = i
    while p.word(j) in ("on", ",", "."):
        j += 1
    weekday = read_weekday(p, j)
    if weekday is None or not days.week:
        return None
    spans = []
    for span in days.spans:
        if span.first is not None:
            day = span.first + timedelta(days=weekday)
            spans.append(DaySpan(day, day + timedelta(days=1)))
    return Days(tuple(spans), weekday=weekday, past=days.past), j + 1
