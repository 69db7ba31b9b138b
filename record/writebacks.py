"""Write-backs: one outcome on its way to one outside system, claimed by one sender at a time (invariant I17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallId
from record import outbox
from record.models import Call, Customer, Disposition, OutboxEvent, WriteBack

DISPOSITION_RECORDED = "disposition_recorded"

PENDING, SENDING, RETRY, ACKED, DEAD = "pending", "sending", "retry", "acked", "dead"


@dataclass(frozen=True)
class Outcome:
    """A disposition with the call it belongs to, as the outside world is told of it."""

    disposition_id: str
    rooftop_id: str
    call_id: CallId
    call_sid: str
    direction: str
    department: str
    caller_e164: str
    started_at: datetime
    ended_at: datetime | None
    customer_id: str | None
    customer_name: str
    code: str
    contact_outcome: str
    note: str
    source: str
    recorded_at: datetime
    corrects: str | None


@dataclass(frozen=True)
class Sending:
    """A write-back in the hands of one sender; `attempts` is its fence. `resumed` says an earlier try may have sent."""

    id: str
    rooftop_id: str
    target: str
    payload: dict[str, Any]
    attempts: int
    disposition_id: str

    @property
    def resumed(self) -> bool:
        return self.attempts > 1


def disposition_recorded(rooftop_id: str, disposition_id: str, now: datetime) -> OutboxEvent:
    """The fact to store in the transaction that stores the disposition."""
    key = f"{DISPOSITION_RECORDED}:{disposition_id}"
    return outbox.event(rooftop_id, DISPOSITION_RECORDED, key, {"disposition_id": disposition_id}, due_at=now)


async def outcome(db: AsyncSession, disposition_id: str) -> Outcome | None:
    found = (
        await db.execute(
            select(Disposition, Call).join(Call, Call.id == Disposition.call_id).where(Disposition.id == disposition_id)
        )
    ).first()
    if found is None:
        return None
    row, call = found
    customer = await db.get(Customer, call.customer_id) if call.customer_id else None
    corrected: str | None = await db.scalar(select(Disposition.id).where(Disposition.superseded_by == disposition_id))
    return Outcome(
        disposition_id=row.id,
        rooftop_id=row.rooftop_id,
        call_id=CallId(call.id),
        call_sid=call.call_sid,
        direction=call.direction,
        department=call.department,
        caller_e164=call.from_e164,
        started_at=call.started_at,
        ended_at=call.ended_at,
        customer_id=call.customer_id,
        customer_name=f"{customer.first_name} {customer.last_name}".strip() if customer else "",
        code=row.code,
        contact_outcome=row.contact_outcome,
        note=row.note,
        source=row.source,
        recorded_at=row.created_at,
        corrects=corrected,
    )


async def add(
    db: AsyncSession, writeback_id: str, target: str, disposition_id: str, payload: dict[str, Any], now: datetime
) -> bool:
    """Files the write-back of a disposition to a target, once; False when it was filed before."""
    same = select(WriteBack.id).where(WriteBack.target == target, WriteBack.disposition_id == disposition_id)
    if await db.scalar(same) is not None:
        return False
    db.add(
        WriteBack(
            id=writeback_id,
            target=target,
            disposition_id=disposition_id,
            payload=payload,
            state=PENDING,
            next_try_at=now,
            created_at=now,
        )
    )
    await db.flush()
    return True


async def due(db: AsyncSession, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
    """Rooftop and id of write-backs nobody is sending, longest waiting first; an expired lease is nobody."""
    rows = await db.execute(
        select(WriteBack.rooftop_id, WriteBack.id)
        .where(WriteBack.next_try_at <= before)
        .order_by(WriteBack.next_try_at)
        .limit(limit)
    )
    return [(row.rooftop_id, row.id) for row in rows]


async def claim(db: AsyncSession, writeback_id: str, now: datetime, lease: timedelta) -> Sending | None:
    """The write-back, for whoever asks first while it is due."""
    row = await db.scalar(
        update(WriteBack)
        .where(
            WriteBack.id == writeback_id, WriteBack.next_try_at <= now, WriteBack.state.in_((PENDING, SENDING, RETRY))
        )
        .values(state=SENDING, next_try_at=now + lease, attempts=WriteBack.attempts + 1)
        .returning(WriteBack)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    return Sending(row.id, row.rooftop_id, row.target, row.payload, row.attempts, row.disposition_id)


async def acknowledged(db: AsyncSession, sending: Sending, reference: str, now: datetime) -> bool:
    """The target has it: read back, not assumed. False when another sender took over meanwhile."""
    return await _settle(
        db, sending, state=ACKED, next_try_at=None, acknowledged_at=now, external_ref=reference, last_error=None
    )


async def failed(db: AsyncSession, sending: Sending, error: str, again_at: datetime | None) -> bool:
    """To be tried again, or dead without a time; whoever makes it dead opens the loop that owns it."""
    state = RETRY if again_at else DEAD
    return await _settle(db, sending, state=state, next_try_at=again_at, last_error=error)


async def _settle(db: AsyncSession, sending: Sending, **values: Any) -> bool:
    settled = await db.scalar(
        update(WriteBack)
        .where(WriteBack.id == sending.id, WriteBack.state == SENDING, WriteBack.attempts == sending.attempts)
        .values(**values)
        .returning(WriteBack.id)
    )
    return settled is not None
