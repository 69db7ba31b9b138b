"""Calls as a reader wants them: the newest, and one with everything it left. A handful of queries, no writes.

`Call.summary` is a list of `{"text": str, "at_ms": int}`: a line without the moment it came from is not shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallId
from record.call_briefs import CallBrief
from record.hand_off_brief import Brief, missing
from record.hand_off_moves import Stage
from record.models import (
    Call,
    CallCost,
    CallTransfer,
    CallTurn,
    ClaimFlag,
    Customer,
    Disposition,
    Recording,
    Staff,
    ToolCall,
    TransferTarget,
    TurnTiming,
    WriteBack,
)
from record.subjects import SubjectKind
from record.text_models import TextMessage

COUNT_LIMIT = 1000


@dataclass(frozen=True)
class Outcome:
    """The call's one current disposition."""

    code: str
    contact: str
    note: str
    source: str


@dataclass(frozen=True)
class CallLine:
    """One call in a list. `customer` was identified on the call; `on_file` only has that number.

    `claims` counts what was said to be done with no record of it.
    """

    id: CallId
    call_sid: str
    started_at: datetime
    ended_at: datetime | None
    seconds: int | None
    from_e164: str
    to_e164: str
    department: str
    customer: str | None
    on_file: str | None
    end_reason: str | None
    outcome: Outcome | None
    claims: int


@dataclass(frozen=True)
class Position:
    """Where a page of the list ends; the next page starts strictly after it."""

    started_at: datetime
    call_id: str


@dataclass(frozen=True)
class CallFilter:
    """Which calls to list; the times bound `started_at`, the second one excluded."""

    disposition: str | None = None
    live: bool = False
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class CallPage:
    calls: tuple[CallLine, ...]
    next: Position | None


@dataclass(frozen=True)
class Turn:
    """One thing said; times are milliseconds since the call's socket opened, None where unknown."""

    seq: int
    speaker: str
    text: str
    heard: str
    cut: str
    started_ms: int | None
    ended_ms: int | None


@dataclass(frozen=True)
class ToolUse:
    id: str
    tool: str
    arguments: dict[str, Any]
    decision: str
    result: dict[str, Any]
    started_ms: int
    took_ms: int


@dataclass(frozen=True)
class Timing:
    """The seven stamps of one reply, on one clock; None where unknown."""

    turn: int
    speech_end_ms: int | None
    stop_event_ms: int | None
    response_create_ms: int | None
    created_ms: int | None
    first_delta_ms: int | None
    first_sent_ms: int | None
    first_heard_ms: int | None


@dataclass(frozen=True)
class Cost:
    model: str
    modality: str
    quantity: float
    microdollars: int
    prices_as_of: date


@dataclass(frozen=True)
class Clip:
    """A recording; `path` is None until it is fetched and again once it is deleted."""

    id: str
    kind: str
    duration_seconds: int
    path: str | None
    deleted_at: datetime | None
    delete_after: datetime


@dataclass(frozen=True)
class HandOff:
    """One try to reach a person; `person` is whose phone it was, `lacking` what the brief had to have and had not."""

    label: str
    reason: str
    outcome: str | None
    at: datetime
    connected_at: datetime | None
    warm: bool = False
    stage: str = Stage.OVER
    person: str = ""
    accepted_at: datetime | None = None
    brief: Brief = Brief()
    lacking: tuple[str, ...] = ()
    returned: bool = False


@dataclass(frozen=True)
class Claim:
    """Something said to be done with no record of it, and the turn it was said in."""

    turn: int
    kind: str
    words: str


@dataclass(frozen=True)
class Delivery:
    """The disposition on its way to one outside system."""

    target: str
    state: str
    attempts: int
    next_try_at: datetime | None
    acknowledged_at: datetime | None
    last_error: str | None


@dataclass(frozen=True)
class CallRecord:
    """One call and everything it left in the record."""

    line: CallLine
    agent: str
    prompt_version: str
    verified_level: int
    connected_at: datetime | None
    recording_started_at: datetime | None
    summary: tuple[tuple[str, int], ...]
    brief: CallBrief | None
    turns: tuple[Turn, ...]
    tools: tuple[ToolUse, ...]
    timings: tuple[Timing, ...]
    costs: tuple[Cost, ...]
    clips: tuple[Clip, ...]
    hand_offs: tuple[HandOff, ...]
    claims: tuple[Claim, ...]
    deliveries: tuple[Delivery, ...]


