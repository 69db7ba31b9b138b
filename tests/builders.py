"""Rows that are valid by default; a test says only what matters to it."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import Database
from record.models import ContactPoint, Customer, OpeningHours, PhoneLine, Rooftop, Staff, TransferTarget, Vehicle

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
"""Friday 20 November 2026, ten in the morning in Los Angeles."""

ROOFTOP = "riverside"
LINE = "+15550100100"
STORE_PHONE = "+15550100199"
PARTS = "+15550100150"
ANA = "+15550100177"


class StandingClock:
    """Stands where it is put."""

    def __init__(self, now: datetime = NOW) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


async def a_store(database: Database, rooftop_id: str = ROOFTOP, line: str = LINE) -> None:
    """A store with hours, one manager, one advisor, a parts desk to transfer to, and one customer, Ana."""
    async with database.writing(rooftop_id) as db:
        db.add(
            Rooftop(
                id=rooftop_id,
                created_at=NOW,
                name="Riverside Motors",
                time_zone="America/Los_Angeles",
                address="1 River Road",
                store_phone=STORE_PHONE,
            )
        )
        await db.flush()
        db.add(PhoneLine(e164=line, department="service"))
        db.add_all(
            OpeningHours(department="service", weekday=day, opens=time(7, 30), closes=time(18)) for day in range(6)
        )
        db.add(Staff(name="Mara Field", role="manager", department="service"))
        db.add(Staff(name="Dan Osei", role="advisor", department="service"))
        db.add(TransferTarget(key="parts", label="Parts", e164=PARTS, valid_from=datetime(2020, 1, 1, tzinfo=UTC)))
        await db.flush()
        await a_customer(db, "Ana", "Ortega", ANA)


async def a_customer(db: AsyncSession, first: str, last: str, phone: str) -> str:
    person = Customer(first_name=first, last_name=last, postal_code="90012")
    db.add(person)
    await db.flush()
    db.add(ContactPoint(customer_id=person.id, kind="phone", value=phone, created_at=NOW - timedelta(days=400)))
    db.add(Vehicle(customer_id=person.id, year=2019, make="Chevrolet", model="Tahoe", plate="7ABC123"))
    await db.flush()
    return person.id
