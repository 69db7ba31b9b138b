"""Promises to call back: each with one named owner and one due time, made once per source."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.models import Loop
from followup.sla import callback_due
from kit.ids import CallId, CustomerId, LoopId, StaffId
from kit.redaction import redact
from record.hours import hours_of
from record.staff import owner_for

CALLBACK = "callback"
WRITEBACK_FAILED = "writeback_failed"
FEED_STALE = "feed_stale"


@dataclass(frozen=True)
class Promise:
    """What is owed, to whom, why and by when asked; `source_key` makes asking twice the same promise."""

    source_key: str
    need: str
    department: str
    contact: str
    customer_id: CustomerId | None = None
    call_id: CallId | None = None
    urgent: bool = False
    asked_for: datetime | None = None
    kind: str = CALLBACK


@dataclass(frozen=True)
class OpenLoop:
    """A promise as it stands."""

    id: LoopId
    kind: str
    need: str
    department: str
    contact: str
    owner_id: StaffId
    owner: str
    due_at: datetime
    call_id: CallId | None
    customer_id: CustomerId | None
    repeated: bool = False


async def promise_callback(db: AsyncSession, promise: Promise, now: datetime) -> OpenLoop:
    """Files the promise with its owner and due time; the same source again adds to the open promise instead."""
    promise = replace(promise, need=redact(promise.need))
    row = await db.scalar(
        select(Loop).where(Loop.kind == promise.kind, Loop.source_key == promise.source_key, Loop.closed_at.is_(None))
    )
    repeated = row is not None
    if row is None:
        row = await _new_loop(db, promise, now)
    else:
        if promise.need not in row.need:
            row.need = f"{row.need}; {promise.need}"
        row.customer_id = row.customer_id or promise.customer_id
        if promise.urgent or promise.asked_for:
            hours = await hours_of(db, row.department)
            due = callback_due(hours, row.department, now, urgent=promise.urgent, asked=promise.asked_for)
            row.due_at = min(row.due_at, due) if promise.urgent else due
    _, owner = await owner_for(db, row.department)
    return _open(row, owner, repeated)


async def open_loops(db: AsyncSession, call_id: CallId) -> list[OpenLoop]:
    """What is still owed because of one call."""
    rows = await db.scalars(select(Loop).where(Loop.call_id == call_id, Loop.closed_at.is_(None)))
    return [_open(row, "", False) for row in rows]


async def _new_loop(db: AsyncSession, promise: Promise, now: datetime) -> Loop:
    owner_id, _ = await owner_for(db, promise.department)
    hours = await hours_of(db, promise.department)
    row = Loop(
        kind=promise.kind,
        source_key=promise.source_key,
        customer_id=promise.customer_id,
        call_id=promise.call_id,
        contact=promise.contact,
        department=promise.department,
        need=promise.need,
        owner_id=owner_id,
        due_at=callback_due(hours, promise.department, now, urgent=promise.urgent, asked=promise.asked_for),
        created_at=now,
    )
    db.add(row)
    await db.flush()
    return row


def _open(row: Loop, owner: str, repeated: bool) -> OpenLoop:
    return OpenLoop(
        LoopId(row.id),
        row.kind,
        row.need,
        row.department,
        row.contact,
        StaffId(row.owner_id),
        owner,
        row.due_at,
        CallId(row.call_id) if row.call_id else None,
        CustomerId(row.customer_id) if row.customer_id else None,
        repeated,
    )
