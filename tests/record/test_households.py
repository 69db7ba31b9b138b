"""Who lives together, and what may be told to whom."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kit.db import Database
from record import households, merging
from record.households import Audience, may_tell
from record.matching.traits import Person, traits
from record.models import RepairOrder, Vehicle
from record.sales_models import Deal
from tests.record.people import NOW, a_person, a_rooftop

PHONE, OTHER_PHONE = "+15035550112", "+15035550113"
HOME = {"street": "12 Oak Street", "city": "Portland", "postal_code": "97211"}
TODAY = date(2026, 11, 20)


async def test_one_surname_behind_one_door_or_number_is_a_household(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        bill = await a_person(db, "Bill", phones=(PHONE,), **HOME)
        dolores = await a_person(db, "Dolores", phones=(PHONE,), street="12 Oak St.", postal_code="97211-1234")
        son = await a_person(db, "Marcus", phones=(PHONE,))
        await a_person(db, "Ana", "Ortega", phones=(PHONE,), **HOME)
        assert await households.find_households(db) == 4
        found = await households.household(db, bill)
        assert [(one.customer_id, one.kind) for one in found] == [(dolores, "shared_address"), (son, "shared_phone")]
        assert all(one.confidence < 1 and one.source and not one.tell_customer for one in found)


async def test_a_co_buyer_is_household_whatever_the_name(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        bill, ana = await a_person(db, "Bill"), await a_person(db, "Ana", "Ortega")
        db.add(Deal(deal_number="D9", customer_id=bill, co_buyer_id=ana, kind="retail"))
        await db.flush()
        await households.link_people(db, [bill])
        (found,) = await households.household(db, ana)
        assert (found.customer_id, found.kind, found.source) == (bill, "co_buyer", "deal D9")


async def test_a_link_somebody_ended_does_not_come_back(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        bill, dolores = await a_person(db, "Bill", **HOME), await a_person(db, "Dolores", **HOME)
        await households.link_people(db, [bill])
        await households.end_link(db, bill, dolores, NOW)
        await households.find_households(db)
        assert await households.household(db, bill) == []


async def test_a_link_survives_a_merge_and_its_undoing(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        bill, again = await a_person(db, "Bill"), await a_person(db, "William")
        dolores = await a_person(db, "Dolores")
        await households.declare(db, again, dolores, "Mara")
        merge = await merging.join(db, merging.Join(bill, again), "Mara", NOW)
        assert [one.customer_id for one in await households.household(db, dolores)] == [bill]
        assert [one.customer_id for one in await households.household(db, bill)] == [dolores]
        await merging.undo(db, merge, "Mara", NOW)
        assert [one.customer_id for one in await households.household(db, dolores)] == [again]
        assert await households.household(db, bill) == []


async def test_staff_sees_the_familys_lease_and_due_car_the_customer_is_told_neither(database: Database) -> None:
    """S1-06, S1-07: suggestions for staff; one spouse never hears of the other's car."""
    await a_rooftop(database)
    async with database.writing("north") as db:
        bill = await a_person(db, "Bill", **HOME)
        dolores = await a_person(db, "Dolores", **HOME)
        leased = Vehicle(customer_id=dolores, year=2023, make="Honda", model="Civic")
        driven = Vehicle(customer_id=dolores, year=2015, make="Ford", model="Escape")
        db.add_all([leased, driven])
        await db.flush()
        ends_on = TODAY + timedelta(days=60)
        db.add(
            Deal(
                deal_number="D1",
                customer_id=dolores,
                vehicle_id=leased.id,
                kind="lease",
                lease_ends_on=ends_on,
                lease_ends_derived=True,
            )
        )
        seen = datetime(2026, 2, 1, 18, tzinfo=UTC)
        db.add(
            RepairOrder(
                ro_number="1",
                customer_id=dolores,
                vehicle_id=driven.id,
                status="closed",
                opened_at=seen,
                status_at=seen,
                closed_at=seen,
            )
        )
        await db.flush()
        await households.link_people(db, [bill])
        cars = await households.household_cars(db, bill, TODAY)
        assert [(car.vehicle, car.need, car.due_on, car.estimated) for car in cars] == [
            ("2023 Honda Civic", "lease_ending", ends_on, True),
            ("2015 Ford Escape", "service_due", date(2026, 7, 31), True),
        ]
        assert [car.tell_customer for car in cars] == [False, False]
        assert await households.household_cars(db, dolores, TODAY) == []


@pytest.mark.parametrize(
    ("about", "to", "audience", "details", "suggestion"),
    [
        ("bill", "bill", Audience.CUSTOMER, True, True),
        ("dolores", "bill", Audience.CUSTOMER, False, False),
        ("dolores", None, Audience.CUSTOMER, False, False),
        ("dolores", "bill", Audience.STAFF, False, True),
        ("dolores", None, Audience.STAFF, True, True),
    ],
)
def test_the_privacy_wall(about: str, to: str | None, audience: Audience, details: bool, suggestion: bool) -> None:
    told = may_tell(about, to, audience)
    assert (told.details, told.suggestion) == (details, suggestion)


def test_an_office_full_of_namesakes_is_no_family() -> None:
    one = traits(Person("1", "Bill", "Garber", phones=(PHONE,)))
    assert households.links_between(one, traits(Person("2", "Bill", "Garber", phones=(PHONE,)))) == []
    assert households.links_between(one, traits(Person("2", "", "Garber LLC", is_business=True, phones=(PHONE,)))) == []


async def test_households_stay_inside_their_rooftop(database: Database) -> None:
    await a_rooftop(database, "north")
    await a_rooftop(database, "south")
    async with database.writing("south") as db:
        theirs = await a_person(db, "Dolores", phones=(PHONE,), **HOME)
    async with database.writing("north") as db:
        ours = await a_person(db, "Bill", phones=(PHONE,), **HOME)
        assert await households.find_households(db) == 0
        assert await households.household(db, ours) == [] and await households.household(db, theirs) == []
