"""Leads a CRM exports as CSV, under whatever names it gives its columns. Pure."""

from crm_sync.lead_ports import LeadContext
from crm_sync.lead_words import (
    asked_of,
    condition_of,
    department_of,
    emails_of,
    miles_of,
    moment_of,
    name_of,
    phones_of,
    vin_of,
    year_of,
)
from crm_sync.tables import NoTable, Row, table_of
from followup.lead_facts import MOST_COMMENTS, Channel, LeadCar, LeadPerson, ListedLead, NewLead, Reading
from kit.plain_text import plain_line, plain_text
from kit.redaction import redact

_NAMES = {
    "external_id": "leadid id leadnumber crmleadid opportunityid globalleadid leadguid",
    "provider": "provider leadprovider leadsource source sourcename leadsourcename",
    "department": "department dept leadtype type leadcategory",
    "first": "firstname first customerfirstname contactfirstname",
    "middle": "middlename middle",
    "last": "lastname last surname customerlastname contactlastname",
    "full": "name customername fullname customer contactname contact",
    "phone": "phone phonenumber phone1 phone2 cellphone mobilephone mobile cell homephone dayphone workphone"
    " primaryphone customerphone eveningphone",
    "email": "email emailaddress email1 email2 primaryemail customeremail",
    "at": "created createdat createddate createdon datecreated leaddate date receivedat leadcreated timestamp",
    "status": "status leadstatus state disposition",
    "year": "year vehicleyear",
    "make": "make vehiclemake",
    "model": "model vehiclemodel",
    "trim": "trim vehicletrim",
    "vin": "vin vehiclevin",
    "stock": "stock stocknumber stockno",
    "trade_year": "tradeyear tradeinyear",
    "trade_make": "trademake tradeinmake",
    "trade_model": "trademodel tradeinmodel",
    "trade_vin": "tradevin tradeinvin",
    "trade_miles": "trademiles trademileage tradeinmiles tradeinmileage",
    "trade_condition": "tradecondition tradeincondition",
    "comments": "comments comment notes customercomments message description",
    "no_call": "donotcall dnc blockphone nocall calloptout",
    "no_text": "donottext optouttext textoptout blocktext notext smsoptout",
    "no_email": "donotemail blockemail emailoptout noemail",
}
ALIASES = {alias: name for name, aliases in _NAMES.items() for alias in aliases.split()}

_FINISHED = ("sold", "lost", "bad", "dead", "closed", "inactive", "duplicate", "delivered", "notapplicable", "spam")
_YES = ("y", "yes", "true", "1", "x", "t")
_MOST_PROBLEMS = 20


def read_crm_leads(body: bytes, context: LeadContext) -> Reading:
    """Every row as a lead of its own; rows without anybody to reach are named and left out."""
    try:
        table = table_of(body, ALIASES)
    except NoTable as reason:
        return Reading(says=f"{reason}; needed are a name, and a phone or an e-mail")
    leads, problems = [], list(table.problems)
    for row in table.rows:
        lead = _lead(row, context)
        if lead.person.name or lead.person.phones or lead.person.emails:
            leads.append(lead)
        else:
            problems.append(f"line {row.number}: nobody to reach")
    return Reading(leads=tuple(leads), says=told(problems))


def read_crm_export(body: bytes, context: LeadContext) -> Reading:
    """What the CRM lists, only to be compared with ours; a row without a date or a person cannot be."""
    try:
        table = table_of(body, ALIASES)
    except NoTable as reason:
        return Reading(says=f"{reason}; needed are a date, and a lead number, a phone or an e-mail")
    listed, problems = [], list(table.problems)
    for row in table.rows:
        lead = _lead(row, context)
        if lead.requested_at is None:
            problems.append(f"line {row.number}: no date we can read")
        elif not (lead.external_id or lead.person.phones or lead.person.emails):
            problems.append(f"line {row.number}: neither a lead number nor anybody to reach")
        else:
            person = lead.person
            number = lead.external_id or f"line {row.number} of {lead.requested_at:%Y-%m-%d %H:%M}"
            listed.append(
                ListedLead(number, lead.provider, person.name, person.phones, person.emails, lead.requested_at)
            )
    return Reading(listed=tuple(listed), says=told(problems))


def told(problems: list[str]) -> str:
    """What is wrong with a file in as many lines as anybody reads."""
    more = [f"and {len(problems) - _MOST_PROBLEMS} more"] if len(problems) > _MOST_PROBLEMS else []
    return "; ".join(problems[:_MOST_PROBLEMS] + more)


def _lead(row: Row, context: LeadContext) -> NewLead:
    person = _person(row)
    comments = redact(plain_text(row.get("comments"), MOST_COMMENTS))
    car = LeadCar(
        "",
        year=year_of(row.get("year")),
        make=plain_line(row.get("make"), 40),
        model=plain_line(row.get("model"), 60),
        trim=plain_line(row.get("trim"), 60),
        vin=vin_of(row.get("vin")),
        stock=plain_line(row.get("stock"), 20),
    )
    cars = (car,) if car.spoken or car.vin or car.stock else ()
    department = context.department or department_of(
        said=row.get("department"), interests=[], origin=row.get("provider"), comments=comments, has_car=bool(cars)
    )
    status = row.get("status").lower()
    finished = any(word in status.replace(" ", "") for word in _FINISHED)
    return NewLead(
        Channel.CRM_CSV,
        person,
        source=plain_line(row.get("department"), 80),
        provider=plain_line(row.get("provider"), 80),
        external_id=plain_line(row.get("external_id"), 120),
        department=department,
        service=asked_of("", "", comments) if department == "service" else asked_of("", "", ""),
        cars=cars,
        trade_in=_trade_in(row),
        comments=comments,
        requested_at=moment_of(row.get("at"), context.zone),
        closed_as=plain_line(status, 40) if finished else "",
        blocks=tuple(channel for channel in ("call", "text", "email") if row.get(f"no_{channel}").lower() in _YES),
    )


def _person(row: Row) -> LeadPerson:
    parts = (plain_line(row.get(name), 160) for name in ("first", "middle", "last", "full"))
    first, middle, last = name_of(*parts, business=False)
    phones, unusable = phones_of((text, "", False) for text in row.every("phone"))
    return LeadPerson(first, middle, last, False, phones, emails_of(row.every("email")), unusable)


def _trade_in(row: Row) -> LeadCar | None:
    car = LeadCar(
        "trade-in",
        year=year_of(row.get("trade_year")),
        make=plain_line(row.get("trade_make"), 40),
        model=plain_line(row.get("trade_model"), 60),
        vin=vin_of(row.get("trade_vin")),
        miles=miles_of(row.get("trade_miles")),
        condition=condition_of(row.get("trade_condition")),
    )
    return car if car.spoken or car.vin else None
