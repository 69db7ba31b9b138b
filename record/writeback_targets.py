"""The systems a store writes to, and what happens to one that stays down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from record import writebacks
from record.subjects import SubjectKind
from record.writeback_models import WriteBackTargetRow

PAUSED_AFTER = timedelta(days=5)
"""A target that failed this long without one success is paused (as Svix does with an endpoint)."""


class NoSuchTarget(Exception):
    """The store has no target of that name."""


class TargetExists(Exception):
    """The store has a target of that name already."""


@dataclass(frozen=True)
class Target:
    """One system of one store, as stored or (without an id) as every store has it that has none of its own."""

    name: str
    kind: str
    settings: Mapping[str, Any]
    subjects: frozenset[str]
    id: str | None = None
    active: bool = True
    failing_since: datetime | None = None
    paused_at: datetime | None = None
    pause_reason: str = ""


async def targets(db: AsyncSession, *, locked: bool = False) -> list[Target]:
    """The store's targets; locked, none of them is paused or resumed until this transaction ends."""
    query = select(WriteBackTargetRow).order_by(WriteBackTargetRow.name)
    rows = await db.scalars(query.with_for_update(read=True) if locked else query)
    return [_target(row) for row in rows]


async def add(
    db: AsyncSession,
    name: str,
    kind: str,
    settings: Mapping[str, Any],
    subjects: frozenset[SubjectKind],
    now: datetime,
) -> Target:
    """A new target, told what happens from now on."""
    if await _row(db, name) is not None:
        raise TargetExists(name)
    row = WriteBackTargetRow(
        name=name, kind=kind, settings=dict(settings), subjects=sorted(subjects), active=True, created_at=now
    )
    db.add(row)
    await db.flush()
    return _target(row)


async def pause(db: AsyncSession, name: str, reason: str, now: datetime) -> None:
    """Nothing more is sent to it; what is meant for it is held."""
    row = await _known(db, name)
    row.active, row.paused_at, row.pause_reason, row.failing_since = False, now, reason, None
    await writebacks.hold_all(db, name)


async def resume(db: AsyncSession, name: str, now: datetime) -> list[str]:
    """It is written to again, beginning with what was held; returns the ids of that."""
    row = await _known(db, name)
    row.active, row.paused_at, row.pause_reason, row.failing_since = True, None, "", None
    return await writebacks.release_all(db, name, now)


async def succeeded(db: AsyncSession, name: str) -> None:
    row = await _row(db, name)
    if row is not None and row.active and row.failing_since is not None:
        row.failing_since = None


async def failing(db: AsyncSession, name: str, error: str, now: datetime) -> Target | None:
    """Notes a failure; the target when this one has paused it."""
    row = await _row(db, name)
    if row is None or not row.active:
        return None
    if row.failing_since is None:
        row.failing_since = now
    if now - row.failing_since < PAUSED_AFTER:
        return None
    row.active, row.paused_at = False, now
    row.pause_reason = f"nothing arrived since {row.failing_since:%Y-%m-%d %H:%M} UTC: {error}"[:500]
    await writebacks.hold_all(db, name)
    return _target(row)


async def _row(db: AsyncSession, name: str) -> WriteBackTargetRow | None:
    found: WriteBackTargetRow | None = await db.scalar(
        select(WriteBackTargetRow).where(WriteBackTargetRow.name == name)
    )
    return found


async def _known(db: AsyncSession, name: str) -> WriteBackTargetRow:
    row = await _row(db, name)
    if row is None:
        raise NoSuchTarget(name)
    return row


def _target(row: WriteBackTargetRow) -> Target:
    return Target(
        row.name,
        row.kind,
        row.settings,
        frozenset(map(str, row.subjects)),
        row.id,
        row.active,
        row.failing_since,
        row.paused_at,
        row.pause_reason,
    )
