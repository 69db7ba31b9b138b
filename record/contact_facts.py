"""What `may_contact` decides on, read in the transaction that claims the message, or of many people at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.area_codes import state_of
from kit.phone import zones_of
from record import consent_ledger, contact_policy
from record.consent import Facts, Limits, Purpose, Said, Sent, Standing, standing_of
from record.contact_models import ConsentEntry, ContactEvent
from record.models import Call, ContactPoint, Customer, Holiday
from record.text_models import Conversation, SenderRegistration, TextMessage

_MONTH = timedelta(days=30)
_RECENT = timedelta(days=1)
_AUTOMATIC = (Purpose.INFORMATIONAL, Purpose.MARKETING)
_AT_ONCE = 400


async def facts_about(
    db: AsyncSession, contact: str, purpose: Purpose, store_zone: ZoneInfo, line: str, now: datetime
) -> Facts:
    """Everything known of a number and whoever has it. What was not asked by law of a reply is not read for one."""
    if purpose in _AUTOMATIC:
        return (await facts_of_many(db, [contact], purpose, store_zone, line, now))[contact]
    standing = await consent_ledger.standing(db, contact)
    last_in = (await _last_inbound(db, [contact])).get(contact)
    zones = tuple(dict.fromkeys((store_zone, *zones_of(contact))))
    registered = await _registered(db, line, purpose)
    return Facts(standing, last_inbound_at=last_in, zones=zones, registered=registered)


async def facts_of_many(
    db: AsyncSession, contacts: Sequence[str], purpose: Purpose, store_zone: ZoneInfo, line: str, now: datetime
) -> dict[str, Facts]:
    """The same of many numbers with few questions, for an automatic purpose."""
    registered = await _registered(db, line, purpose)
    limits = (await contact_policy.in_force(db)).limits
    closed = frozenset(
        await db.scalars(select(Holiday.day).where(Holiday.opens.is_(None), Holiday.department.is_(None)))
    )
    found: dict[str, Facts] = {}
    for at in range(0, len(contacts), _AT_ONCE):
        part = list(contacts[at : at + _AT_ONCE])
        found |= await _facts(db, part, store_zone, now, registered, limits, closed)
    return found


async def _facts(
    db: AsyncSession,
    contacts: Sequence[str],
    store_zone: ZoneInfo,
    now: datetime,
    registered: bool | None,
    limits: Limits,
    closed: frozenset[date],
) -> dict[str, Facts]:
    owners: defaultdict[str, dict[str, Customer]] = defaultdict(dict)
    theirs: defaultdict[str, bool] = defaultdict(bool)
    rows = await db.execute(
        select(ContactPoint.value, ContactPoint.label, Customer)
        .join(Customer, ContactPoint.customer_id == Customer.id)
        .where(ContactPoint.kind == "phone", ContactPoint.value.in_(contacts))
    )
    for value, label, person in rows:
        owners[value][person.id] = person
        theirs[value] |= label != "old"
    last_in = await _last_inbound(db, contacts)
    rang = set(
        await db.scalars(select(Call.from_e164).where(Call.from_e164.in_(contacts), Call.started_at > now - _RECENT))
    )
    said = await _ledger(db, contacts, {value: list(people) for value, people in owners.items()})
    sent = await _sent(db, contacts, {value: list(people) for value, people in owners.items()}, now)
    found = {}
    for contact in contacts:
        own = said[contact]
        wrote = last_in.get(contact)
        states = [person.region.upper() for person in owners[contact].values() if len(person.region) == 2]
        area = state_of(contact)
        found[contact] = Facts(
            standing=Standing(standing_of([each for each, direct in own if direct])),
            ledger=tuple(each for each, _direct in own),
            last_inbound_at=wrote,
            gave_number=theirs[contact] or contact in rang or (wrote is not None and now - wrote < _RECENT),
            zones=tuple(dict.fromkeys((store_zone, *zones_of(contact)))),
            states=tuple(dict.fromkeys([*states, *([area] if area else [])])),
            sent=tuple(sent[contact]),
            closed_days=closed,
            registered=registered,
            limits=limits,
        )
    return found


async def _last_inbound(db: AsyncSession, contacts: Sequence[str]) -> dict[str, datetime]:
    rows = await db.execute(
        select(Conversation.customer_e164, func.max(TextMessage.at).label("at"))
        .join(TextMessage, TextMessage.conversation_id == Conversation.id)
        .where(Conversation.customer_e164.in_(contacts), TextMessage.direction == "inbound")
        .group_by(Conversation.customer_e164)
    )
    return {row.customer_e164: row.at for row in rows}


async def _registered(db: AsyncSession, line: str, purpose: Purpose) -> bool | None:
    row = await db.scalar(select(SenderRegistration).where(SenderRegistration.e164 == line))
    if row is None or (row.state == "filtered" and purpose is not Purpose.MARKETING):
        return None
    return row.state == "approved" and (not row.purposes or purpose.value in row.purposes)


async def _ledger(
    db: AsyncSession, contacts: Sequence[str], owners: Mapping[str, Sequence[str]]
) -> defaultdict[str, list[tuple[Said, bool]]]:
    """What was said with each number (then the second is True); and a store system's block of its owner, whichever
    number it names."""
    people: defaultdict[str, set[str]] = defaultdict(set)
    for contact, ids in owners.items():
        for person in ids:
            people[person].add(contact)
    about: list[ColumnElement[bool]] = [ConsentEntry.contact.in_(contacts)]
    if people:
        about.append(ConsentEntry.customer_id.in_(list(people)) & (ConsentEntry.kind != "grant"))
    found: defaultdict[str, list[tuple[Said, bool]]] = defaultdict(list)
    rows = await db.scalars(select(ConsentEntry).where(or_(*about)).order_by(ConsentEntry.at, ConsentEntry.id))
    for row in rows:
        said = Said(row.kind, row.channel, row.scope, row.at, row.source)
        if row.contact in contacts:
            found[row.contact].append((said, True))
        if row.kind != "grant" and row.customer_id is not None:
            for contact in people.get(row.customer_id, ()):
                if contact != row.contact:
                    found[contact].append((said, False))
    return found


async def _sent(
    db: AsyncSession, contacts: Sequence[str], owners: Mapping[str, Sequence[str]], now: datetime
) -> defaultdict[str, list[Sent]]:
    """The last thirty days of each person, by any of their numbers: one budget across departments."""
    ids = sorted({person for people in owners.values() for person in people})
    counted_for: defaultdict[str, set[str]] = defaultdict(set)
    for contact in contacts:
        counted_for[contact].add(contact)
    if ids:
        numbers = await db.execute(
            select(ContactPoint.value, ContactPoint.customer_id).where(
                ContactPoint.kind == "phone", ContactPoint.customer_id.in_(ids)
            )
        )
        of_person: defaultdict[str, set[str]] = defaultdict(set)
        for value, person in numbers:
            of_person[person].add(value)
        for contact, people in owners.items():
            for person in people:
                for value in of_person[person]:
                    counted_for[value].add(contact)
    texts = await db.execute(
        select(Conversation.customer_e164, TextMessage.purpose, TextMessage.first_wire_at)
        .join(TextMessage, TextMessage.conversation_id == Conversation.id)
        .where(Conversation.customer_e164.in_(list(counted_for)), TextMessage.first_wire_at > now - _MONTH)
    )
    found: defaultdict[str, list[Sent]] = defaultdict(list)
    for value, purpose, at in texts:
        for contact in counted_for[value]:
            if at is not None:
                found[contact].append(Sent("text", purpose, at))
    calls = await db.execute(
        select(ContactEvent.contact, ContactEvent.at).where(
            ContactEvent.contact.in_(list(counted_for)),
            ContactEvent.channel == "call",
            ContactEvent.direction == "outbound",
            ContactEvent.at > now - _MONTH,
        )
    )
    for value, at in calls:
        for contact in counted_for[value]:
            found[contact].append(Sent("call", "", at))
    return found
