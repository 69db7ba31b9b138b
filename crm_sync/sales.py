"""Deals and special-order parts into the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import bulk
from crm_sync.conflicts import stands
from crm_sync.rows import Columns, DealSeen, PartSeen
from crm_sync.run import Run
from kit.ids import new_id
from record import outbox
from record.identity_models import HouseholdLink
from record.models import OutboxEvent, RepairOrder
from record.sales_models import Deal
from record.visit_models import SpecialOrderPart

SPECIAL_ORDER_ARRIVED = "special_order_arrived"
NEWS = timedelta(days=3)
"""An order seen for the first time is told of when its last part came in this shortly before: a weekend, not a year."""

IN = frozenset({"received", "notified", "booked", "installed"})
_PAST_RECEIVED = frozenset({"notified", "booked", "installed", "returned"})


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal as seen, with buyer, co-buyer and car as far as known."""

    seen: DealSeen
    customer_id: str | None
    co_buyer_id: str | None
    vehicle_id: str | None


@dataclass(frozen=True, slots=True)
class OrderedPart:
    """A special-order part as seen, with whom and what it is for as far as known."""

    seen: PartSeen
    customer_id: str | None
    vehicle_id: str | None


async def settle_deals(db: AsyncSession, sales: Sequence[Sale], run: Run) -> None:
    """Deals by their number; buyer and co-buyer become one household, never one record."""
    numbers = {one.seen.deal_number for one in sales}
    known = {
        row.deal_number: row
        for row in await bulk.found(db, Deal, ("id", "deal_number", "source_as_of"), "deal_number", numbers)
    }
    added, changed, links = [], [], {}
    for one in sales:
        last = known.get(one.seen.deal_number)
        if last is not None and not stands(last.source_as_of, run.as_of):
            continue
        row: Columns = dict(one.seen.columns) | {"customer_id": one.customer_id, "source_as_of": run.as_of}
        row |= {"co_buyer_id": one.co_buyer_id} if one.co_buyer_id else {}
        row |= {"vehicle_id": one.vehicle_id} if one.vehicle_id else {}
        if last is None:
            added.append({"deal_number": one.seen.deal_number} | row)
        else:
            changed.append({"id": last.id} | row)
        if one.customer_id and one.co_buyer_id and one.customer_id != one.co_buyer_id:
            first, second = sorted((one.customer_id, one.co_buyer_id))
            source = f"dms deal {one.seen.deal_number}"
            links[first, second] = {
                "one_id": first, "other_id": second, "kind": "co_buyer", "confidence": 1.0, "source": source,
            }  # fmt: skip
    await bulk.add(db, Deal, added)
    await bulk.change(db, Deal, changed)
    await bulk.add_missing(db, HouseholdLink, list(links.values()))


async def settle_parts(db: AsyncSession, parts: Sequence[OrderedPart], run: Run) -> None:
    """Parts by order and line. The order whose last part just came in is told, once."""
    orders = {one.seen.order_number for one in parts}
    before = await _parts(db, orders)
    numbers = {one.seen.ro_number for one in parts} - {""}
    visits = {
        row.ro_number: row.id for row in await bulk.found(db, RepairOrder, ("id", "ro_number"), "ro_number", numbers)
    }
    known = {(row.order_number, row.line): row for row in before}
    added, changed = [], []
    for one in parts:
        last = known.get((one.seen.order_number, one.seen.line))
        if last is not None and not stands(last.source_as_of, run.as_of):
            continue
        row: Columns = dict(one.seen.columns) | {"source_as_of": run.as_of}
        row |= {"customer_id": one.customer_id} if one.customer_id else {}
        row |= {"vehicle_id": one.vehicle_id} if one.vehicle_id else {}
        row |= {"repair_order_id": visits[one.seen.ro_number]} if one.seen.ro_number in visits else {}
        if last is None:
            added.append({"id": new_id(), "order_number": one.seen.order_number, "line": one.seen.line} | row)
            continue
        if last.state in _PAST_RECEIVED and row["state"] == "received":
            del row["state"]
        changed.append({"id": last.id} | row)
    await bulk.add(db, SpecialOrderPart, added)
    await bulk.change(db, SpecialOrderPart, changed)
    db.add_all(await _arrivals(db, orders, {row.order_number for row in before}, _complete(before), run))


async def _arrivals(
    db: AsyncSession, orders: set[str], known: set[str], were_in: set[str], run: Run
) -> list[OutboxEvent]:
    after = await _parts(db, orders)
    arrived = []
    for order in sorted(_complete(after) - were_in):
        parts = [row for row in after if row.order_number == order]
        came = [row.received_at for row in parts if row.received_at]
        if order not in known and not (came and max(came) >= run.as_of - NEWS):
            continue
        payload = {
            "order_number": order,
            "customer_id": next((row.customer_id for row in parts if row.customer_id), None),
            "repair_order_id": next((row.repair_order_id for row in parts if row.repair_order_id), None),
            "as_of": run.as_of.isoformat(),
        }
        arrived.append(
            outbox.event(run.rooftop_id, SPECIAL_ORDER_ARRIVED, f"sop_in:{new_id()}", payload, due_at=run.now)
        )
    return arrived


async def _parts(db: AsyncSession, orders: set[str]) -> Sequence[SpecialOrderPart]:
    columns = ("id", "order_number", "line", "state", "source_as_of", "received_at", "customer_id", "repair_order_id")
    return await bulk.found(db, SpecialOrderPart, columns, "order_number", orders)  # type: ignore[return-value]


def _complete(parts: Sequence[SpecialOrderPart]) -> set[str]:
    """Orders of which every part that was not sent back is in, and at least one is."""
    waiting = {row.order_number for row in parts if row.state not in IN and row.state != "returned"}
    return {row.order_number for row in parts if row.state in IN} - waiting
