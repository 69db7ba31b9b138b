"""Leads people type: the form on the store's website, and what staff note of a walk-in or a call. Pure."""

from collections.abc import Mapping

from crm_sync.lead_ports import LeadContext
from crm_sync.lead_words import asked_of, emails_of, miles_of, phones_of, vin_of, year_of
from followup.lead_facts import (
    DEPARTMENTS,
    MOST_COMMENTS,
    Channel,
    LeadCar,
    LeadPerson,
    NewLead,
    Reading,
    TextConsent,
    raw_lead,
)
from kit.forms import BadForm, read_form
from kit.plain_text import plain_line, plain_text
from kit.redaction import redact

CONSENT_WORDS = (
    "{store} may text me about this request at the number above. Message and data rates may apply. "
    "Reply STOP to end. I need not agree in order to be helped."
)
"""Shown beside the box. What somebody agreed to is stored in exactly these words."""

OURS = "lanekeeper_"
"""How the names of fields start that we add to a form and nobody sends."""


def problem_with(form: Mapping[str, str]) -> str:
    """What the visitor must still do, or ""."""
    if not form.get("first_name", "").strip() and not form.get("last_name", "").strip():
        return "Please tell us your name."
    phones, unusable = phones_of([(form.get("phone", ""), "", False)])
    if unusable:
        return "That phone number cannot be dialed. Please write it with its area code."
    if not phones and not emails_of([form.get("email", "")]):
        return "Please give a phone number or an e-mail address."
    return ""


def read_web_form(body: bytes, context: LeadContext) -> Reading:
    """The lead in a form as it was kept."""
    try:
        form = read_form(body)
    except BadForm as reason:
        return Reading((raw_lead(Channel.WEB, body, str(reason)),))
    store_key = form.get(f"{OURS}store_key", "")
    consent = None
    if form.get("text_me") and form.get(f"{OURS}words"):
        consent = TextConsent(form[f"{OURS}words"], f"web_form:{store_key}")
    return Reading((typed_lead(form, Channel.WEB, f"web_form:{store_key}", consent),))


def typed_lead(form: Mapping[str, str], channel: Channel, source: str, consent: TextConsent | None = None) -> NewLead:
    """The lead a form's fields say; an unknown department is left open."""
    phones, unusable = phones_of([(form.get("phone", ""), "", False)])
    department = form.get("department", "")
    department = department if department in DEPARTMENTS else ""
    comments = redact(plain_text(form.get("comments", ""), MOST_COMMENTS))
    return NewLead(
        channel,
        LeadPerson(
            first_name=plain_line(form.get("first_name", ""), 80),
            last_name=plain_line(form.get("last_name", ""), 80),
            phones=phones,
            unusable=unusable,
            emails=emails_of([form.get("email", "")]),
        ),
        source=plain_line(source, 80),
        department=department,
        service=asked_of("", form.get("when", ""), comments if department == "service" else ""),
        cars=_car(form, "service" if department == "service" else "buy"),
        comments=comments,
        consent=consent,
    )


def _car(form: Mapping[str, str], interest: str) -> tuple[LeadCar, ...]:
    car = LeadCar(
        interest=interest,
        year=year_of(form.get("year", "")),
        make=plain_line(form.get("make", ""), 40),
        model=plain_line(form.get("model", ""), 60),
        vin=vin_of(form.get("vin", "")),
        miles=miles_of(form.get("miles", "")),
    )
    return (car,) if car.spoken or car.vin else ()
