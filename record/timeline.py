"""Everything that happened with one customer, newest first, across departments, a page at a time.

Each source is asked for one page of its own and the pages are merged. What lies above the record (our appointments,
loops) is added by the caller as `Entry` rows of the same page.
"""

import heapq
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from kit.ids import CustomerId
from record.contact_models import ConsentEntry, ContactEvent
from record.customers import survivor
from record.identity_models import Merge
from record.models import Call, Customer, Disposition, RepairOrder, Staff, Vehicle
from record.sales_models import Deal
from record.visit_models import Recommendation, SpecialOrderPart, StoreAppointment

PAGE = 50


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a page ends: the next one is strictly older."""

    at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `kind` and `ref_id` say which row it is; `says` is one plain line."""

    at: datetime
    kind: str
    ref_id: str
    department: str
    says: str
    who: str = ""
    detail: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return Place(self.at, f"{self.kind}:{self.ref_id}")


@dataclass(frozen=True)
class Page:
    entries: tuple[Entry, ...]
    next: Place | None


More = Callable[[AsyncSession, CustomerId, Place | None, int], Awaitable[Sequence[Entry]]]
"""A source above the record: at most so many entries older than the place, newest first."""


async def timeline(
    db: AsyncSession,
    customer_id: CustomerId | str,
    after: Place | None = None,
    limit: int = PAGE,
    more: Iterable[More] = (),
) -> Page:
    """One page; the id of a record joined into another shows that one's."""
    who = await survivor(db, customer_id)
    found: list[Sequence[Entry]] = [await source(db, who, after, limit + 1) for source in (*_SOURCES, *more)]
    merged = heapq.merge(*found, key=lambda entry: entry.place, reverse=True)
    entries = [entry for entry, _ in zip(merged, range(limit + 1), strict=False)]
    shown = tuple(entries[:limit])
    return Page(shown, shown[-1].place if len(entries) > limit else None)


async def _calls(db: AsyncSession, who: CustomerId, after: Place | None, limit: int) -> list[Entry]:
    query = (
        select(Call, Disposition.code)
        .outerjoin(Disposition, and_(Disposition.call_id == Call.id, Disposition.superseded_by.is_(None)))
        .where(Call.customer_id == who)
    )
    rows = await db.execute(_older(query, Call.started_at, Call.id, "call", after, limit))
    return [
        Entry(
            call.started_at,
            "call",
            call.id,
            call.department,
            f"{call.direction.capitalize()} call" + (f": {_words(code)}" if code else ""),
            call.agent,
            {"seconds": str(call.duration_seconds or ""), "contact": call.from_e164},
        )
        for call, code in rows
    ]


async def _contacts(db: AsyncSession, who: CustomerId, after: Place | None, limit: int) -> list[Entry]:
    query = select(ContactEvent).where(ContactEvent.customer_id == who)
    rows = await db.scalars(_older(query, ContactEvent.at, ContactEvent.id, "contact", after, limit))
    return [
        Entry(
            row.at,
            "contact",
            row.id,
            row.department,
            f"{_words(row.channel).capitalize()}, {row.direction}"
            + (f": {_words(row.outcome)}" if row.outcome else ""),
            row.staff_name,
            {"source": row.source, "body": row.body},
        )
        for row in rows
    ]


async def _visits(db: AsyncSession, who: CustomerId, after: Place | None, limit: int) -> list[Entry]:
    query = (
        select(RepairOrder, Vehicle, Staff.name)
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .outerjoin(Staff, Staff.id == RepairOrder.advisor_id)
        .where(RepairOrder.customer_id == who)
    )
    rows = await db.execute(_older(query, RepairOrder.opened_at, RepairOrder.id, "repair_order", after, limit))
    return [
        Entry(
            order.opened_at,
            "repair_order",
            order.id,
            order.department,
            f"RO {order.ro_number}, {_car(car)}: {_words(order.status)}",
            advisor or "",
            {"concern": order.concern},
        )
        for order, car, advisor in rows
    ]


async def _recommendations(db: AsyncSession, who: CustomerId, after: Place | None, limit: int) -> list[Entry]:
    query = (
        select(Recommendation, Staff.name)
        .outerjoin(Staff, Staff.id == Recommendation.recommended_by_id)
        .where(Recommendation.customer_id == who)
    )
    rows = await db.execute(
        _older(query, Recommendation.recommended_at, Recommendation.id, "recommendation", after, limit)
    )
    return [
        Entry(
            row.recommended_at,
            "recommendation",
            row.id,
            "service",
            f"Recommended {row.description}: {_words(row.state)}",
            advisor or "",
            {"colour": row.colour, "measured": row.measured, "reason": row.reason},
        )
        for row, advisor in rows
    ]


async def _parts(db: AsyncSession, who: CustomerId, after: Place | None, limit: int) -> list[Entry]:
    query = select(SpecialOrderPart).where(SpecialOrderPart.customer_id == who)
    rows = await db.scalars(_older(query, SpecialOrderPart.created_at, SpecialOrderPart.id, "part", after, limit))
    return [
        Entry(
            row.created_at,
            "part",
            row.id,
            "parts",
            f"Special order {row.order_number}, {row.description or row.part_number}: {_words(row.state)}",
        )
        for row in rows
    ]


