"""What `may_contact` decides on, read in the transaction that claims the message."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.area_codes import state_of
from kit.phone import zones_of
from record import consent_ledger
from record.consent import Facts, Purpose, Said, Sent
from record.contact_models import ConsentEntry, ContactEvent
from record.models import Call, ContactPoint, Customer, Holiday
from record.text_models import SenderRegistration, TextMessage

_MONTH = timedelta(days=30)
_RECENT = timedelta(days=1)


async def facts_about(
    db: AsyncSession, contact: str, purpose: Purpose, store_zone: ZoneInfo, line: str, now: datetime
) -> Facts:
    """Everything known of a number and whoever has it. What was not asked by law of a reply is not read for one."""
    standing = await consent_ledger.standing(db, contact)
    last_in = await db.scalar(
        select(TextMessage.at)
        .where(TextMessage.from_e164 == contact, TextMessage.direction == "inbound")
        .order_by(TextMessage.at.desc())
        .limit(1)
    )
    registered = await _registered(db, line, purpose)
    zones = (store_zone, *zones_of(contact))
    if purpose not in (Purpose.INFORMATIONAL, Purpose.MARKETING):
        return Facts(standing, last_inbound_at=last_in, zones=tuple(dict.fromkeys(zones)), registered=registered)
    owners = await db.execute(
        select(Customer, ContactPoint.label)
        .join(ContactPoint, ContactPoint.customer_id == Customer.id)
        .where(ContactPoint.kind == "phone", ContactPoint.value == contact)
    )
    theirs_now = {person: label != "old" for person, label in owners}
    people = list(theirs_now)
    states = [person.region.upper() for person in people if len(person.region) == 2]
    area = state_of(contact)
    rang = await db.scalar(select(Call.id).where(Call.from_e164 == contact, Call.started_at > now - _RECENT).limit(1))
    wrote = last_in is not None and now - last_in < _RECENT
    closed = await db.scalars(select(Holiday.day).where(Holiday.opens.is_(None), Holiday.department.is_(None)))
    return Facts(
        standing=standing,
        ledger=await _ledger(db, contact, [person.id for person in people]),
        last_inbound_at=last_in,
        gave_number=any(theirs_now.values()) or rang is not None or wrote,
        zones=tuple(dict.fromkeys(zones)),
        states=tuple(dict.fromkeys([*states, *([area] if area else [])])),
        sent=await _sent(db, contact, people, now),
        closed_days=frozenset(closed),
        registered=registered,
    )


async def _registered(db: AsyncSession, line: str, purpose: Purpose) -> bool | None:
    row = await db.scalar(select(SenderRegistration).where(SenderRegistration.e164 == line))
    if row is None or (row.state == "filtered" and purpose is not Purpose.MARKETING):
        return None
    return row.state == "approved" and (not row.purposes or purpose.value in row.purposes)


async def _ledger(db: AsyncSession, contact: str, people: list[str]) -> tuple[Said, ...]:
    """What was said with this number; and a store system's block of its owner, whichever number it names."""
    about = [ConsentEntry.contact == contact]
    if people:
        about.append(ConsentEntry.customer_id.in_(people) & (ConsentEntry.kind != "grant"))
    rows = await db.scalars(select(ConsentEntry).where(or_(*about)).order_by(ConsentEntry.at, ConsentEntry.id))
    return tuple(Said(row.kind, row.channel, row.scope, row.at, row.source) for row in rows)


async def _sent(db: AsyncSession, contact: str, people: list[Customer], now: datetime) -> tuple[Sent, ...]:
    """The last thirty days of this person, by any of their numbers: one budget across departments."""
    ids = [person.id for person in people]
    numbers = {contact}
    if ids:
        numbers |= set(
            await db.scalars(
                select(ContactPoint.value).where(ContactPoint.kind == "phone", ContactPoint.customer_id.in_(ids))
            )
        )
    texts = await db.execute(
        select(TextMessage.purpose, TextMessage.first_wire_at).where(
            TextMessage.to_e164.in_(numbers), TextMessage.first_wire_at > now - _MONTH
        )
    )
    calls = await db.scalars(
        select(ContactEvent.at).where(
            ContactEvent.contact.in_(numbers),
            ContactEvent.channel == "call",
            ContactEvent.direction == "outbound",
            ContactEvent.at > now - _MONTH,
        )
    )
    return (*(Sent("text", row.purpose, row.first_wire_at) for row in texts), *(Sent("call", "", at) for at in calls))
