"""The places a store's files come from: added, looked at by one process at a time, told of when they fall silent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.delivery.ports import Mark
from crm_sync.delivery.sftp import SftpSettings
from crm_sync.delivery.watched_folder import FolderSettings
from crm_sync.delivery_models import FeedSource, FeedTaken
from crm_sync.feeds import FEEDS
from followup.closing import Proof
from followup.ending import settle
from followup.loops import FEED_STALE, Promise, promise_callback
from kit.db import upsert
from kit.errors import ConfigurationError
from kit.secrets import seal

FOLDER, SFTP = "folder", "sftp"
KINDS: Mapping[str, type[FolderSettings | SftpSettings]] = {FOLDER: FolderSettings, SFTP: SftpSettings}

LOOK_LEASE = timedelta(minutes=10)
"""A process that died while looking keeps others from looking for this long."""

FAILURES_BEFORE_TELLING = 3
SILENT_AFTER = timedelta(hours=26)
"""A nightly file that is two hours late is not coming by itself."""


class SourceExists(ValueError):
    """The store has a source of that name already."""


@dataclass(frozen=True)
class Source:
    """One place as it stands."""

    id: str
    rooftop_id: str
    name: str
    kind: str
    settings: Mapping[str, Any]
    active: bool
    last_looked_at: datetime | None
    last_file_at: datetime | None
    last_error: str


async def add_source(db: AsyncSession, name: str, kind: str, given: Mapping[str, Any], now: datetime) -> Source:
    """A new place to look at. Raises ConfigurationError naming the setting; a secret is sealed before it is stored."""
    settings = checked(kind, given)
    if await db.scalar(select(FeedSource.id).where(FeedSource.name == name)):
        raise SourceExists(f"there is a source called '{name}' already")
    stored = settings.model_dump()
    for secret in settings.secrets if isinstance(settings, SftpSettings) else ():
        stored[secret] = seal(stored[secret]) if stored[secret] else ""
    row = FeedSource(name=name, kind=kind, settings=stored, active=True, created_at=now)
    db.add(row)
    await db.flush()
    return _source(row)


def checked(kind: str, given: Mapping[str, Any]) -> FolderSettings | SftpSettings:
    """The settings as their kind reads them."""
    if kind not in KINDS:
        raise ConfigurationError(f"kind: '{kind}' is none of {', '.join(KINDS)}")
    try:
        settings = KINDS[kind].model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise ConfigurationError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if settings.feed is not None and settings.feed not in FEEDS:
        raise ConfigurationError(f"feed: '{settings.feed}' is none of {', '.join(sorted(FEEDS))}")
    return settings


async def sources(db: AsyncSession) -> list[Source]:
    return [_source(row) for row in await db.scalars(select(FeedSource).order_by(FeedSource.name, FeedSource.id))]


async def set_active(db: AsyncSession, name: str, active: bool) -> bool:
    """Whether there is such a source; one that is off is not looked at and nobody is told of its silence."""
    row = await db.scalar(select(FeedSource).where(FeedSource.name == name))
    if row is None:
        return False
    row.active, row.failures, row.told_at = active, 0, None
    return True


async def claim(db: AsyncSession, source_id: str, now: datetime) -> bool:
    """Whether this process is the one to look now."""
    claimed = await db.scalar(
        update(FeedSource)
        .where(FeedSource.id == source_id, FeedSource.active)
        .where(or_(FeedSource.looking_until.is_(None), FeedSource.looking_until <= now))
        .values(looking_until=now + LOOK_LEASE)
        .returning(FeedSource.id)
        .execution_options(synchronize_session=False)
    )
    return claimed is not None


async def taken_before(db: AsyncSession, source_id: str) -> dict[str, Mark]:
    rows = await db.scalars(select(FeedTaken).where(FeedTaken.source_id == source_id))
    return {row.name: Mark(row.name, row.size, row.modified) for row in rows}


async def took(db: AsyncSession, source_id: str, mark: Mark | None, run_id: str, now: datetime) -> None:
    """A file came and was taken in, readable or not; whoever looks may go on looking."""
    if mark is not None:
        row = {"source_id": source_id, "name": mark.name, "size": mark.size, "modified": mark.modified}
        await upsert(db, FeedTaken, ("source_id", "name"), [{**row, "run_id": run_id, "taken_at": now}])
    await db.execute(
        update(FeedSource)
        .where(FeedSource.id == source_id)
        .values(last_file_at=now, looking_until=now + LOOK_LEASE)
        .execution_options(synchronize_session=False)
    )


async def looked(db: AsyncSession, source_id: str, trouble: str, unread: str, now: datetime) -> None:
    """The look is over. `trouble` kept files from coming, `unread` did not. What lasts gets an owner."""
    row = await db.get_one(FeedSource, source_id)
    row.looking_until, row.last_looked_at, row.last_error = None, now, (trouble or unread)[:2000]
    row.failures = row.failures + 1 if trouble else 0
    why = _worth_telling(row, trouble, now)
    if not why:
        if row.told_at is not None and not trouble:
            says = f"'{row.name}' was looked at again and nothing is wrong"
            await settle(db, FEED_STALE, f"feed_source:{row.id}", "file_came", Proof("works", "note", says=says), now)
        row.told_at = row.told_at if trouble else None
    elif row.told_at is None or now - row.told_at >= SILENT_AFTER:
        row.told_at = now
        need = f"No files come from '{row.name}': {why}"
        await promise_callback(db, Promise(f"feed_source:{row.id}", need, "service", "", kind=FEED_STALE), now)


def _worth_telling(row: FeedSource, trouble: str, now: datetime) -> str:
    if row.failures >= FAILURES_BEFORE_TELLING:
        return trouble
    silent = now - (row.last_file_at or row.created_at)
    return f"nothing for {silent // timedelta(hours=1)} hours" if silent >= SILENT_AFTER else ""


def _source(row: FeedSource) -> Source:
    return Source(
        row.id,
        row.rooftop_id,
        row.name,
        row.kind,
        row.settings,
        row.active,
        row.last_looked_at,
        row.last_file_at,
        row.last_error,
    )
