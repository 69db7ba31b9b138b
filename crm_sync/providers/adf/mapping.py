"""One prospect's elements into a lead. What is not said stays unknown. Pure."""

import re
from dataclasses import replace

from rapidfuzz.fuzz import token_set_ratio

from crm_sync.lead_ports import LeadContext
from crm_sync.lead_words import (
    asked_of,
    condition_of,
    department_of,
    emails_of,
    keyed_lines,
    miles_of,
    moment_of,
    name_of,
    phones_of,
    vin_of,
    year_of,
)
from crm_sync.providers.adf.trees import Node
from followup.lead_facts import MOST_COMMENTS, Channel, LeadCar, LeadPerson, NewLead
from kit.plain_text import plain_line, plain_text
from kit.redaction import redact

_TRADE = ("trade-in", "tradein", "trade", "sell")
_KNOWN = frozenset({"id", "requestdate", "vehicle", "customer", "vendor", "provider"})
_SAID_CHANNELS = (
    (Channel.CHAT, re.compile(r"\bchat\b", re.I)),
    (Channel.TEXT, re.compile(r"\b(?:sms|text(?:ing|s)?)\b", re.I)),
    (Channel.PHONE, re.compile(r"\b(?:phone|calls?|call tracking)\b", re.I)),
)
_SAME_STORE = 80


def is_empty(prospect: Node) -> bool:
    return not any(node.texts for node in prospect.below())


def lead_of(prospect: Node, context: LeadContext) -> NewLead:
    """The lead a prospect says; text in it is made harmless and card numbers are taken out."""
    customer = prospect.first("customer") or Node("customer")
    contact = customer.first("contact") or prospect.first("contact") or customer
    comments = _comments(prospect, customer)
    keyed = keyed_lines(comments)
    cars = [_car(node) for node in prospect.every("vehicle")]
    trade = next((car for car in cars if car.interest in _TRADE), None)
    wanted = tuple(car for car in cars if car is not trade and (car.spoken or car.vin or car.stock))
    provider, source, external_id = _origin(prospect, context)
    extra = _extra_words(prospect)
    department = context.department or department_of(
        said=keyed.get("department", "") or extra.get("department", ""),
        interests=[car.interest for car in cars if car.interest],
        origin=f"{source} {provider} {extra.get('servicetype', '')}",
        comments=comments,
        has_car=bool(wanted) or trade is not None,
    )
    when = _time_frame(customer) or extra.get("appointment", "")
    service = (
        asked_of(extra.get("servicetype", ""), when, comments) if department == "service" else asked_of("", when, "")
    )
    return NewLead(
        _channel(source),
        _person(contact),
        source=source,
        provider=provider,
        external_id=external_id,
        department=department,
        service=service,
        cars=tuple(replace(car, interest="service") for car in wanted) if department == "service" else wanted,
        trade_in=trade if trade and (trade.spoken or trade.vin or trade.miles) else None,
        comments=comments,
        requested_at=moment_of(_text(prospect, "requestdate"), context.zone),
        resend=prospect.attributes.get("status", "").strip().lower() == "resend",
    )


def _channel(source: str) -> Channel:
    """How the customer reached the provider, where the provider says so: ADF is only how it reached us."""
    return next((channel for channel, words in _SAID_CHANNELS if words.search(source)), Channel.ADF)


def _person(contact: Node) -> LeadPerson:
    parts: dict[str, str] = {}
    business = False
    for node in contact.every("name"):
        part = node.attributes.get("part", "full").strip().lower()
        parts.setdefault({"surname": "last", "given": "first"}.get(part, part), plain_line(node.text(), 160))
        business = business or node.attributes.get("type", "").strip().lower() == "business"
    first, middle, last = name_of(
        parts.get("first", ""), parts.get("middle", ""), parts.get("last", ""), parts.get("full", ""), business=business
    )
    phones, unusable = phones_of(
        (node.text(), node.attributes.get("type", ""), node.attributes.get("preferredcontact", "") == "1")
        for node in contact.every("phone")
    )
    address = contact.first("address") or Node("address")
    return LeadPerson(
        first,
        middle,
        last,
        business,
        phones,
        emails_of(node.text() for node in contact.every("email")),
        unusable,
        plain_line(" ".join(node.text() for node in address.every("street")), 160),
        plain_line(_text(address, "city"), 80),
        plain_line(_text(address, "regioncode"), 8),
        plain_line(_text(address, "postalcode"), 12),
    )


