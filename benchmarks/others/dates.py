"""Date and time phrases against the readings other people's test suites expect of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from agent.house.understanding import When, find_when
from benchmarks.others.score import Score


def score_dates(cases: list[dict[str, Any]], score: Score) -> None:
    """Every phrase: all expected mentions found with one of the expected readings, and nothing where nothing is."""
    for case in cases:
        found = find_when(case["input"], datetime.fromisoformat(case["reference"]))
        wrong = f"{case['input']} -> {[(w.text, str(w.moments)) for w in found]} wanted {case['results']}"
        if not case["results"]:
            score.note("dates none", case["id"], not [w for w in found if w.days or w.clock], wrong)
            continue
        for wanted in case["results"]:
            if any("not resolved" in value.values() for value in wanted["values"]):
                continue
            ok = any(_same(when, wanted) for when in found)
            score.note(f"dates {wanted['type']}", case["id"], ok, wrong)


def _same(when: When, wanted: dict[str, Any]) -> bool:
    """Whether one mention has one of the expected readings among its own."""
    return any(_reading(when, value) for value in wanted["values"])


def _reading(when: When, value: dict[str, str]) -> bool:
    if "value" in value:
        at = _moment(value["value"])
        if isinstance(at, time):
            return any(_near(span.exact, at) for span in when.clock)
        if isinstance(at, datetime):
            return any(moment.start is not None and abs(moment.start - at) <= _SLACK for moment in when.moments)
        return any(span.one_day == at or (span.first == at and span.end is None) for span in when.days)
    start, end = (_moment(value[key]) if key in value else None for key in ("start", "end"))
    if isinstance(start, time) or isinstance(end, time):
        return any(_near(span.start, start) and _near(span.end, end) for span in when.clock)
    return any(_at(moment.start, start) and _at(moment.end, end) for moment in when.moments)


def _at(found: datetime | None, wanted: date | datetime | time | None) -> bool:
    if wanted is None or found is None:
        return wanted is None and found is None
    whole = wanted if isinstance(wanted, datetime) else datetime.combine(wanted, time())  # type: ignore[arg-type]
    return abs(found - whole) <= _SLACK


def _near(found: time | None, wanted: time | date | None) -> bool:
    if not isinstance(wanted, time) or found is None:
        return found is None and wanted is None
    return (found.hour, found.minute) == (wanted.hour, wanted.minute)


def _moment(text: str) -> date | datetime | time:
    if len(text) == 10:
        return date.fromisoformat(text)
    return time.fromisoformat(text) if len(text) <= 8 else datetime.fromisoformat(text)


_SLACK = timedelta(minutes=1)
