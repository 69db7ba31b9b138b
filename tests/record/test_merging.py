"""Two records become one, and two again: nothing lost, nothing invented."""

import asyncio
import os
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

import scheduling.models  # noqa: F401
from kit.db import Base, Database
from record import customers, merging
from record.identity_models import ExternalRef, MatchPair, Merge
from record.merging import Arrival, CannotJoin, CannotUndo, Join
from record.models import ContactPoint, Customer, OutboxEvent, RepairOrder
from record.references import ABOUT_RECORDS, references
from tests.record.people import NOW, a_person, a_rooftop, a_visit

PHONE, OTHER_PHONE = "+15035550112", "+15035550113"


async def snapshot(database: Database, rooftop: str = "north") -> dict[str, Any]:
    """Everything the store holds, but for the history of merges and decisions."""
    kept_out = {"merge", "merge_move", "match_pair", "outbox_event"}
    found: dict[str, Any] = {}
    async with database.reading(rooftop) as db:
        for mapper in Base.registry.mappers:
            if mapper.class_.__tablename__ in kept_out:
                continue
            for row in await db.scalars(select(mapper.class_)):
                values = {column.key: getattr(row, column.key) for column in mapper.column_attrs}
                found[f"{mapper.class_.__tablename__}:{row.id}"] = values
    return found


async def test_every_column_that_names_a_customer_moves(database: Database) -> None:
    """A table added later is found without being listed."""
    moving = {(one.name, one.column) for one in references()}
    named = {
        (table.name, key.parent.name)
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "customer"
    }
    assert named - moving == {(table, column) for table, column in named if table in ABOUT_RECORDS}
    assert {("external_ref", "row_id"), ("loop", "customer_id"), ("appointment", "customer_id")} <= moving


