"""Repair orders and appointments into the record; a status moves only by a code somebody mapped, and is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import bulk, codes
from crm_sync.conflicts import stands
from crm_sync.rows import AppointmentSeen, Columns, VisitSeen
from crm_sync.run import Run
from crm_sync.unsold import settle_sold_later
from kit.ids import new_id
from record.models import OutboxEvent, RepairOrder
from record.visit_models import Recommendation, RepairOrderLine, StoreAppointment

FRESH = timedelta(days=1)
"""A repair order opened this shortly before the file was written is news; one from the past is history."""

_BY_US = frozenset({"sold_later", "done_elsewhere", "expired"})


@dataclass(frozen=True, slots=True)
class Visit:
    """A repair order as seen, with the customer and car it is for."""

    seen: VisitSeen
    customer_id: str
    vehicle_id: str | None


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment as seen, with the customer and car it is for, as far as known."""

    seen: AppointmentSeen
    customer_id: str | None
    vehicle_id: str | None


async def settle_visits(db: AsyncSession, visits: Sequence[Visit], run: Run) -> None:
    """Orders, their operations and what was advised; then which advice a later visit sold."""
    columns = ("id", "ro_number", "status", "source_as_of")
    numbers = {one.seen.ro_number for one in visits}
    known = {row.ro_number: row for row in await bulk.found(db, RepairOrder, columns, "ro_number", numbers)}
    standing = [
        one
        for one in visits
        if one.seen.ro_number not in known or stands(known[one.seen.ro_number].source_as_of, run.as_of)
    ]
    ids = {
        one.seen.ro_number: known[one.seen.ro_number].id if one.seen.ro_number in known else new_id()
        for one in standing
    }
    added: list[Columns] = []
    changed: list[Columns] = []
    events: list[OutboxEvent] = []
    for one in standing:
        number, last = one.seen.ro_number, known.get(one.seen.ro_number)
        row = _columns(one, run) | {"id": ids[number]}
        status = _status(one.seen, run)
        was = last.status if last is not None else ""
        if status is not None and status != was:
            row |= {"status": status, "status_at": run.as_of}
            if last is not None or _is_fresh(one.seen, run):
                events.append(
                    codes.status_changed(run.rooftop_id, ids[number], number, was, status, run.as_of, run.now)
                )
        if last is None:
            added.append({"ro_number": number, "status": "", "status_at": run.as_of, "opened_at": run.as_of} | row)
        else:
            changed.append(row)
    await bulk.add(db, RepairOrder, added)
    await bulk.change(db, RepairOrder, changed)
    await codes.ask_about(
        db, codes.RO_STATUS, {code for one in standing if (code := _unmapped(one.seen, run))}, run.now
    )
    db.add_all(events)
    await _settle_lines(db, standing, ids, set(known))
    await _settle_advice(db, standing, ids, set(known), run)
    await settle_sold_later(db, {one.vehicle_id for one in standing if one.vehicle_id})


async def settle_appointments(db: AsyncSession, bookings: Sequence[Booking], run: Run) -> None:
    """The store's own book, each appointment by its number."""
    columns = ("id", "appointment_number", "source_as_of")
    numbers = {one.seen.appointment_number for one in bookings}
    known = {
        row.appointment_number: row
        for row in await bulk.found(db, StoreAppointment, columns, "appointment_number", numbers)
    }
    added, changed, unmapped = [], [], set()
    for one in bookings:
        last = known.get(one.seen.appointment_number)
        if last is not None and not stands(last.source_as_of, run.as_of):
            continue
        row: Columns = dict(one.seen.columns) | {"source_as_of": run.as_of}
        row |= {"customer_id": one.customer_id} if one.customer_id else {}
        row |= {"vehicle_id": one.vehicle_id} if one.vehicle_id else {}
        row |= {"advisor_id": run.staff.get(one.seen.advisor.casefold())} if one.seen.advisor else {}
        code = one.seen.status_code
        status = _APPOINTMENT_STATES.get(code.lower(), "") if code else ("arrived" if row.get("ro_number") else "")
        row |= {"source_status": code} if code else {}
        if code and not status:
            unmapped.add(code)
        row |= {"status": status} if status else {}
        if last is None:
            added.append({"status": "scheduled"} | row | {"appointment_number": one.seen.appointment_number})
        else:
            changed.append({"id": last.id} | row)
    await bulk.add(db, StoreAppointment, added)
    await bulk.change(db, StoreAppointment, changed)
    await codes.ask_about(db, "appointment_status", unmapped, run.now)


