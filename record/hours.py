"""A department's opening hours, read from the rows a store keeps them in."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from record.business_hours import BusinessHours, Holiday, Hours, NeverOpen
from record.models import Holiday as HolidayRow
from record.models import OpeningHours, Rooftop


async def hours_of(db: AsyncSession, department: str) -> BusinessHours:
    """The department's hours in this session's store; one without rows of its own keeps the service desk's."""
    zone = await db.scalar(select(Rooftop.time_zone)) or "UTC"
    rows = list(await db.scalars(select(OpeningHours).where(OpeningHours.department.in_((department, "service")))))
    own = [row for row in rows if row.department == department] or rows
    days = await db.scalars(
        select(HolidayRow).where(or_(HolidayRow.department.is_(None), HolidayRow.department == department))
    )
    by_day: dict[object, HolidayRow] = {}
    for row in sorted(days, key=lambda r: r.department is not None):
        by_day[row.day] = row
    return BusinessHours(
        time_zone=zone,
        weekly=tuple(Hours(row.weekday, row.opens, row.closes) for row in own),
        holidays=tuple(Holiday(row.day, row.name, row.opens, row.closes) for row in by_day.values()),
    )


async def is_open(db: AsyncSession, department: str, now: datetime) -> bool:
    """Whether the department's people are there now; one that never opens is closed."""
    try:
        return (await hours_of(db, department)).open_at(now)
    except NeverOpen:
        return False
