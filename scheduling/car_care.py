"""What the store's own schedule says a car needs now, from its visits and readings."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from record.cars import Car
from record.models import RepairOrder
from record.visit_models import RepairOrderLine
from scheduling import op_codes
from scheduling.maintenance import Done, Due, Interval, Odometer, Reading, due, odometer
from scheduling.models import MaintenanceIntervalRow
from scheduling.shop import Job

_NOT_DONE = ("declined", "deferred", "cancelled", "voided")


@dataclass(frozen=True, slots=True)
class Care:
    """The state of one car. `has_schedule` is False where the store keeps no intervals for it."""

    due: tuple[tuple[Job, Due], ...]
    odometer: Odometer | None
    has_schedule: bool


async def care_of(db: AsyncSession, car: Car, now: datetime, miles: int | None = None) -> Care:
    """Everything due now or soon, due first. Work done here within its interval is left out."""
    menu = {job.code.casefold(): job for job in await op_codes.menu(db)}
    intervals = await _intervals(db, car.make)
    visits = list(
        await db.scalars(select(RepairOrder).where(RepairOrder.vehicle_id == car.id).order_by(RepairOrder.opened_at))
    )
    readings = _readings(car, visits)
    now_at = odometer(readings, now, miles)
    done = await _last_done(db, visits, menu)
    first_known = visits[0].opened_at if visits else now
    found = []
    for interval in intervals:
        job = menu.get(interval.op_code.casefold())
        if job is None:
            continue
        found.append((job, due(interval, done.get(job.family), first_known, now, now_at)))
    wanted = sorted((each for each in found if each[1].is_due or each[1].is_soon), key=lambda each: not each[1].is_due)
    return Care(tuple(wanted), now_at, bool(found))


async def _intervals(db: AsyncSession, make: str) -> list[Interval]:
    """A make's own interval beats the one for any car."""
    rows = await db.scalars(
        select(MaintenanceIntervalRow)
        .where(or_(MaintenanceIntervalRow.make == "", MaintenanceIntervalRow.make == make.casefold()))
        .order_by(MaintenanceIntervalRow.op_code, MaintenanceIntervalRow.make)
    )
    best = {row.op_code: row for row in rows}
    return [Interval(row.op_code, row.months, row.miles) for row in best.values()]


async def _last_done(db: AsyncSession, visits: list[RepairOrder], menu: dict[str, Job]) -> dict[str, Done]:
    """By kind of work: a synthetic oil change is an oil change."""
    by_id = {visit.id: visit for visit in visits}
    lines = await db.scalars(
        select(RepairOrderLine).where(
            RepairOrderLine.repair_order_id.in_(by_id), RepairOrderLine.status.not_in(_NOT_DONE)
        )
    )
    done: dict[str, Done] = {}
    for line in lines:
        visit, job = by_id[line.repair_order_id], menu.get(line.op_code.casefold())
        if job is not None and (job.family not in done or done[job.family].at < visit.opened_at):
            done[job.family] = Done(visit.opened_at, visit.mileage_out or visit.mileage_in)
    return done


def _readings(car: Car, visits: list[RepairOrder]) -> list[Reading]:
    found = [Reading(visit.opened_at, miles) for visit in visits if (miles := visit.mileage_out or visit.mileage_in)]
    if car.mileage is not None and car.mileage_at is not None:
        found.append(Reading(car.mileage_at, car.mileage))
    return found
