"""Each schema change keeps what a store already has, on both engines, there and back."""

import pytest
from sqlalchemy import text

from kit.db import Database
from lanekeeper.migrate import downgrade, upgrade
from tests.conftest import Templates

BEFORE = {
    "rooftop": {
        "id": "r1", "created_at": "2026-11-01 12:00:00", "name": "Riverside", "time_zone": "America/Los_Angeles",
        "address": "1 Main St", "store_phone": "+15550100199", "record_calls": True, "recording_days": 90,
    },
    "staff": {
        "id": "s1", "rooftop_id": "r1", "created_at": "2026-11-01 12:00:00", "name": "Dana Ortiz", "role": "advisor",
        "department": "service",
    },
    "customer": {
        "id": "c1", "rooftop_id": "r1", "created_at": "2026-11-01 12:00:00", "first_name": "Maria",
        "last_name": "Alvarez", "postal_code": "97201", "language": "en",
    },
    "contact_point": {
        "id": "p1", "rooftop_id": "r1", "created_at": "2026-11-01 12:00:00", "customer_id": "c1", "kind": "phone",
        "value": "+15035550112",
    },
    "vehicle": {
        "id": "v1", "rooftop_id": "r1", "created_at": "2026-11-01 12:00:00", "customer_id": "c1", "year": 2019,
        "make": "Honda", "model": "CR-V",
    },
    "repair_order": {
        "id": "o1", "rooftop_id": "r1", "created_at": "2026-11-01 12:00:00", "ro_number": "48213", "customer_id": "c1",
        "vehicle_id": "v1", "advisor_id": "s1", "status": "ready", "concern": "brakes",
        "opened_at": "2026-11-01 12:00:00", "status_at": "2026-11-01 12:00:00",
    },
}  # fmt: skip
"""A store as the first schema had it, one row a table, parents first."""


@pytest.fixture(params=["sqlite", "postgres"])
def first_schema(request: pytest.FixtureRequest, templates: Templates, tmp_path):  # type: ignore[no-untyped-def]
    async def build(url: str) -> None:
        await upgrade(url, "0001")

    with templates.copy(request.param, "first_schema", build, tmp_path) as url:
        yield url


async def test_a_stores_rows_survive_every_change_of_the_schema_and_back(first_schema: str) -> None:
    await _fill(first_schema)
    await upgrade(first_schema)
    assert await _kept(first_schema) == BEFORE
    await downgrade(first_schema, "0001")
    assert await _kept(first_schema) == BEFORE
    await upgrade(first_schema)
    assert await _kept(first_schema) == BEFORE


async def _fill(url: str) -> None:
    database = Database(url)
    async with database.engine.begin() as connection:
        for table, row in BEFORE.items():
            columns = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            await connection.execute(text(f"insert into {table} ({columns}) values ({values})"), row)
    await database.close()


async def _kept(url: str) -> dict[str, dict[str, object]]:
    database = Database(url)
    found: dict[str, dict[str, object]] = {}
    async with database.engine.connect() as connection:
        for table, row in BEFORE.items():
            (now,) = (await connection.execute(text(f"select {', '.join(row)} from {table}"))).mappings().all()
            found[table] = {name: _plain(row[name], value) for name, value in now.items()}
    await database.close()
    return found


def _plain(before: object, value: object) -> object:
    """Times come back in each engine's own shape; compared to the second."""
    if isinstance(before, str) and hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return bool(value) if isinstance(before, bool) else value
