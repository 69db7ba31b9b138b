"""Leads in: each message becomes one lead, one open need, one owner with a due time, and a task for what is missing."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.closing import Proof
from followup.ending import settle
from followup.lead_customers import customer_of, same_name
from followup.lead_endings import end_lead, ending_of
from followup.lead_facts import LeadCar, NewLead, RequestedService, TextConsent, as_stored
from followup.lead_models import Lead, LeadDelivery
from followup.lead_needs import missing, need_of
from followup.loops import OpenLoop, Promise, promise_callback
from followup.opportunities import Touch, touched
from kit.ids import CallId, CustomerId
from record.contact_models import ConsentEntry
from record.customers import KnownCustomer, add_vehicle
from record.customers import customer as known_customer
from record.rooftops import in_turn

LEAD = "lead"
MISSING_DATA = "missing_data"
SAME_LEAD = timedelta(days=30)
"""So long after a lead, the same person about the same car is the same lead."""

A_COPY = timedelta(days=1)
"""A mailer tries this long: later, undated words said again are somebody asking again."""

_NOT_SAID = "sales"
_STRANGE = "whether "


@dataclass(frozen=True)
class Taken:
    """What became of one lead. `repeated` says that it was here before and changed that one."""

    lead_id: str
    customer_id: CustomerId | None
    opportunity_id: str | None
    loop: OpenLoop | None
    repeated: bool


@dataclass(frozen=True)
class Speaking:
    """What a live conversation adds to its lead: who has proven to be there, on which call, and what else to ask."""

    customer_id: CustomerId | None = None
    call_id: CallId | None = None
    ask: tuple[str, ...] = ()


async def take(
    db: AsyncSession, lead: NewLead, delivery_id: str, received_at: datetime, speaking: Speaking | None = None
) -> Taken:
    """Files one lead; however often and through however many doors it comes, it is one lead and one open need."""
    await in_turn(db)
    by_id = await _with_its_number(db, lead)
    row = by_id or await _alike(db, lead, received_at)
    if row is not None:
        is_update = lead.resend or by_id is not None
        return await _again(db, row, lead, delivery_id, received_at, speaking, is_update=is_update)
    row = Lead(delivery_id=delivery_id, received_at=received_at, department=lead.department or _NOT_SAID)
    _write(row, lead, only_blanks=False)
    db.add(row)
    await db.flush()
    customer, is_new = await _whose(db, lead, speaking)
    asked = [*missing(lead), *(speaking.ask if speaking else ())]
    if customer is not None:
        row.customer_id = customer.id
        asked += _not_on_record(lead, customer)
        if is_new and row.department == "service":
            for car in lead.cars[:1]:
                if car.make and car.model:
                    await add_vehicle(db, customer.id, car.year, car.make, car.model)
    row.missing = list(dict.fromkeys(asked))
    await _store_consent(db, lead, row)
    if lead.closed_as:
        row.status, row.closed_as = "closed", lead.closed_as[:40]
        return Taken(row.id, customer.id if customer else None, None, None, False)
    loop = await _owe(db, row, lead, Touch(lead.channel.value, "lead", row.id, received_at), speaking)
    return Taken(row.id, customer.id if customer else None, row.opportunity_id, loop, False)


async def _whose(db: AsyncSession, lead: NewLead, speaking: Speaking | None) -> tuple[KnownCustomer | None, bool]:
    if speaking is not None and speaking.customer_id is not None:
        return await known_customer(db, speaking.customer_id), False
    return await customer_of(db, lead.person)


async def _with_its_number(db: AsyncSession, lead: NewLead) -> Lead | None:
    """The lead its provider gave the same number."""
    if not lead.provider or not lead.external_id:
        return None
    named = select(Lead).where(Lead.provider == lead.provider[:80], Lead.external_id == lead.external_id[:120])
    found: Lead | None = await db.scalar(named)
    return found


async def _alike(db: AsyncSession, lead: NewLead, at: datetime) -> Lead | None:
    """The lead of the same words, or of the same person about the same car, within 30 days."""
    recent = (Lead.received_at > at - SAME_LEAD, Lead.received_at < at + SAME_LEAD)
    same: Lead | None = await db.scalar(
        select(Lead).where(Lead.content_hash == lead.content_hash, *recent).order_by(Lead.received_at.desc()).limit(1)
    )
    if same is not None:
        return same
    reached = [Lead.phone.in_(lead.person.phones)] if lead.person.phones else []
    reached += [Lead.email.in_(lead.person.emails)] if lead.person.emails else []
    if not reached or not lead.cars:
        return None
    open_ones = select(Lead).where(or_(*reached), *recent, Lead.status == "open")
    rows = await db.scalars(open_ones.order_by(Lead.received_at.desc()))
    for row in rows:
        if _same_department(row, lead) and _same_car(row, lead) and _same_person(row, lead):
            return row
    return None


async def _again(
    db: AsyncSession,
    row: Lead,
    lead: NewLead,
    delivery_id: str,
    at: datetime,
    speaking: Speaking | None,
    *,
    is_update: bool,
) -> Taken:
    """A resend brings the lead up to date; the same words again change nothing; anything else is one more touch."""
    customer_id = CustomerId(row.customer_id) if row.customer_id else None
    if speaking is None and row.content_hash == lead.content_hash and _is_a_copy(row, lead, at):
        return Taken(row.id, customer_id, row.opportunity_id, None, True)
    _write(row, lead, only_blanks=not is_update)
    row.delivery_id = delivery_id if is_update else row.delivery_id
    if row.customer_id is None:
        customer, _ = await _whose(db, lead, speaking)
        row.customer_id = customer.id if customer else None
    row.missing = _still_missing(row, lead, speaking)
    if lead.closed_as and row.status == "open":
        told_at = await db.scalar(select(LeadDelivery.received_at).where(LeadDelivery.id == delivery_id))
        await end_lead(db, row, ending_of(lead.closed_as), told_at or at)
    await _store_consent(db, lead, row)
    if row.status == "closed":
        return Taken(row.id, customer_id, row.opportunity_id, None, True)
    if is_update and speaking is not None:
        loop = await _owe(db, row, lead, Touch(lead.channel.value, "lead", row.id, at), speaking)
        await _settle_missing(db, row, at)
        return Taken(row.id, CustomerId(row.customer_id) if row.customer_id else None, row.opportunity_id, loop, True)
    if is_update and row.opportunity_id is not None:
        await _settle_missing(db, row, at)
        return Taken(row.id, customer_id, row.opportunity_id, None, True)
    loop = await _owe(db, row, lead, Touch(lead.channel.value, "lead_delivery", delivery_id, at), speaking)
    await _settle_missing(db, row, at)
    return Taken(row.id, CustomerId(row.customer_id) if row.customer_id else None, row.opportunity_id, loop, True)


def _still_missing(row: Lead, lead: NewLead, speaking: Speaking | None) -> list[str]:
    """What was asked for and is not answered yet; in a conversation also what has become known to be missing."""
    absent = list(missing(_as_read(row, lead)))
    if speaking is None:
        return [each for each in row.missing if each in absent]
    strange = [each for each in row.missing if each.startswith(_STRANGE)]
    return list(dict.fromkeys([*absent, *speaking.ask, *strange]))


async def _owe(db: AsyncSession, row: Lead, lead: NewLead, touch: Touch, speaking: Speaking | None) -> OpenLoop:
    """The touch, the open need, its owner and due time, and the task to ask for what is missing."""
    need = None
    if row.customer_id is not None:
        need = await touched(db, row.customer_id, row.department, touch)
        row.opportunity_id = need.id
    promise = Promise(
        source_key=need.id if need else row.id,
        need=need_of(lead),
        department=row.department,
        contact=row.phone or row.email[:40],
        customer_id=CustomerId(row.customer_id) if row.customer_id else None,
        call_id=speaking.call_id if speaking else None,
        promised=speaking is not None,
        kind=LEAD,
        source=lead.channel.value,
        requested_service=lead.service.what,
        vehicle=lead.cars[0].spoken if lead.cars else "",
    )
    loop = await promise_callback(db, promise, touch.at)
    row.loop_id = loop.id
    if need is not None:
        need.loop_id = loop.id
    if row.missing:
        need_data = f"Ask for: {'; '.join(row.missing)}"
        ask = replace(promise, kind=MISSING_DATA, source_key=row.id, need=need_data, promised=False)
        await promise_callback(db, ask, touch.at)
    return loop


async def _settle_missing(db: AsyncSession, row: Lead, at: datetime) -> None:
    """Closes the task to ask once a later message has answered it."""
    if row.missing:
        return
    proof = Proof("answered", "note", says=f"a later message of lead {row.id} says it")
    await settle(db, MISSING_DATA, row.id, "data_arrived", proof, at)


async def _store_consent(db: AsyncSession, lead: NewLead, row: Lead) -> None:
    """Files what was agreed to, in the words that were shown, and what another system says is blocked; once each."""
    entries = []
    if lead.consent is not None and row.phone:
        agreed = lead.consent
        entries.append((f"lead:{row.delivery_id}:grant", row.phone, "grant", "text", "informational", agreed))
    for channel in lead.blocks:
        contact = row.email if channel == "email" else row.phone
        if contact:
            said = TextConsent("", f"lead:{lead.provider or lead.channel.value}")
            entries.append((f"lead:block:{channel}:{contact}", contact, "block", channel, "all", said))
    for key, contact, kind, channel, scope, said in entries:
        if await db.scalar(select(ConsentEntry.id).where(ConsentEntry.entry_key == key[:160])) is None:
            db.add(
                ConsentEntry(
                    entry_key=key[:160],
                    customer_id=row.customer_id,
                    contact=contact,
                    kind=kind,
                    channel=channel,
                    scope=scope,
                    source=said.source[:80],
                    words=said.words,
                    at=row.received_at,
                )
            )


def _is_a_copy(row: Lead, lead: NewLead, at: datetime) -> bool:
    """The same message again, and not somebody who asks for the same thing another day."""
    return bool(lead.requested_at or lead.external_id) or at - row.received_at < A_COPY


def _write(row: Lead, lead: NewLead, *, only_blanks: bool) -> None:
    """Puts what the lead says into the row; what it leaves out stays as it was."""
    person = lead.person
    said: dict[str, Any] = {
        "channel": lead.channel.value,
        "source": lead.source[:80],
        "provider": lead.provider[:80],
        "external_id": lead.external_id[:120],
        "first_name": person.first_name[:80],
        "last_name": person.last_name[:80],
        "phone": person.phones[0] if person.phones else "",
        "email": person.emails[0][:200] if person.emails else "",
        "service": as_stored(lead.service),
        "cars": [as_stored(car) for car in lead.cars],
        "trade_in": as_stored(lead.trade_in),
        "comments": lead.comments,
        "parse_state": lead.parse_state.value,
        "reason": lead.reason,
        "requested_at": lead.requested_at,
    }
    for name, value in said.items():
        if value and not (only_blanks and getattr(row, name)):
            setattr(row, name, value)
    if not only_blanks:
        row.content_hash = lead.content_hash
        row.department = lead.department or row.department
        row.reason = lead.reason


def _as_read(row: Lead, lead: NewLead) -> NewLead:
    """The lead as the row now has it, to see what is still missing."""
    person = replace(
        lead.person,
        first_name=row.first_name,
        last_name=row.last_name,
        phones=(row.phone,) if row.phone else (),
        emails=(row.email,) if row.email else (),
    )
    cars = tuple(LeadCar(**car) for car in row.cars)
    trade = LeadCar(**row.trade_in) if row.trade_in else None
    service = RequestedService(**row.service)
    return replace(
        lead, person=person, cars=cars, trade_in=trade, service=service, department=lead.department or row.department
    )


def _not_on_record(lead: NewLead, customer: KnownCustomer) -> list[str]:
    """What the lead says that the record does not: a person must ask before it is believed."""
    strange = [phone for phone in lead.person.phones if phone not in customer.phones]
    strange += [email for email in lead.person.emails if email not in customer.emails]
    return [f"{_STRANGE}{each} is theirs (not on the record)" for each in strange]


def _same_department(row: Lead, lead: NewLead) -> bool:
    return not lead.department or row.department == lead.department


def _same_person(row: Lead, lead: NewLead) -> bool:
    """Not two people of one household: a name that is known on both sides must be the same."""
    known = f"{row.first_name}{row.last_name}"
    return not known or not lead.person.name or same_name(lead.person, row.first_name, row.last_name)


def _same_car(row: Lead, lead: NewLead) -> bool:
    if not row.cars:
        return False
    one, other = LeadCar(**row.cars[0]), lead.cars[0]
    if one.vin and other.vin:
        return one.vin == other.vin
    return bool(other.model) and (one.make.casefold(), one.model.casefold(), one.year) == (
        other.make.casefold(),
        other.model.casefold(),
        other.year,
    )
