"""Capacity in the table: taking exactly what a plan needs, and giving it back."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from scheduling.models import AppointmentLineRow, AppointmentRow, ReservationRow
from scheduling.plans import Plan
from scheduling.shop import Job


class AlreadyReserved(Exception):
    """Another appointment holds some of this capacity; the savepoint it was tried in is undone."""


async def reserve(db: AsyncSession, row: AppointmentRow, plan: Plan, now: datetime) -> None:
    """Makes the appointment hold exactly the plan's capacity: takes what is new first, then lets go of the rest.

    In that order and sorted, so that two appointments that swap times cannot wait for each other. Call it inside a
    savepoint; raises AlreadyReserved.
    """
    mine = select(ReservationRow).where(ReservationRow.appointment_id == row.id)
    held = {(each.resource_id, each.quantum_start): each for each in await db.scalars(mine)}
    db.add_all(
        ReservationRow(
            rooftop_id=row.rooftop_id,
            created_at=now,
            appointment_id=row.id,
            resource_id=resource_id,
            quantum_start=quantum_start,
        )
        for resource_id, quantum_start in sorted(plan.claims - held.keys())
    )
    try:
        await db.flush()
    except IntegrityError as error:
        raise AlreadyReserved from error
    for claim in held.keys() - plan.claims:
        await db.delete(held[claim])
    await db.flush()


async def set_free(db: AsyncSession, appointment_id: str) -> None:
    """Gives back everything an appointment held."""
    await db.execute(delete(ReservationRow).where(ReservationRow.appointment_id == appointment_id))


async def set_work(db: AsyncSession, row: AppointmentRow, jobs: tuple[Job, ...], plan: Plan, now: datetime) -> None:
    """Writes who does which line of the appointment and when, in the order the work was asked for."""
    await db.execute(delete(AppointmentLineRow).where(AppointmentLineRow.appointment_id == row.id))
    part_of = {job.code: part for part in plan.parts for job in part.jobs}
    for position, job in enumerate(jobs):
        part = part_of[job.code]
        db.add(
            AppointmentLineRow(
                rooftop_id=row.rooftop_id,
                created_at=now,
                appointment_id=row.id,
                position=position,
                op_code=job.code,
                plain_name=job.plain_name,
                technician_id=part.technician_id,
                work_starts_at=part.starts_at,
                work_ends_at=part.ends_at,
            )
        )
    await db.flush()
