"""What is wrong in the record, each thing a row that a person can clear with a reason.

A finding cleared by a person comes back only when what it says changes; one that is no longer true clears itself.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from kit.phone import spoken
from record.contact_models import HygieneFinding
from record.identity_models import MatchPair
from record.models import ContactPoint, Customer, RepairOrder, Vehicle
from record.vins import vin_fault
from record.visit_models import StoreAppointment

MACHINE = "lanekeeper"
NO_LONGER_SO = "no longer so"

DUPLICATE = "duplicate"
UNMAPPED_STATUS = "unmapped_status"
NO_CONTACT = "no_contact"
NO_NAME = "no_name"
NO_VIN = "no_vin"
ODD_VIN = "odd_vin"
BAD_PHONE = "bad_phone"
WRONG_NUMBER = "wrong_number"
CLOSED_ELSEWHERE = "closed_elsewhere"
ONE_SYSTEM_ONLY = "lead_in_one_system"

STATUSES = frozenset(
    "scheduled arrived waiting_dispatch in_shop diagnosing awaiting_approval awaiting_parts on_hold quality_check "
    "ready invoiced picked_up closed void".split()
)
_ENDED = ("invoiced", "picked_up", "closed", "void")
_OVER = ("fulfilled", "cancelled", "no_show")
_CROWD = 8
_PAGE = 2000


class ReasonNeeded(Exception):
    """A finding is cleared with a reason, or not at all."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing wrong. `says` holds whatever would make it another finding if it changed."""

    subject_table: str
    subject_id: str
    says: str
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One open finding, as a person reads it."""

    id: str
    kind: str
    subject_table: str
    subject_id: str
    customer_id: str | None
    says: str
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends."""

    found_at: datetime
    id: str


async def look(db: AsyncSession, now: datetime) -> Counter[str]:
    """Looks the whole store over; how many findings of each kind are true now, cleared ones included."""
    counts: Counter[str] = Counter()
    for kind, search in _SEARCHES.items():
        found = [one async for one in search(db)]
        await store(db, kind, found, now, settles=kind != UNMAPPED_STATUS)
        counts[kind] = len(found)
    return counts


async def store(db: AsyncSession, kind: str, found: Sequence[Found], now: datetime, *, settles: bool = True) -> None:
    """Files everything of one kind that is true now. With `settles`, what is not among it is no longer so.

    Other packages file what only they can see (a lead that one system has and another has not).
    """
    known = {
        (row.subject_table, row.subject_id): row
        for row in await db.scalars(select(HygieneFinding).where(HygieneFinding.kind == kind))
    }
    current = {(one.subject_table, one.subject_id): one for one in found}
    for subject, one in current.items():
        row = known.get(subject)
        if row is None:
            db.add(
                HygieneFinding(
                    kind=kind,
                    subject_table=one.subject_table,
                    subject_id=one.subject_id,
                    customer_id=one.customer_id,
                    says=one.says,
                    found_at=now,
                )
            )
        elif row.says != one.says or row.clear_reason == NO_LONGER_SO:
            row.says, row.customer_id, row.found_at = one.says, one.customer_id, now
            row.cleared_at, row.cleared_by, row.clear_reason = None, "", ""
    for subject, row in known.items() if settles else ():
        if subject not in current and row.cleared_at is None:
            row.cleared_at, row.cleared_by, row.clear_reason = now, MACHINE, NO_LONGER_SO
    await db.flush()


async def open_findings(
    db: AsyncSession, kind: str | None = None, after: Place | None = None, limit: int = 50
) -> list[Finding]:
    """Findings nobody has cleared, newest first."""
    query = (
        select(HygieneFinding)
        .where(HygieneFinding.cleared_at.is_(None))
        .order_by(HygieneFinding.found_at.desc(), HygieneFinding.id.desc())
        .limit(limit)
    )
    if kind is not None:
        query = query.where(HygieneFinding.kind == kind)
    if after is not None:
        older = HygieneFinding.found_at < after.found_at
        same = and_(HygieneFinding.found_at == after.found_at, HygieneFinding.id < after.id)
        query = query.where(or_(older, same))
    return [_finding(row) for row in await db.scalars(query)]


