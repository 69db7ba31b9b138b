"""Hold, book, move, cancel: each one transaction's work, safe to repeat, and never past what the rooftop can do."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import AppointmentId, CallSid, CustomerId, StaffId, VehicleId, new_id
from record import outbox
from record.customers import survivor
from scheduling import op_codes, slot_ids, slots
from scheduling.appointments import Appointment, view
from scheduling.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentEvent,
    AppointmentMoved,
    event_key,
    payload,
)
from scheduling.models import AppointmentChangeRow, AppointmentRow, SchedulingPolicyRow
from scheduling.openings import SERVICE, load_shop, stay_ends
from scheduling.plans import Lacking, Plan, Planner
from scheduling.refusals import (
    AlreadyCancelled,
    CustomerMissing,
    NotFound,
    NothingToMove,
    NotOpenForChange,
    NotWaitable,
    Refusal,
    SlotTaken,
    SlotUnknown,
    TooSoon,
    Unbookable,
    UnknownOpCode,
)
from scheduling.reservations import AlreadyReserved, reserve, set_free, set_work
from scheduling.shop import Transport, Visit, Wish
from scheduling.states import AppointmentState, may_become

HOLD_LASTS = timedelta(minutes=5)
# An offer stays good while it is read out and thought about, although the lead time has meanwhile begun.
_OFFER_LASTS = timedelta(minutes=15)
# Letters that are not mistaken for one another over a telephone.
_SPEAKABLE = "FHKLQRWXYZ"
_ATTEMPTS = 3


class KeyUsedForSomethingElse(Exception):
    """One idempotency key came with two different requests: a fault of the caller's code, not of the customer."""


@dataclass(frozen=True, slots=True)
class Request:
    """A visit to hold or book. `key` names the request: repeated, it is answered and not done again.

    `transport` and `visit` as offered when not given; `call_sid` lets a booking take over the same call's hold.
    """

    slot_id: str
    op_codes: tuple[str, ...]
    customer_id: CustomerId | None
    key: str
    concern: str = ""
    vehicle_id: VehicleId | None = None
    transport: Transport | None = None
    visit: Visit | None = None
    call_sid: CallSid | None = None


@dataclass(frozen=True, slots=True)
class Held:
    appointment: Appointment
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Booked:
    appointment: Appointment
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    appointment: Appointment
    was: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Cancelled:
    appointment: Appointment
    repeated: bool = False


async def hold(db: AsyncSession, request: Request, now: datetime) -> Held | Refusal:
    """Keeps a slot for five minutes while the caller makes up their mind."""
    policy = await _take_turn(db)
    if policy is None:
        return SlotUnknown()
    done = await _done_before(db, request.key, "held")
    if done is not None:
        return Held(await view(db, done), repeated=True)
    await sweep_expired_holds(db, now)
    slot = _slot(policy, request.slot_id, now)
    if not isinstance(slot, slot_ids.Slot):
        return slot
    row = await _store(db, policy, request, slot, now)
    if not isinstance(row, AppointmentRow):
        return row
    await _note(db, row, "held", request.key, now, now_at=row.starts_at, call_sid=request.call_sid)
    return Held(await view(db, row))


async def book(db: AsyncSession, request: Request, now: datetime) -> Booked | Refusal:
    """Books a slot for a customer; a hold of the same call on the same time becomes the booking.

    The same visit asked for again under another key (a model that repeats itself) is the booking there already is.
    """
    if request.customer_id is None:
        return CustomerMissing()
    policy = await _take_turn(db)
    if policy is None:
        return SlotUnknown()
    done = await _done_before(db, request.key, "booked")
    if done is not None:
        return Booked(await view(db, done), repeated=True)
    await sweep_expired_holds(db, now)
    slot = _slot(policy, request.slot_id, now)
    if not isinstance(slot, slot_ids.Slot):
        return slot
    same = await _same_visit(db, request, slot)
    if same is not None:
        return Booked(same, repeated=True)
    row = await _store(db, policy, request, slot, now, existing=await _hold_of_call(db, request, slot))
    if not isinstance(row, AppointmentRow):
        return row
    row.state, row.hold_expires_at = AppointmentState.BOOKED, None
    row.customer_id, row.vehicle_id = request.customer_id, request.vehicle_id
    row.concern = request.concern or row.concern
    change = await _note(db, row, "booked", request.key, now, now_at=row.starts_at, call_sid=request.call_sid)
    fact = AppointmentBooked(
        change, row.version, AppointmentId(row.id), request.customer_id, row.starts_at, request.call_sid
    )
    await _tell(db, fact, now)
    return Booked(await view(db, row))