async def _store_appointments(db: AsyncSession, who: CustomerId, after: Place | None, limit: int) -> list[Entry]:
    query = (
        select(StoreAppointment, Staff.name)
        .outerjoin(Staff, Staff.id == StoreAppointment.advisor_id)
        .where(StoreAppointment.customer_id == who)
    )
    rows = await db.execute(
        _older(query, StoreAppointment.starts_at, StoreAppointment.id, "store_appointment", after, limit)
    )
    return [
        Entry(
            row.starts_at,
            "store_appointment",
            row.id,
            "service",
            f"Appointment {row.appointment_number}: {_words(row.status)}",
            advisor or "",
            {"concern": row.concern},
        )
        for row, advisor in rows
    ]


async def _deals(db: AsyncSession, who: CustomerId, after: Place | None, limit: int) -> list[Entry]:
    """A deal has a day, not a moment: it stands at noon of that day. Few enough to be sorted here."""
    query = (
        select(Deal, Vehicle)
        .outerjoin(Vehicle, Vehicle.id == Deal.vehicle_id)
        .where(or_(Deal.customer_id == who, Deal.co_buyer_id == who))
    )
    entries = [
        Entry(
            datetime.combine(deal.sold_on, time(12), UTC) if deal.sold_on else deal.created_at,
            "deal",
            deal.id,
            "sales",
            f"{_words(deal.kind).capitalize()} deal {deal.deal_number}, {_car(car)}"
            + (", as co-buyer" if deal.customer_id != who else ""),
            deal.salesperson,
        )
        for deal, car in await db.execute(query)
    ]
    return _page(entries, after, limit)


async def _consent(db: AsyncSession, who: CustomerId, after: Place | None, limit: int) -> list[Entry]:
    query = select(ConsentEntry).where(ConsentEntry.customer_id == who)
    rows = await db.scalars(_older(query, ConsentEntry.at, ConsentEntry.id, "consent", after, limit))
    return [
        Entry(
            row.at,
            "consent",
            row.id,
            "",
            f"{_CONSENT.get(row.kind, row.kind)} {row.scope} contact by {row.channel}",
            row.recorded_by,
            {"source": row.source, "words": row.words},
        )
        for row in rows
    ]


async def _merges(db: AsyncSession, who: CustomerId, after: Place | None, limit: int) -> list[Entry]:
    query = (
        select(Merge, Customer)
        .join(Customer, or_(Customer.id == Merge.absorbed_id, Customer.id == Merge.survivor_id))
        .where(or_(Merge.survivor_id == who, Merge.absorbed_id == who), Customer.id != who)
    )
    entries = []
    for merge, other in await db.execute(query):
        named = f"{other.first_name} {other.last_name}".strip() or "a record without a name"
        entries.append(Entry(merge.created_at, "merge", merge.id, "", f"Record of {named} joined in", merge.merged_by))
        if merge.undone_at:
            says = f"Record of {named} taken apart again"
            entries.append(Entry(merge.undone_at, "merge_undone", merge.id, "", says, merge.undone_by))
    return _page(entries, after, limit)


_SOURCES: tuple[More, ...] = (
    _calls,
    _contacts,
    _visits,
    _recommendations,
    _parts,
    _store_appointments,
    _deals,
    _consent,
    _merges,
)
_CONSENT = {"grant": "Allowed", "revoke": "Took back", "block": "Store system blocks"}


def _older(
    query: Select[*tuple[Any, ...]],
    at: InstrumentedAttribute[datetime],
    row_id: InstrumentedAttribute[str],
    kind: str,
    after: Place | None,
    limit: int,
) -> Select[*tuple[Any, ...]]:
    """Newest first from the place on. Kinds share one order: at the same moment, by kind and then by id."""
    if after is not None:
        query = query.where(_before(at, row_id, kind, after))
    return query.order_by(at.desc(), row_id.desc()).limit(limit)


def _before(
    at: InstrumentedAttribute[datetime], row_id: InstrumentedAttribute[str], kind: str, after: Place
) -> ColumnElement[bool]:
    last_kind, _, last_id = after.key.partition(":")
    if kind < last_kind:
        return at <= after.at
    if kind > last_kind:
        return at < after.at
    return or_(at < after.at, and_(at == after.at, row_id < last_id))


def _page(entries: list[Entry], after: Place | None, limit: int) -> list[Entry]:
    wanted = [entry for entry in entries if after is None or entry.place < after]
    return sorted(wanted, key=lambda entry: entry.place, reverse=True)[:limit]


def _car(car: Vehicle | None) -> str:
    return " ".join(str(part) for part in (car.year, car.make, car.model) if part) if car else "vehicle"


def _words(code: str) -> str:
    return code.replace("_", " ")
