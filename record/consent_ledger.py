"""What people allowed and took back, append-only, and where each number stands now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.redaction import redact
from record.consent import Purpose, Standing
from record.contact_models import ConsentEntry
from record.text_models import TextMessage

_OF_TEXTS = ("text", "all")


@dataclass(frozen=True)
class Entry:
    """One statement about being contacted, in the words it was made in; `key` makes filing it twice one entry."""

    key: str
    contact: str
    kind: str
    words: str
    source: str
    channel: str = "all"
    customer_id: str | None = None
    recorded_by: str = ""


async def file(db: AsyncSession, entry: Entry, now: datetime) -> bool:
    """Adds the entry unless it is there; True when it is new."""
    if await db.scalar(select(ConsentEntry.id).where(ConsentEntry.entry_key == entry.key)) is not None:
        return False
    db.add(
        ConsentEntry(
            entry_key=entry.key,
            customer_id=entry.customer_id,
            contact=entry.contact,
            kind=entry.kind,
            channel=entry.channel,
            scope="all",
            source=entry.source,
            words=redact(entry.words),
            recorded_by=entry.recorded_by,
            at=now,
        )
    )
    await db.flush()
    return True


async def standing(db: AsyncSession, contact: str) -> Standing:
    """Where a number stands for texts. What counts is the first opt-out since it last opted in: saying it again asks
    for no second confirmation."""
    said = await db.execute(
        select(ConsentEntry.kind, ConsentEntry.at)
        .where(
            ConsentEntry.contact == contact,
            ConsentEntry.scope == "all",
            ConsentEntry.channel.in_(_OF_TEXTS),
        )
        .order_by(ConsentEntry.at, ConsentEntry.id)
    )
    opted_out_at: datetime | None = None
    for kind, at in said:
        opted_out_at = None if kind == "grant" else opted_out_at or at
    if opted_out_at is None:
        return Standing()
    confirmed = await db.scalar(
        select(func.count())
        .select_from(TextMessage)
        .where(
            TextMessage.to_e164 == contact,
            TextMessage.purpose == Purpose.OPT_OUT_CONFIRMATION,
            TextMessage.first_wire_at >= opted_out_at,
        )
    )
    return Standing(opted_out_at, confirmed or 0)