async def move(
    db: AsyncSession,
    appointment_id: AppointmentId | str,
    slot_id: str,
    *,
    key: str,
    now: datetime,
    customer_id: CustomerId | None = None,
    visit: Visit | None = None,
    transport: Transport | None = None,
    call_sid: CallSid | None = None,
) -> Moved | Refusal:
    """Moves a booked appointment; when the new time cannot be had, the old one stands untouched.

    Work, waiting and transport stay as they were unless said otherwise. With `customer_id`, only that customer's.
    """
    policy = await _take_turn(db)
    if policy is None:
        return NotFound()
    done = await _done_before(db, key, "moved")
    if done is not None:
        return Moved(await view(db, done), await _moved_from(db, key), repeated=True)
    await sweep_expired_holds(db, now)
    row = await _open_for(db, appointment_id, customer_id, AppointmentState.BOOKED)
    if not isinstance(row, AppointmentRow):
        return row
    slot = _slot(policy, slot_id, now)
    if not isinstance(slot, slot_ids.Slot):
        return slot
    before = await view(db, row)
    visit, transport = visit or before.visit, transport or before.transport
    if (slot.starts_at, visit, transport) == (before.starts_at, before.visit, before.transport):
        return NothingToMove(before)
    request = Request(slot_id, before.op_codes, before.customer_id, key, transport=transport, visit=visit)
    stored = await _store(db, policy, request, slot, now, existing=row)
    if not isinstance(stored, AppointmentRow):
        return stored
    was = before.starts_at
    change = await _note(db, row, "moved", key, now, was_at=was, now_at=row.starts_at, call_sid=call_sid)
    whose = CustomerId(row.customer_id or "")
    fact = AppointmentMoved(change, row.version, AppointmentId(row.id), whose, was, row.starts_at, call_sid)
    await _tell(db, fact, now)
    return Moved(await view(db, row), was=was)


async def cancel(
    db: AsyncSession,
    appointment_id: AppointmentId | str,
    *,
    key: str,
    now: datetime,
    customer_id: CustomerId | None = None,
    reason: str = "",
    call_sid: CallSid | None = None,
) -> Cancelled | Refusal:
    """Cancels an appointment or gives up a hold; its capacity is free at once. With `customer_id`, only theirs."""
    if await _take_turn(db) is None:
        return NotFound()
    done = await _done_before(db, key, "cancelled")
    if done is not None:
        return Cancelled(await view(db, done), repeated=True)
    row = await _open_for(db, appointment_id, customer_id, AppointmentState.CANCELLED)
    if not isinstance(row, AppointmentRow):
        return row
    was_booked = row.state == AppointmentState.BOOKED
    row.state, row.hold_expires_at = AppointmentState.CANCELLED, None
    await set_free(db, row.id)
    change = await _note(db, row, "cancelled", key, now, was_at=row.starts_at, call_sid=call_sid, reason=reason)
    if was_booked:
        whose = CustomerId(row.customer_id or "")
        fact = AppointmentCancelled(
            change, row.version, AppointmentId(row.id), whose, row.starts_at, reason[:200], call_sid
        )
        await _tell(db, fact, now)
    return Cancelled(await view(db, row))


async def sweep_expired_holds(db: AsyncSession, now: datetime) -> int:
    """Gives back the capacity of holds that ran out, in every rooftop the session may see; returns how many.

    Offers never count such holds and bookings sweep first, so nobody waits for the next round of this.
    """
    ran_out = (AppointmentRow.state == AppointmentState.HELD) & (AppointmentRow.hold_expires_at <= now)
    rooftops = set(await db.scalars(select(AppointmentRow.rooftop_id).where(ran_out)))
    if not rooftops:
        return 0
    await _take_turn(db, rooftops)
    # Read again: whoever had the turn before may have swept or booked them.
    rows = list(await db.scalars(select(AppointmentRow).where(ran_out).execution_options(populate_existing=True)))
    for row in rows:
        row.state, row.hold_expires_at = AppointmentState.CANCELLED, None
        await set_free(db, row.id)
        await _note(db, row, "expired", f"expired:{row.id}", now, was_at=row.starts_at)
    return len(rows)


