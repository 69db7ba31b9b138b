"""Who lives together: links with a source and a confidence, never a merge; and what may be told to whom.

A link helps staff think ahead (a spouse's lease ends, a second car is due). It opens nothing: nobody is told anything
of another person's record because of it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import upsert
from kit.ids import CustomerId
from kit.phone import spoken
from record import people
from record.customers import survivors
from record.identity_models import HouseholdLink
from record.matching.addresses import same_street
from record.matching.traits import Person, Traits, traits
from record.models import Customer, RepairOrder, Vehicle
from record.sales_models import Deal

CO_BUYER, SHARED_ADDRESS, SHARED_PHONE, DECLARED = "co_buyer", "shared_address", "shared_phone", "declared"

_CONFIDENCE = {DECLARED: 1.0, CO_BUYER: 0.9, SHARED_ADDRESS: 0.8, SHARED_PHONE: 0.7}
_FAMILY = 8  # more people of one name behind one number or door are an office or a block of flats
_DUE_AFTER = timedelta(days=180)
_LEASE_ENDS_WITHIN = timedelta(days=180)
_AT_ONCE = 500


class Audience(StrEnum):
    """Who is listening."""

    STAFF = "staff"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Telling:
    """What may be said about one person's record: everything, a bare suggestion, or nothing."""

    details: bool
    suggestion: bool
    why: str


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody of the same household, as staff may know it."""

    customer_id: CustomerId
    name: str
    kind: str
    confidence: float
    source: str
    tell_customer: bool = False


@dataclass(frozen=True, slots=True)
class HouseholdCar:
    """A relative's car that may need something, for staff. `tell_customer` is False: it is not theirs to hear."""

    customer_id: CustomerId
    owner: str
    vehicle: str
    need: str
    due_on: date | None
    estimated: bool
    tell_customer: bool = False


def may_tell(about: str, to: str | None, audience: Audience) -> Telling:
    """The privacy wall: a customer hears of their own record only, whoever they live with.

    `to` is the customer who is listening, or whom staff has before them. Staff sees a household's needs as suggestions
    while they serve somebody else, and details only in the record itself.
    """
    if about == to:
        return Telling(details=True, suggestion=True, why="their own record")
    if audience is Audience.CUSTOMER:
        return Telling(details=False, suggestion=False, why="another person's record, whoever they live with")
    if to is None:
        return Telling(details=True, suggestion=True, why="staff working on this record")
    return Telling(details=False, suggestion=True, why="staff serving somebody else of the household")


def links_between(one: Traits, other: Traits) -> list[tuple[str, str]]:
    """Kind and source of each sign that two different people live together. Pure."""
    if one.is_business or other.is_business or not one.name.last or one.name.last != other.name.last:
        return []
    if one.name.first == other.name.first and one.name.generation == other.name.generation and one.born == other.born:
        return []
    found = []
    if same_street(one.home, other.home) and one.zip5 == other.zip5:
        found.append((SHARED_ADDRESS, f"{one.home.number} {one.home.name.title()}, {one.zip5}"))
    for phone in sorted(one.phones & other.phones)[:1]:
        found.append((SHARED_PHONE, spoken(phone)))
    return found


async def find_households(db: AsyncSession) -> int:
    """Links the whole store's households from addresses, numbers and deals; how many links there are."""
    groups: defaultdict[str, list[Traits]] = defaultdict(list)
    async for page in people.everyone(db):
        await asyncio.to_thread(_group, groups, page)
    rows = await asyncio.to_thread(_linked, groups) + await _co_buyers(db)
    await _store(db, rows)
    return len(rows)


async def link_people(db: AsyncSession, customer_ids: Iterable[str]) -> int:
    """The same for a few new or changed people."""
    these = await people.people(db, (await survivors(db, customer_ids)).values())
    near = await people.people_near(db, these)
    everybody = [traits(one) for one in [*these, *near]]
    wanted = {one.id for one in these}
    mine = [one for one in everybody if one.id in wanted]
    rows = _rows((one, other) for one in mine for other in everybody if one.id != other.id)
    rows += await _co_buyers(db, sorted(wanted))
    await _store(db, rows)
    return len(rows)


async def declare(db: AsyncSession, one: str, other: str, said_by: str) -> None:
    """Somebody said that these two live together."""
    await _store(db, [_row(one, other, DECLARED, said_by)])


async def end_link(db: AsyncSession, one: str, other: str, now: datetime) -> None:
    """They no longer belong together; what the files say does not bring it back."""
    ids = (min(one, other), max(one, other))
    rows = await db.scalars(
        select(HouseholdLink).where(HouseholdLink.one_id == ids[0], HouseholdLink.other_id == ids[1])
    )
    for row in rows:
        row.ended_at = now


async def household(db: AsyncSession, customer_id: CustomerId | str) -> list[Relative]:
    """Everybody linked to a person, the surest first; each once, by their strongest link."""
    me = (await survivors(db, [str(customer_id)])).get(str(customer_id))
    if me is None:
        return []
    mine = {me, *await _stand_ins(db, me)}
    links = list(
        await db.scalars(
            select(HouseholdLink)
            .where(
                or_(HouseholdLink.one_id.in_(mine), HouseholdLink.other_id.in_(mine)), HouseholdLink.ended_at.is_(None)
            )
            .order_by(HouseholdLink.confidence.desc(), HouseholdLink.kind, HouseholdLink.id)
        )
    )
    others = {link.id: link.other_id if link.one_id in mine else link.one_id for link in links}
    standing = await survivors(db, others.values())
    names = {
        row.id: f"{row.first_name} {row.last_name}".strip()
        for row in await db.scalars(select(Customer).where(Customer.id.in_(set(standing.values()))))
    }
    found: dict[str, Relative] = {}
    for link in links:
        who = standing.get(others[link.id])
        if who is not None and who != me:
            found.setdefault(who, Relative(CustomerId(who), names[who], link.kind, link.confidence, link.source))
    return list(found.values())


