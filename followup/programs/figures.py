"""How many people are in each program now, for the list of programs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.program_models import Enrollment, ProgramTouch
from followup.programs.joining import ACTIVE, HELD_OUT
from followup.programs.taking import NOBODY
from record.models import Customer


@dataclass(frozen=True, slots=True)
class Inside:
    active: int = 0
    held_out: int = 0
    touched_today: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a program."""

    customer_id: str
    name: str
    reason: str
    state: str
    next_at: datetime | None
    stop_reason: str


async def inside(db: AsyncSession, midnight: datetime) -> dict[str, Inside]:
    """By the program's id."""
    rows = await db.execute(
        select(Enrollment.program_id, Enrollment.state, func.count().label("people"))
        .where(Enrollment.state.in_((ACTIVE, HELD_OUT)))
        .group_by(Enrollment.program_id, Enrollment.state)
    )
    people = {(row.program_id, row.state): row.people for row in rows}
    touched = await db.execute(
        select(ProgramTouch.program_id, func.count().label("touches"))
        .where(ProgramTouch.at >= midnight, ProgramTouch.by != NOBODY)
        .group_by(ProgramTouch.program_id)
    )
    today = {row.program_id: row.touches for row in touched}
    programs = {program for program, _ in people} | set(today)
    return {
        each: Inside(people.get((each, ACTIVE), 0), people.get((each, HELD_OUT), 0), today.get(each, 0))
        for each in programs
    }


async def members(db: AsyncSession, program_id: str, limit: int = 50) -> list[Member]:
    """Those in it now, whose step comes next first."""
    rows = await db.execute(
        select(Enrollment, Customer.first_name, Customer.last_name)
        .join(Customer, Customer.id == Enrollment.customer_id)
        .where(Enrollment.program_id == program_id, Enrollment.state == ACTIVE)
        .order_by(Enrollment.next_at.is_(None), Enrollment.next_at, Enrollment.id)
        .limit(limit)
    )
    return [
        Member(row.customer_id, f"{first} {last}".strip(), row.reason, row.state, row.next_at, row.stop_reason)
        for row, first, last in rows
    ]
