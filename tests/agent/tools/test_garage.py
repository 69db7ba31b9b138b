"""What a proven caller hears of their own cars, and what nobody hears of anybody else's (S1-06, S1-19, S1-21)."""

from datetime import timedelta

from sqlalchemy import select

from followup.models import Loop
from kit.db import Database
from record.models import Customer, RepairOrder, Vehicle
from record.sales_models import Deal
from record.visit_models import Recommendation, RepairOrderLine
from scheduling import setup
from scheduling.models import AppointmentRow
from tests.agent.tools.a_call import a_working_store
from tests.agent.tools.test_every_tool import a_full_record, ana_at_level
from tests.builders import NOW, ROOFTOP, a_customer


async def test_advised_work_is_told_with_when_who_and_the_range_on_file(database: Database) -> None:
    await a_full_record(database)
    call = await ana_at_level(database, 2, "CA1")
    answer = await call.use("advised_work")
    [line] = answer["work"]
    assert (line["work"], line["advised"], line["advisor"]) == ("front brake pads", "October 21st, 2026", "Dan Osei")
    assert line["price_on_file"] == "$320 to $410.50" and "an advisor confirms the price" in answer["say"]


async def test_advised_work_is_booked_by_its_op_code_and_the_advisor_sees_where_it_came_from(
    database: Database,
) -> None:
    await a_full_record(database)
    call = await ana_at_level(database, 2, "CA1")
    code = (await call.use("advised_work"))["work"][0]["op_code"]
    slot = (await call.use("offer_slots", {"op_codes": [code]}))["slots"][0]["slot_id"]
    await call.use("book_appointment", {"slot_id": slot, "op_codes": [code]})
    async with database.reading(ROOFTOP) as db:
        concern = (await db.scalars(select(AppointmentRow.concern))).one()
    assert "Advised 10/21/2026, RO 10234: front brake pads" in concern


async def test_done_elsewhere_is_kept_and_not_offered_again(database: Database) -> None:
    """S1-21."""
    await a_full_record(database)
    call = await ana_at_level(database, 2, "CA1")
    [line] = (await call.use("advised_work"))["work"]
    said = {"recommendation_id": line["recommendation_id"], "answer": "done_elsewhere", "reason": "tire shop, cheaper"}
    assert (await call.use("answer_advised_work", said))["result"] == "work_answered"
    assert "work" not in await call.use("advised_work")
    async with database.reading(ROOFTOP) as db:
        row = (await db.scalars(select(Recommendation))).one()
    assert (row.state, row.reason, row.presented) == ("done_elsewhere", "tire shop, cheaper", True)


async def test_the_familys_cars_are_not_told_but_a_car_they_signed_for_is(database: Database) -> None:
    await a_full_record(database)
    async with database.writing(ROOFTOP) as db:
        luis = await a_customer(db, "Luis", "Ortega", "+15550100222")
        car = (await db.scalars(select(Vehicle).where(Vehicle.customer_id == luis))).one()
        car.model, car.year = "Malibu", 2021
        signed = Vehicle(customer_id=luis, year=2023, make="Chevrolet", model="Trax")
        db.add(signed)
        await db.flush()
        ana = (await db.scalars(select(Customer.id).where(Customer.first_name == "Ana"))).one()
        db.add(Deal(deal_number="D1", customer_id=luis, co_buyer_id=ana, vehicle_id=signed.id, kind="retail"))
    call = await ana_at_level(database, 2, "CA1")
    told = [each["car"] for each in (await call.use("list_cars"))["cars"]]
    assert told == ["2019 Chevrolet Tahoe", "2023 Chevrolet Trax"]


async def test_what_is_due_comes_from_the_stores_schedule_and_what_was_done_is_left_out(database: Database) -> None:
    await a_full_record(database)
    async with database.writing(ROOFTOP) as db:
        await setup.set_interval(db, "LOF", months=6, miles=5_000)
        await setup.set_interval(db, "ROT", months=6, miles=7_500)
        await setup.set_interval(db, "ROT", months=36, make="Chevrolet")
        order = (await db.scalars(select(RepairOrder))).one()
        order.opened_at, order.mileage_in = NOW - timedelta(days=240), 40_000
        db.add_all(
            RepairOrderLine(repair_order_id=order.id, position=n, op_code=code, status="completed")
            for n, code in enumerate(("LOF", "ROT"))
        )
    call = await ana_at_level(database, 2, "CA1")
    answer = await call.use("maintenance_due", {"miles": 46_000})
    assert [(each["op_code"], each["price"]) for each in answer["work"]] == [("LOF", "from $79.95")]
    assert answer["work"][0]["due"].startswith("due now (since September 2026 or 45,000 miles)")
    assert answer["miles"] == "46,000" and "still_needed" not in answer


async def test_without_a_schedule_on_file_an_advisor_is_asked_and_nothing_made_up(database: Database) -> None:
    """S2-65."""
    await a_working_store(database)
    call = await ana_at_level(database, 2, "CA1")
    answer = await call.use("maintenance_due")
    assert "work" not in answer and "an advisor will look it up" in answer["say"]
    async with database.reading(ROOFTOP) as db:
        [need] = await db.scalars(select(Loop.need))
    assert need == "Asked what the 2019 Chevrolet Tahoe is due for; no schedule on file"
