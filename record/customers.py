"""People the store knows: found by number, name or car; corrected, never guessed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId, VehicleId
from kit.phone import spoken
from record import hygiene
from record.models import ContactPoint, Customer, Vehicle


@dataclass(frozen=True)
class KnownVehicle:
    id: VehicleId
    year: int | None
    make: str
    model: str
    plate: str | None
    vin: str | None
    mileage: int | None

    @property
    def spoken(self) -> str:
        """As people say it: "2019 Honda CR-V"."""
        return " ".join(str(part) for part in (self.year, self.make, self.model) if part)


@dataclass(frozen=True)
class KnownCustomer:
    id: CustomerId
    first_name: str
    last_name: str
    postal_code: str | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    vehicles: tuple[KnownVehicle, ...]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


async def customer(db: AsyncSession, customer_id: CustomerId | str) -> KnownCustomer | None:
    """The person behind an id; the id of a record joined into another leads to that one."""
    wanted = await survivors(db, [str(customer_id)])
    found = await _with_details(db, list(wanted.values()))
    return found[0] if found else None


async def known_since(db: AsyncSession, customer_id: CustomerId | str) -> datetime:
    """When that record was made."""
    return (await db.get_one(Customer, str(customer_id))).created_at


async def survivor(db: AsyncSession, customer_id: CustomerId | str) -> CustomerId:
    """The record an id means now; an id nobody has stays itself."""
    found = await survivors(db, [str(customer_id)])
    return CustomerId(found.get(str(customer_id), str(customer_id)))


async def survivors(db: AsyncSession, ids: Iterable[str]) -> dict[str, str]:
    """Whose record each id means now; an id nobody has is left out."""
    found: dict[str, str] = {}
    asked = {one: one for one in ids}
    while asked:
        into: dict[str, str | None] = {}
        wanted = sorted(set(asked.values()))
        for at in range(0, len(wanted), 500):
            rows = await db.execute(
                select(Customer.id, Customer.merged_into_id).where(Customer.id.in_(wanted[at : at + 500]))
            )
            into |= {row_id: next_id for row_id, next_id in rows}
        onward = {}
        for one, stands_for in asked.items():
            if stands_for not in into:
                continue
            after = into[stands_for]
            if after is None:
                found[one] = stands_for
            else:
                onward[one] = after
        asked = onward
    return found


async def customers_with_phone(db: AsyncSession, e164: str) -> list[KnownCustomer]:
    """Everyone who shares that number: a household phone is a hint, never proof of who is calling."""
    ids = await db.scalars(
        select(ContactPoint.customer_id)
        .join(Customer, Customer.id == ContactPoint.customer_id)
        .where(Customer.merged_into_id.is_(None), ContactPoint.kind == "phone", ContactPoint.value == e164)
        .order_by(ContactPoint.customer_id)
    )
    return await _with_details(db, list(ids))


async def customers_sounding_like(db: AsyncSession, names: Sequence[str], limit: int = 50) -> list[KnownCustomer]:
    """Candidates whose first or last name starts like one of the heard words; ranking is the caller's business."""
    starts = {word[:2].lower() for word in names if len(word) >= 2}
    if not starts:
        return []
    clauses = [
        or_(func.lower(Customer.last_name).startswith(start), func.lower(Customer.first_name).startswith(start))
        for start in sorted(starts)
    ]
    ids = await db.scalars(
        select(Customer.id)
        .where(Customer.merged_into_id.is_(None), or_(*clauses))
        .order_by(Customer.last_name)
        .limit(limit)
    )
    return await _with_details(db, list(ids))


async def customers_with_plate(db: AsyncSession, plate: str) -> list[KnownCustomer]:
    """Owners of the car with that plate, letters and digits compared only."""
    wanted = "".join(c for c in plate.upper() if c.isalnum())
    ids = await db.scalars(
        select(Vehicle.customer_id)
        .join(Customer, Customer.id == Vehicle.customer_id)
        .where(Customer.merged_into_id.is_(None))
        .where(func.replace(func.replace(Vehicle.plate, " ", ""), "-", "") == wanted)
    )
    return await _with_details(db, list(ids))


