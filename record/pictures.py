"""Pictures that came with texts: whose turn it is to fetch one, and what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from record.text_models import TextMedia, TextMessage


@dataclass(frozen=True)
class Picture:
    """One picture, as far as it has come."""

    id: str
    rooftop_id: str
    message_sid: str
    media_sid: str
    content_type: str
    state: str
    why: str
    path: str | None
    attempts: int


async def due(db: AsyncSession, before: datetime, limit: int) -> list[tuple[str, str]]:
    rows = await db.execute(
        select(TextMedia.rooftop_id, TextMedia.id)
        .where(TextMedia.next_try_at <= before)
        .order_by(TextMedia.next_try_at)
        .limit(limit)
    )
    return [(row.rooftop_id, row.id) for row in rows]


async def claim(db: AsyncSession, picture_id: str, now: datetime, lease: timedelta) -> Picture | None:
    """The picture, for whoever asks first while it waits."""
    row = await db.scalar(select(TextMedia).where(TextMedia.id == picture_id).with_for_update())
    if row is None or row.state != "waiting" or row.next_try_at is None or row.next_try_at > now:
        return None
    row.attempts += 1
    row.next_try_at = now + lease
    text = await db.get(TextMessage, row.text_id)
    return _picture(row, (text.message_sid if text else None) or "")


async def kept(db: AsyncSession, picture_id: str, path: str, content_type: str, size: int) -> None:
    row = await db.get(TextMedia, picture_id)
    if row is not None:
        row.state, row.path, row.content_type, row.size, row.next_try_at = "kept", path, content_type, size, None


async def failed(db: AsyncSession, picture_id: str, why: str, again: datetime | None) -> None:
    """Not had: tried again at a time, or refused for good; the reason stays with the text."""
    row = await db.get(TextMedia, picture_id)
    if row is not None:
        row.why, row.next_try_at = why[:120], again
        row.state = "waiting" if again is not None else "refused"


async def of_text(db: AsyncSession, text_id: str) -> list[Picture]:
    rows = await db.scalars(select(TextMedia).where(TextMedia.text_id == text_id).order_by(TextMedia.position))
    return [_picture(row, "") for row in rows]


def _picture(row: TextMedia, message_sid: str) -> Picture:
    return Picture(
        row.id,
        row.rooftop_id,
        message_sid,
        row.media_sid,
        row.content_type,
        row.state,
        row.why,
        row.path,
        row.attempts,
    )
