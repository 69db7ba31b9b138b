"""A lead a member of staff types in: a walk-in, a call, a chat. It is filed at once and its words are kept."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from followup.lead_deliveries import Arrived, keep
from followup.lead_facts import NewLead
from followup.leads import Taken, take


async def type_in(db: AsyncSession, lead: NewLead, body: bytes, by: str, now: datetime) -> Taken:
    """Files what was typed, as it was typed, under the name of who typed it."""
    delivery_id = await keep(db, Arrived("staff", body, sender=by), now, taken=True)
    return await take(db, lead, delivery_id, now)
