"""A fact as a STAR-vocabulary JSON document and the collection it belongs to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm_sync.star import APPOINTMENT_LABOR_STATUS, APPOINTMENT_STATUS, LABOR_STATUS, TRANSPORT
from record.subjects import Subject, SubjectKind

CONTEXT = "Lanekeeper"
APPOINTMENTS, LEADS = "service-appointments", "sales-leads"


@dataclass(frozen=True)
class StarDocument:
    """`collection` is the last part of the address it is posted to and read from."""

    collection: str
    body: dict[str, Any]


def collection_of(kind: SubjectKind) -> str:
    return APPOINTMENTS if kind is SubjectKind.APPOINTMENT else LEADS


def star_document(item_id: str, subject: Subject, values: Mapping[str, str]) -> StarDocument:
    """The item's id is its external identifier; the subject's own key stays the same from version to version."""
    build = _appointment if subject.kind is SubjectKind.APPOINTMENT else _lead
    return StarDocument(collection_of(subject.kind), _without_blanks(build(item_id, subject, values)))


def _appointment(item_id: str, subject: Subject, values: Mapping[str, str]) -> dict[str, Any]:
    change = values.get("change", "booked")
    labor = APPOINTMENT_LABOR_STATUS[change]
    transport = TRANSPORT.get((values.get("visit", ""), values.get("transport", "")), "")
    return {
        "service_appointment_key": subject.id,
        "identifiers": _identifiers(item_id),
        "versions": [{"version": str(subject.version), "occurrence_date_time": values.get("recorded_at", "")}],
        "appointment_status_type": APPOINTMENT_STATUS[change],
        "appointment_types": ["SERVICE"],
        "appointment_source_type": "PHONE" if values.get("call_sid") else "DEALERSHIP_INITIATED",
        "appointment_period": {
            "start_date_time": values.get("appointment_at", ""),
            "complete_date_time": values.get("appointment_ends_at", ""),
        },
        "occurrence_date_time": values.get("recorded_at", ""),
        "dealer_references": [
            {"dealer_key": values.get("rooftop_id", ""), "dealer_name": values.get("rooftop_name", "")}
        ],
        "customers": [_party(values)],
        "assigned_dealer_staff": [{"party_name": values.get("advisor", "")}],
        "vehicle_asset": {"vin": values.get("vin", ""), **_car(values)},
        "transport_events": [{"transport_event_type": transport, "confirmation_code": values.get("confirmation", "")}],
        "narratives": [{"value": values.get("concern", "")}, {"value": values.get("reason", "")}],
        "service_orders": [
            {
                "labor_operations": [
                    {"labor_operation_code": code, "labor_operation_status_type": labor}
                    for code in values.get("op_codes", "").split()
                ]
            }
        ],
    }


def _lead(item_id: str, subject: Subject, values: Mapping[str, str]) -> dict[str, Any]:
    """Dispositions, notes and lead changes: what was done about a lead, under STAR's own (misspelt) field names."""
    declined = LABOR_STATUS.get(values.get("reason", ""), "")
    return {
        "lead_id": values.get("source_id") or subject.id,
        "identifiers": _identifiers(item_id),
        "occurrence_date_time": values.get("recorded_at", ""),
        "lead_status_type": values.get("star_status", ""),
        "applicant": _party(values),
        "lead_sources": [{"source": values.get("source", "")}] if subject.kind is SubjectKind.LEAD else [],
        "disposition_details": [
            {
                "activityCode": values.get("star_activity_code") or "CustomerInformationUpdate",
                "activityDateTime": values.get("recorded_at", ""),
                "perfomedBy": values.get("owner") or f"{CONTEXT} ({values.get('source') or 'agent'})",
                "vin": values.get("vin", "") if len(values.get("vin", "")) == 17 else "",
                "comments": _comments(subject, values),
            }
        ],
        "labor_operations": [
            {"labor_operation_code": code, "labor_operation_status_type": declined}
            for code in values.get("op_codes", "").split()
            if declined
        ],
    }


def _comments(subject: Subject, values: Mapping[str, str]) -> str:
    named = {"disposition": "Disposition", "status": "Lead status", "reason": "Reason", "note": "Note"}
    said = [f"{title}: {values[name]}" for name, title in named.items() if values.get(name)]
    return "\n".join([*said, f"Call: {values['call_sid']}"] if values.get("call_sid") else said)


def _identifiers(item_id: str) -> list[dict[str, str]]:
    return [{"context": CONTEXT, "id_value": item_id}]


def _party(values: Mapping[str, str]) -> dict[str, Any]:
    channels = [
        {"communication_channel_type": kind, "channel_value": values.get(name, "")}
        for kind, name in (("PHONE", "phone_e164"), ("EMAIL", "customer_email"))
        if values.get(name)
    ]
    return {
        "party_id": values.get("customer_id", ""),
        "given_name": values.get("first_name", ""),
        "family_name": values.get("last_name", ""),
        "contact_methods": [{"communication_channels": channels}] if channels else [],
    }


def _car(values: Mapping[str, str]) -> dict[str, str]:
    return {
        "model_year": values.get("vehicle_year", ""),
        "make": values.get("vehicle_make", ""),
        "model": values.get("vehicle_model", ""),
    }


def _without_blanks(value: Any) -> Any:
    """STAR has no empty texts, lists or objects: what is not known is not there."""
    if isinstance(value, dict):
        kept = {name: _without_blanks(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in ("", None, [], {})}
    if isinstance(value, list):
        return [each for each in map(_without_blanks, value) if each not in ("", None, [], {})]
    return value