async def _take_turn(db: AsyncSession, rooftops: set[str] | None = None) -> SchedulingPolicyRow | None:
    """Waits until no other booking of the rooftop is under way; None when it takes no appointments.

    The unique key of reservations is what keeps capacity; taking turns only means that the second of two callers
    chooses among what the first left, instead of failing on it. SQLite has one writer anyway.
    """
    query = select(SchedulingPolicyRow).where(SchedulingPolicyRow.department == SERVICE)
    if rooftops is not None:
        query = query.where(SchedulingPolicyRow.rooftop_id.in_(rooftops))
    turns = await db.scalars(query.order_by(SchedulingPolicyRow.rooftop_id).with_for_update())
    return turns.first()


def _slot(policy: SchedulingPolicyRow, slot_id: str, now: datetime) -> slot_ids.Slot | SlotUnknown | TooSoon:
    slot = slot_ids.read(policy.rooftop_id, policy.slot_key, slot_id)
    if slot is None:
        return SlotUnknown()
    lead = max(timedelta(0), timedelta(minutes=policy.lead_minutes) - _OFFER_LASTS)
    return TooSoon(slot.starts_at) if slot.starts_at <= now + lead else slot


async def _store(
    db: AsyncSession,
    policy: SchedulingPolicyRow,
    request: Request,
    slot: slot_ids.Slot,
    now: datetime,
    existing: AppointmentRow | None = None,
) -> AppointmentRow | Unbookable:
    """Plans the visit on what is free now and stores it: as a new hold, or as an existing appointment's new time."""
    jobs = op_codes.by_codes(request.op_codes, await op_codes.menu(db, include_retired=existing is not None))
    if isinstance(jobs, UnknownOpCode):
        return jobs
    wish = Wish(jobs, visit=request.visit or slot.visit, transport=request.transport or slot.transport)
    if slots.not_waitable(wish):
        return NotWaitable(slots.not_waitable(wish))
    for _ in range(_ATTEMPTS):
        plan = await _plan(db, policy, wish, slot, now, existing)
        if isinstance(plan, Lacking):
            return SlotTaken(slot.starts_at, plan)
        try:
            async with db.begin_nested():
                row = existing or await _new_hold(db, request, plan, now)
                await reserve(db, row, plan, now)
        except AlreadyReserved:
            continue  # somebody did not wait their turn; see what is left
        row.starts_at, row.ends_at = plan.starts_at, plan.ends_at
        row.visit, row.transport = plan.visit, plan.transport
        row.advisor_id, row.technician_id = plan.advisor_id, plan.technician_id
        await set_work(db, row, jobs, plan, now)
        return row
    return SlotTaken(slot.starts_at, Lacking.TECHNICIAN)


async def _plan(
    db: AsyncSession,
    policy: SchedulingPolicyRow,
    wish: Wish,
    slot: slot_ids.Slot,
    now: datetime,
    existing: AppointmentRow | None,
) -> Plan | Lacking:
    """The visit at the slot's time, with the people it was offered with when they are still free."""
    until = stay_ends(policy, slot.starts_at)
    shop = await load_shop(db, policy, wish, slot.starts_at, until, now=now, ignoring=existing.id if existing else None)
    advisor_id = slot_ids.tagged(slot.advisor_tag, (each.id for each in shop.advisors))
    technician_id = slot_ids.tagged(slot.technician_tag, (each.id for each in shop.technicians))
    wish = replace(wish, advisor_id=StaffId(advisor_id) if advisor_id else None)
    return Planner(shop, wish, technician_id).plan(slot.starts_at)


async def _new_hold(db: AsyncSession, request: Request, plan: Plan, now: datetime) -> AppointmentRow:
    row = AppointmentRow(
        id=new_id(),
        created_at=now,
        customer_id=request.customer_id,
        vehicle_id=request.vehicle_id,
        advisor_id=plan.advisor_id,
        technician_id=plan.technician_id,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        visit=plan.visit,
        transport=plan.transport,
        concern=request.concern,
        state=AppointmentState.HELD,
        hold_expires_at=now + HOLD_LASTS,
        confirmation_code=await _free_code(db),
        source_call_sid=request.call_sid,
        idempotency_key=request.key,
    )
    db.add(row)
    await db.flush()
    return row


