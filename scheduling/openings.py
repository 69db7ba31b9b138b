"""Real openings for a caller: reads what the rooftop has and what is taken, and lets `slots` decide."""

import asyncio
from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import AppointmentId, StaffId
from record.hours import hours_of
from record.models import Staff
from scheduling import op_codes, slots
from scheduling.appointments import appointment
from scheduling.models import (
    AdvisorShiftRow,
    AppointmentRow,
    BayRow,
    CapacityBlockRow,
    ReservationRow,
    SchedulingPolicyRow,
    TechnicianRow,
    TechnicianShiftRow,
    TransportLimitRow,
)
from scheduling.plans import Claim
from scheduling.shop import Advisor, Block, Policy, Shift, Shop, Technician, Transport, TransportLimit, Wish
from scheduling.slots import Offer
from scheduling.states import AppointmentState

SERVICE = "service"
# Transport is counted per day from local midnight, which may lie up to 25 hours back.
_LOOK_BACK = timedelta(hours=26)


async def find_offers(
    db: AsyncSession, wish: Wish, now: datetime, moving: AppointmentId | str | None = None
) -> list[Offer]:
    """Visits that can be booked now; none when the rooftop takes no appointments or nothing fits.

    `moving` is an appointment that would give up its own time, so that time counts as free.
    """
    policy = await policy_of(db)
    if policy is None:
        return []
    until = stay_ends(policy, now + timedelta(days=policy.days_ahead + 1))
    shop = await load_shop(db, policy, wish, now, until, now=now, ignoring=moving)
    # A booked-out month is a tenth of a second of arithmetic; live calls share this loop.
    return await asyncio.to_thread(slots.offers, shop, wish, now)


async def wish_to_move(db: AsyncSession, appointment_id: AppointmentId | str) -> Wish | None:
    """The wish an appointment already stands for, to look for another time for the same visit."""
    found = await appointment(db, appointment_id)
    if found is None:
        return None
    jobs = op_codes.by_codes(found.op_codes, await op_codes.menu(db, include_retired=True))
    if not isinstance(jobs, tuple):
        return None
    return Wish(jobs, visit=found.visit, transport=found.transport, advisor_id=found.advisor.id)


async def policy_of(db: AsyncSession) -> SchedulingPolicyRow | None:
    return await db.scalar(select(SchedulingPolicyRow).where(SchedulingPolicyRow.department == SERVICE))


async def load_shop(
    db: AsyncSession,
    policy: SchedulingPolicyRow,
    wish: Wish,
    since: datetime,
    until: datetime,
    *,
    now: datetime,
    ignoring: AppointmentId | str | None = None,
) -> Shop:
    """The service department as it stands, as far as the wish needs it, and what is taken between two moments."""
    return Shop(
        rooftop_id=policy.rooftop_id,
        slot_key=policy.slot_key,
        hours=await hours_of(db, SERVICE),
        policy=Policy(
            policy.lead_minutes,
            policy.days_ahead,
            policy.waiters_per_slot,
            policy.last_arrival_minutes,
            policy.same_day_minutes,
            policy.longest_stay_days,
        ),
        technicians=await _technicians(db),
        advisors=await _advisors(db),
        blocks=await _blocks(db, since, until),
        transport_limits=await _transport_limits(db, wish.transport),
        bays=await _bays(db, {job.bay_type for job in wish.jobs if job.bay_type}),
        taken=await _taken(db, since, until, now, ignoring),
    )


async def _technicians(db: AsyncSession) -> tuple[Technician, ...]:
    shift = TechnicianShiftRow
    query = (
        select(TechnicianRow, shift.weekday, shift.starts, shift.ends)
        .join(shift, shift.technician_id == TechnicianRow.id)
        .where(TechnicianRow.active)
        .order_by(TechnicianRow.id)
    )
    people: dict[str, TechnicianRow] = {}
    shifts: dict[str, list[Shift]] = defaultdict(list)
    for person, weekday, starts, ends in await db.execute(query):
        people[person.id] = person
        shifts[person.id].append(Shift(weekday, starts, ends))
    return tuple(
        Technician(person.id, frozenset(person.skills), tuple(shifts[person.id]), person.efficiency)
        for person in people.values()
    )


async def _advisors(db: AsyncSession) -> tuple[Advisor, ...]:
    shift = AdvisorShiftRow
    query = (
        select(shift.staff_id, shift.weekday, shift.starts, shift.ends)
        .join(Staff, and_(Staff.id == shift.staff_id, Staff.disabled_at.is_(None)))
        .order_by(shift.staff_id)
    )
    shifts: dict[str, list[Shift]] = defaultdict(list)
    for staff_id, weekday, starts, ends in await db.execute(query):
        shifts[staff_id].append(Shift(weekday, starts, ends))
    return tuple(Advisor(StaffId(staff_id), tuple(theirs)) for staff_id, theirs in shifts.items())


async def _transport_limits(db: AsyncSession, kind: Transport) -> tuple[TransportLimit, ...]:
    if kind is Transport.NONE:
        return ()
    rows = await db.scalars(select(TransportLimitRow).where(TransportLimitRow.kind == kind))
    return tuple(
        TransportLimit(kind, row.units, row.weekday, row.day, row.min_job_minutes, row.last_run) for row in rows
    )


async def _bays(db: AsyncSession, bay_types: set[str]) -> dict[str, int]:
    if not bay_types:
        return {}
    return {row.bay_type: row.units for row in await db.scalars(select(BayRow).where(BayRow.bay_type.in_(bay_types)))}


async def _blocks(db: AsyncSession, since: datetime, until: datetime) -> tuple[Block, ...]:
    rows = await db.scalars(
        select(CapacityBlockRow).where(CapacityBlockRow.ends_at > since, CapacityBlockRow.starts_at < until)
    )
    return tuple(Block(row.technician_id or row.staff_id or "", row.starts_at, row.ends_at) for row in rows)


async def _taken(
    db: AsyncSession, since: datetime, until: datetime, now: datetime, ignoring: str | None
) -> frozenset[Claim]:
    """Reserved capacity, except that of holds which have run out and of the appointment about to be moved."""
    ran_out = and_(AppointmentRow.state == AppointmentState.HELD, AppointmentRow.hold_expires_at <= now)
    query = (
        select(ReservationRow.resource_id, ReservationRow.quantum_start)
        .join(AppointmentRow, AppointmentRow.id == ReservationRow.appointment_id)
        .where(ReservationRow.quantum_start >= since - _LOOK_BACK, ReservationRow.quantum_start < until, ~ran_out)
    )
    if ignoring is not None:
        query = query.where(ReservationRow.appointment_id != ignoring)
    return frozenset((row.resource_id, row.quantum_start) for row in await db.execute(query))


def stay_ends(policy: SchedulingPolicyRow, starts_at: datetime) -> datetime:
    """A moment no visit that starts then can still be under way."""
    return starts_at + timedelta(days=policy.longest_stay_days + 1)
