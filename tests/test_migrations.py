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

A_CALL = {
    "call": {
        "id": "k1", "rooftop_id": "r1", "created_at": "2026-11-01 12:00:00", "call_sid": "CA1", "account_sid": "AC1",
        "direction": "inbound", "from_e164": "+15035550112", "to_e164": "+15550100100", "department": "service",
        "verified_level": 0, "caller_attested": False, "agent": "", "prompt_version": "", "resumes": 0,
        "next_step": "human", "started_at": "2026-11-01 12:00:00", "summary": "[]",
    },
    "disposition": {
        "id": "d1", "rooftop_id": "r1", "created_at": "2026-11-01 12:00:00", "call_id": "k1", "code": "info_only",
        "contact_outcome": "spoke_customer", "note": "", "source": "agent",
    },
}  # fmt: skip
A_WRITEBACK = {"rooftop_id": "r1", "created_at": "2026-11-01 12:00:00", "disposition_id": "d1", "payload": "{}"}


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


async def test_outcomes_on_their_way_keep_their_subject_their_state_and_their_proof(first_schema: str) -> None:
    await _fill(first_schema)
    await _fill(first_schema, A_CALL)
    for name, state in (("w1", "acked"), ("w2", "retry")):
        row = {**A_WRITEBACK, "id": name, "target": f"csv {name}", "state": state, "attempts": 2}
        await _fill(first_schema, {"writeback": row})
    await upgrade(first_schema)
    now = "target, subject_kind, subject_id, subject_version, state, attempts, proof"
    assert await _writebacks(first_schema, now) == [
        ("csv w1", "disposition", "d1", 1, "acked", 2, "read_back"),
        ("csv w2", "disposition", "d1", 1, "retry", 2, None),
    ]
    await downgrade(first_schema, "0001")
    assert await _writebacks(first_schema, "target, disposition_id, state, attempts") == [
        ("csv w1", "d1", "acked", 2),
        ("csv w2", "d1", "retry", 2),
    ]


async def _writebacks(url: str, columns: str) -> list[tuple[object, ...]]:
    database = Database(url)
    async with database.engine.connect() as connection:
        rows = await connection.execute(text(f"select {columns} from writeback order by id"))
        found = [tuple(row) for row in rows]
    await database.close()
    return found


async def _fill(url: str, rows: dict[str, dict[str, object]] = BEFORE) -> None:
    database = Database(url)
    async with database.engine.begin() as connection:
        for table, row in rows.items():
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
