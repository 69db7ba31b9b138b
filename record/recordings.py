"""Recordings: announced by the carrier, fetched once, kept as long as the store keeps them, then gone everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallId, CallSid
from record import outbox
from record.models import CallNote, Recording

RECORDING_REFUSED = "recording_refused"
_REFUSED_NOTE = "do_not_record"


@dataclass(frozen=True)
class Announcement:
    """What the carrier says of a recording it has made."""

    call_id: CallId
    recording_sid: str
    kind: str
    source_url: str
    duration_seconds: int
    channels: int


@dataclass(frozen=True)
class Kept:
    """A recording as its keeper sees it. `attempts` counts the look it was claimed for."""

    id: str
    rooftop_id: str
    recording_sid: str
    channels: int
    path: str | None
    attempts: int
    fetched: bool
    deleted: bool
    at_provider: bool
    legal_hold: bool


async def refuse(db: AsyncSession, call_id: CallId, call_sid: CallSid, words: str, now: datetime) -> None:
    """The caller does not want this call recorded: noted, and the fact filed by which the carrier is told to stop."""
    db.add(CallNote(call_id=call_id, kind=_REFUSED_NOTE, data={"words": words}))
    await outbox.add(db, RECORDING_REFUSED, f"{RECORDING_REFUSED}:{call_id}", {"call_sid": call_sid}, now)


async def refused(db: AsyncSession, call_id: CallId) -> bool:
    """Nothing of this call is to be kept in sound, nor in words from then on."""
    note = select(CallNote.id).where(CallNote.call_id == call_id, CallNote.kind == _REFUSED_NOTE).limit(1)
    return await db.scalar(note) is not None


async def announce(
    db: AsyncSession, said: Announcement, keep: timedelta, now: datetime, *, unwanted: bool = False
) -> str | None:
    """Files a recording to fetch, once however often the carrier repeats itself; the new row's id.

    An unwanted one is filed as deleted: it is never fetched, and the carrier's copy goes next.
    """
    if await db.scalar(select(Recording.id).where(Recording.recording_sid == said.recording_sid)) is not None:
        return None
    row = Recording(
        call_id=said.call_id,
        recording_sid=said.recording_sid,
        kind=said.kind,
        source_url=said.source_url,
        duration_seconds=said.duration_seconds,
        channels=said.channels,
        next_try_at=now,
        delete_after=now if unwanted else now + keep,
        deleted_at=now if unwanted else None,
        created_at=now,
    )
    db.add(row)
    await db.flush()
    return row.id


async def due(db: AsyncSession, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
    """Rooftop and id of recordings somebody should look at, longest waiting first."""
    rows = await db.execute(
        select(Recording.rooftop_id, Recording.id)
        .where(Recording.next_try_at <= before)
        .order_by(Recording.next_try_at)
        .limit(limit)
    )
    return [(row.rooftop_id, row.id) for row in rows]


async def claim(db: AsyncSession, recording_id: str, now: datetime, lease: timedelta) -> Kept | None:
    """The recording, for whoever asks first while it is due."""
    row = await db.scalar(
        update(Recording)
        .where(Recording.id == recording_id, Recording.next_try_at <= now)
        .values(next_try_at=now + lease, attempts=Recording.attempts + 1)
        .returning(Recording)
        .execution_options(populate_existing=True)
    )
    return _kept(row) if row else None


async def fetched(
    db: AsyncSession, recording_id: str, path: str, seconds: int, channels: int, now: datetime, again: bool
) -> None:
    """Our copy is complete. `again` says that the carrier's copy is to be deleted next."""
    row = await db.get_one(Recording, recording_id)
    row.path, row.duration_seconds, row.channels, row.fetched_at = path, seconds, channels, now
    row.attempts, row.last_error, row.next_try_at = 0, None, now if again else None


async def gone_at_provider(db: AsyncSession, recording_id: str, now: datetime) -> None:
    row = await db.get_one(Recording, recording_id)
    row.provider_deleted_at, row.next_try_at, row.last_error = now, None, None


async def at_rest(db: AsyncSession, recording_id: str) -> None:
    """Nothing is to be done with it for now."""
    row = await db.get_one(Recording, recording_id)
    row.next_try_at = None


async def failed(db: AsyncSession, recording_id: str, error: str, again_at: datetime | None) -> None:
    row = await db.get_one(Recording, recording_id)
    row.last_error, row.next_try_at = error, again_at


async def past_retention(db: AsyncSession, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
    """Rooftop and id of recordings kept long enough; one under legal hold is never among them (invariant X2)."""
    rows = await db.execute(
        select(Recording.rooftop_id, Recording.id)
        .where(Recording.delete_after <= now, Recording.deleted_at.is_(None), Recording.legal_hold.is_(False))
        .order_by(Recording.delete_after)
        .limit(limit)
    )
    return [(row.rooftop_id, row.id) for row in rows]


async def to_delete(db: AsyncSession, recording_id: str, now: datetime) -> Kept | None:
    """The recording, locked, when it may and must go; a hold set a moment ago keeps it."""
    row = await db.scalar(
        select(Recording)
        .where(
            Recording.id == recording_id,
            Recording.delete_after <= now,
            Recording.deleted_at.is_(None),
            Recording.legal_hold.is_(False),
        )
        .with_for_update()
    )
    return _kept(row) if row else None


async def deleted(db: AsyncSession, recording_id: str, now: datetime) -> None:
    """Our copy is gone; the carrier's is looked for next, if it may still be there."""
    row = await db.get_one(Recording, recording_id)
    row.deleted_at, row.path, row.attempts = now, None, 0
    row.next_try_at = now if row.provider_deleted_at is None else None


def _kept(row: Recording) -> Kept:
    return Kept(
        id=row.id,
        rooftop_id=row.rooftop_id,
        recording_sid=row.recording_sid,
        channels=row.channels,
        path=row.path,
        attempts=row.attempts,
        fetched=row.fetched_at is not None,
        deleted=row.deleted_at is not None,
        at_provider=row.provider_deleted_at is None,
        legal_hold=row.legal_hold,
    )
