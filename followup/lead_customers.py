"""Whose record a lead belongs to: one with the same name at the same number or e-mail, else a new one."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.lead_facts import LeadPerson
from kit.ids import CustomerId
from record.customers import KnownCustomer, add_customer, add_phone, customers_with_phone
from record.customers import customer as known_customer
from record.models import ContactPoint, Customer


async def customer_of(db: AsyncSession, person: LeadPerson) -> tuple[KnownCustomer | None, bool]:
    """The customer and whether the record is new; None for somebody without a name or without a way to reach them.

    A number or an address alone is never proof: households share them. What a lead says is not written into a record
    that exists, because anybody can send a lead in anybody's name.
    """
    if not person.name or not (person.phones or person.emails):
        return None, False
    found = await _the_one(db, person)
    if found is not None:
        return found, False
    return await known_customer(db, await _new(db, person)), True


async def _the_one(db: AsyncSession, person: LeadPerson) -> KnownCustomer | None:
    """The single record of that name; of several, the single one that both number and e-mail fit."""
    by_id: dict[CustomerId, KnownCustomer] = {}
    fits: dict[CustomerId, int] = {}
    for phone in person.phones:
        for known in await customers_with_phone(db, phone):
            by_id[known.id] = known
    for email in person.emails:
        for known in await _with_email(db, email):
            by_id[known.id] = known
    for known in by_id.values():
        if same_name(person, known.first_name, known.last_name):
            number, address = set(person.phones) & set(known.phones), set(person.emails) & set(known.emails)
            fits[known.id] = bool(number) + bool(address)
    best = [each for each, score in fits.items() if score == max(fits.values())]
    return by_id[best[0]] if len(best) == 1 else None


def same_name(person: LeadPerson, first_name: str, last_name: str) -> bool:
    """The same last name, and the same first name or its initial."""
    if _letters(person.last_name) != _letters(last_name):
        return False
    one, other = _letters(person.first_name), _letters(first_name)
    return one == other or (min(len(one), len(other)) == 1 and one[:1] == other[:1])


def _letters(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


async def _with_email(db: AsyncSession, email: str) -> list[KnownCustomer]:
    ids = await db.scalars(
        select(ContactPoint.customer_id)
        .where(ContactPoint.kind == "email", ContactPoint.value == email)
        .order_by(ContactPoint.customer_id)
    )
    found = [await known_customer(db, each) for each in ids]
    return [each for each in found if each is not None]


async def _new(db: AsyncSession, person: LeadPerson) -> CustomerId:
    phones = person.phones
    customer_id = await add_customer(db, person.first_name, person.last_name, phones[0] if phones else None)
    for phone in phones[1:]:
        await add_phone(db, customer_id, phone)
    for email in person.emails:
        db.add(ContactPoint(customer_id=customer_id, kind="email", value=email))
    row = await db.get_one(Customer, customer_id)
    row.middle_name, row.is_business = person.middle_name[:80], person.is_business
    row.street, row.city, row.region = person.street[:160], person.city[:80], person.region[:8]
    row.postal_code = person.postal_code[:12] or None
    await db.flush()
    return customer_id
