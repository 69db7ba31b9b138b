"""The queue as people look at it: what is theirs, what is late, and one loop with everything that happened on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from followup import proofs
from followup.loop_models import LoopAlarm, LoopHandoff, LoopPromise, LoopStep
from followup.models import Loop
from kit.ids import CustomerId, LoopId, StaffId
from record.call_briefs import CallBrief
from record.contact_models import ContactEvent
from record.models import Call, Customer, Staff
from record.text_models import TextMessage
from scheduling.models import AppointmentRow

MINE, ALL, LATE, OFFERED, UNCONFIRMED, WAITING, SNOOZED, CLOSED = (
    "mine",
    "all",
    "late",
    "offered",
    "unconfirmed",
    "waiting",
    "snoozed",
    "closed",
)
VIEWS = (MINE, ALL, LATE, OFFERED, UNCONFIRMED, WAITING, SNOOZED, CLOSED)
_HOUR = timedelta(hours=1)
_CLOSED_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One loop in the list."""

    id: LoopId
    kind: str
    state: str
    need: str
    department: str
    owner_id: StaffId
    owner: str
    due_at: datetime
    due_for: str
    customer_id: CustomerId | None
    customer: str
    contact: str
    vehicle: str
    next_step: str
    urgent: bool
    level: int
    value_cents: int | None
    source: str
    snoozed_until: datetime | None
    closed_at: datetime | None
    close_reason: str


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many there are, for the line above the list and its tabs."""

    late: int
    next_hour: int
    views: dict[str, int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that may prove something: `value` is kind:id."""

    value: str
    says: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    act: str
    by: str
    at: datetime
    says: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A hand-over that waits for its answer."""

    to_id: StaffId
    to: str
    asked_at: datetime
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class WholeLoop:
    """One loop with its history."""

    line: QueueLine
    stage: str
    cause: str
    requested_service: str
    opened_at: datetime
    steps: tuple[Step, ...]
    alarms: tuple[tuple[str, int], ...]
    promises: tuple[tuple[str, datetime, str], ...]
    proven: dict[str, str]
    offer: Offer | None
    candidates: tuple[Candidate, ...]
    call_id: str = ""
    brief: CallBrief | None = None


async def queue(
    db: AsyncSession, view: str, now: datetime, me: str | None, department: str = "", limit: int = 200
) -> list[QueueLine]:
    """The loops of a view, the earliest due first; what was put off is out of sight until it is due."""
    found = _lines().where(*_in_view(view, now, me))
    if department:
        found = found.where(Loop.department == department)
    order = Loop.closed_at.desc() if view == CLOSED else Loop.due_at
    rows = await db.execute(found.order_by(order, Loop.id).limit(limit))
    return [_line(*row) for row in rows]


async def counts(db: AsyncSession, now: datetime, me: str | None) -> QueueCounts:
    """All of them in one look at the queue."""
    recent = or_(Loop.closed_at.is_(None), Loop.closed_at > now - _CLOSED_LATELY)
    soon = and_(Loop.closed_at.is_(None), Loop.due_at > now, Loop.due_at <= now + _HOUR)
    wanted = [func.count().filter(and_(*_in_view(view, now, me))) for view in VIEWS]
    row = (await db.execute(select(*wanted, func.count().filter(soon)).select_from(Loop).where(recent))).one()
    views = dict(zip(VIEWS, row, strict=False))
    return QueueCounts(views[LATE], row[-1], views)


async def whole(db: AsyncSession, loop_id: str) -> WholeLoop | None:
    """One loop, and what could prove that its need was met."""
    row = (await db.execute(_lines().where(Loop.id == loop_id))).first()
    if row is None:
        return None
    loop: Loop = row[0]
    steps = await db.scalars(select(LoopStep).where(LoopStep.loop_id == loop_id).order_by(LoopStep.at, LoopStep.id))
    alarms = await db.scalars(
        select(LoopAlarm).where(LoopAlarm.loop_id == loop_id, LoopAlarm.cleared_at.is_(None)).order_by(LoopAlarm.since)
    )
    promises = await db.scalars(select(LoopPromise).where(LoopPromise.loop_id == loop_id).order_by(LoopPromise.made_at))
    evidence = await proofs.kept_evidence(db, loop_id)
    call = await db.get(Call, loop.call_id) if loop.call_id else None
    return WholeLoop(
        line=_line(*row),
        stage=loop.stage,
        cause=loop.cause_code,
        requested_service=loop.requested_service,
        opened_at=loop.created_at,
        steps=tuple(Step(each.act, each.by, each.at, each.says) for each in steps),
        alarms=tuple((each.kind, each.level) for each in alarms),
        promises=tuple((each.words, each.due_at, each.settled_as) for each in promises),
        proven={each.part: each.says or f"{each.kind} {each.ref}" for each in evidence},
        offer=await _offer(db, loop_id),
        candidates=tuple(await _candidates(db, loop)),
        call_id=loop.call_id or "",
        brief=CallBrief.of(call.brief) if call is not None else None,
    )


def _lines() -> Any:
    return (
        select(Loop, Staff.name, Customer.first_name, Customer.last_name)
        .join(Staff, Staff.id == Loop.owner_id)
        .outerjoin(Customer, Customer.id == Loop.customer_id)
    )


def _in_view(view: str, now: datetime, me: str | None) -> list[ColumnElement[bool]]:
    """What makes a loop one of a view."""
    if view == CLOSED:
        return [Loop.closed_at > now - _CLOSED_LATELY]
    mine = select(LoopHandoff.loop_id).where(LoopHandoff.to_id == (me or ""), LoopHandoff.answered_at.is_(None))
    seen = or_(Loop.snoozed_until.is_(None), Loop.snoozed_until <= now, Loop.due_at <= now)
    more: dict[str, list[ColumnElement[bool]]] = {
        MINE: [Loop.owner_id == (me or ""), seen],
        ALL: [seen],
        LATE: [Loop.due_at <= now],
        OFFERED: [Loop.id.in_(mine)],
        UNCONFIRMED: [Loop.state == "ai_done_unconfirmed"],
        WAITING: [Loop.state.in_(("waiting_customer", "waiting_event"))],
        SNOOZED: [Loop.snoozed_until > now, Loop.due_at > now],
    }
    return [Loop.closed_at.is_(None), *more[view]]


async def _offer(db: AsyncSession, loop_id: str) -> Offer | None:
    found = (
        await db.execute(
            select(LoopHandoff, Staff.name)
            .join(Staff, Staff.id == LoopHandoff.to_id)
            .where(LoopHandoff.loop_id == loop_id, LoopHandoff.answered_at.is_(None))
        )
    ).first()
    if found is None:
        return None
    offer, name = found
    return Offer(StaffId(offer.to_id), name, offer.asked_at, offer.facts)


async def _candidates(db: AsyncSession, loop: Loop) -> list[Candidate]:
    """The newest calls, texts and appointments that may prove it."""
    scope = await proofs.scope_of(db, loop)
    booked = AppointmentRow.state == "booked"
    rows: list[Any] = [
        select(literal("call"), Call.id, literal("Call"), Call.started_at).where(proofs.counts(Call, scope)),
        select(literal("call"), ContactEvent.id, ContactEvent.outcome, ContactEvent.at).where(
            proofs.counts(ContactEvent, scope)
        ),
        select(literal("text"), TextMessage.id, TextMessage.body, TextMessage.at).where(
            proofs.counts(TextMessage, scope)
        ),
        select(literal("appointment"), AppointmentRow.id, literal("Appointment"), AppointmentRow.starts_at).where(
            proofs.counts(AppointmentRow, scope), booked
        ),
    ]
    each = union_all(*rows).subquery()
    kind, ref, says, at = each.c
    found = await db.execute(select(kind, ref, says, at).order_by(at.desc()).limit(12))
    return [Candidate(f"{row[0]}:{row[1]}", f"{row[0].capitalize()}: {row[2][:40]}", row[3]) for row in found]


def _line(loop: Loop, owner: str, first: str | None, last: str | None) -> QueueLine:
    return QueueLine(
        LoopId(loop.id),
        loop.kind,
        loop.state,
        loop.need,
        loop.department,
        StaffId(loop.owner_id),
        owner,
        loop.due_at,
        loop.due_for,
        CustomerId(loop.customer_id) if loop.customer_id else None,
        f"{first or ''} {last or ''}".strip(),
        loop.contact,
        loop.vehicle,
        loop.next_step,
        loop.urgency == "hot",
        loop.level,
        loop.value_cents,
        loop.source,
        loop.snoozed_until,
        loop.closed_at,
        loop.close_reason or "",
    )
