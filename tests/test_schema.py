"""The schema: one history for both engines, and every row inside one rooftop."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import aliased

import scheduling.models  # noqa: F401
from kit.db import Base, Database, ScopeMissing, ScopeViolation
from record.models import Customer, Rooftop

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


def a_rooftop(rooftop_id: str) -> Rooftop:
    return Rooftop(
        id=rooftop_id,
        created_at=NOW,
        name=rooftop_id,
        time_zone="America/Los_Angeles",
        address="1 Main St",
        store_phone="+15550100100",
    )


async def two_stores(database: Database) -> None:
    for rooftop in ("north", "south"):
        async with database.writing(rooftop) as db:
            db.add(a_rooftop(rooftop))
            await db.flush()
            db.add(Customer(first_name="Ana", last_name=rooftop))


async def test_a_store_never_sees_another_stores_customers(database: Database) -> None:
    await two_stores(database)
    async with database.reading("north") as db:
        assert [c.last_name for c in await db.scalars(select(Customer))] == ["north"]
        assert await db.scalar(select(func.count()).select_from(Customer)) == 1
        other = (await _ids(database))["south"]
        assert await db.get(Customer, other) is None
        assert [r.id for r in await db.scalars(select(Rooftop))] == ["north"]


async def test_joins_counts_aliases_and_bulk_changes_stay_inside_the_store(database: Database) -> None:
    await two_stores(database)
    other = aliased(Customer)
    async with database.writing("north") as db:
        pairs = await db.execute(
            select(Customer.last_name, other.last_name).join(other, other.id != Customer.first_name)
        )
        assert pairs.all() == [("north", "north")]
        await db.execute(update(Customer).values(first_name="Zoe"))
        await db.execute(delete(Customer).where(Customer.last_name == "south"))
    async with database.across_rooftops("test") as everyone:
        names = {(c.first_name, c.last_name) for c in await everyone.scalars(select(Customer))}
    assert names == {("Zoe", "north"), ("Ana", "south")}


async def test_work_without_a_store_reads_nothing(database: Database) -> None:
    with pytest.raises(ScopeMissing):
        async with database.reading("") as db:
            await db.scalar(select(Customer))


async def test_a_row_of_another_store_cannot_be_written(database: Database) -> None:
    await two_stores(database)
    with pytest.raises(ScopeViolation):
        async with database.writing("north") as db:
            db.add(Customer(rooftop_id="south", first_name="Eve", last_name="x"))


def test_every_table_belongs_to_a_rooftop() -> None:
    assert [m.class_.__name__ for m in Base.registry.mappers if not hasattr(m.class_, "rooftop_id")] == []


async def _ids(database: Database) -> dict[str, str]:
    async with database.across_rooftops("test") as db:
        return {c.rooftop_id: c.id for c in await db.scalars(select(Customer))}