async def finding(db: AsyncSession, finding_id: str) -> Finding | None:
    """One finding, cleared or not."""
    row = await db.scalar(select(HygieneFinding).where(HygieneFinding.id == finding_id))
    return _finding(row) if row is not None else None


async def open_counts(db: AsyncSession) -> Counter[str]:
    """How many open findings of each kind."""
    rows = await db.execute(
        select(HygieneFinding.kind, func.count())
        .where(HygieneFinding.cleared_at.is_(None))
        .group_by(HygieneFinding.kind)
    )
    return Counter({kind: number for kind, number in rows})


async def clear(db: AsyncSession, finding_id: str, by: str, reason: str, now: datetime) -> None:
    """A person says it is dealt with, and how."""
    if not reason.strip():
        raise ReasonNeeded("say why this needs nothing more")
    row = await db.scalar(select(HygieneFinding).where(HygieneFinding.id == finding_id))
    if row is not None and row.cleared_at is None:
        row.cleared_at, row.cleared_by, row.clear_reason = now, by, reason.strip()[:200]


def _finding(row: HygieneFinding) -> Finding:
    return Finding(row.id, row.kind, row.subject_table, row.subject_id, row.customer_id, row.says, row.found_at)


Search = Callable[[AsyncSession], AsyncIterator[Found]]


async def _duplicates(db: AsyncSession) -> AsyncIterator[Found]:
    absorbed = select(Customer.id).where(Customer.merged_into_id.is_not(None))
    query = select(MatchPair.id, MatchPair.one_id, MatchPair.reasons).where(
        MatchPair.state == "waiting", MatchPair.one_id.not_in(absorbed), MatchPair.other_id.not_in(absorbed)
    )
    for pair_id, one, reasons in await db.execute(query):
        why = "; ".join(reason["says"] for reason in reasons[:3])
        yield Found("match_pair", pair_id, f"Perhaps one person twice: {why}", one)


async def _unmapped(db: AsyncSession) -> AsyncIterator[Found]:
    code = func.lower(RepairOrder.source_status)
    query = (
        select(code, func.count())
        .where(RepairOrder.source_status != "", RepairOrder.status.not_in(STATUSES))
        .group_by(code)
    )
    for name, _ in await db.execute(query):
        says = f"Say what the RO status code '{name}' means; until then it changes nothing"
        yield Found("code_map", f"ro_status:{name.strip()}"[:120], says)


async def _no_contact(db: AsyncSession) -> AsyncIterator[Found]:
    reachable = exists().where(
        ContactPoint.customer_id == Customer.id,
        ContactPoint.rooftop_id == Customer.rooftop_id,
        ContactPoint.value != "",
    )
    query = select(Customer.id, Customer.first_name, Customer.last_name).where(
        Customer.merged_into_id.is_(None), ~reachable
    )
    for customer_id, first, last in await db.execute(query):
        named = f"{first} {last}".strip() or "A customer without a name"
        yield Found("customer", customer_id, f"{named} has no phone and no e-mail", customer_id)


async def _no_name(db: AsyncSession) -> AsyncIterator[Found]:
    query = select(Customer.id).where(
        Customer.merged_into_id.is_(None),
        or_(func.trim(Customer.last_name) == "", and_(func.trim(Customer.first_name) == "", ~Customer.is_business)),
    )
    for (customer_id,) in await db.execute(query):
        yield Found("customer", customer_id, "A customer without a first or last name", customer_id)


async def _no_vin(db: AsyncSession) -> AsyncIterator[Found]:
    query = select(Vehicle.id, Vehicle.customer_id, Vehicle.year, Vehicle.make, Vehicle.model).where(
        or_(Vehicle.vin.is_(None), Vehicle.vin == "")
    )
    for vehicle_id, customer_id, year, make, model in await db.execute(query):
        named = " ".join(str(part) for part in (year, make, model) if part) or "A car"
        yield Found("vehicle", vehicle_id, f"{named} has no VIN", customer_id)


