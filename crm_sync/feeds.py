"""Every kind of file there is, and what a store said of its own headers and people."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.formats import dealervault, dynatron, generic
from crm_sync.headers import plain
from crm_sync.models import HeaderMap
from kit.db import upsert
from record.models import Staff

FEEDS = {feed.name: feed for feed in (*dealervault.FEEDS, *generic.FEEDS, *dynatron.FEEDS)}
SINGLE_FILES = (*dealervault.FEEDS, *generic.FEEDS)


class UnknownFeed(ValueError):
    """Not a kind of file that can be taken in."""


class UnknownField(ValueError):
    """Not a feed, or not a field of it."""


async def save_header(db: AsyncSession, feed: str, header: str, field: str, by: str) -> None:
    """From now on this header of the feed is that field, whatever its words say."""
    if feed not in FEEDS or field not in FEEDS[feed].fields:
        raise UnknownField(f"'{feed}' has no field '{field}'")
    row = {"feed": feed, "header": plain(header)[:120], "field": field, "mapped_by": by}
    await upsert(db, HeaderMap, ("rooftop_id", "feed", "header"), [row])


async def saved_headers(db: AsyncSession) -> dict[str, dict[str, str]]:
    saved: dict[str, dict[str, str]] = {}
    for row in await db.scalars(select(HeaderMap)):
        saved.setdefault(row.feed, {})[row.header] = row.field
    return saved


async def staff_by_name(db: AsyncSession) -> dict[str, str]:
    """People of the store by name, both ways round."""
    known: dict[str, str] = {}
    for row in await db.scalars(select(Staff).where(Staff.disabled_at.is_(None)).order_by(Staff.id)):
        first, _, last = row.name.casefold().rpartition(" ")
        for name in (row.name.casefold(), f"{last}, {first}"):
            known.setdefault(name, row.id)
    return known
