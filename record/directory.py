"""Finding customers: by the last digits of a phone, name, e-mail, plate, VIN or repair order; else all by name."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId
from record.models import ContactPoint, Customer, RepairOrder, Vehicle

PAGE = 50
_FEWEST_DIGITS = 4
_FEWEST_OF_A_VIN = 6
_MOST_WORDS = 4


class Asked(StrEnum):
    """What somebody typed into the search box."""

    NOTHING = "nothing"
    DIGITS = "digits"
    EMAIL = "email"
    CODE = "code"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Query:
    """A search as understood: digits only, an e-mail's start, letters and digits (plate, VIN, RO), or name words."""

    asked: Asked
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """One customer of a list."""

    id: CustomerId
    first_name: str
    last_name: str
    is_business: bool
    city: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    cars: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """Where a page of the list ends."""

    last: str
    first: str
    id: str


@dataclass(frozen=True)
class Found:
    """A page of customers; `next` is None on the last one, and for a search, which shows the first page only."""

    people: tuple[Listed, ...]
    next: Name | None


def understood(text: str) -> Query:
    """What the words ask for. Pure."""
    typed = " ".join(text.split())
    if not typed:
        return Query(Asked.NOTHING)
    if "@" in typed:
        return Query(Asked.EMAIL, (typed.lower(),))
    if re.fullmatch(r"[\d\s().+-]+", typed):
        digits = re.sub(r"\D", "", typed)
        return Query(Asked.DIGITS, (digits.removeprefix("1") if len(digits) == 11 else digits,))
    letters = re.sub(r"[^0-9A-Za-z]", "", typed).upper()
    if any(sign.isdigit() for sign in letters):
        return Query(Asked.CODE, (letters,))
    return Query(Asked.NAME, tuple(re.findall(r"[^\s,]+", typed.lower()))[:_MOST_WORDS])


async def search(db: AsyncSession, query: Query, after: Name | None = None, limit: int = PAGE) -> Found:
    """Customers that fit, by name. Absorbed records are shown nowhere."""
    wanted = (
        select(Customer)
        .where(Customer.merged_into_id.is_(None))
        .order_by(Customer.last_name, Customer.first_name, Customer.id)
        .limit(limit + 1)
    )
    wanted = _narrowed(wanted, query)
    if after is not None:
        place = tuple_(Customer.last_name, Customer.first_name, Customer.id)
        wanted = wanted.where(place > (after.last, after.first, after.id))
    rows = list(await db.scalars(wanted))
    shown, last = rows[:limit], rows[limit - 1] if len(rows) > limit else None
    people = await listed(db, shown)
    return Found(people, Name(last.last_name, last.first_name, last.id) if last is not None else None)


async def listed(db: AsyncSession, rows: Sequence[Customer]) -> tuple[Listed, ...]:
    """Those customers with their numbers and cars, in the same order."""
    ids = [row.id for row in rows]
    points: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    cars: defaultdict[str, list[str]] = defaultdict(list)
    if ids:
        for owner, kind, value in await db.execute(
            select(ContactPoint.customer_id, ContactPoint.kind, ContactPoint.value)
            .where(ContactPoint.customer_id.in_(ids))
            .order_by(ContactPoint.id)
        ):
            points[owner, kind].append(value)
        for owner, year, make, model in await db.execute(
            select(Vehicle.customer_id, Vehicle.year, Vehicle.make, Vehicle.model)
            .where(Vehicle.customer_id.in_(ids))
            .order_by(Vehicle.year.desc(), Vehicle.id)
        ):
            cars[owner].append(" ".join(str(part) for part in (year, make, model) if part))
    return tuple(
        Listed(
            CustomerId(row.id),
            row.first_name,
            row.last_name,
            row.is_business,
            row.city,
            tuple(points[row.id, "phone"]),
            tuple(points[row.id, "email"]),
            tuple(cars[row.id]),
        )
        for row in rows
    )


def _narrowed(wanted: Select[Customer], query: Query) -> Select[Customer]:
    match query.asked:
        case Asked.NOTHING:
            return wanted
        case Asked.NAME:
            return wanted.where(and_(*(_name_starts(word) for word in query.words)))
        case Asked.EMAIL:
            starts = ContactPoint.value.startswith(query.words[0], autoescape=True)
            owners = select(ContactPoint.customer_id).where(ContactPoint.kind == "email", starts)
            return wanted.where(Customer.id.in_(owners))
        case Asked.DIGITS:
            return wanted.where(or_(*_by_number(query.words[0])))
        case Asked.CODE:
            return wanted.where(or_(*_by_code(query.words[0])))


def _name_starts(word: str) -> ColumnElement[bool]:
    names = (Customer.last_name, Customer.first_name)
    return or_(*(func.lower(name).startswith(word, autoescape=True) for name in names))


def _by_number(digits: str) -> list[ColumnElement[bool]]:
    """The end of a phone number or a VIN, or a repair order's number whole."""
    orders = select(RepairOrder.customer_id).where(RepairOrder.ro_number == digits)
    found: list[ColumnElement[bool]] = [Customer.id.in_(orders)]
    if len(digits) >= _FEWEST_DIGITS:
        ends = ContactPoint.value.endswith(digits, autoescape=True)
        found.append(Customer.id.in_(select(ContactPoint.customer_id).where(ContactPoint.kind == "phone", ends)))
    if len(digits) >= _FEWEST_OF_A_VIN:
        found.append(Customer.id.in_(select(Vehicle.customer_id).where(Vehicle.vin.endswith(digits))))
    return found


def _by_code(code: str) -> list[ColumnElement[bool]]:
    """A plate or a repair order's number whole, a VIN whole or from its last six on."""
    plate = func.upper(func.replace(func.replace(Vehicle.plate, " ", ""), "-", ""))
    cars = [plate == code]
    if len(code) >= _FEWEST_OF_A_VIN:
        cars.append(Vehicle.vin.endswith(code, autoescape=True))
    return [
        Customer.id.in_(select(Vehicle.customer_id).where(or_(*cars))),
        Customer.id.in_(select(RepairOrder.customer_id).where(func.upper(RepairOrder.ro_number) == code)),
    ]
