"""Each thing Twilio tells us is accepted once; the second copy is a no-op."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from record.models import ProviderEvent


async def first_time(
    db: AsyncSession, *, account_sid: str, sid: str, event: str, sequence: str, form: dict[str, Any]
) -> bool:
    """Files the event; False when it was here before. Runs inside the transaction that acts on it."""
    if await earlier(db, account_sid=account_sid, sid=sid, event=event, sequence=sequence) is not None:
        return False
    db.add(ProviderEvent(account_sid=account_sid, sid=sid, event=event, sequence=sequence, form=form))
    await db.flush()
    return True


async def earlier(db: AsyncSession, *, account_sid: str, sid: str, event: str, sequence: str) -> dict[str, Any] | None:
    """What was filed with the first copy of an event; None when this is the first."""
    row = await db.scalar(
        select(ProviderEvent).where(
            ProviderEvent.account_sid == account_sid,
            ProviderEvent.sid == sid,
            ProviderEvent.event == event,
            ProviderEvent.sequence == sequence,
        )
    )
    return dict(row.form) if row is not None else None
