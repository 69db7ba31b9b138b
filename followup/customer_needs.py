"""What a customer needs from us now and who here knows: the record's answer and the loops we owe, in one order."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.models import Loop
from kit.ids import CustomerId
from record import needs
from record.customers import survivor
from record.models import Staff
from record.needs import Need


async def customer_needs(db: AsyncSession, customer_id: CustomerId | str, now: datetime) -> list[Need]:
    """Everything open with that customer, the most pressing first."""
    return await open_with(db, await survivor(db, customer_id), now)


async def open_with(db: AsyncSession, who: CustomerId, now: datetime) -> list[Need]:
    """The same of a record that is known to stand for itself."""
    rows = await db.execute(
        select(Loop, Staff.name)
        .join(Staff, Staff.id == Loop.owner_id)
        .where(Loop.customer_id == who, Loop.closed_at.is_(None))
    )
    loops = [
        Need(f"loop_{loop.kind}", 0, loop.department, loop.need, owner, loop.due_at, loop.id, loop.due_at < now)
        for loop, owner in rows
    ]
    return needs.in_order([*loops, *await needs.needs_of(db, who, now)])


async def open_counts(db: AsyncSession, customer_ids: Sequence[CustomerId]) -> dict[str, int]:
    """How many things somebody owes each of these customers."""
    if not customer_ids:
        return {}
    rows = await db.execute(
        select(Loop.customer_id, func.count())
        .where(Loop.customer_id.in_(customer_ids), Loop.closed_at.is_(None))
        .group_by(Loop.customer_id)
    )
    return {owner: number for owner, number in rows if owner is not None}
