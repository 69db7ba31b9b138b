"""What the outside world is told, as plain texts by name, and which of them make the columns of a file. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from crm_sync.star import activity, lead_status
from kit.phone import spoken
from record.subjects import SubjectKind
from record.writeback_subjects import LeadChange, Outcome, Party
from scheduling.appointments import Appointment

COLUMNS: Mapping[SubjectKind, tuple[str, ...]] = {
    SubjectKind.DISPOSITION: (
        "writeback_id", "rooftop_id", "rooftop_name", "call_sid", "direction", "department", "call_started_at",
        "call_ended_at", "caller_phone", "customer_id", "customer_name", "disposition", "contact_outcome",
        "star_activity_code", "note", "appointment_at", "appointment_confirmation", "appointment_op_codes", "source",
        "recorded_at", "disposition_id", "corrects_disposition_id",
    ),
    SubjectKind.APPOINTMENT: (
        "writeback_id", "rooftop_id", "rooftop_name", "appointment_id", "version", "change", "confirmation",
        "appointment_at", "previous_at", "customer_id", "customer_name", "customer_phone", "vehicle", "op_codes",
        "services", "visit", "transport", "advisor", "concern", "reason", "call_sid", "recorded_at",
    ),
    SubjectKind.NOTE: (
        "writeback_id", "rooftop_id", "rooftop_name", "call_sid", "call_started_at", "caller_phone", "customer_id",
        "customer_name", "note", "recorded_at",
    ),
    SubjectKind.LEAD: (
        "writeback_id", "rooftop_id", "rooftop_name", "lead_id", "version", "status", "previous_status", "reason",
        "star_status", "star_activity_code", "customer_id", "customer_name", "customer_phone", "customer_email",
        "vehicle", "owner", "source", "source_id", "op_codes", "note", "recorded_at",
    ),
}  # fmt: skip
"""In file order; docs/writeback_csv.md says what each means. New ones are added at the end."""


@dataclass(frozen=True)
class Home:
    """The store a fact is from."""

    rooftop_id: str
    name: str
    zone: ZoneInfo

    def local(self, at: datetime | None) -> str:
        return at.astimezone(self.zone).isoformat(timespec="seconds") if at else ""


@dataclass(frozen=True)
class AppointmentChange:
    """An appointment booked, moved or cancelled. `appointment` is as it stands now, the rest as it was then."""

    change: str
    version: int
    appointment: Appointment
    starts_at: datetime
    was_at: datetime | None
    reason: str
    call_sid: str
    changed_at: datetime


def of_disposition(home: Home, outcome: Outcome, who: Party, visits: Sequence[Appointment]) -> dict[str, str]:
    """The outcome of a call. `visits` are the appointments the call booked; the last one is named."""
    last = visits[-1] if visits else None
    return {
        **_of_call(home, outcome, who),
        "disposition": outcome.code,
        "contact_outcome": outcome.contact_outcome,
        "star_activity_code": activity(outcome.code, outcome.direction),
        "note": outcome.note,
        "appointment_at": home.local(last.starts_at if last else None),
        "appointment_confirmation": last.confirmation if last else "",
        "appointment_op_codes": " ".join(last.op_codes) if last else "",
        "source": outcome.source,
        "disposition_id": outcome.disposition_id,
        "corrects_disposition_id": outcome.corrects or "",
    }


def of_note(home: Home, outcome: Outcome, who: Party) -> dict[str, str]:
    """The summary of a call, one sentence after the other."""
    return {**_of_call(home, outcome, who), "note": " ".join(outcome.summary)}


def of_appointment(home: Home, change: AppointmentChange, who: Party) -> dict[str, str]:
    """A visit booked, moved or cancelled."""
    visit = change.appointment
    return {
        **_of_party(home, who),
        "department": "service",
        "appointment_id": str(visit.appointment_id),
        "version": str(change.version),
        "change": change.change,
        "confirmation": visit.confirmation,
        "appointment_at": home.local(change.starts_at),
        "appointment_ends_at": home.local(change.starts_at + (visit.ends_at - visit.starts_at)),
        "previous_at": home.local(change.was_at),
        "op_codes": " ".join(visit.op_codes),
        "services": "; ".join(visit.services),
        "visit": visit.visit,
        "transport": visit.transport,
        "advisor": visit.advisor.name,
        "concern": visit.concern,
        "reason": change.reason,
        "call_sid": change.call_sid,
        "recorded_at": home.local(change.changed_at),
    }


def of_lead(home: Home, change: LeadChange) -> dict[str, str]:
    """A lead's new state."""
    car = {
        "year": change.vehicle_year,
        "make": change.vehicle_make,
        "model": change.vehicle_model,
        "vin": change.vin,
    }
    who = Party(change.customer_id, change.first_name, change.last_name, change.phone, change.email, car)
    star_status, star_activity = lead_status(change.status, change.reason)
    return {
        **_of_party(home, who),
        "department": change.department,
        "lead_id": change.lead_id,
        "version": str(change.version),
        "status": change.status,
        "previous_status": change.previous_status,
        "reason": change.reason,
        "star_status": star_status,
        "star_activity_code": star_activity,
        "stock_number": change.stock_number,
        "op_codes": change.op_codes,
        "owner": change.owner,
        "source": change.source,
        "source_id": change.source_id,
        "note": change.note,
        "recorded_at": home.local(change.changed_at),
    }


def _of_call(home: Home, outcome: Outcome, who: Party) -> dict[str, str]:
    withheld = not outcome.caller_e164.startswith("+")
    return {
        **_of_party(home, who),
        "call_id": str(outcome.call_id),
        "call_sid": outcome.call_sid,
        "direction": outcome.direction,
        "department": outcome.department,
        "call_started_at": home.local(outcome.started_at),
        "call_ended_at": home.local(outcome.ended_at),
        "caller_phone": "" if withheld else spoken(outcome.caller_e164),
        "phone_e164": who.phone if withheld else outcome.caller_e164,
        "customer_name": outcome.customer_name,
        "recorded_at": home.local(outcome.recorded_at),
    }


def _of_party(home: Home, who: Party) -> dict[str, str]:
    car = who.vehicle
    return {
        "rooftop_id": home.rooftop_id,
        "rooftop_name": home.name,
        "customer_id": who.customer_id or "",
        "customer_name": who.name,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "customer_phone": spoken(who.phone) if who.phone else "",
        "phone_e164": who.phone,
        "customer_email": who.email,
        "vehicle": " ".join(filter(None, (car.get("year"), car.get("make"), car.get("model")))),
        "vehicle_year": car.get("year", ""),
        "vehicle_make": car.get("make", ""),
        "vehicle_model": car.get("model", ""),
        "vin": car.get("vin", ""),
    }
