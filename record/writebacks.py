"""Write-backs: one fact on its way to one outside system, claimed by one sender at a time (invariant I17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from record.models import WriteBack
from record.subjects import Proof, Subject, SubjectKind

PENDING, SENDING, RETRY, HELD, ACKED, DEAD = "pending", "sending", "retry", "held", "acked", "dead"
_UNSETTLED = (PENDING, SENDING, RETRY, HELD)


@dataclass(frozen=True)
class Sending:
    """A write-back in the hands of one sender; `attempts` is its fence. `resumed` says an earlier try may have sent."""

    id: str
    rooftop_id: str
    target: str
    subject: Subject
    payload: dict[str, Any]
    attempts: int

    @property
    def resumed(self) -> bool:
        return self.attempts > 1


async def is_filed(db: AsyncSession, target: str, subject: Subject) -> bool:
    return await db.scalar(select(WriteBack.id).where(WriteBack.target == target, *_about(subject))) is not None


async def add(
    db: AsyncSession,
    writeback_id: str,
    target: str,
    subject: Subject,
    payload: dict[str, Any],
    now: datetime,
    *,
    held: bool = False,
) -> bool:
    """Files a fact for a target, once; False when it was filed before. A held one waits until its target is resumed."""
    if await is_filed(db, target, subject):
        return False
    db.add(
        WriteBack(
            id=writeback_id,
            target=target,
            subject_kind=subject.kind,
            subject_id=subject.id,
            subject_version=subject.version,
            payload=payload,
            state=HELD if held else PENDING,
            next_try_at=None if held else now,
            created_at=now,
        )
    )
    await db.flush()
    return True


async def due(db: AsyncSession, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
    """Rooftop and id of write-backs nobody is sending, longest waiting first; an expired lease is nobody."""
    rows = await db.execute(
        select(WriteBack.rooftop_id, WriteBack.id)
        .where(WriteBack.next_try_at <= before, ~_earlier_is_unsettled())
        .order_by(WriteBack.next_try_at)
        .limit(limit)
    )
    return [(row.rooftop_id, row.id) for row in rows]


async def claim(db: AsyncSession, writeback_id: str, now: datetime, lease: timedelta) -> Sending | None:
    """The write-back, for whoever asks first while it is due and no earlier version of its subject is on its way."""
    row = await db.scalar(
        update(WriteBack)
        .where(
            WriteBack.id == writeback_id,
            WriteBack.next_try_at <= now,
            WriteBack.state.in_((PENDING, SENDING, RETRY)),
            ~_earlier_is_unsettled(),
        )
        .values(state=SENDING, next_try_at=now + lease, attempts=WriteBack.attempts + 1)
        .returning(WriteBack)
        .execution_options(populate_existing=True, synchronize_session=False)
    )
    if row is None:
        return None
    subject = Subject(SubjectKind(row.subject_kind), row.subject_id, row.subject_version)
    return Sending(row.id, row.rooftop_id, row.target, subject, row.payload, row.attempts)


async def acknowledged(db: AsyncSession, sending: Sending, reference: str, proof: Proof, now: datetime) -> bool:
    """The target has it, and this is how we know. False when another sender took over meanwhile."""
    values = {"acknowledged_at": now, "external_ref": reference[:200], "proof": proof}
    return await _settle(db, sending, state=ACKED, next_try_at=None, last_error=None, **values)


async def failed(db: AsyncSession, sending: Sending, error: str, again_at: datetime | None) -> bool:
    """To be tried again, or dead without a time; whoever makes it dead opens the loop that owns it."""
    state = RETRY if again_at else DEAD
    return await _settle(db, sending, state=state, next_try_at=again_at, last_error=error)


async def hold(db: AsyncSession, sending: Sending, error: str | None = None) -> bool:
    """To wait until its target is resumed."""
    return await _settle(db, sending, state=HELD, next_try_at=None, last_error=error)


async def hold_all(db: AsyncSession, target: str) -> None:
    """Everything meant for a target waits; what is being sent this moment is held when it comes back."""
    await db.execute(
        update(WriteBack)
        .where(WriteBack.target == target, WriteBack.state.in_((PENDING, RETRY)))
        .values(state=HELD, next_try_at=None)
    )


async def release_all(db: AsyncSession, target: str, now: datetime) -> list[str]:
    """What was held for a target sets out again; returns the ids."""
    held = (WriteBack.target == target, WriteBack.state == HELD)
    ids = list(await db.scalars(select(WriteBack.id).where(*held)))
    await db.execute(update(WriteBack).where(*held).values(state=PENDING, next_try_at=now))
    return ids


async def waiting_behind(db: AsyncSession, sending: Sending) -> str | None:
    """The next version of the same subject for the same target, which a settled one no longer keeps waiting."""
    found: str | None = await db.scalar(
        select(WriteBack.id)
        .where(
            WriteBack.target == sending.target,
            WriteBack.subject_kind == sending.subject.kind,
            WriteBack.subject_id == sending.subject.id,
            WriteBack.subject_version > sending.subject.version,
            WriteBack.next_try_at.is_not(None),
        )
        .order_by(WriteBack.subject_version)
        .limit(1)
    )
    return found


async def counts(db: AsyncSession, target: str) -> dict[str, int]:
    """How many of a target's write-backs are in each state."""
    query = select(WriteBack.state, func.count().label("rows")).where(WriteBack.target == target)
    return {row.state: row.rows for row in await db.execute(query.group_by(WriteBack.state))}


def _about(subject: Subject) -> tuple[ColumnElement[bool], ...]:
    return (
        WriteBack.subject_kind == subject.kind,
        WriteBack.subject_id == subject.id,
        WriteBack.subject_version == subject.version,
    )


@cache
def _earlier_is_unsettled() -> ColumnElement[bool]:
    """Made once: an alias takes milliseconds, which the calls of this process would hear."""
    earlier = aliased(WriteBack)
    return exists().where(
        earlier.rooftop_id == WriteBack.rooftop_id,
        earlier.target == WriteBack.target,
        earlier.subject_kind == WriteBack.subject_kind,
        earlier.subject_id == WriteBack.subject_id,
        earlier.subject_version < WriteBack.subject_version,
        earlier.state.in_(_UNSETTLED),
    )


async def _settle(db: AsyncSession, sending: Sending, **values: Any) -> bool:
    settled = await db.scalar(
        update(WriteBack)
        .where(WriteBack.id == sending.id, WriteBack.state == SENDING, WriteBack.attempts == sending.attempts)
        .values(**values)
        .returning(WriteBack.id)
    )
    return settled is not None
