"""People who work at the store."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import StaffId
from record.accounts import Role
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


async def id_of(db: AsyncSession, name: str) -> StaffId | None:
    """The one member of staff of that name who works here; None when there is none or more than one."""
    found = list(await db.scalars(select(Staff.id).where(Staff.name == name, Staff.disabled_at.is_(None)).limit(2)))
    return StaffId(found[0]) if len(found) == 1 else None


async def named(db: AsyncSession, staff_id: str) -> str | None:
    """The name of somebody who works here."""
    found: str | None = await db.scalar(select(Staff.name).where(Staff.id == staff_id, Staff.disabled_at.is_(None)))
    return found


async def everybody(db: AsyncSession) -> list[tuple[StaffId, str]]:
    """Who works here, by name."""
    rows = await db.scalars(select(Staff).where(Staff.disabled_at.is_(None)).order_by(Staff.name, Staff.id))
    return [(StaffId(row.id), row.name) for row in rows]


@dataclass(frozen=True)
class Person:
    """Somebody who works here."""

    id: StaffId
    name: str
    department: str


async def called(db: AsyncSession, words: str) -> Person | None:
    """The one person here who is called that: the whole name, or a first or last name only one of them has."""
    said = _letters(words)
    if not said:
        return None
    rows = list(await db.scalars(select(Staff).where(Staff.disabled_at.is_(None)).order_by(Staff.id)))
    whole = [row for row in rows if _letters(row.name) == said]
    part = [row for row in rows if said in {_letters(word) for word in row.name.split()}]
    found = whole or part
    return Person(StaffId(found[0].id), found[0].name, found[0].department) if len(found) == 1 else None


def _letters(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalpha())


_WORKS_AS = {Role.ADVISOR: "advisor", Role.BDC: "bdc_rep", Role.MANAGER: "manager"}


async def on_staff_list(db: AsyncSession, name: str, role: Role, departments: Sequence[str]) -> str | None:
    """Who on the staff list somebody with an account is; an advisor, rep or manager who is not on it is put there."""
    known = await called(db, name)
    if known is not None:
        return known.id
    if role not in _WORKS_AS:
        return None
    row = Staff(name=name, role=_WORKS_AS[role], department=departments[0] if departments else "service")
    db.add(row)
    await db.flush()
    return row.id
