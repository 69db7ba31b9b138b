"""What is owed: each with one named owner and one due time, opened once per source."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import sla
from followup.assigning import assign
from followup.closing import INSIDE
from followup.ending import BY_ITSELF, note
from followup.loop_models import LoopPromise
from followup.models import Loop
from followup.policies import policy_of
from followup.routing import Wanted
from followup.sla import LoopFacts, callback_due
from kit.ids import CallId, CustomerId, LoopId, StaffId
from kit.redaction import redact
from record.hours import hours_of
from record.models import Staff

CALLBACK = "callback"
COMPLAINT = "complaint"
HANDOFF = "handoff"
WRITEBACK_FAILED = "writeback_failed"
FEED_STALE = "feed_stale"


@dataclass(frozen=True)
class Promise:
    """What is owed, to whom, why and by when asked; `source_key` makes asking twice the same promise.

    `promised`: somebody told the customer so, with the time. `due_at` is a time that comes with the kind (a part that
    arrived, a car that is ready). `skill` and `advisor_id` say who should have it. `waits_for` binds it to an event.
    """

    source_key: str
    need: str
    department: str
    contact: str
    customer_id: CustomerId | None = None
    call_id: CallId | None = None
    urgent: bool = False
    asked_for: datetime | None = None
    kind: str = CALLBACK
    promised: bool = False
    due_at: datetime | None = None
    source: str = ""
    requested_service: str = ""
    vehicle: str = ""
    next_step: str = ""
    stage: str = "inquiry"
    skill: str = ""
    advisor_id: StaffId | None = None
    value_cents: int | None = None
    waits_for: str = ""
    made_by: str = BY_ITSELF


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
    urgent: bool = False


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
        await _more_of(db, row, promise, now)
    if promise.promised:
        await _told_the_customer(db, row, promise, now)
    owner = await db.scalar(select(Staff.name).where(Staff.id == row.owner_id)) or ""
    return _open(row, owner, repeated)


async def open_loops(db: AsyncSession, call_id: CallId) -> list[OpenLoop]:
    """What is still owed because of one call."""
    of_call = select(Loop, Staff.name).join(Staff, Staff.id == Loop.owner_id)
    rows = await db.execute(of_call.where(Loop.call_id == call_id, Loop.closed_at.is_(None)).order_by(Loop.due_at))
    return [_open(row, owner, False) for row, owner in rows]


async def _new_loop(db: AsyncSession, promise: Promise, now: datetime) -> Loop:
    choice = await assign(db, Wanted(promise.department, promise.skill, promise.advisor_id), now)
    hours = await hours_of(db, promise.department)
    policy = await policy_of(db, promise.department)
    due = promise.due_at or callback_due(
        hours, promise.department, now, urgent=promise.urgent, asked=promise.asked_for, policy=policy
    )
    worth = None if promise.kind in INSIDE or promise.department != "service" else policy.average_order_cents
    waiting = bool(promise.waits_for)
    facts = LoopFacts(now, due, waits_for_event=waiting)
    row = Loop(
        kind=promise.kind,
        source_key=promise.source_key,
        customer_id=promise.customer_id,
        call_id=promise.call_id,
        contact=promise.contact,
        department=promise.department,
        need=promise.need,
        owner_id=choice.who.id,
        due_at=due,
        first_due_at=due,
        due_for="event" if waiting else "first_contact",
        created_at=now,
        state="waiting_event" if waiting else "open",
        stage=promise.stage,
        source=promise.source,
        urgency="hot" if promise.urgent else "normal",
        requested_service=promise.requested_service[:200],
        vehicle=promise.vehicle[:120],
        next_step=promise.next_step[:200],
        value_cents=worth if promise.value_cents is None else promise.value_cents,
        waits_for=promise.waits_for,
        next_look_at=sla.next_moment(sla.milestones(hours, policy, facts), now),
    )
    db.add(row)
    await db.flush()
    note(db, row, "open", promise.made_by, f"{choice.who.name} {choice.why}", now)
    return row


async def _more_of(db: AsyncSession, row: Loop, promise: Promise, now: datetime) -> None:
    """The same source again: what is new is added, and urgency or a time asked for moves the due time."""
    if promise.need not in row.need:
        row.need = f"{row.need}; {promise.need}"
    row.customer_id = row.customer_id or promise.customer_id
    row.requested_service = row.requested_service or promise.requested_service[:200]
    row.vehicle = row.vehicle or promise.vehicle[:120]
    if not (promise.urgent or promise.asked_for or promise.due_at):
        return
    hours = await hours_of(db, row.department)
    policy = await policy_of(db, row.department)
    due = promise.due_at or callback_due(
        hours, row.department, now, urgent=promise.urgent, asked=promise.asked_for, policy=policy
    )
    row.due_at = min(row.due_at, due) if promise.urgent else due
    row.first_due_at = min(row.first_due_at or row.due_at, row.due_at)
    row.urgency = "hot" if promise.urgent else row.urgency
    row.next_look_at = now


async def _told_the_customer(db: AsyncSession, row: Loop, promise: Promise, now: datetime) -> None:
    """The words said to the customer and the time in them. Said again, the open promise moves to the new time; one that
    was past by then stays broken."""
    await promise_by(db, row, promise.need, row.due_at, promise.made_by, now)


async def promise_by(
    db: AsyncSession, row: Loop, words: str, due_at: datetime, by: str, now: datetime, *, moves: bool = True
) -> None:
    """Notes what a customer was told, with its time: the open promise moves, or, without `moves`, one more stands."""
    open_ones = select(LoopPromise).where(LoopPromise.loop_id == row.id, LoopPromise.settled_at.is_(None))
    said = await db.scalar(open_ones.order_by(LoopPromise.due_at).limit(1)) if moves else None
    if said is not None and said.due_at < now:
        said.settled_at, said.settled_as = now, "broken"
        said = None
    if said is None:
        said = LoopPromise(loop_id=row.id, words=words, made_by=by, made_at=now, due_at=due_at)
        db.add(said)
    said.due_at = due_at
    row.next_look_at = now


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
        row.urgency == "hot",
    )
