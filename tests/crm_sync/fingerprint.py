"""A store's record without the ids and times of day that differ from one import to the next."""

from typing import Any

from sqlalchemy import select

from crm_sync.models import RefusedRow, SourceRow, SyncRun
from kit.db import Database
from record.contact_models import ConsentEntry, HygieneFinding
from record.identity_models import ExternalRef, HouseholdLink
from record.models import ContactPoint, Customer, OutboxEvent, RepairOrder, Staff, Vehicle
from record.sales_models import Deal
from record.visit_models import Recommendation, RepairOrderLine, SpecialOrderPart, StoreAppointment

KINDS: tuple[type[Any], ...] = (
    Customer,
    ContactPoint,
    Vehicle,
    RepairOrder,
    RepairOrderLine,
    Recommendation,
    StoreAppointment,
    Deal,
    SpecialOrderPart,
    HouseholdLink,
    ConsentEntry,
    HygieneFinding,
    ExternalRef,
    OutboxEvent,
    SourceRow,
    RefusedRow,
    SyncRun,
)
_LEFT_OUT = frozenset({"id", "created_at", "key", "started_at", "finished_at"})


async def fingerprint(database: Database, rooftop_id: str) -> dict[str, list[str]]:
    """Each table's rows as sorted lines; ids are replaced by what the outside world calls the row."""
    async with database.reading(rooftop_id) as db:
        rows = {kind: list(await db.scalars(select(kind))) for kind in KINDS}
        staff = list(await db.scalars(select(Staff)))
    names: dict[str, str] = {}
    for ref in sorted(rows[ExternalRef], key=lambda ref: str(ref.external_id), reverse=True):
        names[ref.row_id] = f"{ref.kind} {ref.external_id}"
    names |= {
        person.id: f"{person.first_name} {person.last_name}" for person in rows[Customer] if person.id not in names
    }
    names |= {person.id: person.name for person in staff}
    names |= {order.id: f"order {order.ro_number}" for order in rows[RepairOrder]}
    names |= {run.id: f"run of {run.file_name}" for run in rows[SyncRun]}

    def line(row: Any) -> str:
        cells = {c.key: getattr(row, c.key) for c in row.__table__.columns if c.key not in _LEFT_OUT}
        cells = {name: names.get(value, value) if isinstance(value, str) else value for name, value in cells.items()}
        if isinstance(row, HouseholdLink):
            cells["one_id"], cells["other_id"] = sorted((cells["one_id"], cells["other_id"]))
        if isinstance(row, OutboxEvent):
            cells["payload"] = {k: names.get(str(v), v) for k, v in row.payload.items()}
        return repr(sorted(cells.items()))

    return {kind.__name__: sorted(line(row) for row in rows[kind]) for kind in KINDS}