async def conversations_on(db: AsyncSession, prompt_version: str, *, spoken: bool) -> int:
    """Calls that began on a version of a prompt, or texts that were written on it."""
    rows = Call.prompt_version == prompt_version if spoken else TextMessage.prompt_version == prompt_version
    return await db.scalar(select(func.count()).select_from(Call if spoken else TextMessage).where(rows)) or 0


async def newest_calls(
    db: AsyncSession, wanted: CallFilter, after: Position | None = None, limit: int = 50
) -> CallPage:
    """Calls newest first; `after` is the last one of the page before."""
    query = call_rows().order_by(Call.started_at.desc(), Call.id.desc()).limit(limit + 1)
    if wanted.live:
        query = query.where(Call.ended_at.is_(None))
    if wanted.disposition:
        query = query.where(Disposition.code == wanted.disposition)
    if wanted.since:
        query = query.where(Call.started_at >= wanted.since)
    if wanted.until:
        query = query.where(Call.started_at < wanted.until)
    if after:
        same_moment = and_(Call.started_at == after.started_at, Call.id < after.call_id)
        query = query.where(or_(Call.started_at < after.started_at, same_moment))
    rows = (await db.execute(query)).all()
    names = await names_of(db, [call for call, _ in rows])
    claims = await _claim_counts(db, [call.id for call, _ in rows])
    found = [call_line(call, outcome, names, claims.get(call.id, 0)) for call, outcome in rows]
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return CallPage(tuple(shown), Position(last.started_at, last.id) if last else None)


async def live_call_ids(db: AsyncSession) -> list[CallId]:
    """Calls in progress, newest first, at most a thousand."""
    ids = await db.scalars(
        select(Call.id).where(Call.ended_at.is_(None)).order_by(Call.started_at.desc()).limit(COUNT_LIMIT)
    )
    return [CallId(found) for found in ids]


async def call_record(db: AsyncSession, call_id: CallId | str) -> CallRecord | None:
    """The call with everything it left, or None when this rooftop has no such call."""
    row = (await db.execute(call_rows().where(Call.id == call_id))).one_or_none()
    if row is None:
        return None
    call, outcome = row
    claims = await _of(db, ClaimFlag, call_id, ClaimFlag.turn)
    return CallRecord(
        line=call_line(call, outcome, await names_of(db, [call]), len(claims)),
        agent=call.agent,
        prompt_version=call.prompt_version,
        verified_level=call.verified_level,
        connected_at=call.connected_at,
        recording_started_at=call.recording_started_at,
        summary=_summary(call.summary),
        brief=CallBrief.of(call.brief),
        turns=tuple(turn_of(t) for t in await _of(db, CallTurn, call_id, CallTurn.seq)),
        tools=tuple(
            ToolUse(t.id, t.tool, t.arguments, t.decision, t.result, t.started_ms, t.took_ms)
            for t in await _of(db, ToolCall, call_id, ToolCall.started_ms)
        ),
        timings=tuple(_timing(t) for t in await _of(db, TurnTiming, call_id, TurnTiming.turn)),
        costs=tuple(
            Cost(c.model, c.modality, c.quantity, c.microdollars, c.prices_as_of)
            for c in await _of(db, CallCost, call_id, CallCost.modality)
        ),
        clips=await clips_of(db, call_id),
        hand_offs=await _hand_offs(db, call_id),
        claims=tuple(Claim(flag.turn, flag.kind, flag.words) for flag in claims),
        deliveries=await _deliveries(db, call_id),
    )


async def clips_of(db: AsyncSession, call_id: CallId | str) -> tuple[Clip, ...]:
    """The call's recordings, oldest first."""
    return tuple(
        Clip(r.id, r.kind, r.duration_seconds, r.path, r.deleted_at, r.delete_after)
        for r in await _of(db, Recording, call_id, Recording.created_at)
    )


_OfCall = TypeVar("_OfCall", CallTurn, ToolCall, TurnTiming, CallCost, Recording, ClaimFlag)


def call_rows() -> Select[Call, Disposition | None]:
    return select(Call, Disposition).outerjoin(
        Disposition, and_(Disposition.call_id == Call.id, Disposition.superseded_by.is_(None))
    )


