"""What happened to appointments, as facts with ids, for whoever must act on it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar

from kit.ids import AppointmentId, CallSid, CustomerId


@dataclass(frozen=True, slots=True)
class AppointmentBooked:
    kind: ClassVar[str] = "appointment_booked"
    change: ClassVar[str] = "booked"
    change_id: str
    version: int
    appointment_id: AppointmentId
    customer_id: CustomerId
    starts_at: datetime
    call_sid: CallSid | None


@dataclass(frozen=True, slots=True)
class AppointmentMoved:
    kind: ClassVar[str] = "appointment_moved"
    change: ClassVar[str] = "moved"
    change_id: str
    version: int
    appointment_id: AppointmentId
    customer_id: CustomerId
    was_at: datetime
    starts_at: datetime
    call_sid: CallSid | None


@dataclass(frozen=True, slots=True)
class AppointmentCancelled:
    kind: ClassVar[str] = "appointment_cancelled"
    change: ClassVar[str] = "cancelled"
    change_id: str
    version: int
    appointment_id: AppointmentId
    customer_id: CustomerId
    was_at: datetime
    reason: str
    call_sid: CallSid | None


AppointmentEvent = AppointmentBooked | AppointmentMoved | AppointmentCancelled


def event_key(event: AppointmentEvent) -> str:
    """The same change is the same event, however often it is filed."""
    return f"{event.kind}:{event.change_id}"


def payload(event: AppointmentEvent, now: datetime) -> dict[str, Any]:
    """`version` grows with each change of one appointment, so whoever is told out of order can tell."""
    told = asdict(event) | {"change": event.change, "changed_at": now}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()}