async def household_cars(db: AsyncSession, customer_id: CustomerId | str, today: date) -> list[HouseholdCar]:
    """What the cars of somebody's household may need, for the member of staff who has that somebody before them.

    A lease that ends within half a year, or a car not seen for half a year. Never for the customer's ears.
    """
    relatives = {str(one.customer_id): one for one in await household(db, customer_id)}
    if not relatives:
        return []
    cars: list[HouseholdCar] = []
    leases = await db.execute(
        select(Deal, Vehicle)
        .outerjoin(Vehicle, Vehicle.id == Deal.vehicle_id)
        .where(
            or_(Deal.customer_id.in_(relatives), Deal.co_buyer_id.in_(relatives)),
            Deal.kind == "lease",
            Deal.lease_ends_on.between(today, today + _LEASE_ENDS_WITHIN),
        )
        .order_by(Deal.lease_ends_on, Deal.id)
    )
    for deal, car in leases:
        owner = relatives.get(deal.customer_id or "") or relatives[deal.co_buyer_id or ""]
        named = _car(car) if car else "leased car"
        cars.append(_suggested(owner, named, "lease_ending", deal.lease_ends_on, deal.lease_ends_derived, customer_id))
    cars += await _not_seen_lately(db, relatives, today, customer_id)
    return [car for car in cars if may_tell(car.customer_id, str(customer_id), Audience.STAFF).suggestion]


def _suggested(
    owner: Relative, vehicle: str, need: str, due_on: date | None, estimated: bool, to: CustomerId | str
) -> HouseholdCar:
    aloud = may_tell(owner.customer_id, str(to), Audience.CUSTOMER).suggestion
    return HouseholdCar(owner.customer_id, owner.name, vehicle, need, due_on, estimated, tell_customer=aloud)


async def _not_seen_lately(
    db: AsyncSession, relatives: dict[str, Relative], today: date, to: CustomerId | str
) -> list[HouseholdCar]:
    last_seen = (
        select(RepairOrder.vehicle_id, func.max(RepairOrder.opened_at).label("at"))
        .where(RepairOrder.vehicle_id.in_(select(Vehicle.id).where(Vehicle.customer_id.in_(relatives))))
        .group_by(RepairOrder.vehicle_id)
    ).subquery()
    rows = await db.execute(
        select(Vehicle, last_seen.c.at)
        .join(last_seen, last_seen.c.vehicle_id == Vehicle.id)
        .where(Vehicle.customer_id.in_(relatives))
        .order_by(Vehicle.id)
    )
    cars = []
    for car, at in rows:
        due_on = (at + _DUE_AFTER).date()
        if due_on <= today:
            cars.append(_suggested(relatives[car.customer_id], _car(car), "service_due", due_on, True, to))
    return cars


def _group(groups: defaultdict[str, list[Traits]], page: Sequence[Person]) -> None:
    for one in map(traits, page):
        for key in _homes(one):
            groups[key].append(one)


def _linked(groups: Mapping[str, list[Traits]]) -> list[dict[str, object]]:
    pairs = {
        (min(one.id, other.id), max(one.id, other.id)): (one, other)
        for group in groups.values()
        if len(group) <= _FAMILY
        for at, one in enumerate(group)
        for other in group[at + 1 :]
    }
    return _rows(pairs.values())


def _homes(one: Traits) -> list[str]:
    if one.is_business or not one.name.last:
        return []
    keys = [f"p{phone} {one.name.last}" for phone in one.phones]
    if one.home.number and one.zip5:
        keys.append(f"a{one.home.number} {one.zip5} {one.name.last}")
    return keys


def _rows(pairs: Iterable[tuple[Traits, Traits]]) -> list[dict[str, object]]:
    return [_row(one.id, other.id, kind, source) for one, other in pairs for kind, source in links_between(one, other)]


async def _co_buyers(db: AsyncSession, of: Sequence[str] | None = None) -> list[dict[str, object]]:
    query = select(Deal.customer_id, Deal.co_buyer_id, Deal.deal_number).where(
        Deal.customer_id.is_not(None), Deal.co_buyer_id.is_not(None), Deal.customer_id != Deal.co_buyer_id
    )
    if of is not None:
        query = query.where(or_(Deal.customer_id.in_(of), Deal.co_buyer_id.in_(of)))
    return [_row(one or "", other or "", CO_BUYER, f"deal {number}") for one, other, number in await db.execute(query)]


def _row(one: str, other: str, kind: str, source: str) -> dict[str, object]:
    return {
        "one_id": min(one, other),
        "other_id": max(one, other),
        "kind": kind,
        "confidence": _CONFIDENCE[kind],
        "source": source[:80],
    }


async def _store(db: AsyncSession, rows: Sequence[dict[str, object]]) -> None:
    once = {(str(row["one_id"]), str(row["other_id"]), str(row["kind"])): row for row in rows}
    wanted = list(once.values())
    for at in range(0, len(wanted), _AT_ONCE):
        await upsert(db, HouseholdLink, ("rooftop_id", "one_id", "other_id", "kind"), wanted[at : at + _AT_ONCE])


async def _stand_ins(db: AsyncSession, survivor: str) -> set[str]:
    """Every record absorbed by this one, directly or by way of another."""
    found: set[str] = set()
    edge = {survivor}
    while edge:
        edge = set(await db.scalars(select(Customer.id).where(Customer.merged_into_id.in_(edge)))) - found
        found |= edge
    return found


def _car(car: Vehicle) -> str:
    return " ".join(str(part) for part in (car.year, car.make, car.model) if part)
