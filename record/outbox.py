"""Facts stored in the transaction that made them true, for handlers to act on after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from record.models import OutboxEvent


def event(rooftop_id: str, kind: str, key: str, payload: dict[str, Any], due_at: datetime) -> OutboxEvent:
    """A new outbox row for a caller who knows the key is new."""
    return OutboxEvent(rooftop_id=rooftop_id, kind=kind, key=key, payload=payload, due_at=due_at)


async def add(db: AsyncSession, kind: str, key: str, payload: dict[str, Any], due_at: datetime) -> str | None:
    """Files one event; the same key again is the same event and adds nothing. Returns the new row's id."""
    if await db.scalar(select(OutboxEvent.id).where(OutboxEvent.key == key)) is not None:
        return None
    row = OutboxEvent(kind=kind, key=key, payload=payload, due_at=due_at)
    db.add(row)
    await db.flush()
    return row.id


async def due(db: AsyncSession, now: datetime, limit: int = 100) -> list[tuple[str, str, str]]:
    """Rooftop, id and kind of events nobody has finished, oldest first."""
    rows = await db.execute(
        select(OutboxEvent.rooftop_id, OutboxEvent.id, OutboxEvent.kind)
        .where(OutboxEvent.handled_at.is_(None), OutboxEvent.due_at <= now)
        .order_by(OutboxEvent.due_at)
        .limit(limit)
    )
    return [(row.rooftop_id, row.id, row.kind) for row in rows]


@dataclass(frozen=True)
class Fact:
    """An event as its handlers see it."""

    id: str
    rooftop_id: str
    kind: str
    payload: dict[str, Any]


async def waiting(db: AsyncSession, event_id: str, now: datetime) -> Fact | None:
    """The event as it stands, while nobody has handled it and it is due."""
    row = await db.scalar(
        select(OutboxEvent).where(
            OutboxEvent.id == event_id, OutboxEvent.handled_at.is_(None), OutboxEvent.due_at <= now
        )
    )
    return Fact(row.id, row.rooftop_id, row.kind, row.payload) if row else None


async def claim(db: AsyncSession, event_id: str, now: datetime) -> Fact | None:
    """The event, marked handled, for whoever asks first while it is due: handlers run in this same transaction, so
    that what they change and the mark appear together or not at all."""
    row = await db.scalar(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id, OutboxEvent.handled_at.is_(None), OutboxEvent.due_at <= now)
        .values(handled_at=now, attempts=OutboxEvent.attempts + 1, last_error=None)
        .returning(OutboxEvent)
        .execution_options(populate_existing=True)
    )
    return Fact(row.id, row.rooftop_id, row.kind, row.payload) if row else None


async def failed(db: AsyncSession, event_id: str, error: str, now: datetime) -> timedelta | None:
    """Puts the event off after a handler failed, longer each time up to an hour; None when it was handled meanwhile."""
    attempts: int | None = await db.scalar(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id, OutboxEvent.handled_at.is_(None))
        .values(attempts=OutboxEvent.attempts + 1, last_error=error)
        .returning(OutboxEvent.attempts)
    )
    if attempts is None:
        return None
    wait = min(timedelta(hours=1), timedelta(seconds=5 << min(attempts - 1, 12)))
    await db.execute(update(OutboxEvent).where(OutboxEvent.id == event_id).values(due_at=now + wait))
    return wait
