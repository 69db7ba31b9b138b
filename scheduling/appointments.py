"""Appointments as the rest of the store reads them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import AppointmentId, CallSid, CustomerId, StaffId, VehicleId
from record.customers import survivor
from record.models import Staff
from scheduling.models import AppointmentLineRow, AppointmentRow
from scheduling.shop import Transport, Visit
from scheduling.states import AppointmentState

# An appointment of this morning is still the one a caller who is running late means.
_STILL_CURRENT = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Person:
    id: StaffId
    name: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment as stored. `ends_at` is when the work is planned to be done."""

    appointment_id: AppointmentId
    confirmation: str
    customer_id: CustomerId | None
    vehicle_id: VehicleId | None
    starts_at: datetime
    ends_at: datetime
    visit: Visit
    transport: Transport
    advisor: Person
    technician_id: str
    op_codes: tuple[str, ...]
    services: tuple[str, ...]
    concern: str
    state: AppointmentState
    hold_expires_at: datetime | None
    call_sid: CallSid | None
    version: int


async def appointment(db: AsyncSession, appointment_id: AppointmentId | str) -> Appointment | None:
    return await _one(db, await db.scalar(select(AppointmentRow).where(AppointmentRow.id == appointment_id)))


async def of_ids(db: AsyncSession, ids: Sequence[str]) -> list[Appointment]:
    """Those appointments, in order of arrival."""
    rows = await db.scalars(select(AppointmentRow).where(AppointmentRow.id.in_(ids)).order_by(AppointmentRow.starts_at))
    return await _views(db, list(rows))


async def by_confirmation(db: AsyncSession, code: str) -> Appointment | None:
    """The appointment with a confirmation code, however it was spaced or dashed."""
    plain = re.sub(r"[^0-9A-Z]", "", code.upper())
    return await _one(db, await db.scalar(select(AppointmentRow).where(AppointmentRow.confirmation_code == plain)))


async def appointments_of(
    db: AsyncSession, customer_id: CustomerId | str, now: datetime, *, include_past: bool = False
) -> list[Appointment]:
    """A customer's booked appointments, next one first; with `include_past` every one there ever was, newest first."""
    query = select(AppointmentRow).where(AppointmentRow.customer_id == await survivor(db, customer_id))
    if include_past:
        query = query.where(AppointmentRow.state != AppointmentState.HELD).order_by(AppointmentRow.starts_at.desc())
    else:
        query = query.where(
            AppointmentRow.state == AppointmentState.BOOKED, AppointmentRow.starts_at > now - _STILL_CURRENT
        ).order_by(AppointmentRow.starts_at)
    return await _views(db, list(await db.scalars(query)))


async def appointments_between(db: AsyncSession, start: datetime, end: datetime) -> list[Appointment]:
    """Every visit of a stretch of time that is or was kept, in order of arrival."""
    query = (
        select(AppointmentRow)
        .where(AppointmentRow.starts_at >= start, AppointmentRow.starts_at < end)
        .where(AppointmentRow.state.not_in((AppointmentState.HELD, AppointmentState.CANCELLED)))
        .order_by(AppointmentRow.starts_at, AppointmentRow.id)
    )
    return await _views(db, list(await db.scalars(query)))


async def booked_in_call(db: AsyncSession, call_sid: CallSid | str) -> list[Appointment]:
    """What one call booked; the proof behind "you are booked"."""
    query = select(AppointmentRow).where(
        AppointmentRow.source_call_sid == call_sid, AppointmentRow.state != AppointmentState.HELD
    )
    return await _views(db, list(await db.scalars(query.order_by(AppointmentRow.created_at))))


async def view(db: AsyncSession, row: AppointmentRow) -> Appointment:
    """A row this session has just written or locked."""
    return (await _views(db, [row]))[0]


async def _one(db: AsyncSession, row: AppointmentRow | None) -> Appointment | None:
    return await view(db, row) if row else None


async def _views(db: AsyncSession, rows: Iterable[AppointmentRow]) -> list[Appointment]:
    rows = list(rows)
    if not rows:
        return []
    advisors = select(Staff.id, Staff.name).where(Staff.id.in_({row.advisor_id for row in rows}))
    names = {each.id: each.name for each in await db.execute(advisors)}
    lines: dict[str, list[AppointmentLineRow]] = {row.id: [] for row in rows}
    for line in await db.scalars(
        select(AppointmentLineRow)
        .where(AppointmentLineRow.appointment_id.in_(lines))
        .order_by(AppointmentLineRow.position)
    ):
        lines[line.appointment_id].append(line)
    return [_view(row, names.get(row.advisor_id, ""), lines[row.id]) for row in rows]


def _view(row: AppointmentRow, advisor_name: str, lines: list[AppointmentLineRow]) -> Appointment:
    return Appointment(
        appointment_id=AppointmentId(row.id),
        confirmation=row.confirmation_code,
        customer_id=CustomerId(row.customer_id) if row.customer_id else None,
        vehicle_id=VehicleId(row.vehicle_id) if row.vehicle_id else None,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        visit=Visit(row.visit),
        transport=Transport(row.transport),
        advisor=Person(StaffId(row.advisor_id), advisor_name),
        technician_id=row.technician_id,
        op_codes=tuple(line.op_code for line in lines),
        services=tuple(line.plain_name for line in lines),
        concern=row.concern,
        state=AppointmentState(row.state),
        hold_expires_at=row.hold_expires_at,
        call_sid=CallSid(row.source_call_sid) if row.source_call_sid else None,
        version=row.version,
    )
