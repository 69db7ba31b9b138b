"""A record made on a call is compared with those the store has."""

from datetime import timedelta

from kit.db import Database
from lanekeeper import new_people
from record import duplicates, households
from record.models import Call
from tests.record.people import NOW, a_person, a_rooftop

PHONE = "+15035550112"


async def test_a_new_caller_who_may_be_on_file_waits_for_a_person(database: Database) -> None:
    """S1-36: the record is live; S1-08: a name and a number alone join nobody."""
    await a_rooftop(database)
    async with database.writing("north") as db:
        known = await a_person(db, phones=(PHONE,), created_at=NOW - timedelta(days=900))
        wife = await a_person(db, "Dolores", phones=(PHONE,), created_at=NOW - timedelta(days=900))
        caller = await a_person(db, "Bill", phones=(PHONE,), created_at=NOW + timedelta(minutes=1))
        made = {"account_sid": "AC", "from_e164": PHONE, "to_e164": "+15035550100", "started_at": NOW}
        first = Call(call_sid="CA1", customer_id=caller, **made)
        second = Call(call_sid="CA2", customer_id=wife, **made)
        db.add_all([first, second])
        await db.flush()
        await new_people.on_call_ended(db, {"call_id": second.id}, NOW)
        assert await duplicates.waiting_pairs(db) == []
        await new_people.on_call_ended(db, {"call_id": first.id}, NOW)
        (pair,) = await duplicates.waiting_pairs(db)
        assert {pair.one_id, pair.other_id} == {known, caller}
        assert wife in [one.customer_id for one in await households.household(db, caller)]
