"""What a customer needs from us now and who here knows: the record's answer and the loops we owe, in one order."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.models import Loop
from kit.ids import CustomerId
from record import needs
from record.customers import survivor
from record.models import Staff
from record.needs import Need


async def customer_needs(db: AsyncSession, customer_id: CustomerId | str, now: datetime) -> list[Need]:
    """Everything open with that customer, the most pressing first."""
    who = await survivor(db, customer_id)
    rows = await db.execute(
        select(Loop, Staff.name)
        .join(Staff, Staff.id == Loop.owner_id)
        .where(Loop.customer_id == who, Loop.closed_at.is_(None))
    )
    loops = [
        Need(f"loop_{loop.kind}", 0, loop.department, loop.need, owner, loop.due_at, loop.id, loop.due_at < now)
        for loop, owner in rows
    ]
    return needs.in_order([*loops, *await needs.needs(db, who, now)])