def _car(node: Node) -> LeadCar:
    interest = node.attributes.get("interest", "").strip().lower().replace("_", "-").replace(" ", "-")
    price = node.first("price")
    kind = price.attributes.get("type", "") if price else ""
    return LeadCar(
        interest=interest[:12],
        status=node.attributes.get("status", "").strip().lower()[:8],
        year=year_of(_text(node, "year")),
        make=plain_line(_text(node, "make"), 40),
        model=plain_line(_text(node, "model"), 60),
        trim=plain_line(_text(node, "trim"), 60),
        vin=vin_of(_text(node, "vin")),
        stock=plain_line(_text(node, "stock"), 20),
        miles=_miles(node),
        condition=condition_of(_text(node, "condition")),
        price=plain_line(f"{kind} {price.text()}", 40) if price and price.text() else "",
        notes=redact(plain_text(_text(node, "comments"), 500)),
    )


def _miles(node: Node) -> int | None:
    odometer = node.first("odometer")
    if odometer is None:
        return None
    return miles_of(odometer.text(), kilometers=odometer.attributes.get("units", "").strip().lower().startswith("k"))


def _origin(prospect: Node, context: LeadContext) -> tuple[str, str, str]:
    """Provider, its kind of lead, its number for this one. Some put themselves where the dealer belongs."""
    node = prospect.first("provider") or Node("provider")
    vendor = prospect.first("vendor") or Node("vendor")
    numbered = next((each for each in prospect.every("id") if each.text()), Node("id"))
    provider = plain_line(_text(node, "name"), 80)
    named = plain_line(_text(vendor, "vendorname"), 80)
    if not provider and named and token_set_ratio(named.lower(), context.store_name.lower()) < _SAME_STORE:
        provider = named
    provider = provider or plain_line(numbered.attributes.get("source", ""), 80)
    return provider, plain_line(_text(node, "service"), 80), plain_line(numbered.text(), 120)


def _comments(prospect: Node, customer: Node) -> str:
    said = [node.text() for owner in (customer, prospect) for node in owner.every("comments")]
    more = [
        f"{node.tag}: {node.text()}" for node in prospect.children if node.tag not in _KNOWN and node.tag != "comments"
    ]
    return redact(plain_text("\n".join(dict.fromkeys(part for part in (*said, *more) if part.strip())), MOST_COMMENTS))


def _extra_words(prospect: Node) -> dict[str, str]:
    """What tags outside the standard say of the department and the work."""
    found: dict[str, str] = {}
    for node in prospect.below():
        tag = re.sub(r"[^a-z]", "", node.tag)
        if tag in ("department", "leadtype"):
            found.setdefault("department", node.text())
        elif tag in ("servicetype", "servicerequested", "requestedservice", "serviceneeded", "opcode"):
            found.setdefault("servicetype", plain_line(node.text(), 240))
        elif tag in ("appointment", "appointmentdate", "appointmenttime", "preferreddate"):
            found.setdefault("appointment", plain_line(node.text(), 80))
    return found


def _time_frame(customer: Node) -> str:
    frame = customer.first("timeframe")
    if frame is None:
        return ""
    words = [_text(frame, "description"), _text(frame, "earliestdate"), _text(frame, "latestdate")]
    return plain_line(" ".join(word for word in words if word), 120)


def _text(node: Node, tag: str) -> str:
    found = node.first(tag)
    return found.text() if found else ""
