"""Visits: booked, coming up, missed, and over."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.programs.people import MOST_FOUND, Candidate, Look, car_named, day_said
from kit.ids import AppointmentId
from record.models import RepairOrder, Staff, Vehicle
from scheduling import appointments
from scheduling.appointments import Appointment
from scheduling.models import AppointmentRow
from scheduling.shop import Visit

VISIT = "visit:"
_ORDER = "ro:"
_AHEAD = timedelta(days=60)
_JUST_BOOKED = timedelta(hours=2)
_LATE = timedelta(minutes=30)
_WORDS_FOR = {"visit_confirm": "confirm", "visit_reminders": "reminder", "no_show": "missed"}
_BY_TEXT = "text:"


async def booked(db: AsyncSession, look: Look) -> list[Candidate]:
    """Booked or moved in the last hours, and not in the very text conversation that told of it."""
    lately = AppointmentRow.created_at > look.now - _JUST_BOOKED
    aloud = or_(AppointmentRow.source_call_sid.is_(None), ~AppointmentRow.source_call_sid.startswith(_BY_TEXT))
    return await _to_come(db, look, [lately, aloud], counts_from=look.now)


async def coming(db: AsyncSession, look: Look) -> list[Candidate]:
    return await _to_come(db, look, [AppointmentRow.starts_at < look.now + _AHEAD])


async def missed(db: AsyncSession, look: Look) -> list[Candidate]:
    """Nobody came: half an hour after the time of somebody who waits, at closing for a car that is left. Without
    today's repair orders nobody can tell who came."""
    midnight = look.hours.at_local(look.today, datetime.min.time())
    if await db.scalar(select(RepairOrder.id).where(RepairOrder.opened_at >= midnight).limit(1)) is None:
        return []
    found = []
    for visit in await appointments.appointments_between(db, midnight, look.now - _LATE):
        closing = look.hours.closes_at(visit.starts_at) or visit.starts_at
        waits_until = visit.starts_at + _LATE if visit.visit is Visit.WAITER else closing
        if visit.customer_id is None or look.now < waits_until or (look.only and subject(visit) != look.only):
            continue
        came = select(RepairOrder.id).where(
            RepairOrder.customer_id == visit.customer_id, RepairOrder.opened_at >= midnight
        )
        if await db.scalar(came.limit(1)) is None:
            found.append(about(look, visit, look.now))
    return found


async def over(db: AsyncSession, look: Look) -> list[Candidate]:
    """Repair orders closed in the last days that the customer paid for or drove in for."""
    first = min((step.after for step in look.rules.steps), default=0)
    wanted = [
        RepairOrder.closed_at.is_not(None),
        RepairOrder.status != "void",
        RepairOrder.department == "service",
        look.subject(_ORDER, RepairOrder.id),
    ]
    if not look.only:
        due = look.now - timedelta(minutes=first)
        wanted += [RepairOrder.closed_at <= due, RepairOrder.closed_at > due - look.kind.fresh]
    rows = await db.execute(
        select(RepairOrder, Vehicle, Staff.name)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .outerjoin(Staff, Staff.id == RepairOrder.advisor_id)
        .where(*wanted)
        .order_by(RepairOrder.closed_at.desc(), RepairOrder.id)
        .limit(MOST_FOUND)
    )
    return [_afterwards(look, order, car_named(car), advisor or "Your advisor") for order, car, advisor in rows]


def subject(visit: Appointment) -> str:
    """A visit at its time: moved, it is another."""
    return f"{VISIT}{visit.appointment_id}:{visit.starts_at:%Y%m%d%H%M}"


def about(look: Look, visit: Appointment, counts_from: datetime) -> Candidate:
    at = look.hours.local(visit.starts_at)
    services = ", ".join(visit.services)
    needs = {
        "no_show": f"Did not come at {at:%-I:%M %p} ({services}): call, and find another time",
        "visit_reminders": f"No text reminds them of {at:%A} at {at:%-I:%M %p} ({services}): call, and confirm",
    }
    return Candidate(
        str(visit.customer_id),
        subject(visit),
        counts_from,
        f"{'Missed' if look.kind.name == 'no_show' else 'Booked for'} {at:%a} {day_said(at.date())} at {at:%-I:%M %p}",
        needs.get(look.kind.name, ""),
        owed_as=f"{VISIT}{visit.appointment_id}:{_WORDS_FOR[look.kind.name]}",
        facts={
            "when": f"{at:%A, %B} {at.day} at {at:%-I:%M %p}",
            "time": f"{at:%-I:%M %p}",
            "advisor": visit.advisor.name,
            "code": visit.confirmation,
        },
        wanted=services,
        advisor_id=visit.advisor.id,
        stage="scheduling",
        true_until=visit.starts_at + timedelta(hours=12) if look.kind.name == "no_show" else visit.starts_at,
    )


async def _to_come(
    db: AsyncSession, look: Look, wanted: list[object], counts_from: datetime | None = None
) -> list[Candidate]:
    """Booked visits to come. A subject names the time, so one that was moved is looked at anew."""
    if look.only:
        visit_id = AppointmentId(look.only.removeprefix(VISIT).split(":")[0])
        visit = await appointments.appointment(db, visit_id)
        ids = [visit] if visit and visit.state == "booked" and subject(visit) == look.only else []
        return [about(look, each, counts_from or each.starts_at) for each in ids if each.customer_id]
    rows = await db.scalars(
        select(AppointmentRow.id)
        .where(AppointmentRow.state == "booked", AppointmentRow.starts_at > look.now, *wanted)  # type: ignore[arg-type]
        .order_by(AppointmentRow.starts_at, AppointmentRow.id)
        .limit(MOST_FOUND)
    )
    visits = await appointments.of_ids(db, list(rows))
    return [about(look, each, counts_from or each.starts_at) for each in visits if each.customer_id]


def _afterwards(look: Look, order: RepairOrder, car: str, advisor: str) -> Candidate:
    closed = order.closed_at or look.now
    on = day_said(look.hours.local(closed).date())
    return Candidate(
        order.customer_id,
        f"{_ORDER}{order.id}",
        closed,
        f"RO {order.ro_number} was closed on {on}",
        f"RO {order.ro_number} ({car}) was closed on {on}. Ask whether all is well",
        facts={"car": car, "advisor": advisor},
        car=car,
        advisor_id=order.advisor_id,
    )
