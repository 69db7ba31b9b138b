"""A fact as an ADF 1.0 document, the form every dealership CRM reads leads in. Pure.

ADF has no field for an outcome or an appointment, so they travel in `comments` as `Key: value` lines; our ids have the
source Lanekeeper. The text is plain ASCII, anything else a character reference: no mail server changes a byte of it.
"""

import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from record.subjects import Subject, SubjectKind

SOURCE = "Lanekeeper"
LONGEST_LINE = 900
"""Mail allows 998 bytes in a line; a longer one would have to be encoded, which some CRMs cannot read."""

# What XML 1.0 cannot carry at all.
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_COMMENTS: Mapping[SubjectKind, tuple[tuple[str, str], ...]] = {
    SubjectKind.DISPOSITION: (
        ("Disposition", "disposition"),
        ("STAR activity", "star_activity_code"),
        ("Contact outcome", "contact_outcome"),
        ("Note", "note"),
        ("Appointment", "appointment_at"),
        ("Confirmation", "appointment_confirmation"),
        ("Op codes", "appointment_op_codes"),
        ("Recorded by", "source"),
        ("Corrects", "corrects_disposition_id"),
    ),
    SubjectKind.APPOINTMENT: (
        ("Appointment change", "change"),
        ("Appointment", "appointment_at"),
        ("Previous time", "previous_at"),
        ("Confirmation", "confirmation"),
        ("Op codes", "op_codes"),
        ("Services", "services"),
        ("Visit", "visit"),
        ("Transport", "transport"),
        ("Advisor", "advisor"),
        ("Concern", "concern"),
        ("Reason", "reason"),
    ),
    SubjectKind.NOTE: (("Note", "note"),),
    SubjectKind.LEAD: (
        ("Lead status", "status"),
        ("Previous status", "previous_status"),
        ("Reason", "reason"),
        ("STAR status", "star_status"),
        ("STAR activity", "star_activity_code"),
        ("Owner", "owner"),
        ("Lead source", "source"),
        ("Op codes", "op_codes"),
        ("Note", "note"),
    ),
}
_ALWAYS = (("Call", "call_sid"), ("Department", "department"), ("Version", "version"), ("Item", "writeback_id"))


def adf_text(subject: Subject, values: Mapping[str, str]) -> str:
    """The whole document. What changes a subject that was told before is a resend of its prospect, not a new one."""
    adf = ElementTree.Element("adf")
    is_new = values.get("change") == "booked" if subject.kind is SubjectKind.APPOINTMENT else subject.version == 1
    prospect = ElementTree.SubElement(adf, "prospect", status="new" if is_new else "resend")
    _text(prospect, "id", subject.id, sequence="1", source=SOURCE)
    if values.get("source_id"):
        _text(prospect, "id", values["source_id"], sequence="2", source=values.get("source") or "unknown")
    _text(prospect, "requestdate", values.get("recorded_at", ""))
    _vehicle(prospect, values)
    _customer(prospect, subject, values)
    vendor = ElementTree.SubElement(prospect, "vendor")
    _text(vendor, "id", values.get("rooftop_id", ""), sequence="1", source=SOURCE)
    _text(vendor, "vendorname", values.get("rooftop_name", ""))
    provider = ElementTree.SubElement(prospect, "provider")
    _text(provider, "id", values.get("writeback_id", ""), sequence="1", source=SOURCE)
    _text(provider, "name", SOURCE, part="full")
    _text(provider, "service", f"{subject.kind} write-back")
    ElementTree.indent(adf)
    body = ElementTree.tostring(adf, encoding="us-ascii").decode("ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<?adf version="1.0"?>\n{body}\n'


def _vehicle(prospect: ElementTree.Element, values: Mapping[str, str]) -> None:
    """Year, make and model are required; a service caller's may be unknown, and CRMs take that."""
    vehicle = ElementTree.SubElement(prospect, "vehicle", interest="buy", status="used")
    _text(vehicle, "year", values.get("vehicle_year", ""))
    _text(vehicle, "make", values.get("vehicle_make") or "Unknown")
    _text(vehicle, "model", values.get("vehicle_model") or "Unknown")
    for tag, name in (("vin", "vin"), ("stock", "stock_number")):
        if values.get(name):
            _text(vehicle, tag, values[name])


def _customer(prospect: ElementTree.Element, subject: Subject, values: Mapping[str, str]) -> None:
    customer = ElementTree.SubElement(prospect, "customer")
    contact = ElementTree.SubElement(customer, "contact", primarycontact="1")
    if values.get("last_name") or values.get("first_name"):
        _text(contact, "name", values.get("first_name", ""), part="first")
        _text(contact, "name", values.get("last_name", ""), part="last")
    else:
        _text(contact, "name", values.get("customer_name") or "Unknown caller", part="full")
    if values.get("customer_email"):
        _text(contact, "email", values["customer_email"])
    if values.get("phone_e164"):
        _text(contact, "phone", values["phone_e164"], type="voice")
    if values.get("customer_id"):
        _text(customer, "id", values["customer_id"], sequence="1", source=SOURCE)
    said = [(key, values.get(name, "")) for key, name in (*_COMMENTS[subject.kind], *_ALWAYS)]
    lines = [line for key, value in said if value for line in _mailable(f"{key}: {_one_line(value)}")]
    _text(customer, "comments", "\n" + "\n".join(lines) + "\n")


def _text(parent: ElementTree.Element, tag: str, value: str, **attributes: str) -> None:
    clean = {name: _UNSAYABLE.sub("", given) for name, given in attributes.items()}
    ElementTree.SubElement(parent, tag, clean).text = _UNSAYABLE.sub("", value)


def _one_line(value: str) -> str:
    """A value cannot pretend to be the next key."""
    return re.sub(r"\s+", " ", value).strip()


def _mailable(line: str) -> Iterator[str]:
    """The line, or its parts where it is too long for mail; a part that continues one begins with two spaces."""
    part, size = "", 0
    for character in line:
        width = len(escape(character).encode("ascii", "xmlcharrefreplace"))
        if size + width > LONGEST_LINE:
            yield part
            part, size = "  ", 2
        part, size = part + character, size + width
    yield part