_APPOINTMENT_STATES = {
    "scheduled": "scheduled",
    "open": "scheduled",
    "confirmed": "confirmed",
    "arrived": "arrived",
    "no show": "no_show",
    "no-show": "no_show",
    "noshow": "no_show",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "completed": "fulfilled",
    "fulfilled": "fulfilled",
}


def _columns(one: Visit, run: Run) -> Columns:
    row: Columns = dict(one.seen.columns) | {"customer_id": one.customer_id, "source_as_of": run.as_of}
    if one.vehicle_id:
        row["vehicle_id"] = one.vehicle_id
    if one.seen.advisor and (advisor := run.staff.get(one.seen.advisor.casefold())):
        row["advisor_id"] = advisor
    if one.seen.status_code is not None:
        row["source_status"] = one.seen.status_code
    return row


def _status(seen: VisitSeen, run: Run) -> str | None:
    """The canonical status, or None to leave it as it was. Without a code, a close date is a fact of its own."""
    if seen.status_code:
        return run.statuses.get(seen.status_code.lower())
    return "closed" if seen.columns.get("closed_at") else None


def _unmapped(seen: VisitSeen, run: Run) -> str:
    return seen.status_code if seen.status_code and _status(seen, run) is None else ""


def _is_fresh(seen: VisitSeen, run: Run) -> bool:
    opened = seen.columns.get("opened_at")
    return opened is not None and opened >= run.as_of - FRESH


async def _settle_lines(db: AsyncSession, visits: Sequence[Visit], ids: Mapping[str, str], known: set[str]) -> None:
    """The operations as the file has them now: those it no longer has are gone."""
    spoken = [one.seen for one in visits if one.seen.lines is not None]
    await bulk.remove(
        db, RepairOrderLine, "repair_order_id", [ids[one.ro_number] for one in spoken if one.ro_number in known]
    )
    rows = [{"repair_order_id": ids[one.ro_number], **line} for one in spoken for line in one.lines or ()]
    await bulk.add(db, RepairOrderLine, rows)


async def _settle_advice(
    db: AsyncSession, visits: Sequence[Visit], ids: Mapping[str, str], known: set[str], run: Run
) -> None:
    """Work advised and not done on the visit is a candidate; nobody knows yet whether the customer was asked."""
    spoken = [one for one in visits if one.seen.advised is not None]
    columns = ("id", "repair_order_id", "item_key", "state")
    orders = [ids[one.seen.ro_number] for one in spoken if one.seen.ro_number in known]
    here = {
        (row.repair_order_id, row.item_key): row
        for row in await bulk.found(db, Recommendation, columns, "repair_order_id", orders)
    }
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for one in spoken:
        order_id = ids[one.seen.ro_number]
        done = {
            line["op_code"].upper() for line in one.seen.lines or () if line["status"] not in ("declined", "deferred")
        }
        for advised in one.seen.advised or ():
            row = dict(advised.columns)
            if row["state"] == "recommended" and row["op_code"].upper() in done:
                row |= {"state": "approved", "presented": True}
            last = here.get((order_id, advised.item_key))
            if last is None:
                added.append(
                    {
                        "repair_order_id": order_id,
                        "item_key": advised.item_key,
                        "customer_id": one.customer_id,
                        "vehicle_id": one.vehicle_id,
                        "recommended_at": one.seen.columns.get("closed_at")
                        or one.seen.columns.get("opened_at")
                        or run.as_of,
                        **row,
                    }
                )
                continue
            if last.state in _BY_US or row["state"] == "recommended":
                row = {name: value for name, value in row.items() if name not in ("state", "presented", "reason")}
            changed.append({"id": last.id, **row})
    await bulk.add(db, Recommendation, added)
    await bulk.change(db, Recommendation, changed)
