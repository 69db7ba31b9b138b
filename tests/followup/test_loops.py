"""A promise has one owner and one due time, and is made once per source."""

import pytest
from sqlalchemy import func, select, update

from followup.loops import Promise, promise_callback
from followup.models import Loop
from kit.db import Database
from record.models import Staff
from record.staff import NobodyWorksHere
from tests.builders import ANA, NOW, ROOFTOP, a_store


def a_promise(**changes: object) -> Promise:
    given = {"source_key": "CA1", "need": "Wants a price", "department": "service", "contact": ANA, **changes}
    return Promise(**given)  # type: ignore[arg-type]


async def test_the_same_source_again_adds_to_the_promise_it_made(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        first = await promise_callback(db, a_promise(), NOW)
        again = await promise_callback(db, a_promise(need="Left a voicemail"), NOW)
        assert (first.id, again.repeated) == (again.id, True)
        assert again.need == "Wants a price; Left a voicemail"
        assert await db.scalar(select(func.count()).select_from(Loop)) == 1


async def test_the_departments_manager_owns_it(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        assert (await promise_callback(db, a_promise(), NOW)).owner == "Mara Field"


async def test_somebody_who_left_owns_nothing_new(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        await db.execute(update(Staff).where(Staff.role == "manager").values(disabled_at=NOW))
        assert (await promise_callback(db, a_promise(), NOW)).owner == "Dan Osei"


async def test_a_store_without_people_cannot_promise(database: Database) -> None:
    await a_store(database)
    with pytest.raises(NobodyWorksHere):
        async with database.writing(ROOFTOP) as db:
            await db.execute(update(Staff).values(disabled_at=NOW))
            await promise_callback(db, a_promise(), NOW)


async def test_urgency_brings_the_time_forward_and_never_back(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        first = await promise_callback(db, a_promise(), NOW)
        urgent = await promise_callback(db, a_promise(need="Brakes failed", urgent=True), NOW)
        calm = await promise_callback(db, a_promise(need="Also wants a wash"), NOW)
        assert first.due_at > urgent.due_at == calm.due_at
