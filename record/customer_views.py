"""One customer as a page shows them: who they are, how they may be reached, what they drive, whom they belong to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from kit.ids import CustomerId
from record.contact_models import ConsentEntry, HygieneFinding
from record.identity_models import ExternalRef, HouseholdLink, MatchPair, Merge
from record.models import ContactPoint, Customer, RepairOrder, Vehicle

_MOST = 100


@dataclass(frozen=True, slots=True)
class Reach:
    """A phone or e-mail; `opted_out_at` is set while they do not want to be contacted there."""

    kind: str
    value: str
    label: str
    opted_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class Car:
    id: str
    named: str
    vin: str
    plate: str
    mileage: int | None
    last_visit_at: datetime | None


@dataclass(frozen=True)
class CustomerHead:
    """Who somebody is. `merged_into_id` is set when this record was joined into another and shows nothing itself."""

    id: CustomerId
    first_name: str
    middle_name: str
    last_name: str
    is_business: bool
    street: str
    city: str
    region: str
    postal_code: str
    birth_date: date | None
    language: str
    merged_into_id: str | None

    @property
    def name(self) -> str:
        parts = (self.first_name, self.middle_name, self.last_name)
        return " ".join(part for part in parts if part) or "A customer without a name"


@dataclass(frozen=True, slots=True)
class Kin:
    """Somebody of the same household, and what says so."""

    customer_id: CustomerId
    name: str
    kind: str
    source: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Joined:
    """One joining of two records, for those who look at it later. `gone` is the record that was absorbed."""

    id: str
    survivor_id: str
    survivor: str
    gone_id: str
    gone: str
    reasons: tuple[str, ...]
    automatic: bool
    by: str
    at: datetime
    undone_at: datetime | None
    undone_by: str


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said about being contacted."""

    kind: str
    channel: str
    scope: str
    contact: str
    source: str
    words: str
    by: str
    at: datetime


async def head(db: AsyncSession, customer_id: CustomerId | str) -> CustomerHead | None:
    row = await db.scalar(select(Customer).where(Customer.id == str(customer_id)))
    return _head(row) if row is not None else None


async def heads(db: AsyncSession, customer_ids: Iterable[CustomerId | str]) -> dict[str, CustomerHead]:
    rows = await db.scalars(select(Customer).where(Customer.id.in_({str(one) for one in customer_ids})))
    return {row.id: _head(row) for row in rows}


async def reaches(db: AsyncSession, customer_ids: Iterable[CustomerId | str]) -> dict[str, list[Reach]]:
    """Numbers and addresses of each, phones first, with what the ledger says of each number."""
    found: dict[str, list[Reach]] = {str(one): [] for one in customer_ids}
    last = (
        select(ConsentEntry.contact, func.max(ConsentEntry.at).label("at"))
        .where(ConsentEntry.scope == "all", ConsentEntry.channel.in_(("text", "all")), ConsentEntry.contact != "")
        .group_by(ConsentEntry.contact)
        .subquery()
    )
    standing = and_(
        ConsentEntry.contact == last.c.contact,
        ConsentEntry.at == last.c.at,
        ConsentEntry.scope == "all",
        ConsentEntry.kind != "grant",
    )
    rows = await db.execute(
        select(ContactPoint, func.max(ConsentEntry.at))
        .outerjoin(last, last.c.contact == ContactPoint.value)
        .outerjoin(ConsentEntry, standing)
        .where(ContactPoint.customer_id.in_(found))
        .group_by(ContactPoint.id)
        .order_by(case((ContactPoint.kind == "phone", 0), else_=1), ContactPoint.id)
    )
    for point, opted_out_at in rows:
        found[point.customer_id].append(Reach(point.kind, point.value, point.label, opted_out_at))
    return found


async def cars(db: AsyncSession, customer_ids: Iterable[CustomerId | str]) -> dict[str, list[Car]]:
    """Cars of each, the newest first, with their last visit here."""
    found: dict[str, list[Car]] = {str(one): [] for one in customer_ids}
    rows = await db.execute(
        select(Vehicle, func.max(RepairOrder.opened_at))
        .outerjoin(RepairOrder, RepairOrder.vehicle_id == Vehicle.id)
        .where(Vehicle.customer_id.in_(found))
        .group_by(Vehicle.id)
        .order_by(Vehicle.year.desc(), Vehicle.id)
    )
    for car, at in rows:
        named = " ".join(str(part) for part in (car.year, car.make, car.model) if part) or "A car"
        found[car.customer_id].append(Car(car.id, named, car.vin or "", car.plate or "", car.mileage, at))
    return found


