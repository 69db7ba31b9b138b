"""Setting a rooftop up to take appointments: its policy, menu, people, transport and bays."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import StaffId
from scheduling.models import (
    AdvisorShiftRow,
    BayRow,
    CapacityBlockRow,
    MaintenanceIntervalRow,
    OpCodeRow,
    SchedulingPolicyRow,
    TechnicianRow,
    TechnicianShiftRow,
    TransportLimitRow,
)
from scheduling.openings import SERVICE
from scheduling.shop import Job, Policy, Shift, Transport


async def open_scheduling(db: AsyncSession, policy: Policy | None = None) -> None:
    """Lets the service department take appointments under a policy; again to change it, keeping offers valid."""
    policy = policy or Policy()
    row = await db.scalar(select(SchedulingPolicyRow).where(SchedulingPolicyRow.department == SERVICE))
    if row is None:
        row = SchedulingPolicyRow(department=SERVICE, slot_key=secrets.token_hex(32))
        db.add(row)
    row.lead_minutes = policy.lead_minutes
    row.days_ahead = policy.days_ahead
    row.waiters_per_slot = policy.waiters_per_slot
    row.last_arrival_minutes = policy.last_arrival_minutes
    row.same_day_minutes = policy.same_day_minutes
    row.longest_stay_days = policy.longest_stay_days
    await db.flush()


async def add_op_code(db: AsyncSession, job: Job) -> None:
    """Puts a line on the menu."""
    db.add(
        OpCodeRow(
            code=job.code,
            family=job.family,
            plain_name=job.plain_name,
            keywords=list(job.keywords),
            hours=job.minutes / 60,
            skill=job.skill,
            bay_type=job.bay_type,
            price_wording=job.price_wording,
            safety_class=job.safety_class,
            waitable=job.waitable,
        )
    )
    await db.flush()


async def set_interval(
    db: AsyncSession, op_code: str, *, months: int | None = None, miles: int | None = None, make: str = ""
) -> None:
    """Says when that work is due again, for one make or for every car; in place of what was said before."""
    if not (months or miles):
        raise ValueError("an interval is so many months, or miles, or both")
    row = MaintenanceIntervalRow
    await db.execute(delete(row).where(row.op_code == op_code, row.make == make.casefold()))
    db.add(row(op_code=op_code, make=make.casefold(), months=months, miles=miles))
    await db.flush()


async def add_technician(
    db: AsyncSession, name: str, skills: Iterable[str], shifts: Sequence[Shift], efficiency: float = 1.0
) -> str:
    """Adds a technician and returns the id."""
    if efficiency <= 0:
        raise ValueError("a technician's efficiency is above zero")
    row = TechnicianRow(name=name, skills=sorted(skills), efficiency=efficiency)
    db.add(row)
    await db.flush()
    db.add_all(
        TechnicianShiftRow(technician_id=row.id, weekday=shift.weekday, starts=shift.starts, ends=shift.ends)
        for shift in shifts
    )
    await db.flush()
    return row.id


async def set_advisor_shifts(db: AsyncSession, staff_id: StaffId | str, shifts: Sequence[Shift]) -> None:
    """Says when an advisor receives customers, in place of what was said before."""
    await db.execute(delete(AdvisorShiftRow).where(AdvisorShiftRow.staff_id == staff_id))
    db.add_all(
        AdvisorShiftRow(staff_id=staff_id, weekday=shift.weekday, starts=shift.starts, ends=shift.ends)
        for shift in shifts
    )
    await db.flush()


async def limit_transport(
    db: AsyncSession,
    kind: Transport,
    units: int,
    *,
    weekday: int | None = None,
    on: date | None = None,
    min_job_minutes: int = 0,
    last_run: time | None = None,
) -> None:
    """Says how many of a kind of transport a weekday, or one date, has; exactly one of the two."""
    same = [TransportLimitRow.kind == kind, TransportLimitRow.weekday == weekday, TransportLimitRow.day == on]
    await db.execute(delete(TransportLimitRow).where(*same))
    db.add(
        TransportLimitRow(
            kind=kind, units=units, weekday=weekday, day=on, min_job_minutes=min_job_minutes, last_run=last_run
        )
    )
    await db.flush()


async def set_bays(db: AsyncSession, bay_type: str, units: int) -> None:
    await db.execute(delete(BayRow).where(BayRow.bay_type == bay_type))
    db.add(BayRow(bay_type=bay_type, units=units))
    await db.flush()


async def block(
    db: AsyncSession,
    starts_at: datetime,
    ends_at: datetime,
    kind: str,
    *,
    technician_id: str | None = None,
    staff_id: StaffId | str | None = None,
    note: str = "",
) -> None:
    """Takes time from a technician or an advisor: absence, carry_over or reserved."""
    db.add(
        CapacityBlockRow(
            technician_id=technician_id,
            staff_id=staff_id,
            kind=kind,
            starts_at=starts_at,
            ends_at=ends_at,
            note=note,
        )
    )
    await db.flush()
