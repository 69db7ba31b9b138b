"""Offers, bookings, moves and cancellations through the tools a model is given."""

from datetime import datetime

from kit.db import Database
from scheduling.appointments import booked_in_call
from tests.agent.tools.a_call import ACall, a_call, a_working_store, known_as
from tests.builders import ANA, ROOFTOP

STRANGER = "+15550100888"


async def offered(call: ACall, **wish: object) -> list[dict[str, str]]:
    answer = await call.use("offer_slots", {"op_codes": ["LOF"], **wish})
    slots: list[dict[str, str]] = answer["slots"]
    return slots


async def test_a_stranger_books_an_oil_change_and_becomes_a_customer(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database, STRANGER)
    await call.use("find_customer", {"name": "Jo March"})
    [slot, *_] = await offered(call, earliest="2026-11-24", latest="2026-11-24", time_of_day="09:30")
    booked = await call.use(
        "book_appointment",
        {"slot_id": slot["slot_id"], "op_codes": ["LOF"], "concern": "oil change", "vehicle": "2018 Honda Accord"},
    )
    assert booked["result"] == "booked"
    assert datetime.fromisoformat(booked["starts"]) == datetime.fromisoformat(slot["starts"])
    assert booked["starts"].startswith("2026-11-24T09:30")
    customer, level = await known_as(database)
    assert customer and level == 1
    async with database.reading(ROOFTOP) as db:
        [visit] = await booked_in_call(db, "CA1")
    assert visit.customer_id == customer and visit.op_codes == ("LOF",)


async def test_the_same_booking_twice_is_one_visit(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("find_customer", {"name": "Ana Ortega"})
    [slot, *_] = await offered(call)
    arguments = {"slot_id": slot["slot_id"], "op_codes": ["LOF"]}
    first = await call.use("book_appointment", arguments, "b1")
    again = await call.use("book_appointment", arguments, "b1")
    assert first == again
    async with database.reading(ROOFTOP) as db:
        assert len(await booked_in_call(db, "CA1")) == 1


async def test_without_a_name_nothing_is_booked(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    [slot, *_] = await offered(call)
    refused = await call.use("book_appointment", {"slot_id": slot["slot_id"], "op_codes": ["LOF"]})
    assert refused["reason"] == "name_needed"


async def test_an_invented_slot_is_refused(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("find_customer", {"name": "Ana Ortega"})
    refused = await call.use("book_appointment", {"slot_id": "tomorrow at nine", "op_codes": ["LOF"]})
    assert refused["reason"] == "slot_unknown"


async def test_what_was_booked_in_this_call_can_be_moved_and_cancelled(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database, STRANGER)
    await call.use("find_customer", {"name": "Jo March"})
    [first, *_] = await offered(call, earliest="2026-11-24")
    booked = await call.use("book_appointment", {"slot_id": first["slot_id"], "op_codes": ["LOF"]})
    visit = booked["appointment_id"]
    answer = await call.use("offer_slots", {"appointment_id": visit, "earliest": "2026-11-25"})
    moved = await call.use("move_appointment", {"appointment_id": visit, "slot_id": answer["slots"][0]["slot_id"]})
    assert moved["result"] == "moved" and moved["starts"].startswith("2026-11-25")
    assert (await call.use("cancel_appointment", {"appointment_id": visit}))["result"] == "cancelled"
    assert (await call.use("find_appointments"))["say"] == "I don't see an upcoming visit under that name and number."


async def test_somebody_elses_visit_cannot_be_seen_moved_or_cancelled(database: Database) -> None:
    await a_working_store(database)
    ana = await a_call(database)
    await ana.use("find_customer", {"name": "Ana Ortega"})
    [slot, other, *_] = await offered(ana)
    visit = (await ana.use("book_appointment", {"slot_id": slot["slot_id"], "op_codes": ["LOF"]}))["appointment_id"]
    thief = await a_call(database, STRANGER, sid="CA2")
    await thief.use("find_customer", {"name": "Ana Ortega", "phone": ANA})
    for name, arguments in (
        ("find_appointments", {}),
        ("move_appointment", {"appointment_id": visit, "slot_id": other["slot_id"]}),
        ("cancel_appointment", {"appointment_id": visit}),
        ("offer_slots", {"appointment_id": visit}),
    ):
        assert (await thief.use(name, arguments))["say"] == "I don't see an upcoming visit under that name and number."


async def test_described_work_finds_the_menu_and_only_the_stores_own_prices(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    menu = await call.use("service_menu", {"words": "oil change; my brakes squeal; a weird rattle"})
    assert [line["op_code"] for line in menu["services"]] == ["LOF", "BRKF", "DIAG"]
    assert menu["services"][0]["price"] == "from $79.95"
    assert menu["services"][2]["price"] == "the advisor will confirm the price"


async def test_work_too_long_to_wait_for_is_said_so(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    answer = await call.use("offer_slots", {"op_codes": ["BRKF"], "transport": "wait"})
    assert answer["reason"] == "not_waitable"
