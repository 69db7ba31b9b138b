"""Rows that came under the number of somebody whose record was joined: undoing the join gives them back."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import bulk
from crm_sync.people import DMS, Named
from crm_sync.rows import AppointmentSeen, DealSeen, PartSeen, PersonSeen, Seen, VisitSeen
from crm_sync.run import Run
from record.contact_models import ConsentEntry
from record.merging import Arrival, remember_arrivals
from record.models import RepairOrder, Vehicle
from record.sales_models import Deal
from record.visit_models import Recommendation, SpecialOrderPart, StoreAppointment


async def remember(db: AsyncSession, seen: Sequence[Seen], owners: Mapping[str, str], who: Named, run: Run) -> None:
    """Notes, for everybody of `who.places`, the rows this chunk filed for them."""
    visits: dict[str, str] = {}
    bookings: dict[str, str] = {}
    deals: dict[str, str] = {}
    co_buyers: dict[str, str] = {}
    parts: dict[str, str] = {}
    for row in seen:
        buyer, co_buyer = _known(row.person, who), _known(row.co_buyer, who)
        match row.what:
            case VisitSeen() if buyer:
                visits[row.what.ro_number] = buyer
            case AppointmentSeen() if buyer:
                bookings[row.what.appointment_number] = buyer
            case DealSeen():
                deals |= {row.what.deal_number: buyer} if buyer else {}
                co_buyers |= {row.what.deal_number: co_buyer} if co_buyer else {}
            case PartSeen() if buyer:
                parts[row.what.order_number] = buyer
    cars = {vehicle: key for vehicle, key in owners.items() if key in who.refs}
    flags = {
        f"{DMS}:{one.key}:{flag}": one.key
        for row in seen
        for one in (row.person, row.co_buyer)
        if one is not None and one.key in who.refs
        for flag in one.blocks
    }
    found = [
        *await _filed(db, RepairOrder, "ro_number", visits, who, run),
        *await _filed(db, StoreAppointment, "appointment_number", bookings, who, run),
        *await _filed(db, Deal, "deal_number", deals, who, run),
        *await _filed(db, Deal, "deal_number", co_buyers, who, run, column="co_buyer_id"),
        *await _filed(db, SpecialOrderPart, "order_number", parts, who, run),
        *await _filed(db, Vehicle, "id", cars, who),
        *await _flags(db, flags, who),
    ]
    orders = {one.row_id: one for one in found if one.table == "repair_order"}
    advice = await bulk.found(db, Recommendation, ("id", "repair_order_id"), "repair_order_id", set(orders))
    found += [
        Arrival("recommendation", "customer_id", row.id, orders[row.repair_order_id].external_ref_id) for row in advice
    ]
    await remember_arrivals(db, found)


def _known(person: PersonSeen | None, who: Named) -> str:
    return person.key if person is not None and person.key in who.refs else ""


async def _filed(
    db: AsyncSession,
    kind: type[Any],
    key: str,
    names: Mapping[str, str],
    who: Named,
    run: Run | None = None,
    *,
    column: str = "customer_id",
) -> list[Arrival]:
    """Rows that stand as this file told them, for the customer it named."""
    columns = ("id", key, column, *(("source_as_of",) if run else ()))
    found = []
    for row in await bulk.found(db, kind, tuple(dict.fromkeys(columns)), key, set(names)):
        name = names[getattr(row, key)]
        stands = run is None or row.source_as_of == run.as_of
        if stands and getattr(row, column) == who.ids[name]:
            found.append(Arrival(kind.__tablename__, column, row.id, who.refs[name]))
    return found


async def _flags(db: AsyncSession, flags: Mapping[str, str], who: Named) -> list[Arrival]:
    theirs = {who.ids[key] for key in flags.values()}
    rows = await bulk.found(db, ConsentEntry, ("id", "entry_key"), "customer_id", theirs)
    named = [(row.id, flags.get(row.entry_key.rpartition(":")[0])) for row in rows]
    return [Arrival("consent_entry", "customer_id", row_id, who.refs[key]) for row_id, key in named if key]
