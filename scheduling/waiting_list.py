"""Customers waiting for a time: each written down once, and found again when a time or their parts come."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId, VehicleId
from record.customers import survivor
from scheduling import op_codes
from scheduling.models import WaitListRow
from scheduling.openings import find_offers
from scheduling.shop import Transport, Visit, Wish
from scheduling.slots import Offer

EARLIER, RECALL = "earlier", "recall"
WAITING, OFFERED, CLOSED = "waiting", "offered", "closed"
_AROUND = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody waits for. `key` names the request: repeated, it is the same place on the list."""

    customer_id: CustomerId
    kind: str
    op_codes: tuple[str, ...]
    key: str
    visit: Visit = Visit.DROP_OFF
    transport: Transport = Transport.NONE
    earliest: datetime | None = None
    latest: datetime | None = None
    words: str = ""
    contact: str = ""
    vehicle_id: VehicleId | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    id: str
    place: Place


async def join(db: AsyncSession, place: Place, now: datetime) -> Waiting:
    """Puts a customer on the list; waiting for the same work already, their place is brought up to date."""
    who = await survivor(db, place.customer_id)
    rows = await db.scalars(
        select(WaitListRow).where(
            WaitListRow.customer_id == who, WaitListRow.kind == place.kind, WaitListRow.state == WAITING
        )
    )
    row = next((each for each in rows if set(each.op_codes) == set(place.op_codes)), None)
    if row is None:
        row = WaitListRow(customer_id=who, kind=place.kind, idempotency_key=place.key, created_at=now)
        db.add(row)
    row.op_codes, row.visit, row.transport = list(place.op_codes), place.visit, place.transport
    row.earliest, row.latest = place.earliest, place.latest
    row.words, row.contact = place.words or row.words or "", place.contact or row.contact or ""
    row.vehicle_id = place.vehicle_id or row.vehicle_id
    await db.flush()
    return _waiting(row)


async def for_a_freed_time(db: AsyncSession, freed_at: datetime, now: datetime) -> list[tuple[Waiting, Offer]]:
    """Whom a time that came free near this moment suits, first come first; each with the time."""
    rows = await db.scalars(
        select(WaitListRow)
        .where(WaitListRow.kind == EARLIER, WaitListRow.state == WAITING)
        .order_by(WaitListRow.created_at, WaitListRow.id)
    )
    menu = await op_codes.menu(db)
    found = []
    for row in rows:
        after = max(freed_at - _AROUND, row.earliest or freed_at - _AROUND)
        before = min(freed_at + _AROUND, row.latest or freed_at + _AROUND)
        jobs = op_codes.by_codes(row.op_codes, menu)
        if not isinstance(jobs, tuple) or after > before:
            continue
        wish = Wish(jobs, Visit(row.visit), Transport(row.transport), after, before, how_many=1)
        offers = await find_offers(db, wish, now)
        if offers:
            found.append((_waiting(row), offers[0]))
    return found


async def for_recall_parts(db: AsyncSession, customer_id: CustomerId | str) -> list[Waiting]:
    """The recalls this customer waits with."""
    rows = await db.scalars(
        select(WaitListRow).where(
            WaitListRow.customer_id == await survivor(db, customer_id),
            WaitListRow.kind == RECALL,
            WaitListRow.state == WAITING,
        )
    )
    return [_waiting(row) for row in rows]


async def offered(db: AsyncSession, waiting_id: str) -> None:
    """A person is to call about it; they are not found again meanwhile."""
    (await db.get_one(WaitListRow, waiting_id)).state = OFFERED


async def settled(db: AsyncSession, customer_id: CustomerId | str, codes: tuple[str, ...], starts_at: datetime) -> None:
    """The customer has booked that work for then. Whoever booked a later time than they want still waits."""
    rows = await db.scalars(
        select(WaitListRow).where(
            WaitListRow.customer_id == await survivor(db, customer_id), WaitListRow.state != CLOSED
        )
    )
    for row in rows:
        in_time = row.latest is not None and starts_at <= row.latest
        if set(row.op_codes) <= set(codes) and (row.state == OFFERED or row.kind == RECALL or in_time):
            row.state = CLOSED


def _waiting(row: WaitListRow) -> Waiting:
    place = Place(
        CustomerId(row.customer_id),
        row.kind,
        tuple(row.op_codes),
        row.idempotency_key,
        Visit(row.visit),
        Transport(row.transport),
        row.earliest,
        row.latest,
        row.words,
        row.contact,
        VehicleId(row.vehicle_id) if row.vehicle_id else None,
    )
    return Waiting(row.id, place)
