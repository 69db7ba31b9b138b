"""Text conversations, as exactly what their templates show; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from console import positions, times, words
from console.presenters import Badge, Choice, due_badge
from console.times import Moment
from followup.loop_views import OpenOn
from kit.phone import spoken
from record.text_views import Line, ThreadLine, ThreadRecord
from record.texts import AI, HUMAN

_FAILED = ("undelivered", "failed")
_ARRIVED = ("delivered", "read")


@dataclass(frozen=True, slots=True)
class ThreadRow:
    address: str
    badge: Badge
    name: str
    aside: str
    words: str
    when: Moment


@dataclass(frozen=True, slots=True)
class ThreadList:
    rows: tuple[ThreadRow, ...]
    modes: tuple[Choice, ...]
    older: str | None
    first_page: bool
    narrowed: bool


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text, who wrote it and what became of it."""

    id: str
    side: str
    who: str
    body: str
    at: Moment
    trouble: str
    sent: str
    photos: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThreadView:
    id: str
    name: str
    aside: str
    customer: str
    number: str
    badge: Badge
    answering: str
    held: bool
    bubbles: tuple[Bubble, ...]
    owed: tuple[tuple[Badge, str, str], ...]
    newest: str


def thread_list(
    lines: Sequence[ThreadLine],
    owed: Mapping[str, Sequence[OpenOn]],
    mode: str,
    *,
    page: int,
    now: datetime,
    zone: ZoneInfo,
    first_page: bool,
) -> ThreadList:
    older = None
    if len(lines) > page:
        last = lines[page - 1]
        kept = {"answering": mode} if mode else {}
        older = f"/texts?{urlencode({**kept, 'before': positions.written(last.last_at, last.id)})}"
    modes = (("", "Everybody"), (AI, "The AI"), (HUMAN, "A person"))
    return ThreadList(
        tuple(_row(line, owed.get(line.id, ()), now, zone) for line in lines[:page]),
        tuple(Choice(value, label, value == mode) for value, label in modes),
        older,
        first_page,
        bool(mode),
    )


def thread_view(
    record: ThreadRecord, owed: Sequence[OpenOn], now: datetime, zone: ZoneInfo, flags: Mapping[str, Sequence[str]]
) -> ThreadView:
    """The whole conversation, oldest first, what is owed on it, and what was written without a record of it."""
    name, aside = _named(record.number, record.customer, record.on_file)
    who = record.customer_id or record.on_file_id
    held = record.mode == HUMAN
    answering = f"{record.held_by or 'A person'} has this conversation. The AI is silent until it is handed back."
    return ThreadView(
        record.id,
        name,
        aside,
        f"/customers/{who}" if who else "",
        spoken(record.number),
        _answering(record.mode, record.held_by),
        answering if held else "The AI answers. Write or take over, and it is silent until you hand back.",
        held,
        tuple(_bubble(line, now, zone, flags.get(line.id, ())) for line in record.lines),
        tuple((due_badge(loop.due_at, now, zone), loop.need, loop.owner) for loop in owed),
        record.newest,
    )


def _row(line: ThreadLine, owed: Sequence[OpenOn], now: datetime, zone: ZoneInfo) -> ThreadRow:
    name, aside = _named(line.number, line.customer, line.on_file)
    if owed:
        badge = due_badge(min(loop.due_at for loop in owed), now, zone)
    elif line.last_author == "customer" and line.last_state == "received":
        badge = Badge("info", "●", "New")
    else:
        badge = _answering(line.mode, line.held_by)
    said = {"customer": "", "ai": "AI: ", "staff": "Store: "}.get(line.last_author, "")
    return ThreadRow(
        f"/texts/{line.id}", badge, name, aside, f"{said}{' '.join(line.last_words.split())}",
        times.moment(line.last_at, now, zone),
    )  # fmt: skip


def _named(number: str, customer: str, on_file: str) -> tuple[str, str]:
    """A name only when they proved who they are; otherwise the number, and whose it is on file."""
    shown = spoken(number)
    return (customer, shown) if customer else (shown, f"On file for {on_file}" if on_file else "")


def _answering(mode: str, held_by: str) -> Badge:
    if mode == HUMAN:
        return Badge("waiting", "■", f"{held_by or 'A person'} answers", quiet=True)
    return Badge("ai", "◆", "AI answers", quiet=True)


def _bubble(line: Line, now: datetime, zone: ZoneInfo, flags: Sequence[str] = ()) -> Bubble:
    side = "theirs" if line.author == "customer" else "ours"
    who = {"customer": "Customer", "ai": "AI", "staff": line.author_name or "Store"}.get(line.author, "System")
    trouble, sent = "", ""
    if side == "ours":
        if line.status in _FAILED or line.state in ("rejected", "withheld", "not_sent"):
            left = words.TEXT_STATES.get(line.state, "did not arrive")
            trouble = f"{left[:1].upper()}{left[1:]}" + (f": {line.why}" if line.why else "")
            trouble += f" (carrier code {line.error_code})" if line.error_code else ""
        elif line.status in _ARRIVED:
            sent = "Delivered"
        else:
            state = words.TEXT_STATES.get(line.state, "sent")
            sent = f"{state[:1].upper()}{state[1:]}"
    photos = f"{line.photos} photo{'' if line.photos == 1 else 's'}" if line.photos else ""
    return Bubble(
        line.id, side, who, line.body, times.moment(line.at, now, zone), trouble, sent, photos,
        tuple(words.CLAIMS.get(kind, words.plain(kind)) for kind in flags),
    )  # fmt: skip
