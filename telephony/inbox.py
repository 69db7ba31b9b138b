"""Each thing Twilio tells us is accepted once; the second copy is a no-op."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from record.models import ProviderEvent


async def first_time(
    db: AsyncSession, *, account_sid: str, sid: str, event: str, sequence: str, form: dict[str, Any]
) -> bool:
    """Files the event; False when it was here before. Runs inside the transaction that acts on it."""
    same = select(ProviderEvent.id).where(
        ProviderEvent.account_sid == account_sid,
        ProviderEvent.sid == sid,
        ProviderEvent.event == event,
        ProviderEvent.sequence == sequence,
    )
    if await db.scalar(same) is not None:
        return False
    db.add(ProviderEvent(account_sid=account_sid, sid=sid, event=event, sequence=sequence, form=form))
    await db.flush()
    return True
