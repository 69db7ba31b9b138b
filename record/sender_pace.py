"""Whose turn it is on one of our numbers: a carrier takes about a segment a second from it, and keeps the rest waiting.

Conversation goes before news and news before offers, because each may run further ahead of the number than the next.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import insert_missing
from record.carrier_models import SenderPace
from record.consent import Purpose

A_SEGMENT = timedelta(seconds=1)
_AT_ONCE = timedelta(minutes=5)
AHEAD = {
    Purpose.REPLY: _AT_ONCE,
    Purpose.OPT_OUT_CONFIRMATION: _AT_ONCE,
    Purpose.CODE: _AT_ONCE,
    Purpose.INFORMATIONAL: timedelta(seconds=30),
    Purpose.MARKETING: timedelta(),
}
"""How long the carrier may be kept busy before a text of this purpose waits here, where others can still pass it."""

LONGEST_QUEUE = timedelta(minutes=30)
"""Offers never fill more of a number's queue than this; the rest ask again later."""


async def turn(db: AsyncSession, line: str, purpose: Purpose, segments: int, now: datetime) -> datetime | None:
    """None: it goes now, and the number is busy with it. Else the moment that is kept for it."""
    new = {"e164": line, "busy_until": now, "news_until": now, "offers_until": now}
    await insert_missing(db, SenderPace, ("rooftop_id", "e164"), [new])
    row = await db.scalar(
        select(SenderPace).where(SenderPace.e164 == line).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise LookupError(line)
    takes, busy = A_SEGMENT * max(1, segments), max(row.busy_until, now)
    if busy - now <= AHEAD[purpose]:
        row.busy_until = busy + takes
        return None
    free = busy - AHEAD[purpose]
    if purpose is not Purpose.MARKETING:
        row.news_until = max(row.news_until, free) + takes
        return row.news_until
    if max(row.offers_until, free) - now > LONGEST_QUEUE:
        return now + LONGEST_QUEUE
    row.offers_until = max(row.offers_until, free) + takes
    return row.offers_until
