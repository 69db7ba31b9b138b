"""The facts outside systems are told, as the record has them, and the events that announce them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallId
from record import outbox
from record.models import Call, ContactPoint, Customer, Disposition, OutboxEvent, Vehicle

DISPOSITION_RECORDED = "disposition_recorded"
LEAD_CHANGED = "lead_changed"


@dataclass(frozen=True)
class Party:
    """The person a fact is about, as far as we know them, and their car when there is only one it can be."""

    customer_id: str | None = None
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    email: str = ""
    vehicle: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Outcome:
    """A disposition with the call it belongs to, as the outside world is told of it."""

    disposition_id: str
    rooftop_id: str
    call_id: CallId
    call_sid: str
    direction: str
    department: str
    caller_e164: str
    started_at: datetime
    ended_at: datetime | None
    customer_id: str | None
    customer_name: str
    code: str
    contact_outcome: str
    note: str
    source: str
    recorded_at: datetime
    corrects: str | None
    summary: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeadChange:
    """One new state of a lead. `version` grows with each change; `status` and `reason` are our own codes.

    `source_id` is the lead's id in the system it came from, where there is one; `op_codes`, with spaces between, are
    the declined work it is about.
    """

    lead_id: str
    version: int
    status: str
    changed_at: datetime
    previous_status: str = ""
    reason: str = ""
    customer_id: str | None = None
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    email: str = ""
    owner: str = ""
    department: str = "sales"
    source: str = ""
    source_id: str = ""
    vehicle_year: str = ""
    vehicle_make: str = ""
    vehicle_model: str = ""
    vin: str = ""
    stock_number: str = ""
    op_codes: str = ""
    note: str = ""


def disposition_recorded(rooftop_id: str, disposition_id: str, now: datetime) -> OutboxEvent:
    """The fact to store in the transaction that stores the disposition."""
    key = f"{DISPOSITION_RECORDED}:{disposition_id}"
    return outbox.event(rooftop_id, DISPOSITION_RECORDED, key, {"disposition_id": disposition_id}, due_at=now)


async def file_lead_change(db: AsyncSession, change: LeadChange, now: datetime) -> None:
    """Called in the transaction that changes the lead; the same version again is the same fact."""
    payload = asdict(change) | {"changed_at": change.changed_at.isoformat()}
    await outbox.add(db, LEAD_CHANGED, f"{LEAD_CHANGED}:{change.lead_id}:{change.version}", payload, now)


def lead_change(payload: dict[str, Any]) -> LeadChange:
    """The change as it was filed."""
    return LeadChange(**{**payload, "changed_at": datetime.fromisoformat(str(payload["changed_at"]))})


async def outcome(db: AsyncSession, disposition_id: str) -> Outcome | None:
    found = (
        await db.execute(
            select(Disposition, Call).join(Call, Call.id == Disposition.call_id).where(Disposition.id == disposition_id)
        )
    ).first()
    if found is None:
        return None
    row, call = found
    customer = await db.get(Customer, call.customer_id) if call.customer_id else None
    corrected: str | None = await db.scalar(select(Disposition.id).where(Disposition.superseded_by == disposition_id))
    return Outcome(
        disposition_id=row.id,
        rooftop_id=row.rooftop_id,
        call_id=CallId(call.id),
        call_sid=call.call_sid,
        direction=call.direction,
        department=call.department,
        caller_e164=call.from_e164,
        started_at=call.started_at,
        ended_at=call.ended_at,
        customer_id=call.customer_id,
        customer_name=f"{customer.first_name} {customer.last_name}".strip() if customer else "",
        code=row.code,
        contact_outcome=row.contact_outcome,
        note=row.note,
        source=row.source,
        recorded_at=row.created_at,
        corrects=corrected,
        summary=tuple(str(line.get("text", "")) for line in call.summary if line.get("text")),
    )


async def party(db: AsyncSession, customer_id: str | None, vehicle_id: str | None = None) -> Party:
    """A customer's name, first phone and e-mail, and the car: the one named, or the only one they have."""
    customer = await db.get(Customer, customer_id) if customer_id else None
    if customer is None:
        return Party()
    points: dict[str, str] = {}
    for point in await db.scalars(
        select(ContactPoint).where(ContactPoint.customer_id == customer.id).order_by(ContactPoint.id)
    ):
        points.setdefault(point.kind, point.value)
    cars = list(await db.scalars(select(Vehicle).where(Vehicle.customer_id == customer.id).limit(2)))
    car = await db.get(Vehicle, vehicle_id) if vehicle_id else cars[0] if len(cars) == 1 else None
    return Party(
        customer.id,
        customer.first_name,
        customer.last_name,
        points.get("phone", ""),
        points.get("email", ""),
        {"year": str(car.year or ""), "make": car.make, "model": car.model, "vin": car.vin or ""} if car else {},
    )
