"""People who work at the store."""

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import StaffId
from record.models import Staff


class NobodyWorksHere(Exception):
    """A store without a single enabled person cannot owe anything to anybody; set-up is unfinished."""


async def owner_for(db: AsyncSession, department: str) -> tuple[StaffId, str]:
    """The person who answers for a department: its manager first, then anyone in it, then any manager."""
    rank = case(
        ((Staff.department == department) & (Staff.role == "manager"), 0),
        (Staff.department == department, 1),
        (Staff.role == "manager", 2),
        else_=3,
    )
    person = await db.scalar(select(Staff).where(Staff.disabled_at.is_(None)).order_by(rank, Staff.id).limit(1))
    if person is None:
        raise NobodyWorksHere("add at least one person to the store")
    return StaffId(person.id), person.name


async def advisors(db: AsyncSession) -> list[tuple[StaffId, str]]:
    rows = await db.scalars(
        select(Staff).where(Staff.role == "advisor", Staff.disabled_at.is_(None)).order_by(Staff.name)
    )
    return [(StaffId(row.id), row.name) for row in rows]


async def named(db: AsyncSession, staff_id: str) -> str | None:
    """The name of somebody who works here."""
    found: str | None = await db.scalar(select(Staff.name).where(Staff.id == staff_id, Staff.disabled_at.is_(None)))
    return found
