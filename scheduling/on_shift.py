"""Who of a department is at work now: enabled, not away, and within their own hours where they have any."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import StaffId
from record.business_hours import NeverOpen
from record.hours import hours_of
from record.models import Staff
from scheduling.models import AdvisorShiftRow


async def on_shift(db: AsyncSession, department: str, now: datetime) -> frozenset[StaffId]:
    """Nobody while the department is closed; somebody without hours of their own keeps the department's."""
    hours = await hours_of(db, department)
    try:
        if not hours.open_at(now):
            return frozenset()
    except NeverOpen:
        return frozenset()
    local = hours.local(now)
    people = await db.scalars(
        select(Staff.id).where(
            Staff.department == department,
            Staff.disabled_at.is_(None),
            or_(Staff.away_until.is_(None), Staff.away_until <= now),
        )
    )
    present = set(people.all())
    shifts = list(await db.scalars(select(AdvisorShiftRow).where(AdvisorShiftRow.staff_id.in_(present))))
    with_hours = {shift.staff_id for shift in shifts}
    at_work = {
        shift.staff_id
        for shift in shifts
        if shift.weekday == local.weekday() and shift.starts <= local.time() < shift.ends
    }
    return frozenset(StaffId(person) for person in (present - with_hours) | at_work)
