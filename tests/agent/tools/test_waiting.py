"""A time held, a time waited for, and a recall that waits for its parts."""

from typing import Any

import pytest
from sqlalchemy import select

from followup import waiting_list as handlers
from followup.models import Loop
from kit.db import Database
from record.models import OutboxEvent, RepairOrder
from scheduling import setup
from scheduling.models import AppointmentRow, WaitListRow
from scheduling.shop import Job
from tests.agent.tools.a_call import ACall, a_call, a_working_store
from tests.builders import ANA, NOW, ROOFTOP

ZOE = "+15550100888"


async def zoe(database: Database) -> ACall:
    call = await a_call(database, ZOE, "CAz", attested=False)
    await call.use("find_customer", {"name": "Zoe Quill"})
    return call


async def the_event(database: Database, kind: str) -> dict[str, Any]:
    async with database.reading(ROOFTOP) as db:
        return dict((await db.scalars(select(OutboxEvent.payload).where(OutboxEvent.kind == kind))).one())


async def needs(database: Database) -> list[str]:
    async with database.reading(ROOFTOP) as db:
        return list(await db.scalars(select(Loop.need).order_by(Loop.created_at, Loop.id)))


async def test_a_time_that_is_held_is_nobody_elses_and_then_booked(database: Database) -> None:
    await a_working_store(database)
    call = await zoe(database)
    slot = (await call.use("offer_slots", {"op_codes": ["LOF"]}))["slots"][0]["slot_id"]
    held = await call.use("hold_slot", {"slot_id": slot, "op_codes": ["LOF"]})
    assert held["result"] == "held" and held["until"].endswith("10:05-08:00")
    booked = await call.use("book_appointment", {"slot_id": slot, "op_codes": ["LOF"]})
    assert booked["result"] == "booked"
    async with database.reading(ROOFTOP) as db:
        assert len(list(await db.scalars(select(AppointmentRow)))) == 1


async def test_a_cancelled_time_is_owed_to_the_first_who_waits(database: Database) -> None:
    await a_working_store(database)
    ana = await a_call(database, ANA, "CAa")
    await ana.use("find_customer", {"name": "Ana Ortega"})
    slot = (await ana.use("offer_slots", {"op_codes": ["LOF"]}))["slots"][0]["slot_id"]
    booked = await ana.use("book_appointment", {"slot_id": slot, "op_codes": ["LOF"]})
    waiting = await zoe(database)
    assert (await waiting.use("join_wait_list", {"op_codes": ["LOF"]}))["result"] == "on_the_list"
    assert (await waiting.use("join_wait_list", {"op_codes": ["LOF"]}))["result"] == "on_the_list"
    await ana.use("cancel_appointment", {"appointment_id": booked["appointment_id"]})
    event = await the_event(database, "appointment_cancelled")
    for _ in range(2):
        async with database.writing(ROOFTOP) as db:
            await handlers.on_time_freed(db, event, NOW)
    [need] = await needs(database)
    assert need.startswith("A time came free: Fri Nov 20") and "LOF" in need
    async with database.reading(ROOFTOP) as db:
        assert (await db.scalars(select(WaitListRow.state))).one() == "offered"


async def test_whoever_gave_the_time_up_is_not_offered_it(database: Database) -> None:
    await a_working_store(database)
    call = await zoe(database)
    slot = (await call.use("offer_slots", {"op_codes": ["LOF"]}))["slots"][0]["slot_id"]
    booked = await call.use("book_appointment", {"slot_id": slot, "op_codes": ["LOF"]})
    await call.use("join_wait_list", {"op_codes": ["LOF"]})
    await call.use("cancel_appointment", {"appointment_id": booked["appointment_id"]})
    async with database.writing(ROOFTOP) as db:
        await handlers.on_time_freed(db, await the_event(database, "appointment_cancelled"), NOW)
    assert await needs(database) == []


@pytest.mark.parametrize(("latest", "left"), [("2026-11-20", "waiting"), ("2026-12-20", "closed")])
async def test_whoever_books_in_time_waits_no_longer(latest: str, left: str, database: Database) -> None:
    await a_working_store(database)
    call = await zoe(database)
    await call.use("join_wait_list", {"op_codes": ["LOF"], "latest": latest})
    offers = await call.use("offer_slots", {"op_codes": ["LOF"], "earliest": "2026-11-24"})
    await call.use("book_appointment", {"slot_id": offers["slots"][0]["slot_id"], "op_codes": ["LOF"]})
    async with database.writing(ROOFTOP) as db:
        await handlers.on_appointment_booked(db, await the_event(database, "appointment_booked"), NOW)
        assert (await db.scalars(select(WaitListRow.state))).one() == left


async def test_a_recall_waits_for_its_parts_and_is_then_owed_a_call(database: Database) -> None:
    await a_working_store(database)
    ana = await a_call(database, ANA, "CAa")
    await ana.use("find_customer", {"name": "Ana Ortega"})
    answer = await ana.use("request_recall", {"car": "2019 Chevrolet Tahoe", "words": "air bag letter"})
    assert answer["result"] == "promised" and "may apply" in answer["say"] and answer["still_needed"] == ["the VIN"]
    async with database.reading(ROOFTOP) as db:
        order = (await db.scalars(select(RepairOrder))).one()
        assert list(await db.scalars(select(AppointmentRow))) == []
    arrived = {"order_number": "S7", "customer_id": None, "repair_order_id": order.id}
    for _ in range(2):
        async with database.writing(ROOFTOP) as db:
            await handlers.on_special_order_arrived(db, arrived, NOW)
    check, book = await needs(database)
    assert check.startswith("Recall: 2019 Chevrolet Tahoe air bag letter. Check by VIN") and "Ask for: the VIN" in check
    assert book.startswith("Parts of order S7 are in.") and "air bag letter" in book


async def test_a_recall_that_was_booked_is_checked_before_it_stands(database: Database) -> None:
    await a_working_store(database)
    async with database.writing(ROOFTOP) as db:
        await setup.add_op_code(db, Job("REC", "recall", "recall repair", 60, ("recall",), "diagnosis"))
    call = await zoe(database)
    slot = (await call.use("offer_slots", {"op_codes": ["REC"]}))["slots"][0]["slot_id"]
    booked = await call.use("book_appointment", {"slot_id": slot, "op_codes": ["REC"]})
    assert "once the parts are confirmed" in booked["say"]
    [need] = await needs(database)
    assert need.startswith("Recall booked for ") and "check by VIN" in need
