"""Level by level: what a number, a name and two facts open, and what guessing opens (nothing)."""

import pytest

from agent.tools.context import WRONG_FACTS_ALLOWED
from kit.db import Database
from tests.agent.tools.a_call import ACall, a_call, a_working_store, known_as
from tests.builders import ANA

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
