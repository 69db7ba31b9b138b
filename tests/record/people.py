"""Records of people for tests of who is who."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import Database
from record.models import ContactPoint, Customer, RepairOrder, Rooftop, Vehicle

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


async def a_rooftop(database: Database, rooftop_id: str = "north") -> None:
    async with database.writing(rooftop_id) as db:
        db.add(
            Rooftop(
                id=rooftop_id,
                created_at=NOW,
                name=rooftop_id,
                time_zone="America/Los_Angeles",
                address="1 Main St",
                store_phone="+15035550100",
            )
        )


async def a_person(
    db: AsyncSession,
    first: str = "William",
    last: str = "Garber",
    *,
    phones: tuple[str, ...] = (),
    emails: tuple[str, ...] = (),
    vin: str | None = None,
    birth_date: date | None = None,
    **columns: Any,
) -> str:
    person = Customer(first_name=first, last_name=last, birth_date=birth_date, **columns)
    db.add(person)
    await db.flush()
    db.add_all(ContactPoint(customer_id=person.id, kind="phone", value=phone) for phone in phones)
    db.add_all(ContactPoint(customer_id=person.id, kind="email", value=email) for email in emails)
    if vin:
        db.add(Vehicle(customer_id=person.id, year=2019, make="Honda", model="CR-V", vin=vin))
    await db.flush()
    return person.id


async def a_visit(db: AsyncSession, customer_id: str, ro_number: str) -> str:
    visit = RepairOrder(ro_number=ro_number, customer_id=customer_id, status="in_shop", opened_at=NOW, status_at=NOW)
    db.add(visit)
    await db.flush()
    return visit.id
