"""Who works here now, and whom a loop goes to: the rows behind `followup.routing`."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.models import Loop
from followup.routing import Choice, Colleague, Wanted, choose
from kit.ids import StaffId
from record.business_hours import BusinessHours, Hours
from record.models import Rooftop, Staff
from record.staff import NobodyWorksHere
from record.staff_models import StaffAway, StaffShift, StaffSkill


async def colleagues(db: AsyncSession, now: datetime) -> list[Colleague]:
    """Everybody who works here, whether they are there now, and how much each has open."""
    people = list(await db.scalars(select(Staff).where(Staff.disabled_at.is_(None)).order_by(Staff.id)))
    shifts = await _shifts(db)
    away = set(await db.scalars(select(StaffAway.staff_id).where(StaffAway.starts_at <= now, StaffAway.ends_at > now)))
    skills: dict[str, set[str]] = defaultdict(set)
    for row in await db.execute(select(StaffSkill.staff_id, StaffSkill.skill)):
        skills[row.staff_id].add(row.skill)
    loads = {
        row.owner_id: row.open
        for row in await db.execute(
            select(Loop.owner_id, func.count().label("open")).where(Loop.closed_at.is_(None)).group_by(Loop.owner_id)
        )
    }
    return [
        Colleague(
            StaffId(each.id),
            each.name,
            each.department,
            each.role,
            frozenset(skills[each.id]),
            _there(each.id, shifts, away, now),
            loads.get(each.id, 0),
        )
        for each in people
    ]


async def assign(db: AsyncSession, wanted: Wanted, now: datetime) -> Choice:
    """The owner by rule; raises NobodyWorksHere."""
    choice = choose(wanted, await colleagues(db, now))
    if choice is None:
        raise NobodyWorksHere("add at least one person to the store")
    return choice


async def next_there(db: AsyncSession, staff_id: str, now: datetime) -> datetime | None:
    """When somebody is there again: `now` while they are, None where nobody knows their hours."""
    shifts = await _shifts(db)
    if staff_id not in shifts:
        return None
    at = now
    for _ in range(20):
        gone_until = await db.scalar(
            select(func.max(StaffAway.ends_at)).where(
                StaffAway.staff_id == staff_id, StaffAway.starts_at <= at, StaffAway.ends_at > at
            )
        )
        after = max(at, gone_until) if gone_until else at
        here = shifts[staff_id].next_opening(after)
        if here == at:
            return at
        at = here
    return at


async def leaves_at(db: AsyncSession, staff_id: str, now: datetime) -> datetime | None:
    """When somebody's shift ends or they go away, while they are there."""
    shifts = await _shifts(db)
    ends = shifts[staff_id].closes_at(now) if staff_id in shifts else None
    goes = await db.scalar(
        select(func.min(StaffAway.starts_at)).where(
            StaffAway.staff_id == staff_id, StaffAway.starts_at > now, StaffAway.starts_at < now + timedelta(days=2)
        )
    )
    return min((at for at in (ends, goes) if at is not None), default=None)


async def _shifts(db: AsyncSession) -> dict[str, BusinessHours]:
    zone = await db.scalar(select(Rooftop.time_zone)) or "UTC"
    weekly: dict[str, list[Hours]] = defaultdict(list)
    for row in await db.scalars(select(StaffShift)):
        weekly[row.staff_id].append(Hours(row.weekday, row.starts, row.ends))
    return {staff_id: BusinessHours(zone, tuple(hours)) for staff_id, hours in weekly.items()}


def _there(staff_id: str, shifts: dict[str, BusinessHours], away: set[str], now: datetime) -> bool | None:
    if staff_id in away:
        return False
    return shifts[staff_id].open_at(now) if staff_id in shifts else None
