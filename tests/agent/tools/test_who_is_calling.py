"""Level by level: what a number, a name and two facts open, and what guessing opens (nothing)."""

import pytest

from agent.tools.context import WRONG_FACTS_ALLOWED
from agent.tools.customer import FactKind
from kit.db import Database
from record import calls
from record.models import Customer, RepairOrder, Vehicle
from tests.agent.tools.a_call import ACall, a_call, a_working_store, known_as
from tests.builders import ANA, NOW, ROOFTOP, a_customer

STRANGER = "+15550100888"
RIGHT = (("zip", "90012"), ("vehicle", "2019 Chevy Tahoe"))


async def give(call: ACall, *facts: tuple[str, str]) -> list[dict[str, object]]:
    return [await call.use("confirm_identity", {"kind": kind, "value": value}) for kind, value in facts]


async def test_a_known_number_alone_opens_nothing(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    assert (await call.use("repair_order_status"))["reason"] == "more_facts"
    assert (await call.use("find_appointments"))["say"] == "I don't see an upcoming visit under that name and number."
    assert await known_as(database) == (None, 0)


async def test_the_name_that_fits_the_number_is_level_one(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("find_customer", {"name": "Ana Ortega"})
    customer, level = await known_as(database)
    assert customer and level == 1
    assert (await call.use("repair_order_status"))["reason"] == "more_facts"


async def test_two_facts_on_top_open_the_repair_order(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("find_customer", {"name": "Ana Ortega"})
    await give(call, *RIGHT)
    answer = await call.use("repair_order_status")
    assert answer["result"] == "repair_orders"
    assert answer["say"] == "Your 2019 Chevrolet Tahoe is waiting for parts."
    assert (await known_as(database))[1] == 2


async def test_facts_open_nothing_without_the_name(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await give(call, *RIGHT)
    assert (await call.use("repair_order_status"))["result"] == "refused"


async def test_from_another_phone_a_repair_order_number_and_the_car_do(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database, STRANGER)
    await call.use("find_customer", {"name": "Ana Ortega", "ro_number": "10234"})
    await give(call, ("vehicle", "2019 Chevrolet Tahoe"))
    assert (await call.use("repair_order_status"))["result"] == "repair_orders"


@pytest.mark.parametrize(
    "guess",
    [
        ("zip", "90013"),
        ("ro_number", "99999"),
        ("plate", "XYZ000"),
        ("vehicle", "2020 Ford Explorer"),
        ("vehicle", "2019 Ford Explorer or a 2019 Chevrolet Tahoe or a 2018 Honda Accord"),
    ],
)
async def test_a_wrong_fact_reads_like_a_right_one(database: Database, guess: tuple[str, str]) -> None:
    await a_working_store(database)
    ana = await a_call(database)
    await ana.use("find_customer", {"name": "Ana Ortega"})
    nobody = await a_call(database, STRANGER, sid="CA2")
    await nobody.use("find_customer", {"name": "Ana Ortega"})
    [right] = await give(ana, ("zip", "90012"))
    [wrong] = await give(nobody, guess)
    assert right == wrong
    assert (await nobody.use("repair_order_status"))["reason"] == "more_facts"


async def test_found_and_not_found_read_the_same(database: Database) -> None:
    await a_working_store(database)
    found = await a_call(database)
    missing = await a_call(database, STRANGER, sid="CA2")
    arguments = {"name": "Ana Ortega", "phone": ANA}
    assert await found.use("find_customer", arguments) == await missing.use("find_customer", arguments)


async def test_three_wrong_facts_lock_and_lead_to_a_person_even_after_redialling(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("find_customer", {"name": "Ana Ortega"})
    answers = await give(call, ("zip", "1"), ("zip", "2"), ("plate", "3"))
    assert [answer.get("reason") for answer in answers] == [None, None, "locked"]
    assert len(answers) == WRONG_FACTS_ALLOWED
    redialled = await a_call(database, sid="CA2")
    await redialled.use("find_customer", {"name": "Ana Ortega"})
    [locked] = await give(redialled, ("zip", "90012"))
    assert locked["reason"] == "locked"
    assert "person" in str(locked["say"])


async def test_another_name_on_a_household_number_is_another_customer(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("find_customer", {"name": "Luis Ortega"})
    slots = (await call.use("offer_slots", {"op_codes": ["LOF"]}))["slots"]
    await call.use("book_appointment", {"slot_id": slots[0]["slot_id"], "op_codes": ["LOF"]})
    ana = await a_call(database, sid="CA2")
    await ana.use("find_customer", {"name": "Ana Ortega"})
    assert (await ana.use("find_appointments"))["say"].startswith("I don't see")


async def a_second_customer(database: Database, phone: str) -> str:
    """Ben Stone, with a car in the shop as well, who can be reached at that number."""
    async with database.writing(ROOFTOP) as db:
        ben = await a_customer(db, "Ben", "Stone", phone)
        person = await db.get_one(Customer, ben)
        person.postal_code = "97202"
        car = Vehicle(customer_id=ben, year=2021, make="Ford", model="Escape", plate="9BEN123")
        db.add(car)
        await db.flush()
        db.add(
            RepairOrder(
                ro_number="20555",
                customer_id=ben,
                vehicle_id=car.id,
                status="in_shop",
                concern="noise",
                opened_at=NOW,
                status_at=NOW,
            )
        )
    return ben


async def test_the_last_name_is_no_fact(database: Database) -> None:
    await a_working_store(database)
    assert "last_name" not in {kind.value for kind in FactKind}
    call = await a_call(database, STRANGER)
    await call.use("find_customer", {"name": "Ana Ortega", "plate": "7ABC123"})
    await give(call, ("last_name", "Ortega"))
    assert call.context.caller.level == 0
    assert (await call.use("repair_order_status"))["result"] == "refused"
    await give(call, ("zip", "90012"))
    assert (await call.use("repair_order_status"))["result"] == "repair_orders"


async def test_arguments_that_make_no_sense_are_no_guesses(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("find_customer", {"name": "Ana Ortega"})
    await give(call, *[("last_name", "Ortega")] * 4)
    redialled = await a_call(database, sid="CA2")
    await redialled.use("find_customer", {"name": "Ana Ortega"})
    await give(redialled, *RIGHT)
    assert redialled.context.caller.level == 2


async def test_facts_about_one_customer_prove_nothing_about_another(database: Database) -> None:
    await a_working_store(database)
    await a_second_customer(database, "+15550100333")
    call = await a_call(database, STRANGER)
    await call.use("find_customer", {"name": "Ana Ortega", "plate": "7ABC123"})
    await call.use("find_customer", {"name": "Ben Stone", "phone": "+15550100333"})
    assert call.context.caller.facts_right == frozenset()
    await give(call, ("vehicle", "2021 Ford Escape"))
    assert call.context.caller.level == 0
    assert (await call.use("repair_order_status"))["result"] == "refused"


@pytest.mark.parametrize(("attested", "left"), [(True, 1), (False, 0)])
async def test_the_level_stays_with_the_one_it_was_earned_for(database: Database, attested: bool, left: int) -> None:
    await a_working_store(database)
    ben = await a_second_customer(database, ANA)
    call = await a_call(database, attested=attested)
    await call.use("find_customer", {"name": "Ana Ortega"})
    await give(call, *RIGHT)
    assert (await known_as(database))[1] == 2
    await call.use("find_customer", {"name": "Ben Stone"})
    assert call.context.caller.level == left
    assert await known_as(database) == (ben if attested else None, left), "a resumed call does not get it back either"
    answer = await call.use("repair_order_status")
    assert (answer["result"], answer["reason"]) == ("refused", "more_facts")
    await give(call, ("zip", "97202"), ("vehicle", "2021 Ford Escape"))
    assert "Ford Escape" in (await call.use("repair_order_status"))["say"]


async def test_a_stored_level_rises_for_one_customer_and_starts_anew_for_another(database: Database) -> None:
    await a_working_store(database)
    ben = await a_second_customer(database, STRANGER)
    call = await a_call(database)
    await call.use("find_customer", {"name": "Ana Ortega"})
    ana, _ = await known_as(database)
    for customer, level, stored in ((ana, 2, 2), (ana, 1, 2), (ben, 1, 1), (None, 0, 0)):
        async with database.writing(ROOFTOP) as db:
            await calls.know_caller(db, call.context.call_id, customer, level)  # type: ignore[arg-type]
        assert await known_as(database) == (customer, stored)


async def test_guesses_with_find_customer_lock_as_well(database: Database) -> None:
    await a_working_store(database)
    for number, guess in enumerate(({"plate": "ZZZ001"}, {"ro_number": "10001"}, {"plate": "ZZZ002"})):
        guessing = await a_call(database, STRANGER, sid=f"CA{number + 10}")
        await guessing.use("find_customer", {"name": "Ana Ortega", "phone": ANA, **guess})
    redialled = await a_call(database, STRANGER, sid="CA20")
    right = {"name": "Ana Ortega", "phone": ANA, "ro_number": "10234", "plate": "7ABC123"}
    assert (await redialled.use("find_customer", right))["result"] == "noted"
    assert redialled.context.caller.level == 0
    assert (await redialled.use("repair_order_status"))["reason"] == "locked"
    [locked] = await give(redialled, ("zip", "90012"))
    assert locked["reason"] == "locked"


async def test_two_facts_at_once_are_one_guess_and_read_the_same(database: Database) -> None:
    await a_working_store(database)
    right, wrong = await a_call(database, STRANGER), await a_call(database, STRANGER, sid="CA2")
    name = {"name": "Ana Ortega", "phone": ANA}
    told = await right.use("find_customer", {**name, "ro_number": "10234", "plate": "7ABC123"})
    assert told == await wrong.use("find_customer", {**name, "ro_number": "10001", "plate": "ZZZ001"})
    assert (right.context.caller.level, wrong.context.caller.level) == (2, 0)
    assert wrong.context.caller.facts_wrong == 1


async def test_a_number_nobody_vouches_for_needs_one_fact(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database, attested=False)
    await call.use("find_customer", {"name": "Ana Ortega"})
    assert await known_as(database) == (None, 0)
    assert (await call.use("find_appointments"))["reason"] == "more_facts"
    await give(call, ("zip", "90012"))
    customer, level = await known_as(database)
    assert customer and level == 1
    assert (await call.use("find_appointments"))["result"] == "appointments"
    assert (await call.use("repair_order_status"))["reason"] == "more_facts"


async def test_one_fact_is_asked_of_strangers_with_the_same_words(database: Database) -> None:
    await a_working_store(database)
    known = await a_call(database, attested=False)
    unknown = await a_call(database, STRANGER, sid="CA2", attested=False)
    for name in ("find_appointments", "confirm_identity", "find_appointments"):
        arguments = {"kind": "zip", "value": "11111"} if name == "confirm_identity" else {}
        await known.use("find_customer", {"name": "Ana Ortega"})
        await unknown.use("find_customer", {"name": "Ana Ortega"})
        assert await known.use(name, arguments) == await unknown.use(name, arguments)


async def test_an_unattested_booking_goes_to_the_record_it_belongs_to_and_opens_nothing(database: Database) -> None:
    await a_working_store(database)
    first = await a_call(database)
    await first.use("find_customer", {"name": "Ana Ortega"})
    ana, _ = await known_as(database)
    call = await a_call(database, sid="CA2", attested=False)
    await call.use("find_customer", {"name": "Ana Ortega"})
    slots = (await call.use("offer_slots", {"op_codes": ["LOF"]}))["slots"]
    booked = await call.use("book_appointment", {"slot_id": slots[0]["slot_id"], "op_codes": ["LOF"]})
    assert booked["result"] == "booked"
    assert await known_as(database, "CA2") == (ana, 0)
    cancel = {"appointment_id": booked["appointment_id"]}
    assert (await call.use("cancel_appointment", cancel))["reason"] == "more_facts"
    await give(call, ("zip", "90012"))
    assert (await call.use("cancel_appointment", cancel))["result"] == "cancelled"