async def _free_code(db: AsyncSession) -> str:
    """A letter and four digits no appointment of the rooftop has had."""
    while True:
        code = f"{secrets.choice(_SPEAKABLE)}{secrets.randbelow(10_000):04d}"
        if await db.scalar(select(AppointmentRow.id).where(AppointmentRow.confirmation_code == code)) is None:
            return code


async def _done_before(db: AsyncSession, key: str, kind: str) -> AppointmentRow | None:
    """The appointment a request with this key was about, when it was done already."""
    change = await db.scalar(select(AppointmentChangeRow).where(AppointmentChangeRow.idempotency_key == key))
    if change is None:
        return None
    if change.kind != kind:
        raise KeyUsedForSomethingElse(f"the key of '{change.kind}' was used for '{kind}'")
    return await db.scalar(select(AppointmentRow).where(AppointmentRow.id == change.appointment_id))


async def _moved_from(db: AsyncSession, key: str) -> datetime:
    query = select(AppointmentChangeRow).where(AppointmentChangeRow.idempotency_key == key)
    change = (await db.scalars(query)).one()
    return change.was_at or change.created_at


async def _same_visit(db: AsyncSession, request: Request, slot: slot_ids.Slot) -> Appointment | None:
    """This customer's booking for the same work on the same car at the same time."""
    query = select(AppointmentRow).where(
        AppointmentRow.customer_id == request.customer_id,
        AppointmentRow.vehicle_id == request.vehicle_id,
        AppointmentRow.starts_at == slot.starts_at,
        AppointmentRow.state == AppointmentState.BOOKED,
    )
    asked = {code.strip().casefold() for code in request.op_codes}
    for row in await db.scalars(query):
        found = await view(db, row)
        if {code.casefold() for code in found.op_codes} == asked:
            return found
    return None


async def _hold_of_call(db: AsyncSession, request: Request, slot: slot_ids.Slot) -> AppointmentRow | None:
    """The same call's hold on this time; what ran out has been swept before."""
    if request.call_sid is None:
        return None
    query = select(AppointmentRow).where(
        AppointmentRow.source_call_sid == request.call_sid,
        AppointmentRow.state == AppointmentState.HELD,
        AppointmentRow.starts_at == slot.starts_at,
    )
    return (await db.scalars(query)).first()


async def _open_for(
    db: AsyncSession, appointment_id: str, customer_id: CustomerId | None, then: AppointmentState
) -> AppointmentRow | NotFound | AlreadyCancelled | NotOpenForChange:
    query = select(AppointmentRow).where(AppointmentRow.id == appointment_id)
    row = await db.scalar(query.execution_options(populate_existing=True))
    if row is None or (customer_id is not None and row.customer_id != await survivor(db, customer_id)):
        return NotFound()
    if row.state == AppointmentState.CANCELLED:
        return AlreadyCancelled(await view(db, row))
    is_unbooked = then is AppointmentState.BOOKED and row.state == AppointmentState.HELD
    if is_unbooked or not may_become(AppointmentState(row.state), then):
        return NotOpenForChange(await view(db, row))
    return row


async def _note(
    db: AsyncSession,
    row: AppointmentRow,
    kind: str,
    key: str,
    now: datetime,
    *,
    was_at: datetime | None = None,
    now_at: datetime | None = None,
    call_sid: CallSid | None = None,
    reason: str = "",
) -> str:
    """Writes one line of the appointment's history; its key is what makes the request safe to repeat."""
    change = AppointmentChangeRow(
        id=new_id(),
        rooftop_id=row.rooftop_id,
        created_at=now,
        appointment_id=row.id,
        kind=kind,
        idempotency_key=key,
        was_at=was_at,
        now_at=now_at,
        call_sid=call_sid,
        reason=reason[:200],
    )
    db.add(change)
    await db.flush()
    return change.id


async def _tell(db: AsyncSession, event: AppointmentEvent, now: datetime) -> None:
    await outbox.add(db, event.kind, event_key(event), payload(event, now), now)
