"""The store's people as the matching sees them: read page by page, or only those near a few records."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from string import ascii_lowercase
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from record.matching.names import LEFT_OUT, fold, openings, parts
from record.matching.rarity import Rarity
from record.matching.traits import Person, Traits, traits
from record.models import ContactPoint, Customer, Vehicle

_PAGE = 2000
_AT_ONCE = 200
_CROWD = 5000

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
        # Not asked in the query: SQLite would go through everybody who is joined into nobody.
        query = select(*_COLUMNS, Customer.merged_into_id).where(Customer.id.in_(part))
        rows = [row[:-1] for row in await db.execute(query) if row[-1] is None]
        found += await _with_belongings(db, rows, ContactPoint.customer_id.in_(part), Vehicle.customer_id.in_(part))
    return found


async def people_near(db: AsyncSession, those: Sequence[Person]) -> list[Person]:
    """Everybody who may share a key of `record.matching.blocking` with one of those, and some who do not."""
    ids: set[str] = set()
    for at in range(0, len(those), _AT_ONCE):
        ids |= await _sharing(db, those[at : at + _AT_ONCE])
    for one in those:
        for place in _places(traits(one)):
            ids |= set(await db.scalars(select(Customer.id).where(place).limit(_CROWD)))
    return await people(db, ids - {one.id for one in those})


async def rarity_of(db: AsyncSession, those: Sequence[Person]) -> Rarity:
    """How common the names of those people are in this store."""
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
    return Rarity(people=await how_many(db), firsts=counts[0], lasts=counts[1])


async def how_many(db: AsyncSession) -> int:
    """How many people stand for themselves in this store."""
    standing = select(func.count()).select_from(Customer).where(Customer.merged_into_id.is_(None))
    return await db.scalar(standing) or 0


async def how_common(db: AsyncSession) -> Rarity:
    """How common each name is in this store, without reading everybody."""
    standing = Customer.merged_into_id.is_(None)
    found = Rarity(people=await how_many(db))
    counted = func.count()
    alone = (Customer.middle_name == "").label("alone")
    firsts = select(Customer.first_name, alone, counted).where(standing).group_by(Customer.first_name, alone)
    for name, is_alone, number in await db.execute(firsts):
        found.firsts[parts(name, "" if is_alone else "x", "").first] += number
    lasts = select(Customer.last_name, counted).where(standing).group_by(Customer.last_name)
    for name, number in await db.execute(lasts):
        found.lasts[parts("x", "", name).last] += number
    return found


async def _sharing(db: AsyncSession, those: Sequence[Person]) -> set[str]:
    """Holders of the same number, address of mail, car or birthday."""
    phones = {phone for one in those for phone in one.phones}
    mails = {mail for one in those for mail in one.emails}
    plain = {mail for one in those for mail in traits(one).emails}
    contact = ContactPoint.value
    said = [(ContactPoint.kind == "phone") & contact.in_(phones), (ContactPoint.kind == "email") & contact.in_(mails)]
    for mail in sorted(plain):
        said.append((ContactPoint.kind == "email") & _written(mail))
    ids: set[str] = set()
    for clause in said:
        ids |= set(await db.scalars(select(ContactPoint.customer_id).where(clause)))
    vins = {vin for one in those for vin in one.vins}
    ids |= set(await db.scalars(select(Vehicle.customer_id).where(Vehicle.vin.in_(vins))))
    days = {one.birth_date for one in those if one.birth_date}
    return ids | set(await db.scalars(select(Customer.id).where(Customer.birth_date.in_(days))))


def _written(mail: str) -> ColumnElement[bool]:
    """An address of mail however it may be written: with a +tag, and Gmail's with dots."""
    local, _, domain = mail.partition("@")
    value = ContactPoint.value
    if domain != "gmail.com":
        tagged = value.startswith(f"{local}+", autoescape=True) & value.endswith(f"@{domain}", autoescape=True)
        return _begins(value, local) & ((value == mail) | tagged)
    dotless = func.replace(value, ".", "")
    found = dotless.in_([f"{local}@gmailcom", f"{local}@googlemailcom"])
    return _begins(value, local[0]) & (found | dotless.startswith(f"{local}+", autoescape=True))


def _places(one: Traits) -> Sequence[ColumnElement[bool]]:
    """Where others of the same person may be found by name and home, one condition for each index."""
    if one.is_business:
        word = one.business.split(" ")[0]
        named = func.lower(Customer.first_name + " " + Customer.last_name)
        return [named.contains(word, autoescape=True)] if word else []
    alike = and_(*(_opens(column, one.name.first, one.name.last) for column in (Customer.first_name, _last)))
    found = []
    if one.zip5:
        around = _begins(Customer.postal_code, one.zip5)
        found.append(around & alike)
        if one.home.number:
            found.append(around & Customer.street.contains(one.home.number, autoescape=True))
    if one.born:
        year = Customer.birth_date.between(date(one.born.year, 1, 1), date(one.born.year, 12, 31))
        found.append(year & alike)
    if one.home.number:
        door = _begins(Customer.street, one.home.number)
        found.append(door & or_(_opens(_last, one.name.last), _opens(Customer.first_name, one.name.last)))
    return found


_last = Customer.last_name
_SHORT = sorted(word for word in LEFT_OUT if len(word) == 2)
_LONG = sorted({word[:3] for word in LEFT_OUT if len(word) > 2})


def _opens(column: Any, *names: str) -> ColumnElement[bool]:
    """A column that begins like one of the names, or so that nobody can tell."""
    small = func.lower(column)
    letters = {letter for name in names for letter in openings(name)}
    first = func.substr(small, 1, 1)
    unclear = [
        first.not_in(list(ascii_lowercase)),
        func.substr(small, 1, 2).in_(_SHORT),
        func.substr(small, 1, 3).in_(_LONG),
    ]
    return or_(first.in_(letters), *unclear)


def _begins(column: Any, start: str) -> ColumnElement[bool]:
    """Texts with that start, by the index, which knows no LIKE."""
    return and_(column >= start, column < start[:-1] + chr(ord(start[-1]) + 1))


async def _with_belongings(
    db: AsyncSession, rows: Sequence[Any], points: ColumnElement[bool], cars: ColumnElement[bool]
) -> list[Person]:
    contacts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    query = select(ContactPoint.customer_id, ContactPoint.kind, ContactPoint.value).where(points)
    for owner, kind, value in await db.execute(query):
        contacts[owner, kind].append(value)
    vins: defaultdict[str, list[str]] = defaultdict(list)
    for owner, vin in await db.execute(select(Vehicle.customer_id, Vehicle.vin).where(cars)):
        if vin:
            vins[owner].append(vin)
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
