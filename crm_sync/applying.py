"""Rows that are news into the record, a chunk at a time: people first, then their cars, then what happened to them."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import bulk, cars, joined, people
from crm_sync.models import SourceRow
from crm_sync.rows import AppointmentSeen, DealSeen, Fault, PartSeen, PersonSeen, VisitSeen
from crm_sync.run import Item, Run
from crm_sync.sales import OrderedPart, Sale, settle_deals, settle_parts
from crm_sync.visits import Booking, Visit, settle_appointments, settle_visits
from followup.lead_endings import end_needs
from record.contact_models import HygieneFinding


async def apply(db: AsyncSession, items: Sequence[Item], run: Run) -> None:
    """Everything these rows say, and the rows themselves; whoever calls commits both or neither."""
    seen = [item.seen for item in items]
    named = [one for row in seen for one in (row.person, row.co_buyer) if one is not None]
    who = await people.settle(db, named, run.matcher, run.id)
    customers = who.ids
    vehicles, owners = await cars.settle(db, [row.car for row in seen if row.car], customers, run.id)
    visits: list[Visit] = []
    bookings: list[Booking] = []
    sales: list[Sale] = []
    parts: list[OrderedPart] = []
    for row in seen:
        customer_id = _of(customers, row.person)
        vehicle_id = vehicles.get(row.car.key) if row.car else None
        match row.what:
            case VisitSeen() if customer_id:
                visits.append(Visit(row.what, customer_id, vehicle_id))
            case AppointmentSeen():
                bookings.append(Booking(row.what, customer_id, vehicle_id))
            case DealSeen():
                sales.append(Sale(row.what, customer_id, _of(customers, row.co_buyer), vehicle_id))
            case PartSeen():
                parts.append(OrderedPart(row.what, customer_id, vehicle_id))
    if visits:
        await settle_visits(db, visits, run)
    if bookings:
        await settle_appointments(db, bookings, run)
    if sales:
        await settle_deals(db, sales, run)
    if parts:
        await settle_parts(db, parts, run)
    if visits or sales:
        await end_needs(db, customers.values(), run.now)
    if who.places:
        await joined.remember(db, seen, owners, who, run)
    await _note(db, [fault for row in seen for fault in row.faults], run)
    await _keep(db, items, run)


def _of(customers: Mapping[str, str], person: PersonSeen | None) -> str | None:
    return customers[person.key] if person else None


async def _note(db: AsyncSession, faults: Sequence[Fault], run: Run) -> None:
    findings = {
        (fault.kind, fault.table, fault.subject): {
            "kind": fault.kind,
            "subject_table": fault.table,
            "subject_id": fault.subject[:120],
            "says": fault.says,
            "found_at": run.now,
        }
        for fault in faults
    }
    await bulk.add_missing(db, HygieneFinding, list(findings.values()))


async def _keep(db: AsyncSession, items: Sequence[Item], run: Run) -> None:
    """The rows as received, each under its key."""
    rows = [
        {
            "id": item.kept_id,
            "feed": run.feed,
            "row_key": item.key,
            "row_hash": item.row_hash,
            "raw": item.raw,
            "as_of": run.as_of,
            "run_id": run.id,
            "seen_in_id": run.id,
            "line": item.line,
        }
        for item in items
    ]
    await bulk.add(db, SourceRow, [row for row in rows if row["id"] is None])
    await bulk.change(db, SourceRow, [row for row in rows if row["id"] is not None])
