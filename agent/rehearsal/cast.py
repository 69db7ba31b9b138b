"""The people of the sandbox: four customers everybody made up, with cars, a repair under way and visits booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId, VehicleId
from record.models import ContactPoint, Customer, RepairOrder, Staff, Vehicle
from scheduling import booking, op_codes
from scheduling.openings import find_offers
from scheduling.shop import Wish


@dataclass(frozen=True, slots=True)
class Somebody:
    """A made-up customer; every number is from the range kept for fiction."""

    first: str
    last: str
    phone: str
    postal_code: str
    car: tuple[int, str, str]
    plate: str
    has_visit: bool = False
    in_shop: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody else may hear."""
        digits = self.phone.removeprefix("+1")
        return (digits, f"{digits[:3]}-{digits[3:6]}-{digits[6:]}", self.plate)


CAST = (
    Somebody("Maria", "Alvarez", "+15035550112", "97211", (2019, "Honda", "CR-V"), "381KTR"),
    Somebody("Robert", "Chen", "+15035550127", "97214", (2021, "Toyota", "Tacoma"), "552GHM", in_shop=True),
    Somebody("Denise", "Walker", "+15035550134", "97217", (2020, "Subaru", "Outback"), "907BLD", has_visit=True),
    Somebody("Tom", "Becker", "+15035550145", "97203", (2018, "Ford", "F-150"), "114QVN", has_visit=True),
)
_KNOWN_SINCE = timedelta(days=400)


async def take_their_places(db: AsyncSession, now: datetime) -> None:
    """Stores the cast as they are at the moment the rehearsal is pinned to."""
    for number, one in enumerate(CAST):
        person = Customer(first_name=one.first, last_name=one.last, postal_code=one.postal_code)
        db.add(person)
        await db.flush()
        year, make, model = one.car
        car = Vehicle(customer_id=person.id, year=year, make=make, model=model, plate=one.plate)
        db.add_all(
            [car, ContactPoint(customer_id=person.id, kind="phone", value=one.phone, created_at=now - _KNOWN_SINCE)]
        )
        await db.flush()
        if one.in_shop:
            await _bring_in(db, person, car, number, now)
        if one.has_visit:
            await _book(db, person, car, now)


async def _bring_in(db: AsyncSession, person: Customer, car: Vehicle, number: int, now: datetime) -> None:
    advisor = await db.scalar(select(Staff.id).where(Staff.role == "advisor").order_by(Staff.name).limit(1))
    db.add(
        RepairOrder(
            ro_number=f"90{number:03d}",
            customer_id=person.id,
            vehicle_id=car.id,
            advisor_id=advisor,
            status="in_shop",
            concern="Customer states a clunk over bumps.",
            opened_at=now - timedelta(hours=3),
            status_at=now - timedelta(hours=1),
            promised_at=now + timedelta(hours=5),
        )
    )
    await db.flush()


async def _book(db: AsyncSession, person: Customer, car: Vehicle, now: datetime) -> None:
    """The first time free two days on; a store that takes no appointments has none to move."""
    jobs = await op_codes.menu(db)
    for job in jobs:
        wish = Wish((job,), earliest=now + timedelta(days=2), latest=now + timedelta(days=9))
        offers = await find_offers(db, wish, now)
        if not offers:
            continue
        request = booking.Request(
            offers[0].slot_id, (job.code,), CustomerId(person.id), f"cast:{person.id}", vehicle_id=VehicleId(car.id)
        )
        if isinstance(await booking.book(db, request, now), booking.Booked):
            return
