"""Refused rows wait for a person, who corrects or clears them."""

from pathlib import Path

import pytest

from crm_sync import quarantine
from crm_sync.models import RefusedRow
from kit.db import Database
from record.models import Customer, RepairOrder
from tests.builders import NOW, ROOFTOP, a_store
from tests.crm_sync.desk import Desk

BAD = {"RO Number": "9", "Open Date": "11/45/2026"}


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    await a_store(database)
    return Desk(database, tmp_path)


async def the_waiting(desk: Desk) -> list[quarantine.Waiting]:
    async with desk.database.reading(ROOFTOP) as db:
        return await quarantine.waiting(db)


async def test_a_corrected_row_is_taken_in(desk: Desk) -> None:
    await desk.sees({}, BAD)
    [row] = await the_waiting(desk)
    assert (row.line, row.column, row.cells["RO Number"]) == (3, "Open Date", "9")
    still = await quarantine.retry(desk.database, ROOFTOP, row.id, {"Open Date": "soon"}, "Mara Field", NOW)
    assert still is not None and "soon" in still.reason
    [row] = await the_waiting(desk)
    assert await quarantine.retry(desk.database, ROOFTOP, row.id, {"Open Date": "11/15/2026"}, "Mara", NOW) is None
    assert (await desk.one(RepairOrder, ro_number="9")).status == "in_shop"
    assert await the_waiting(desk) == []
    with pytest.raises(quarantine.NothingThere):
        await quarantine.retry(desk.database, ROOFTOP, row.id, {}, "Mara", NOW)


async def test_the_row_that_was_told_twice_can_be_chosen_by_a_person(desk: Desk) -> None:
    await desk.sees({"Total Sale": "1"}, {"Total Sale": "2"})
    [row] = await the_waiting(desk)
    assert await quarantine.retry(desk.database, ROOFTOP, row.id, {}, "Mara", NOW) is None
    assert (await desk.one(RepairOrder)).total_cents == 200


async def test_a_cleared_row_stays_cleared_when_the_next_file_repeats_it(desk: Desk) -> None:
    await desk.sees(BAD, at="20261116_0300")
    async with desk.database.writing(ROOFTOP) as db:
        [row] = await quarantine.waiting(db)
        await quarantine.clear(db, row.id, "Mara Field", NOW)
    await desk.sees(BAD, {}, at="20261117_0300")
    assert await the_waiting(desk) == []
    assert (await desk.one(RefusedRow)).settled_by == "Mara Field"


async def test_a_retried_row_still_speaks_of_its_own_day(desk: Desk) -> None:
    await desk.sees({**BAD, "Address": "1 OLD RD"}, at="20261116_0300")
    await desk.sees({"RO Number": "10", "Address": "9 NEW RD"}, at="20261117_0300")
    [row] = await the_waiting(desk)
    assert await quarantine.retry(desk.database, ROOFTOP, row.id, {"Open Date": "11/15/2026"}, "Mara", NOW) is None
    assert (await desk.one(Customer, last_name="Alvarez")).street == "9 New Rd"
