"""The nightly look over every store."""

from datetime import date

from kit.db import Database
from lanekeeper.tidying import tidy_stores
from record import customers
from tests.record.people import NOW, a_person, a_rooftop

HOME = {"street": "12 Oak Street", "postal_code": "97211"}


async def test_every_store_is_looked_over_and_none_knows_of_the_other(database: Database) -> None:
    pairs = {}
    for rooftop in ("north", "south"):
        await a_rooftop(database, rooftop)
        async with database.writing(rooftop) as db:
            one = await a_person(db, phones=("+15035550112",), birth_date=date(1961, 4, 2), **HOME)
            other = await a_person(db, "Bill", phones=("+15035550112",), birth_date=date(1961, 4, 2))
            await a_person(db, "Dolores", phones=("+15035550112",), **HOME)
            pairs[rooftop] = (one, other)
    done = await tidy_stores(database, NOW)
    assert [(one.rooftop, one.joined, one.waiting, one.links) for one in done] == [
        ("north", 1, 0, 2),
        ("south", 1, 0, 2),
    ]
    for rooftop, (one_id, other_id) in pairs.items():
        async with database.reading(rooftop) as db:
            assert await customers.survivor(db, other_id) == one_id