async def kin(db: AsyncSession, who: CustomerId) -> list[Kin]:
    """The household of a record that stands for itself, the surest link of each first; each person once."""
    other = aliased(Customer)
    other_id = case((HouseholdLink.one_id == who, HouseholdLink.other_id), else_=HouseholdLink.one_id)
    rows = await db.execute(
        select(HouseholdLink, other)
        .join(other, other.id == other_id)
        .where(or_(HouseholdLink.one_id == who, HouseholdLink.other_id == who))
        .where(HouseholdLink.ended_at.is_(None), other.merged_into_id.is_(None), other.id != who)
        .order_by(HouseholdLink.confidence.desc(), HouseholdLink.kind, HouseholdLink.id)
    )
    found: dict[str, Kin] = {}
    for link, person in rows:
        found.setdefault(person.id, Kin(CustomerId(person.id), named(person), link.kind, link.source, link.confidence))
    return list(found.values())


async def said_about_contact(db: AsyncSession, who: CustomerId, contacts: Sequence[str]) -> list[Said]:
    """The ledger of this customer and of their numbers, newest first."""
    rows = await db.scalars(
        select(ConsentEntry)
        .where(or_(ConsentEntry.customer_id == who, ConsentEntry.contact.in_(contacts)))
        .order_by(ConsentEntry.at.desc(), ConsentEntry.id.desc())
        .limit(_MOST)
    )
    return [
        Said(row.kind, row.channel, row.scope, row.contact, row.source, row.words, row.recorded_by, row.at)
        for row in rows
    ]


async def joinings(db: AsyncSession, who: CustomerId | None = None, limit: int = _MOST) -> list[Joined]:
    """Records joined, newest first: those of one customer, or of the whole store."""
    survivor, gone = aliased(Customer), aliased(Customer)
    query = (
        select(Merge, survivor, gone)
        .join(survivor, survivor.id == Merge.survivor_id)
        .join(gone, gone.id == Merge.absorbed_id)
        .order_by(Merge.created_at.desc(), Merge.id.desc())
        .limit(limit)
    )
    if who is not None:
        query = query.where(or_(Merge.survivor_id == who, Merge.absorbed_id == who))
    return [
        Joined(
            merge.id,
            kept.id,
            named(kept),
            absorbed.id,
            named(absorbed),
            tuple(str(reason.get("says", "")) for reason in merge.reasons if isinstance(reason, dict)),
            merge.automatic,
            merge.merged_by,
            merge.created_at,
            merge.undone_at,
            merge.undone_by,
        )
        for merge, kept, absorbed in await db.execute(query)
    ]


async def joined_ids(db: AsyncSession, merge_id: str) -> tuple[str, str] | None:
    """Survivor and absorbed of a merge of this store."""
    row = (await db.execute(select(Merge.survivor_id, Merge.absorbed_id).where(Merge.id == merge_id))).first()
    return (row[0], row[1]) if row else None


async def other_names(db: AsyncSession, who: CustomerId) -> list[tuple[str, str]]:
    """What other systems call this customer: (system, their number)."""
    rows = await db.execute(
        select(ExternalRef.system, ExternalRef.external_id)
        .where(ExternalRef.kind == "customer", ExternalRef.row_id == who)
        .order_by(ExternalRef.system, ExternalRef.external_id)
        .limit(_MOST)
    )
    return [(system, external_id) for system, external_id in rows]


async def questions(db: AsyncSession, who: CustomerId) -> list[tuple[str, str]]:
    """Open questions about the record: ("pair", its id) for a perhaps-double, ("finding", what it says)."""
    pairs = select(MatchPair.id).where(
        MatchPair.state == "waiting", or_(MatchPair.one_id == who, MatchPair.other_id == who)
    )
    findings = select(HygieneFinding.says).where(
        HygieneFinding.customer_id == who, HygieneFinding.cleared_at.is_(None), HygieneFinding.kind != "duplicate"
    )
    found = [("pair", pair_id) for pair_id in await db.scalars(pairs.order_by(MatchPair.score.desc()).limit(20))]
    return found + [("finding", says) for says in await db.scalars(findings.limit(20))]


def named(row: Customer) -> str:
    return f"{row.first_name} {row.last_name}".strip() or "A customer without a name"


def _head(row: Customer) -> CustomerHead:
    return CustomerHead(
        CustomerId(row.id),
        row.first_name,
        row.middle_name,
        row.last_name,
        row.is_business,
        row.street,
        row.city,
        row.region,
        row.postal_code or "",
        row.birth_date,
        row.language,
        row.merged_into_id,
    )