async def _odd_vins(db: AsyncSession) -> AsyncIterator[Found]:
    query = select(Vehicle.id, Vehicle.customer_id, Vehicle.vin).where(Vehicle.vin.is_not(None), Vehicle.vin != "")
    async for vehicle_id, customer_id, vin in _paged(db, query, Vehicle.id):
        fault = vin_fault(vin)
        if fault:
            yield Found("vehicle", vehicle_id, f"VIN {vin} {fault}", customer_id)


async def _bad_phones(db: AsyncSession) -> AsyncIterator[Found]:
    """Numbers nobody can be reached at, and numbers too many people have."""
    query = (
        select(ContactPoint.id, ContactPoint.customer_id, ContactPoint.value)
        .join(Customer, Customer.id == ContactPoint.customer_id)
        .where(ContactPoint.kind == "phone", Customer.merged_into_id.is_(None))
    )
    async for point_id, customer_id, value in _paged(db, query, ContactPoint.id):
        fault = _phone_fault(value)
        if fault:
            yield Found("contact_point", point_id, f"Phone {value} {fault}", customer_id)
    crowds = (
        select(ContactPoint.value, func.count())
        .join(Customer, Customer.id == ContactPoint.customer_id)
        .where(ContactPoint.kind == "phone", Customer.merged_into_id.is_(None))
        .group_by(ContactPoint.value)
        .having(func.count() > _CROWD)
    )
    for value, number in await db.execute(crowds):
        # By tens: one customer more or less is no news.
        yield Found("phone", value, f"{spoken(value)} is on file for {number // 10 * 10 or _CROWD}+ customers")


async def _closed_elsewhere(db: AsyncSession) -> AsyncIterator[Found]:
    """Closed in the store's system, open here: the visit's own status, or an appointment that waits for it."""
    orders = select(RepairOrder.id, RepairOrder.customer_id, RepairOrder.ro_number, RepairOrder.status).where(
        RepairOrder.closed_at.is_not(None), RepairOrder.status.not_in(_ENDED)
    )
    for order_id, customer_id, number, status in await db.execute(orders):
        yield Found(
            "repair_order", order_id, f"RO {number} is closed but still reads {status or 'no status'}", customer_id
        )
    waiting = (
        select(
            StoreAppointment.id,
            StoreAppointment.customer_id,
            StoreAppointment.appointment_number,
            RepairOrder.ro_number,
        )
        .join(RepairOrder, RepairOrder.ro_number == StoreAppointment.ro_number)
        .where(RepairOrder.closed_at.is_not(None), StoreAppointment.status.not_in(_OVER))
    )
    for appointment_id, whose, appointment, number in await db.execute(waiting):
        says = f"Appointment {appointment} is still open; its RO {number} is closed"
        yield Found("store_appointment", appointment_id, says, whose)


_SEARCHES: dict[str, Search] = {
    DUPLICATE: _duplicates,
    UNMAPPED_STATUS: _unmapped,
    NO_CONTACT: _no_contact,
    NO_NAME: _no_name,
    NO_VIN: _no_vin,
    ODD_VIN: _odd_vins,
    BAD_PHONE: _bad_phones,
    CLOSED_ELSEWHERE: _closed_elsewhere,
}


def _phone_fault(value: str) -> str | None:
    digits = "".join(sign for sign in value if sign.isdigit())
    if not value.startswith("+") or not 8 <= len(digits) <= 15:
        return "is no whole number"
    if len(set(digits[-7:])) == 1:
        return "only fills the column"
    if value.startswith("+1") and (len(digits) != 11 or digits[1] in "01" or digits[4] in "01"):
        return "is no number of the US or Canada"
    return None


async def _paged(
    db: AsyncSession, query: Select[*tuple[Any, ...]], row_id: InstrumentedAttribute[str]
) -> AsyncIterator[tuple[str, str | None, str]]:
    """The rows of a large table in pages by id."""
    after = ""
    while True:
        page = (await db.execute(query.where(row_id > after).order_by(row_id).limit(_PAGE))).all()
        for found in page:
            yield found[0], found[1], found[2]
        if len(page) < _PAGE:
            return
        after = str(page[-1][0])
