"""The store's people as the matching sees them: read page by page, or only those near a few records."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from record.matching.names import fold
from record.matching.rarity import Rarity
from record.matching.traits import Person
from record.models import ContactPoint, Customer, Vehicle

_PAGE = 2000
_AT_ONCE = 200
_ROUGHLY = 5000

_COLUMNS = (
    Customer.id,
    Customer.first_name,
    Customer.last_name,
    Customer.middle_name,
    Customer.is_business,
    Customer.street,
    Customer.city,
    Customer.postal_code,
    Customer.birth_date,
)


async def everyone(db: AsyncSession, after: str = "") -> AsyncIterator[list[Person]]:
    """All people that stand for themselves, in pages by id."""
    while True:
        query = (
            select(*_COLUMNS)
            .where(Customer.merged_into_id.is_(None), Customer.id > after)
            .order_by(Customer.id)
            .limit(_PAGE)
        )
        rows = (await db.execute(query)).all()
        if not rows:
            return
        first, after = rows[0].id, rows[-1].id
        yield await _with_belongings(
            db, rows, ContactPoint.customer_id.between(first, after), Vehicle.customer_id.between(first, after)
        )


async def people(db: AsyncSession, ids: Iterable[str]) -> list[Person]:
    """Those people, absorbed records left out."""
    found: list[Person] = []
    wanted = sorted(set(ids))
    for at in range(0, len(wanted), _AT_ONCE):
        part = wanted[at : at + _AT_ONCE]
        query = select(*_COLUMNS).where(Customer.merged_into_id.is_(None), Customer.id.in_(part))
        rows = (await db.execute(query)).all()
        found += await _with_belongings(db, rows, ContactPoint.customer_id.in_(part), Vehicle.customer_id.in_(part))
    return found


async def people_near(db: AsyncSession, those: Sequence[Person]) -> list[Person]:
    """Everybody who shares a number, a car, a birth date, or a ZIP with the start of a name or a house number."""
    ids: set[str] = set()
    for at in range(0, len(those), 50):
        part = those[at : at + 50]
        values = {value for one in part for value in (*one.phones, *one.emails)}
        ids |= set(await db.scalars(select(ContactPoint.customer_id).where(ContactPoint.value.in_(values))))
        vins = {vin for one in part for vin in one.vins}
        ids |= set(await db.scalars(select(Vehicle.customer_id).where(Vehicle.vin.in_(vins))))
        days = {one.birth_date for one in part if one.birth_date}
        clauses: list[ColumnElement[bool]] = [Customer.birth_date.in_(days)]
        clauses += [_around(one) for one in part if one.postal_code]
        ids |= set(
            await db.scalars(
                select(Customer.id).where(Customer.merged_into_id.is_(None), or_(*clauses)).limit(_ROUGHLY)
            )
        )
    return await people(db, ids - {one.id for one in those})


async def rarity_of(db: AsyncSession, those: Sequence[Person]) -> Rarity:
    """How common the names of those people are in this store."""
    total = await db.scalar(select(func.count()).select_from(Customer).where(Customer.merged_into_id.is_(None)))
    counts = []
    for column, named in (
        (Customer.first_name, {one.first.lower() for one in those}),
        (Customer.last_name, {one.last.lower() for one in those}),
    ):
        counted: Counter[str] = Counter()
        for at in range(0, len(named), _AT_ONCE):
            part = sorted(named)[at : at + _AT_ONCE]
            rows = await db.execute(
                select(func.lower(column), func.count())
                .where(func.lower(column).in_(part))
                .group_by(func.lower(column))
            )
            for name, number in rows:
                counted[fold(name).replace(" ", "")] += number
        counts.append(counted)
    return Rarity(people=total or 0, firsts=counts[0], lasts=counts[1])


def _around(one: Person) -> ColumnElement[bool]:
    zip5 = one.postal_code[:5]
    starts: list[ColumnElement[bool]] = []
    for letter in {name[0].lower() for name in (one.first, one.last) if name}:
        starts += [
            func.lower(column).startswith(letter, autoescape=True)
            for column in (Customer.last_name, Customer.first_name)
        ]
    number = one.street.split(" ")[0]
    if number:
        starts.append(Customer.street.startswith(f"{number} ", autoescape=True))
    within = Customer.postal_code == zip5
    if zip5.isdigit():  # ZIP+4 as well, by the index
        within = and_(Customer.postal_code >= zip5, Customer.postal_code < f"{int(zip5) + 1:05d}")
    return and_(within, or_(*starts))


async def _with_belongings(
    db: AsyncSession, rows: Sequence[Any], points: ColumnElement[bool], cars: ColumnElement[bool]
) -> list[Person]:
    contacts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    query = select(ContactPoint.customer_id, ContactPoint.kind, ContactPoint.value).where(points)
    for owner, kind, value in await db.execute(query):
        contacts[owner, kind].append(value)
    vins: defaultdict[str, list[str]] = defaultdict(list)
    for owner, vin in await db.execute(select(Vehicle.customer_id, Vehicle.vin).where(cars, Vehicle.vin.is_not(None))):
        vins[owner].append(vin or "")
    return [
        Person(
            row_id,
            first,
            last,
            middle,
            is_business,
            street,
            city,
            postal_code or "",
            birth_date,
            tuple(contacts.get((row_id, "phone"), ())),
            tuple(contacts.get((row_id, "email"), ())),
            tuple(vins.get(row_id, ())),
        )
        for row_id, first, last, middle, is_business, street, city, postal_code, birth_date in rows
    ]
