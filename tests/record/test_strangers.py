"""Who the people of a file are does not depend on how many came with them."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.people import a_world
from kit.db import Database
from kit.ids import new_id
from record.identity_models import MatchPair
from record.matching.traits import Person
from record.models import ContactPoint, Customer, Vehicle
from record.strangers import PeopleMatcher
from tests.record.people import a_rooftop
from tests.record.test_duplicates import Told

KNOWN, STRANGERS = 600, 100


class _TakenBack(Exception):
    """What was found is kept, what was written is not."""


async def test_a_few_strangers_are_told_apart_as_they_are_among_thousands(database: Database) -> None:
    world = [replace(one, id=new_id()) for one in a_world(KNOWN + STRANGERS, seed=11, copies=0.5).people]
    await a_rooftop(database)
    async with database.writing("north") as db:
        await _store(db, world[:KNOWN])
    few, many = [await _found(database, world[KNOWN:], worth=number) for number in (0, len(world))]
    assert few == many
    assert len([one for one in few[0] if one]) > 10 and len(few[1]) > 10


async def _found(database: Database, people: list[Person], worth: int) -> tuple[list[str | None], dict[str, float]]:
    """Who each of them is, and the pairs that wait for a person with how alike they are."""
    matcher = PeopleMatcher()
    matcher.worth = worth
    found: list[str | None] = []
    waiting: dict[str, float] = {}
    try:
        async with database.writing("north") as db:
            for at in range(0, len(people), 50):
                part = people[at : at + 50]
                here = await matcher.find(db, [_told(one) for one in part])
                new = [one for one, known in zip(part, here, strict=True) if known is None]
                await _store(db, new)
                await matcher.added(db, [_told(one) for one in new])
                found += here
            pairs = await db.execute(select(MatchPair.one_id, MatchPair.other_id, MatchPair.score))
            waiting = {f"{one} {other}": round(score, 3) for one, other, score in pairs}
            raise _TakenBack
    except _TakenBack:
        return found, waiting


async def _store(db: AsyncSession, people: list[Person]) -> None:
    for one in people:
        db.add(
            Customer(
                id=one.id, first_name=one.first, last_name=one.last, middle_name=one.middle, street=one.street,
                is_business=one.is_business, city=one.city, postal_code=one.postal_code, birth_date=one.birth_date,
            )
        )  # fmt: skip
    await db.flush()
    for one in people:
        points = {("phone", value) for value in one.phones} | {("email", value) for value in one.emails}
        db.add_all(ContactPoint(customer_id=one.id, kind=kind, value=value) for kind, value in points)
        db.add_all(Vehicle(customer_id=one.id, make="Honda", model="CR-V", vin=vin) for vin in one.vins)
    await db.flush()


def _told(one: Person) -> Told:
    return Told(
        one.first, one.last, one.phones, one.birth_date, one.emails, one.middle, one.is_business, one.street, one.city,
        one.postal_code, one.id,
    )  # fmt: skip
