"""Promises in words: figures of every clock, the lists behind them, and when they are broken. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from console import words
from console.times import Moment, moment, span
from kit.phone import spoken
from record.business_hours import BusinessHours
from visibility.burn import Alert, burning
from visibility.promises import AI, PEOPLE, TARGETS, Clock, Kept, Ran, kept

CLOCKS = {
    Clock.FIRST_ANSWER: "First answer by a person",
    Clock.CALLBACK: "Promised time kept",
    Clock.STATUS: "Status told",
    Clock.TEXT: "Text answered by a person",
    Clock.AI_CALL: "AI’s first word on a call",
    Clock.AI_TEXT: "AI’s answer to a text",
}
_SAYS = {
    Clock.FIRST_ANSWER: "first contact inside the department’s open minutes",
    Clock.CALLBACK: "what a customer was told, by the time they were told",
    Clock.STATUS: "news of a car or a part inside the department’s open minutes",
    Clock.TEXT: "a person’s answer where one is owed",
    Clock.AI_CALL: "within 10 seconds of the first ring",
    Clock.AI_TEXT: "within 60 seconds",
}
_OUTCOMES = {"kept": "kept", "late": "late", "open": "late and still waiting"}
_ALERTS = {Alert.NOW: "Now", Alert.TODAY: "Today", Alert.TREND: "Trend"}
_SHOWN = 200
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the list it is the length of."""

    count: int
    address: str


@dataclass(frozen=True, slots=True)
class ClockRow:
    name: str
    says: str
    target: int
    total: Figure
    kept: Figure
    late: Figure
    open: Figure
    budget: str
    waits: str
    alert: str


@dataclass(frozen=True, slots=True)
class Line:
    clock: str
    who: str
    owner: str
    due: Moment
    state: str
    late: bool
    took: str
    address: str


@dataclass(frozen=True, slots=True)
class PromisePage:
    department: str
    departments: tuple[tuple[str, str, bool], ...]
    people: tuple[ClockRow, ...]
    ai: tuple[ClockRow, ...]
    worst: tuple[Line, ...]
    listed: tuple[Line, ...]
    list_title: str
    list_total: int
    hours: tuple[int, ...]
    grid: tuple[tuple[str, tuple[int, ...]], ...]


def promise_page(
    rows: Sequence[Ran],
    department: str,
    clock: str,
    outcome: str,
    hours: BusinessHours,
    now: datetime,
    zone: ZoneInfo,
) -> PromisePage:
    named = sorted({row.department for row in rows if row.department} | {"service", "sales", "parts"})
    department = department if department in named else ""
    own = [row for row in rows if department in ("", row.department)]
    listed, title = _listed(own, clock, outcome)
    late = [row for row in own if row.late and row.clock in PEOPLE]
    grid_hours, grid = _grid(late, zone)
    return PromisePage(
        department=department,
        departments=(("", "All", not department), *((d, words.plain(d), d == department) for d in named)),
        people=tuple(_row(own, each, department, hours, now) for each in PEOPLE),
        ai=tuple(_row(own, each, department, hours, now) for each in AI),
        worst=tuple(_line(row, now, zone) for row in sorted(late, key=_lateness(now), reverse=True)[:10]),
        listed=tuple(_line(row, now, zone) for row in listed[:_SHOWN]),
        list_title=title,
        list_total=len(listed),
        hours=grid_hours,
        grid=grid,
    )


def _row(rows: Sequence[Ran], clock: Clock, department: str, hours: BusinessHours, now: datetime) -> ClockRow:
    figures = kept(rows, clock)

    def figure(count: int, outcome: str) -> Figure:
        query = {"clock": clock.value, **({"outcome": outcome} if outcome else {})}
        if department:
            query["department"] = department
        return Figure(count, f"/promises?{urlencode(query)}#list")

    return ClockRow(
        CLOCKS[clock], _SAYS[clock], TARGETS[clock],
        figure(figures.total, ""), figure(figures.kept, "kept"), figure(figures.late, "late"),
        figure(figures.open, "open"), _budget(figures), _waits(figures), _alert(rows, clock, hours, now),
    )  # fmt: skip


def _alert(rows: Sequence[Ran], clock: Clock, hours: BusinessHours, now: datetime) -> str:
    lately = [row for row in rows if row.clock is clock and now - row.at <= timedelta(days=7)]
    ended = [(hours.business_time_between(row.at, now), row.late) for row in lately]
    found = burning(ended, TARGETS[clock], timedelta(hours=9))
    return _ALERTS[found] if found else ""


def _budget(figures: Kept) -> str:
    if not figures.total:
        return "–"
    if figures.budget >= 0:
        return f"{figures.budget} more may be late"
    return f"{-figures.budget} over"


def _waits(figures: Kept) -> str:
    if figures.waits is None:
        return "–"
    return " · ".join(_short(wait) for wait in figures.waits)


def _short(wait: timedelta) -> str:
    return f"{wait.total_seconds():.0f} s" if wait < timedelta(minutes=2) else span(wait)


def _listed(rows: Sequence[Ran], clock: str, outcome: str) -> tuple[list[Ran], str]:
    if clock not in list(Clock):
        return [], ""
    chosen = [row for row in rows if row.clock == clock and _is(row, outcome)]
    title = f"{CLOCKS[Clock(clock)]}: {_OUTCOMES.get(outcome, 'all')}"
    return sorted(chosen, key=lambda row: row.at, reverse=True), title


def _is(row: Ran, outcome: str) -> bool:
    return {"kept": not row.late, "late": row.late, "open": row.open}.get(outcome, True)


def _line(row: Ran, now: datetime, zone: ZoneInfo) -> Line:
    contact = spoken(row.contact) if row.contact.startswith("+") else row.contact
    over = span(now - row.due_at) if row.open else span(row.at - row.due_at) if row.at > row.due_at else ""
    state = f"Late {over}".strip() if row.late else "Kept"
    place = f"/calls/{row.call_id}" if row.call_id else f"/texts/{row.thread_id}"
    address = f"/loops/{row.loop_id}" if row.loop_id else place
    who = row.who or contact or words.NAMELESS
    return Line(
        CLOCKS[row.clock], who, row.owner, moment(row.due_at, now, zone), state, row.late,
        "still waiting" if row.open else f"waited {_short(row.took)}" if row.took is not None else "", address,
    )  # fmt: skip


def _lateness(now: datetime) -> Callable[[Ran], tuple[bool, timedelta]]:
    return lambda row: (row.open, now - row.due_at if row.open else row.took or timedelta(0))


Grid = tuple[tuple[str, tuple[int, ...]], ...]


def _grid(late: Sequence[Ran], zone: ZoneInfo) -> tuple[tuple[int, ...], Grid]:
    """How many ran out on which weekday at which hour, over the hours in which any did."""
    counted = Counter((local.weekday(), local.hour) for row in late if (local := row.due_at.astimezone(zone)))
    used = sorted({hour for _, hour in counted})
    if not used:
        return (), ()
    hours = tuple(range(used[0], used[-1] + 1))
    return hours, tuple((day, tuple(counted[n, hour] for hour in hours)) for n, day in enumerate(_DAYS))
