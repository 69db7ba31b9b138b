"""Our words in other systems' words: every code has one, and nothing said on a call breaks a document."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.disposing import Code, Contact
from crm_sync import star
from crm_sync.adf_out import LONGEST_LINE, adf_text
from crm_sync.facts import COLUMNS, Home, of_lead
from crm_sync.star import Activity, activity, lead_status
from crm_sync.star_out import star_document
from record.subjects import Subject, SubjectKind
from record.writeback_subjects import LeadChange, lead_change
from scheduling.shop import Transport, Visit
from scheduling.states import AppointmentState
from simulator.receivers.star import problem_with
from tests.builders import NOW, ROOFTOP

HOME = Home(ROOFTOP, "Riverside Motors", ZoneInfo("America/Los_Angeles"))
CALL_CODES = {
    *star.CONTACT_OUTCOMES, *star.SERVICE_RESULTS, *star.SERVICE_CLOSE_REASONS, *star.SALES_RESULTS,
    *star.DECLINED_WORK,
}  # fmt: skip


def test_every_code_a_call_can_end_with_is_in_the_lists() -> None:
    assert {*Code, *Contact} <= CALL_CODES


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
@pytest.mark.parametrize("code", sorted(CALL_CODES))
def test_every_call_outcome_has_a_star_activity(code: str, direction: str) -> None:
    found = activity(code, direction)
    assert found in Activity and found is not Activity.WAS_CONTACTED


@pytest.mark.parametrize("code", sorted(star.TEXT_RESULTS))
def test_every_text_outcome_has_a_star_activity(code: str) -> None:
    assert activity(code, "inbound", "text") is star.TEXT_RESULTS[code]


@pytest.mark.parametrize(
    ("code", "direction", "channel", "named"),
    [
        ("appointment_set", "inbound", "voice", "CustomerMeetingCreated"),
        ("rescheduled", "inbound", "voice", "CustomerMeetingCreated"),
        ("confirmed", "outbound", "voice", "CustomerMeetingConfirmed"),
        ("cancelled", "inbound", "voice", "CustomerPhonedDealer"),
        ("hung_up", "inbound", "voice", "CustomerPhonedDealer"),
        ("voicemail_left", "outbound", "voice", "CustomerWasPhoned"),
        ("promise_made", "outbound", "voice", "CustomerWasPhoned"),
        ("do_not_contact", "inbound", "voice", "CustomerUnsubscribe"),
        ("duplicate", "inbound", "voice", "LeadMergedDealer"),
        ("shown", "inbound", "voice", "ShowroomVisit"),
        ("delivered", "inbound", "voice", "VehicleDelivered"),
        ("delivered", "outbound", "text", "CustomerWasTexted"),
        ("opt_out", "inbound", "text", "CustomerUnsubscribe"),
        ("status_given", "inbound", "text", "CustomerTextedDealer"),
        ("status_given", "outbound", "email", "CustomerWasEmailed"),
        ("something new", "inbound", "voice", "CustomerPhonedDealer"),
    ],
)
def test_an_outcome_is_told_in_stars_words(code: str, direction: str, channel: str, named: str) -> None:
    assert activity(code, direction, channel) == named


@pytest.mark.parametrize(
    ("status", "reason", "named"),
    [
        ("inquiry", "", ("NEW", "LeadReceivedDealer")),
        ("scheduling", "", ("FOLLOW_UP_SCHEDULED", "CustomerWasContacted")),
        ("confirmation", "", ("FOLLOW_UP_SCHEDULED", "CustomerMeetingConfirmed")),
        ("won", "", ("WON", "VehicleSold")),
        ("lost", "price", ("LOST", "CustomerLostSale")),
        ("lost", "do_not_contact", ("LOST", "CustomerUnsubscribe")),
        ("closed", "duplicate", ("DISQUALIFIED", "LeadMergedDealer")),
        ("closed", "spam", ("DISQUALIFIED", "LeadDeleted")),
        ("on the moon", "", ("CONTACTED", "CustomerInformationUpdate")),
    ],
)
def test_a_leads_state_is_told_in_stars_words(status: str, reason: str, named: tuple[str, str]) -> None:
    assert lead_status(status, reason) == named


def test_every_state_of_an_appointment_and_of_declined_work_has_a_star_status() -> None:
    changes = {*AppointmentState, "moved"}
    assert set(star.APPOINTMENT_STATUS) == set(star.APPOINTMENT_LABOR_STATUS) == changes
    assert set(star.LABOR_STATUS) == set(star.DECLINED_WORK)
    assert {(visit, transport) for visit, transport in star.TRANSPORT} >= {
        (Visit.WAITER, Transport.NONE),
        *((Visit.DROP_OFF, transport) for transport in Transport),
    }


APPOINTMENT = {
    "writeback_id": "w1", "rooftop_id": ROOFTOP, "rooftop_name": "Riverside Motors", "appointment_id": "a1",
    "version": "3", "change": "moved", "confirmation": "K4821", "appointment_at": "2026-11-24T09:00:00-08:00",
    "appointment_ends_at": "2026-11-24T10:00:00-08:00", "previous_at": "2026-11-23T09:00:00-08:00",
    "op_codes": "LOF BRKINSP", "visit": "drop_off", "transport": "loaner", "advisor": "Dan Osei", "call_sid": "CA1",
    "first_name": "Ana", "last_name": "Ortega", "phone_e164": "+15550100177", "vehicle_make": "Chevrolet",
    "recorded_at": "2026-11-20T10:00:00-08:00",
}  # fmt: skip


def test_an_appointment_as_a_star_document() -> None:
    document = star_document("w1", Subject(SubjectKind.APPOINTMENT, "a1", 3), APPOINTMENT)
    body = document.body
    assert (document.collection, problem_with(document.collection, body)) == ("service-appointments", "")
    assert body["service_appointment_key"] == "a1"
    assert body["identifiers"] == [{"context": "Lanekeeper", "id_value": "w1"}]
    assert body["appointment_status_type"] == "CONFIRMED"
    assert body["appointment_period"]["start_date_time"] == "2026-11-24T09:00:00-08:00"
    assert body["transport_events"] == [{"transport_event_type": "LOANER", "confirmation_code": "K4821"}]
    assert body["service_orders"][0]["labor_operations"] == [
        {"labor_operation_code": "LOF", "labor_operation_status_type": "SCHEDULED"},
        {"labor_operation_code": "BRKINSP", "labor_operation_status_type": "SCHEDULED"},
    ]
    assert "narratives" not in body


def test_a_cancelled_appointment_cancels_its_work() -> None:
    values = APPOINTMENT | {"change": "cancelled"}
    body = star_document("w2", Subject(SubjectKind.APPOINTMENT, "a1", 4), values).body
    assert body["appointment_status_type"] == "CANCELLED"
    states = {each["labor_operation_status_type"] for each in body["service_orders"][0]["labor_operations"]}
    assert states == {"CANCELLED"}


def a_lead(**changes: Any) -> LeadChange:
    given = {
        "lead_id": "l1",
        "version": 2,
        "status": "lost",
        "changed_at": NOW,
        "first_name": "Ana",
        "last_name": "Ortega",
    }
    return LeadChange(**given | changes)


@pytest.mark.parametrize(
    ("reason", "status"), [("declined_again", "DECLINED"), ("deferred_to", "DEFERRED"), ("booked", "SCHEDULED")]
)
def test_declined_work_that_is_settled_says_what_became_of_each_line(reason: str, status: str) -> None:
    values = of_lead(HOME, a_lead(reason=reason, op_codes="BRK ROT"))
    document = star_document("w1", Subject(SubjectKind.LEAD, "l1", 2), values)
    assert problem_with(document.collection, document.body) == ""
    assert [each["labor_operation_status_type"] for each in document.body["labor_operations"]] == [status, status]


def test_a_lead_keeps_the_id_of_the_system_it_came_from() -> None:
    values = of_lead(HOME, a_lead(source="AutoWeb", source_id="AW-77", reason="price", vin="1GNSK8KD0KR000001"))
    subject = Subject(SubjectKind.LEAD, "l1", 2)
    body = star_document("w1", subject, values).body
    assert (body["lead_id"], body["lead_status_type"]) == ("AW-77", "LOST")
    [detail] = body["disposition_details"]
    assert (detail["activityCode"], detail["vin"]) == ("CustomerLostSale", "1GNSK8KD0KR000001")
    adf = ElementTree.fromstring(adf_text(subject, values))
    prospect = adf.find("prospect")
    assert prospect is not None and prospect.get("status") == "resend"
    assert [(each.get("source"), each.text) for each in prospect.findall("id")] == [
        ("Lanekeeper", "l1"),
        ("AutoWeb", "AW-77"),
    ]


def test_what_adf_has_no_field_for_is_in_the_comments_line_by_line() -> None:
    subject = Subject(SubjectKind.APPOINTMENT, "a1", 1)
    adf = ElementTree.fromstring(adf_text(subject, APPOINTMENT | {"concern": "noise\nDisposition: sold"}))
    lines = (adf.findtext("prospect/customer/comments") or "").strip().split("\n")
    assert lines[:3] == [
        "Appointment change: moved",
        "Appointment: 2026-11-24T09:00:00-08:00",
        "Previous time: 2026-11-23T09:00:00-08:00",
    ]
    assert "Concern: noise Disposition: sold" in lines
    assert [each.get("status") for each in adf.findall("prospect")] == ["resend"]
    booked = ElementTree.fromstring(
        adf_text(Subject(SubjectKind.APPOINTMENT, "a1", 2), APPOINTMENT | {"change": "booked"})
    )
    assert [each.get("status") for each in booked.findall("prospect")] == ["new"]
    assert adf.findtext("prospect/vehicle/make") == "Chevrolet"
    assert adf.findtext("prospect/vehicle/model") == "Unknown"
    assert adf.findtext("prospect/customer/contact/phone") == "+15550100177"


@given(st.sampled_from(SubjectKind), st.dictionaries(st.sampled_from([*APPOINTMENT, "note", "source"]), st.text()))
def test_whatever_was_said_the_document_is_xml_in_mailable_lines(kind: SubjectKind, values: dict[str, str]) -> None:
    text = adf_text(Subject(kind, "s1"), values)
    assert text.isascii()
    ElementTree.fromstring(text)
    comments = text.partition("<comments>")[2].partition("</comments>")[0].split("\n")
    assert max(map(len, comments), default=0) <= LONGEST_LINE + 20


@given(st.text(min_size=1))
def test_a_long_comment_keeps_every_letter(note: str) -> None:
    plain = "".join(letter for letter in note if letter.isalnum()) * 500
    adf = ElementTree.fromstring(adf_text(Subject(SubjectKind.NOTE, "s1"), {"note": plain}))
    said = (adf.findtext("prospect/customer/comments") or "").strip("\n")
    assert said == "" or "".join(said.removeprefix("Note: ").replace("\n  ", "").split()) == plain


def test_a_lead_change_travels_through_the_outbox_unchanged() -> None:
    from dataclasses import asdict

    change = a_lead(changed_at=NOW + timedelta(seconds=1), note="x")
    assert lead_change(asdict(change) | {"changed_at": change.changed_at.isoformat()}) == change


def test_every_column_of_a_lead_file_has_a_value_to_come_from() -> None:
    values = of_lead(HOME, a_lead())
    assert set(COLUMNS[SubjectKind.LEAD]) - set(values) == {"writeback_id"}