async def names_of(db: AsyncSession, calls: Sequence[Call]) -> dict[str, str]:
    """Names of everyone those calls mention, by customer id."""
    ids = {found for call in calls for found in (call.customer_id, call.customer_hint_id) if found}
    if not ids:
        return {}
    people = await db.scalars(select(Customer).where(Customer.id.in_(ids)))
    return {person.id: f"{person.first_name} {person.last_name}".strip() for person in people}


async def _claim_counts(db: AsyncSession, call_ids: Sequence[str]) -> dict[str, int]:
    rows = await db.execute(
        select(ClaimFlag.call_id, func.count()).where(ClaimFlag.call_id.in_(call_ids)).group_by(ClaimFlag.call_id)
    )
    return {str(call_id): count for call_id, count in rows}


def call_line(call: Call, outcome: Disposition | None, names: Mapping[str, str], claims: int) -> CallLine:
    seconds = call.duration_seconds
    if seconds is None and call.ended_at is not None:
        seconds = max(0, round((call.ended_at - call.started_at).total_seconds()))
    return CallLine(
        CallId(call.id),
        call.call_sid,
        call.started_at,
        call.ended_at,
        seconds,
        call.from_e164,
        call.to_e164,
        call.department,
        names.get(call.customer_id or ""),
        names.get(call.customer_hint_id or ""),
        call.end_reason,
        Outcome(outcome.code, outcome.contact_outcome, outcome.note, outcome.source) if outcome else None,
        claims,
    )


async def _of(db: AsyncSession, table: type[_OfCall], call_id: str, order: object) -> Sequence[_OfCall]:
    query = select(table).where(table.call_id == call_id).order_by(order, table.id)  # type: ignore[arg-type]
    return (await db.scalars(query)).all()


def turn_of(row: CallTurn) -> Turn:
    started, ended = _known(row.started_ms), _known(row.ended_ms)
    return Turn(row.seq, row.speaker, row.text, row.heard, row.cut, started, ended)


def _timing(row: TurnTiming) -> Timing:
    stamps = (
        row.speech_end_ms,
        row.stop_event_ms,
        row.response_create_ms,
        row.created_ms,
        row.first_delta_ms,
        row.first_sent_ms,
        row.first_heard_ms,
    )
    return Timing(row.turn, *(_known(stamp) for stamp in stamps))


def _known(ms: int | None) -> int | None:
    return ms if ms is not None and ms >= 0 else None


def _summary(stored: list[Any]) -> tuple[tuple[str, int], ...]:
    lines = []
    for line in stored:
        if isinstance(line, dict) and line.get("text") and isinstance(line.get("at_ms"), int):
            lines.append((str(line["text"]), int(line["at_ms"])))
    return tuple(lines)


async def _hand_offs(db: AsyncSession, call_id: str) -> tuple[HandOff, ...]:
    labels = (
        select(TransferTarget.key, func.max(TransferTarget.label).label("label"))
        .where(TransferTarget.staff_id.is_(None))
        .group_by(TransferTarget.key)
        .subquery()
    )
    rows = await db.execute(
        select(CallTransfer, labels.c.label, Staff.name)
        .outerjoin(labels, labels.c.key == CallTransfer.key)
        .outerjoin(Staff, Staff.id == CallTransfer.staff_id)
        .where(CallTransfer.call_id == call_id)
        .order_by(CallTransfer.created_at, CallTransfer.id)
    )
    return tuple(_hand_off(row, label, person) for row, label, person in rows)


def _hand_off(row: CallTransfer, label: str | None, person: str | None) -> HandOff:
    brief = Brief.of(row.brief)
    return HandOff(
        label=label or row.key,
        reason=row.reason,
        outcome=row.outcome,
        at=row.created_at,
        connected_at=row.connected_at,
        warm=row.warm,
        stage=row.stage,
        person=person or "",
        accepted_at=row.accepted_at,
        brief=brief,
        lacking=missing(row.key, brief) if row.warm else (),
        returned=row.returned_on is not None,
    )


async def _deliveries(db: AsyncSession, call_id: str) -> tuple[Delivery, ...]:
    rows = await db.scalars(
        select(WriteBack)
        .join(Disposition, Disposition.id == WriteBack.subject_id)
        .where(
            WriteBack.subject_kind == SubjectKind.DISPOSITION,
            Disposition.call_id == call_id,
            Disposition.superseded_by.is_(None),
        )
        .order_by(WriteBack.target)
    )
    return tuple(Delivery(w.target, w.state, w.attempts, w.next_try_at, w.acknowledged_at, w.last_error) for w in rows)
