"""What a manager does about outreach: look, preview, change, pause; the rules in force; who is there."""

from datetime import timedelta

from sqlalchemy import select, update

from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.program_models import ProgramRow
from followup.programs.work import ProgramWork
from kit.db import Database
from kit.ids import CustomerId
from record.models import ContactPoint, Customer, PhoneLine, RepairOrder, Staff, Vehicle
from record.visit_models import Recommendation
from tests.console.conftest import NOW, STORE, Counter, FixedClock


async def a_red_one(database: Database) -> None:
    """Ana did not have her brakes done; Dan advised it two days ago."""
    async with database.writing(STORE) as db:
        db.add(Staff(id="dan", name="Dan Osei", role="advisor", department="service"))
        db.add(Staff(id="eve", name="Eve Park", role="advisor", department="service"))
        db.add(PhoneLine(e164="+15035550100", department="service"))
        ana = Customer(id="ana", first_name="Ana", last_name="<b>Ortega")
        db.add(ana)
        await db.flush()
        db.add(ContactPoint(customer_id="ana", kind="phone", value="+15035550142"))
        db.add(Vehicle(id="car", customer_id="ana", year=2019, make="Honda", model="CR-V"))
        await db.flush()
        order = RepairOrder(
            ro_number="1", customer_id="ana", vehicle_id="car", advisor_id="dan", status="closed", opened_at=NOW,
            status_at=NOW,
        )  # fmt: skip
        db.add(order)
        await db.flush()
        db.add(
            Recommendation(
                repair_order_id=order.id, customer_id="ana", vehicle_id="car", item_key="1", description="front brakes",
                colour="red", state="declined", recommended_at=NOW - timedelta(days=2),
            )
        )  # fmt: skip


async def test_a_manager_looks_previews_changes_and_pauses_a_program(counter: Counter) -> None:
    """Each count has its list; nothing is asked by looking; what is wrong is named and what was typed stays."""
    await a_red_one(counter.database)
    assert "Work not done, red" in await counter.page("/programs")
    preview = await counter.browser.get("/programs/declined_red/preview")
    assert "1 person today: 1 would be asked, 0 blocked." in preview.text
    assert "L3: no written consent to offers is on file" in preview.text and "&lt;b&gt;Ortega" in preview.text
    behind = await counter.browser.get("/programs/declined_red/preview?rule=L14")
    assert "Kept by L14" in behind.text and "front brakes on" in behind.text
    assert "Nobody qualifies" in (await counter.browser.get("/programs/lease_ending/preview?does=text")).text

    form = {"version": "1", "a_day": "20", "window_days": "30", "step_0_number": "9", "step_0_unit": "days"}
    bad = await counter.post("/programs/declined_red", **{**form, "step_0_by": "pigeon"})
    assert bad.status_code == 422 and "Step 1: give a whole number" in bad.text and 'value="9"' in bad.text
    good = {**form, "step_0_by": "person"}
    would = await counter.post("/programs/declined_red", **good, do="preview")
    assert "As typed below, not saved:" in would.text and "0 people today" in would.text
    assert (await counter.post("/programs/declined_red", **good)).status_code == 422, "no reason given"
    assert (await counter.post("/programs/declined_red", **good, why="calmer")).status_code == 303
    assert (await counter.post("/programs/declined_red", **good, why="too late")).status_code == 409
    assert (await counter.post("/programs/declined_red/pause", why="prices are wrong")).status_code == 303
    page = await counter.page("/programs/declined_red")
    for words in (
        "version 2",
        "calmer. Version 2: 9 days after, by a person",
        "paused by",
        "prices are wrong",
        "Resume",
    ):
        assert words in page, words
    await counter.post("/programs/declined_red/resume")
    assert "Pause at once" in await counter.page("/programs/declined_red")
    assert (await counter.browser.get("/programs/nothing")).status_code == 404


async def test_people_in_a_program_are_on_its_page(counter: Counter) -> None:
    await a_red_one(counter.database)
    await ProgramWork(counter.database, FixedClock()).look_in_store(STORE)
    page = await counter.page("/programs/declined_red")
    assert "1 in it now" in page and "front brakes on July 12" in page


async def test_every_rule_is_shown_with_its_source_and_the_store_sets_its_own_numbers(counter: Counter) -> None:
    page = await counter.page("/policy")
    for words in ("L18", "the store&#39;s touch budget", "47 CFR 64.1200(f)(9)", "Fla. Stat. 501.616(6)(a)", "T7"):
        assert words in page, words
    numbers = {
        "offers_week": "1", "offers_month": "2", "touches_week": "1", "touches_month": "3", "texts_day": "6",
        "offers_open": "10:00", "offers_close": "19:00",
    }  # fmt: skip
    for wrong, says in (
        ({"why": ""}, "say why"),
        ({"why": "x", "offers_open": "08:00"}, "offers open is between"),
        ({"why": "x", "offers_week": "many"}, "is a whole number"),
    ):
        refused = await counter.post("/policy", **{**numbers, **wrong})
        assert refused.status_code == 422 and says in refused.text
    assert (await counter.post("/policy", **numbers, why="fewer asks")).status_code == 303
    page = await counter.page("/policy")
    assert "fewer asks" in page and "offers by text in 30 days 2" in page


async def test_the_shift_page_says_who_is_there_and_hands_on_what_somebody_holds(counter: Counter) -> None:
    await a_red_one(counter.database)
    async with counter.database.writing(STORE) as db:
        for at in range(3):
            given = Promise(f"CA{at}", "brakes", "service", "+15035550142", CustomerId("ana"))
            await promise_callback(db, given, NOW)
        await db.execute(update(Loop).values(owner_id="dan"))
    week = {f"{edge}_{day}": at for day in range(5) for edge, at in (("starts", "08:00"), ("ends", "17:00"))}
    assert (await counter.post("/shifts/dan/week", **week)).status_code == 303
    assert "1 of 2 there now" in await counter.page("/shifts")
    refused = await counter.post("/shifts/dan/week", starts_0="08:00")
    assert refused.status_code == 422 and "Monday needs both its times" in refused.text
    away = {"from": "2026-07-14T08:00", "until": "2026-07-16T08:00"}
    assert (await counter.post("/shifts/dan/away", **away)).status_code == 303
    page = await counter.page("/shifts")
    assert "0 of 2 there now" in page and "Away Today 8:00 am" in page
    assert (await counter.post("/shifts/dan/reassign", to="dan")).status_code == 422
    assert (await counter.post("/shifts/dan/reassign", to="")).status_code == 303
    async with counter.database.reading(STORE) as db:
        assert set(await db.scalars(select(Loop.owner_id))) == {"eve"}
        assert (await db.scalars(select(ProgramRow))).all() == []
