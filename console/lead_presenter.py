"""Leads, as exactly what their templates show; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from console import positions, times, words
from console.presenters import Badge, Choice, due_badge
from console.times import Moment
from followup.lead_facts import LeadCar
from followup.lead_views import LeadFilter, LeadLine, LeadRecord, Message
from kit.phone import spoken

_MOST_OF_A_MESSAGE = 20_000


@dataclass(frozen=True, slots=True)
class LeadRow:
    address: str
    badge: Badge
    name: str
    asked: str
    source: str
    owner: str
    missing: str
    when: Moment


@dataclass(frozen=True, slots=True)
class LeadList:
    rows: tuple[LeadRow, ...]
    older: str | None
    first_page: bool
    departments: tuple[Choice, ...]
    statuses: tuple[Choice, ...]
    unread: bool
    narrowed: bool


@dataclass(frozen=True, slots=True)
class LeadView:
    """One lead whole. `message` is the text it came as, shown as text whatever it holds."""

    name: str
    badge: Badge
    read: Badge
    source: str
    contacts: tuple[str, ...]
    customer: str
    owner: str
    due: Moment | None
    asked: str
    when: str
    cars: tuple[str, ...]
    trade_in: str
    comments: str
    missing: tuple[str, ...]
    reason: str
    received: Moment
    touches: tuple[tuple[str, Moment, bool], ...]
    message: str
    cut: bool


@dataclass(frozen=True, slots=True)
class MessageRow:
    door: str
    sender: str
    state: str
    says: str
    when: Moment


def lead_list(
    lines: Sequence[LeadLine], wanted: LeadFilter, *, page: int, now: datetime, zone: ZoneInfo, first_page: bool
) -> LeadList:
    older = None
    if len(lines) > page:
        last = lines[page - 1]
        kept = {"department": wanted.department, "status": wanted.status, "unread": "1" if wanted.unread else ""}
        query = {name: value for name, value in kept.items() if value}
        older = f"/leads?{urlencode({**query, 'before': positions.written(last.received_at, last.id)})}"
    departments = (("", "Any"), *words.DEPARTMENT_NAMES.items())
    statuses = (("", "Any"), ("open", "Open"), ("closed", "Closed"))
    return LeadList(
        tuple(_row(line, now, zone) for line in lines[:page]),
        older,
        first_page,
        tuple(Choice(value, label, value == wanted.department) for value, label in departments),
        tuple(Choice(value, label, value == wanted.status) for value, label in statuses),
        wanted.unread,
        bool(wanted.department or wanted.status or wanted.unread),
    )


def lead_view(record: LeadRecord, now: datetime, zone: ZoneInfo) -> LeadView:
    line = record.line
    kind, shape, word = words.PARSE_STATES.get(line.parse_state, words.PARSE_STATES["raw"])
    message = record.body.decode("utf-8", "replace")
    return LeadView(
        _name(line),
        _badge(line, now, zone),
        Badge(kind, shape, word),
        _source(line),
        tuple(each for each in (spoken(line.phone) if line.phone else "", line.email) if each),
        f"/customers/{line.customer_id}" if line.customer_id else "",
        line.owner,
        times.moment(line.due_at, now, zone) if line.due_at else None,
        record.service.what,
        record.service.when,
        tuple(_car(car) for car in record.cars),
        _car(record.trade_in) if record.trade_in else "",
        record.comments,
        line.missing,
        record.reason,
        times.moment(line.received_at, now, zone),
        tuple(
            (words.LEAD_CHANNELS.get(touch.kind) or words.plain(touch.kind), times.moment(touch.at, now, zone),
             touch.certain)
            for touch in record.touches
        ),
        message[:_MOST_OF_A_MESSAGE],
        len(message) > _MOST_OF_A_MESSAGE,
    )  # fmt: skip


def message_row(message: Message, now: datetime, zone: ZoneInfo) -> MessageRow:
    state = words.DELIVERY_STATES.get(message.state) or words.plain(message.state)
    door = words.LEAD_CHANNELS.get(message.door) or words.plain(message.door)
    return MessageRow(door, message.sender, state, message.says, times.moment(message.received_at, now, zone))


def _row(line: LeadLine, now: datetime, zone: ZoneInfo) -> LeadRow:
    asked = " · ".join(part for part in (line.car, line.asked) if part) or "Did not say what they want"
    return LeadRow(
        f"/leads/{line.id}",
        _badge(line, now, zone),
        _name(line),
        asked,
        _source(line),
        line.owner,
        f"Ask for: {'; '.join(line.missing)}" if line.missing else "",
        times.moment(line.received_at, now, zone),
    )


def _badge(line: LeadLine, now: datetime, zone: ZoneInfo) -> Badge:
    if line.status != "open":
        return Badge("ok", "✓", "Closed", quiet=True)
    if line.parse_state == "raw":
        return Badge("late", "▲", "Read it")
    if line.due_at is None:
        return Badge("info", "●", "Open")
    return due_badge(line.due_at, now, zone)


def _source(line: LeadLine) -> str:
    channel = words.LEAD_CHANNELS.get(line.channel) or words.plain(line.channel)
    department = words.DEPARTMENT_NAMES.get(line.department, "")
    return " · ".join(part for part in (channel, line.provider, department) if part)


def _name(line: LeadLine) -> str:
    return line.name or (spoken(line.phone) if line.phone else line.email) or "Nobody named"


def _car(car: LeadCar) -> str:
    facts = [car.spoken or "A car"]
    facts += [f"VIN {car.vin}"] if car.vin else []
    facts += [f"{car.miles:,} miles"] if car.miles is not None else []
    facts += [words.plain(car.interest).lower()] if car.interest else []
    return " · ".join(facts)