async def add_customer(db: AsyncSession, first_name: str, last_name: str, phone: str | None) -> CustomerId:
    """A person we had not met; the number they called from becomes their first contact point."""
    row = Customer(first_name=first_name[:80], last_name=last_name[:80])
    db.add(row)
    await db.flush()
    if phone:
        db.add(ContactPoint(customer_id=row.id, kind="phone", value=phone))
    return CustomerId(row.id)


async def number_is_not_theirs(db: AsyncSession, e164: str, customer_id: str | None, now: datetime) -> None:
    """Whoever has the number says so: nothing is sent there any more, and a person looks whose it is. Without a
    customer it is taken off everybody who has it on file."""
    rows = select(ContactPoint).where(ContactPoint.kind == "phone", ContactPoint.value == e164)
    if customer_id is not None:
        rows = rows.where(ContactPoint.customer_id == customer_id)
    says = f"{spoken(e164)} answered on {now:%B} {now.day} that it is a wrong number"
    found = []
    for point in await db.scalars(rows):
        point.label = "old"
        found.append(hygiene.Found("contact_point", point.id, says, point.customer_id))
    await hygiene.store(db, hygiene.WRONG_NUMBER, found, now, settles=False)


async def add_phone(db: AsyncSession, customer_id: CustomerId | str, e164: str) -> None:
    """Adds a number to a customer; having it already changes nothing."""
    customer_id = await survivor(db, customer_id)
    known = select(ContactPoint.id).where(
        ContactPoint.customer_id == customer_id, ContactPoint.kind == "phone", ContactPoint.value == e164
    )
    if await db.scalar(known) is None:
        db.add(ContactPoint(customer_id=str(customer_id), kind="phone", value=e164))


async def add_vehicle(
    db: AsyncSession, customer_id: CustomerId | str, year: int | None, make: str, model: str, vin: str | None = None
) -> VehicleId:
    """The customer's car of that year, make and model, added when it is new to us; a car we know stays as it is."""
    customer_id = await survivor(db, customer_id)
    known = await vehicle_like(db, customer_id, year, make, model)
    if known is not None:
        return known
    added = Vehicle(customer_id=str(customer_id), year=year, make=make[:40], model=model[:60], vin=vin)
    db.add(added)
    await db.flush()
    return VehicleId(added.id)


async def vehicle_like(
    db: AsyncSession, customer_id: CustomerId | str, year: int | None, make: str, model: str
) -> VehicleId | None:
    """The customer's car of that year, make and model, if we know of one."""
    for row in await db.scalars(select(Vehicle).where(Vehicle.customer_id == customer_id)):
        same = (row.make.lower(), row.model.lower()) == (make.lower(), model.lower())
        if same and (year is None or row.year in (None, year)):
            return VehicleId(row.id)
    return None


async def _with_details(db: AsyncSession, ids: list[str]) -> list[KnownCustomer]:
    if not ids:
        return []
    people = list(await db.scalars(select(Customer).where(Customer.id.in_(ids)).order_by(Customer.id)))
    contacts = list(await db.scalars(select(ContactPoint).where(ContactPoint.customer_id.in_(ids))))
    cars = list(await db.scalars(select(Vehicle).where(Vehicle.customer_id.in_(ids)).order_by(Vehicle.id)))
    return [
        KnownCustomer(
            CustomerId(person.id),
            person.first_name,
            person.last_name,
            person.postal_code,
            tuple(c.value for c in contacts if c.customer_id == person.id and c.kind == "phone"),
            tuple(c.value for c in contacts if c.customer_id == person.id and c.kind == "email"),
            tuple(
                KnownVehicle(VehicleId(v.id), v.year, v.make, v.model, v.plate, v.vin, v.mileage)
                for v in cars
                if v.customer_id == person.id
            ),
        )
        for person in people
    ]
