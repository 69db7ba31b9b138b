"""A day's visits: those we booked, and those the store's own system has; no writes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from record.models import Customer, Staff, Vehicle
from record.visit_models import StoreAppointment
from scheduling.models import AppointmentLineRow, AppointmentRow

_MOST = 300


@dataclass(frozen=True)
class Visit:
    """One visit. `ours` were booked here; `code` is what the customer was told."""

    id: str
    at: datetime
    until: datetime | None
    customer_id: str
    customer: str
    car: str
    work: str
    advisor: str
    state: str
    transport: str
    waiting: bool
    code: str
    ours: bool


async def visits(db: AsyncSession, since: datetime, until: datetime) -> list[Visit]:
    """Between two moments, in order."""
    found = [*await _ours(db, since, until), *await _theirs(db, since, until)]
    return sorted(found, key=lambda visit: (visit.at, visit.id))


async def _ours(db: AsyncSession, since: datetime, until: datetime) -> list[Visit]:
    rows = (
        await db.execute(
            select(AppointmentRow, Customer, Vehicle, Staff.name)
            .outerjoin(Customer, Customer.id == AppointmentRow.customer_id)
            .outerjoin(Vehicle, Vehicle.id == AppointmentRow.vehicle_id)
            .outerjoin(Staff, Staff.id == AppointmentRow.advisor_id)
            .where(AppointmentRow.starts_at >= since, AppointmentRow.starts_at < until, AppointmentRow.state != "held")
            .order_by(AppointmentRow.starts_at)
            .limit(_MOST)
        )
    ).all()
    work: dict[str, list[str]] = {}
    ids = [row.id for row, *_ in rows]
    lines = select(AppointmentLineRow).where(AppointmentLineRow.appointment_id.in_(ids))
    for line in await db.scalars(lines.order_by(AppointmentLineRow.position)):
        work.setdefault(line.appointment_id, []).append(line.plain_name)
    return [
        Visit(
            row.id, row.starts_at, row.ends_at, row.customer_id or "", _name(who), _car(car),
            ", ".join(work.get(row.id, [])) or row.concern, advisor or "", row.state, row.transport,
            row.visit == "wait", row.confirmation_code, True,
        )
        for row, who, car, advisor in rows
    ]  # fmt: skip


async def _theirs(db: AsyncSession, since: datetime, until: datetime) -> list[Visit]:
    rows = await db.execute(
        select(StoreAppointment, Customer, Vehicle, Staff.name)
        .outerjoin(Customer, Customer.id == StoreAppointment.customer_id)
        .outerjoin(Vehicle, Vehicle.id == StoreAppointment.vehicle_id)
        .outerjoin(Staff, Staff.id == StoreAppointment.advisor_id)
        .where(StoreAppointment.starts_at >= since, StoreAppointment.starts_at < until)
        .order_by(StoreAppointment.starts_at)
        .limit(_MOST)
    )
    return [
        Visit(
            row.id, row.starts_at, None, row.customer_id or "", _name(who), _car(car), row.concern, advisor or "",
            row.status, row.transport, row.waiting, row.appointment_number, False,
        )
        for row, who, car, advisor in rows
    ]  # fmt: skip


def _name(who: Customer | None) -> str:
    return f"{who.first_name} {who.last_name}".strip() if who else ""


def _car(car: Vehicle | None) -> str:
    return " ".join(str(part) for part in (car.year, car.make, car.model) if part) if car else ""