async def test_what_belonged_to_one_record_belongs_to_the_survivor(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        kept = await a_person(db, "William", "Garber", phones=(PHONE,))
        gone = await a_person(
            db, "Bill", "Garber", phones=(PHONE, OTHER_PHONE), vin="1HGCM82633A004352", birth_date=date(1961, 4, 2)
        )
        visit = await a_visit(db, gone, "6001")
        db.add(ExternalRef(system="dms", kind="customer", external_id="C77", row_id=gone))
    async with database.writing("north") as db:
        merge = await merging.join(db, Join(kept, gone, ({"field": "phone", "says": "Same phone"},)), "Mara", NOW)
    async with database.reading("north") as db:
        known = await customers.customer(db, gone)
        assert known is not None and known.id == kept
        assert set(known.phones) == {PHONE, OTHER_PHONE} and len(known.vehicles) == 1
        assert (await db.get_one(Customer, kept)).birth_date == date(1961, 4, 2)
        assert (await db.get_one(RepairOrder, visit)).customer_id == kept
        assert await db.scalar(select(ExternalRef.row_id)) == kept
        assert [one.id for one in await customers.customers_with_phone(db, PHONE)] == [kept]
        assert [one.id for one in await customers.customers_sounding_like(db, ["Garber"])] == [kept]
        event = await db.scalar(select(OutboxEvent).where(OutboxEvent.kind == merging.CUSTOMERS_MERGED))
        assert event and event.payload["survivor_id"] == kept and event.payload["absorbed_id"] == gone
        assert (await db.get_one(Merge, merge)).reasons == [{"field": "phone", "says": "Same phone"}]


async def test_a_person_may_pick_the_absorbed_records_values(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        kept = await a_person(db, "Bill", "Garber", street="1 Old Rd", city="Salem", postal_code="97301")
        gone = await a_person(db, "William", "Garber", street="2 New St", city="Bend", postal_code="97701")
        merge = await merging.join(db, Join(kept, gone, take=frozenset({"first_name", "street"})), "Mara", NOW)
        row = await db.get_one(Customer, kept)
        assert (row.first_name, row.street, row.city, row.postal_code) == ("William", "2 New St", "Bend", "97701")
        await merging.undo(db, merge, "Mara", NOW)
        assert (row.first_name, row.street, row.city, row.postal_code) == ("Bill", "1 Old Rd", "Salem", "97301")


async def test_an_address_is_never_put_together_from_two(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        kept = await a_person(db, city="Salem", postal_code="97301")
        gone = await a_person(db, street="2 New St", city="Bend", postal_code="97701")
        await merging.join(db, Join(kept, gone), "Mara", NOW)
        row = await db.get_one(Customer, kept)
        assert (row.street, row.city, row.postal_code) == ("", "Salem", "97301")


async def test_an_edit_after_the_merge_stays_after_the_undo(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        kept = await a_person(db, middle_name="", phones=(PHONE,))
        gone = await a_person(db, middle_name="Q", phones=(OTHER_PHONE,), birth_date=date(1961, 4, 2))
        merge = await merging.join(db, Join(kept, gone), "Mara", NOW)
        (await db.get_one(Customer, kept)).middle_name = "Quentin"
        point = await db.scalar(select(ContactPoint).where(ContactPoint.value == OTHER_PHONE))
        assert point and point.customer_id == kept
        point.label = "cell"
        later = await a_visit(db, kept, "6002")
        await merging.undo(db, merge, "Mara", NOW)
        survivor = await db.get_one(Customer, kept)
        assert (survivor.middle_name, survivor.birth_date) == ("Quentin", None)
        assert (point.customer_id, point.label) == (gone, "cell")
        assert (await db.get_one(RepairOrder, later)).customer_id == kept


async def test_what_came_under_the_absorbed_ones_number_goes_back_to_it(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        top = await a_person(db, "Will", "Garber")
        kept, gone = await a_person(db), await a_person(db)
        ref = ExternalRef(system="dms", kind="customer", external_id="C77", row_id=gone)
        db.add(ref)
        await db.flush()
        first = await merging.join(db, Join(kept, gone), "Mara", NOW)
        second = await merging.join(db, Join(top, kept), "Mara", NOW)
        theirs, ours = await a_visit(db, top, "6003"), await a_visit(db, top, "6004")
        await merging.remember_arrivals(db, [Arrival("repair_order", "customer_id", theirs, ref.id)])
        await merging.undo(db, second, "Mara", NOW)
        await merging.undo(db, first, "Mara", NOW)
        assert (await db.get_one(RepairOrder, theirs)).customer_id == gone
        assert (await db.get_one(RepairOrder, ours)).customer_id == top


async def test_a_telephone_both_had_is_whole_again_on_both(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        kept, gone = await a_person(db), await a_person(db, phones=(PHONE,))
        third = await a_person(db, phones=(PHONE,))
        one = await merging.join(db, Join(kept, gone), "Mara", NOW)
        await merging.join(db, Join(kept, third), "Mara", NOW)
        await merging.undo(db, one, "Mara", NOW)
        for person in (kept, gone):
            known = await customers.customer(db, person)
            assert known and known.phones == (PHONE,)


async def test_a_chain_comes_apart_from_its_end_or_says_why_not(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        a, b, c = await a_person(db, "A"), await a_person(db, "B", phones=(PHONE,)), await a_person(db, "C")
        first = await merging.join(db, Join(a, b), "Mara", NOW)
        second = await merging.join(db, Join(c, a), "Mara", NOW)
        known = await customers.customer(db, b)
        assert known and (known.id, known.phones) == (c, (PHONE,))
        with pytest.raises(CannotUndo, match="take that merge back first"):
            await merging.undo(db, first, "Mara", NOW)
        await merging.undo(db, second, "Mara", NOW)
        await merging.undo(db, first, "Mara", NOW)
        known = await customers.customer(db, b)
        assert known and (known.id, known.phones) == (b, (PHONE,))
        with pytest.raises(CannotUndo, match="already"):
            await merging.undo(db, first, "Mara", NOW)


async def test_a_value_picked_twice_goes_back_to_the_first_whichever_merge_is_undone_first(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        for order in ((0, 1), (1, 0)):
            kept, b, c = [await a_person(db, middle_name=name) for name in ("Alan", "Bert", "Carl")]
            take = frozenset({"middle_name"})
            merges = [await merging.join(db, Join(kept, other, take=take), "Mara", NOW) for other in (b, c)]
            assert (await db.get_one(Customer, kept)).middle_name == "Carl"
            for at in order:
                await merging.undo(db, merges[at], "Mara", NOW)
            names = [(await db.get_one(Customer, one)).middle_name for one in (kept, b, c)]
            assert names == ["Alan", "Bert", "Carl"]


async def test_a_record_is_absorbed_once_and_never_into_itself(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        a, b, c = await a_person(db), await a_person(db), await a_person(db)
        await merging.join(db, Join(a, b), "Mara", NOW)
        for wrong in (Join(a, a), Join(c, b), Join(b, c), Join(a, "nobody")):
            with pytest.raises(CannotJoin):
                await merging.join(db, wrong, "Mara", NOW)


async def test_taken_back_is_decided_apart(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        a, b = await a_person(db), await a_person(db)
        await merging.undo(db, await merging.join(db, Join(a, b), "Mara", NOW), "Dan", NOW)
        pair = await db.scalar(select(MatchPair))
        assert pair and (pair.state, pair.decided_by) == ("apart", "Dan")
        assert await db.scalar(select(OutboxEvent.id).where(OutboxEvent.kind == merging.MERGE_UNDONE))


async def test_a_row_filed_while_its_record_was_joined_is_gathered(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        a, b = await a_person(db), await a_person(db)
        merge = await merging.join(db, Join(a, b), "Mara", NOW)
        visit = await a_visit(db, b, "6005")
        assert await merging.gather(db) == 1
        assert (await db.get_one(RepairOrder, visit)).customer_id == a
        await merging.undo(db, merge, "Mara", NOW)
        assert (await db.get_one(RepairOrder, visit)).customer_id == b


async def test_a_merge_never_reaches_another_rooftop(database: Database) -> None:
    await a_rooftop(database, "north")
    await a_rooftop(database, "south")
    async with database.writing("south") as db:
        theirs = await a_person(db)
    async with database.writing("north") as db:
        ours = await a_person(db)
        for pair in (Join(ours, theirs), Join(theirs, ours)):
            with pytest.raises(CannotJoin, match="no such record"):
                await merging.join(db, pair, "Mara", NOW)
        assert await customers.customer(db, theirs) is None
    async with database.writing("south") as db:
        merge = await merging.join(db, Join(theirs, await a_person(db)), "Mara", NOW)
    async with database.writing("north") as db:
        with pytest.raises(CannotUndo, match="no such merge"):
            await merging.undo(db, merge, "Mara", NOW)


# Whatever happens to four people and their rows, undoing every merge leaves what would stand had nobody merged.

_PEOPLE = 4
_FIELDS = ("middle_name", "street", "birth_date")
_person = st.fixed_dictionaries(
    {
        "middle_name": st.sampled_from(["", "Q", "R"]),
        "street": st.sampled_from(["", "1 Oak St", "2 Elm St"]),
        "postal_code": st.sampled_from([None, "97301"]),
        "birth_date": st.sampled_from([None, date(1961, 4, 2)]),
        "phones": st.sets(st.sampled_from([PHONE, OTHER_PHONE]), max_size=2),
    }
)
_who = st.integers(0, _PEOPLE - 1)
_step = st.one_of(
    st.tuples(st.just("join"), _who, _who, st.sampled_from([(), ("middle_name",), ("street",), ("birth_date",)])),
    st.tuples(st.just("undo"), st.integers(0, 5)),
    st.tuples(st.just("visit"), _who),
    st.tuples(st.just("note"), _who),
)


@settings(
    max_examples=int(os.environ.get("MERGE_EXAMPLES", "8")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(_person, min_size=_PEOPLE, max_size=_PEOPLE), st.lists(_step, max_size=9))
def test_whatever_was_joined_and_taken_back_nothing_is_lost_and_nothing_invented(
    database_url: str, given_people: list[dict[str, Any]], steps: list[tuple[Any, ...]]
) -> None:
    asyncio.run(_live_through(database_url, given_people, steps))


async def _live_through(url: str, given_people: list[dict[str, Any]], steps: list[tuple[Any, ...]]) -> None:
    database = Database(url)
    try:
        rooftop = f"r{os.urandom(6).hex()}"
        await a_rooftop(database, rooftop)
        async with database.writing(rooftop) as db:
            ids = [await a_person(db, **{**one, "phones": tuple(sorted(one["phones"]))}) for one in given_people]
        before = await snapshot(database, rooftop)
        added: set[str] = set()
        merges: list[str] = []
        for at, step in enumerate(steps):
            async with database.writing(rooftop) as db:
                now = NOW + timedelta(minutes=at)
                try:
                    if step[0] == "join":
                        wanted = Join(ids[step[1]], ids[step[2]], take=frozenset(step[3]))
                        merges.append(await merging.join(db, wanted, "Mara", now))
                    elif step[0] == "undo" and step[1] < len(merges):
                        await merging.undo(db, merges[step[1]], "Mara", now)
                    elif step[0] == "visit":
                        owner = await customers.survivor(db, ids[step[1]])
                        added.add(f"repair_order:{await a_visit(db, owner, f'{rooftop}{at}'[-20:])}")
                    elif step[0] == "note":
                        await db.execute(
                            update(ContactPoint).where(ContactPoint.customer_id == ids[step[1]]).values(label="cell")
                        )
                except (CannotJoin, CannotUndo):
                    pass
            await _whole(database, rooftop, before)
        while merges:
            left = []
            for merge in merges:
                async with database.writing(rooftop) as db:
                    try:
                        await merging.undo(db, merge, "Mara", NOW)
                    except CannotUndo as refusal:
                        if "first" in str(refusal):
                            left.append(merge)
            assert len(left) < len(merges)
            merges = left
        after = await snapshot(database, rooftop)
        assert after.keys() - added == before.keys()
        for key, was in before.items():
            now_is = {name: value for name, value in after[key].items() if name != "label"}
            assert now_is == {name: value for name, value in was.items() if name != "label"}, key
    finally:
        await database.close()


async def _whole(database: Database, rooftop: str, before: dict[str, Any]) -> None:
    """No row vanished, and every telephone of an absorbed record is known of whoever stands for it."""
    async with database.reading(rooftop) as db:
        rows = [row for row in before.values() if "value" in row]
        for row in rows:
            known = await customers.customer(db, row["customer_id"])
            assert known is not None and row["value"] in known.phones
