"""The list of calls, as exactly what its template shows; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from console import positions, times, words
from console.times import Moment
from followup.closing import INSIDE
from followup.leads import MISSING_DATA
from followup.loop_views import Owed
from kit.ids import CallId
from kit.phone import spoken
from record.call_views import CallLine, CallPage, Outcome
from record.hand_off_figures import HandOffFigures

_SOON = timedelta(hours=1)
_SETTLES_WITHIN = timedelta(minutes=2)
_LIST_ENDS_AT = 999


@dataclass(frozen=True, slots=True)
class Badge:
    """Status is shape, word and colour together; `kind` names the colour. A quiet one has no background."""

    kind: str
    shape: str
    word: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called: a name only when they were identified; otherwise the number, and whose it is on file."""

    name: str
    aside: str


@dataclass(frozen=True, slots=True)
class CallRow:
    id: str
    address: str
    badge: Badge
    caller: Caller
    result: str
    disposition: str
    when: Moment
    length: str
    spoken_length: str
    live: bool


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FilterForm:
    """What the list is narrowed to, as the form shows it."""

    disposition: str
    live: bool
    date: str
    date_problem: str
    dispositions: tuple[Choice, ...]

    @property
    def narrowed(self) -> bool:
        return bool(self.disposition or self.live or self.date)


@dataclass(frozen=True, slots=True)
class CallList:
    rows: tuple[CallRow, ...]
    older: str | None
    first_page: bool
    form: FilterForm


@dataclass(frozen=True, slots=True)
class LivePill:
    """ "2 live", and where it leads: the call itself when there is only one."""

    words: str
    address: str
    count: int


def live_pill(live_ids: Sequence[str]) -> LivePill:
    count = len(live_ids)
    shown = f"{_LIST_ENDS_AT}+" if count > _LIST_ENDS_AT else str(count)
    return LivePill(f"{shown} live", f"/calls/{live_ids[0]}" if count == 1 else "/calls/live", count)


def filter_form(disposition: str, live: bool, date: str, date_problem: str) -> FilterForm:
    known = [Choice(code, label, code == disposition) for code, label in words.DISPOSITIONS.items()]
    if disposition and disposition not in words.DISPOSITIONS:
        known.append(Choice(disposition, words.plain(disposition), True))
    return FilterForm(disposition, live, date, date_problem, tuple(known))


def call_list(
    page: CallPage,
    owed: Mapping[CallId, list[Owed]],
    form: FilterForm,
    *,
    now: datetime,
    zone: ZoneInfo,
    first_page: bool,
) -> CallList:
    """A page of the list with the address of the next, older one."""
    older = None
    if page.next:
        query: dict[str, str] = {}
        if form.disposition:
            query["disposition"] = form.disposition
        if form.live:
            query["live"] = "1"
        if form.date and not form.date_problem:
            query["date"] = form.date
        query["before"] = positions.written(page.next.started_at, page.next.call_id)
        older = f"/calls?{urlencode(query)}"
    rows = tuple(call_row(line, owed.get(line.id, []), now, zone) for line in page.calls)
    return CallList(rows, older, first_page, form)


def hand_off_line(figures: HandOffFigures) -> str:
    """The figure in one sentence; nothing while nobody was put through."""
    if figures.percent is None:
        return ""
    return f"Hand-offs, last 7 days: {figures.reached} of {figures.tried} reached a person ({figures.percent} %)"


def call_row(line: CallLine, owed: Sequence[Owed], now: datetime, zone: ZoneInfo) -> CallRow:
    seconds = line.seconds if line.seconds is not None else (now - line.started_at).total_seconds()
    return CallRow(
        id=line.id,
        address=f"/calls/{line.id}",
        badge=badge(line, owed, now, zone),
        caller=caller(line),
        result=result(line, owed, now, zone),
        disposition=words.DISPOSITIONS.get(line.outcome.code) or words.plain(line.outcome.code) if line.outcome else "",
        when=times.moment(line.started_at, now, zone),
        length=times.length(seconds),
        spoken_length=times.spoken_length(seconds),
        live=line.ended_at is None,
    )


def badge(line: CallLine, owed: Sequence[Owed], now: datetime, zone: ZoneInfo) -> Badge:
    """What the call needs, worst thing first."""
    if line.ended_at is None:
        return Badge("info", "◉", "Live")
    still_open = [loop for loop in owed if loop.closed_at is None]
    if still_open:
        return due_badge(min(loop.due_at for loop in still_open), now, zone)
    if line.claims:
        return Badge("late", "▲", "Check claim")
    if line.outcome is None:
        if now - line.ended_at < _SETTLES_WITHIN:
            return Badge("waiting", "■", "Wrapping up")
        return Badge("late", "▲", "No outcome")
    if line.outcome.source == "agent" and not owed:
        return Badge("ai", "◆", "Closed by AI", quiet=True)
    return Badge("ok", "✓", "Closed", quiet=True)


def nameless(kind: str) -> str:
    """Whom a loop is about where nobody is named: the store itself, or somebody who gave neither name nor number."""
    return "The store" if kind in INSIDE and kind != MISSING_DATA else words.NAMELESS


def due_badge(due_at: datetime, now: datetime, zone: ZoneInfo) -> Badge:
    if due_at <= now:
        return Badge("late", "▲", times.lateness(now - due_at))
    if due_at - now <= _SOON:
        return Badge("soon", "◔", f"Due {times.span(due_at - now)}")
    local, today = due_at.astimezone(zone), now.astimezone(zone).date()
    day = "" if local.date() == today else f"{local:%a} "
    return Badge("waiting", "◔", f"Due {day}{times.clock(local)}")


def caller(line: CallLine) -> Caller:
    number = spoken(line.from_e164) if line.from_e164.startswith("+") else "Number withheld"
    if line.customer:
        return Caller(line.customer, number)
    return Caller(number, f"On file for {line.on_file}" if line.on_file else "")


def result(line: CallLine, owed: Sequence[Owed], now: datetime, zone: ZoneInfo) -> str:
    """One sentence: what came of the call, and what is owed and by when."""
    if line.ended_at is None:
        return "On the line now"
    if line.outcome is None:
        said = words.END_REASONS.get(line.end_reason or "", "The call has ended")
    else:
        said = _came_to(line.outcome)
    first = next((loop for loop in owed if loop.closed_at is None), None)
    if first is not None:
        kind = words.LOOPS.get(first.kind, words.plain(first.kind))
        said += f" → {kind[0].lower()}{kind[1:]} by {_short(first.due_at, now, zone)}"
    return said


def _came_to(outcome: Outcome) -> str:
    """The disposition and the part of its note that says more; what was asked for is in the summary."""
    label = words.DISPOSITIONS.get(outcome.code) or words.plain(outcome.code)
    parts = [part for part in outcome.note.split("; ") if part and not part.startswith(("Asked for:", "Said:"))]
    if not parts:
        return label
    # "Appointment moved" and "Moved the visit to Tue 8:00" say one thing: then only the fuller of the two is shown.
    same = next((part for part in reversed(parts) if _stems(label) & _stems(part)), None)
    return same or f"{label} · {parts[-1]}"


def _stems(text: str) -> set[str]:
    return {word.strip(".,:;·")[:6].lower() for word in text.split() if len(word) > 4 and word.lower() != "appointment"}


def _short(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    said = times.moment(at, now, zone).words.removeprefix("Today ")
    return said.replace("Yesterday", "yesterday").replace("Tomorrow", "tomorrow")
