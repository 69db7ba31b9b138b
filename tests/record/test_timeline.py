"""One customer's story on one page, and what they need from us now."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, literal
from sqlalchemy.ext.asyncio import AsyncSession

from followup.customer_needs import customer_needs
from followup.models import Loop
from kit.db import Database
from record import merging, needs, timeline
from record.contact_models import ConsentEntry, ContactEvent
from record.models import Call, Customer, RepairOrder, Staff, Vehicle
from record.sales_models import Deal
from record.stories import Entry, Place, Source, drawn
from record.visit_models import Recommendation, SpecialOrderPart, StoreAppointment
from tests.record.people import NOW, a_person, a_rooftop


def ago(**amount: float) -> datetime:
    return NOW - timedelta(**amount)


async def a_busy_customer(db: AsyncSession, events: int = 0) -> str:
    """Somebody every department has met."""
    who = await a_person(db)
    car = Vehicle(customer_id=who, year=2019, make="Honda", model="CR-V")
    advisor = Staff(name="Dan Osei", role="advisor", department="service")
    db.add_all([car, advisor])
    await db.flush()
    visit = RepairOrder(
        ro_number="6001",
        customer_id=who,
        vehicle_id=car.id,
        advisor_id=advisor.id,
        status="in_shop",
        opened_at=ago(hours=5),
        status_at=ago(hours=5),
        promised_at=ago(minutes=10),
    )
    db.add(visit)
    await db.flush()
    db.add_all(
        [
            Call(
                call_sid=f"CA{who}",
                account_sid="AC",
                from_e164="+15035550112",
                to_e164="+15035550100",
                customer_id=who,
                started_at=ago(hours=1),
            ),
            Recommendation(
                repair_order_id=visit.id,
                customer_id=who,
                item_key="brakes",
                description="Front brake pads",
                colour="red",
                state="declined",
                recommended_by_id=advisor.id,
                recommended_at=ago(hours=2),
                presented=True,
            ),
            SpecialOrderPart(
                order_number="S1",
                line="1",
                customer_id=who,
                part_number="P1",
                description="Mirror",
                state="received",
                received_at=ago(days=2),
                created_at=ago(days=9),
            ),
            StoreAppointment(
                appointment_number="A1",
                customer_id=who,
                starts_at=ago(hours=6),
                status="arrived",
                advisor_id=advisor.id,
            ),
            Deal(deal_number="D1", customer_id=who, kind="retail", sold_on=ago(days=30).date(), salesperson="Lee"),
            ConsentEntry(
                entry_key="k",
                customer_id=who,
                kind="revoke",
                channel="text",
                scope="marketing",
                source="web",
                at=ago(days=3),
            ),
        ]
    )
    db.add_all(
        ContactEvent(
            source="crm",
            external_id=str(at),
            channel="email",
            direction="out",
            at=ago(minutes=at // 3),
            customer_id=who,
        )
        for at in range(events)
    )
    await db.flush()
    return who


async def test_every_department_is_on_one_timeline_newest_first(database: Database) -> None:
    """S1-27, S1-30, S1-35: sales sees the visit, service sees the deal."""
    await a_rooftop(database)
    async with database.writing("north") as db:
        who = await a_busy_customer(db)
        again = await a_person(db, "Bill")
        merge = await merging.join(db, merging.Join(who, again), "Mara", ago(minutes=30))
        page = await timeline.timeline(db, again)
        assert [entry.kind for entry in page.entries] == [
            "merge",
            "call",
            "recommendation",
            "repair_order",
            "store_appointment",
            "consent",
            "part",
            "deal",
        ]
        said = {entry.kind: (entry.says, entry.who) for entry in page.entries}
        assert said["repair_order"] == ("RO 6001, 2019 Honda CR-V: in shop", "Dan Osei")
        assert said["merge"] == ("Record of Bill Garber joined in", "Mara")
        assert page.next is None
        await merging.undo(db, merge, "Dan", NOW)
        assert (await timeline.timeline(db, who)).entries[0].says == "Record of Bill Garber taken apart again"
        assert {entry.kind for entry in (await timeline.timeline(db, again)).entries} == {"merge", "merge_undone"}


async def test_pages_follow_each_other_without_gap_or_repeat(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        who = await a_busy_customer(db, events=60)
    async with database.reading("north") as db:
        whole = await timeline.timeline(db, who, limit=200)
        seen: list[Entry] = []
        after: Place | None = None
        while True:
            page = await timeline.timeline(db, who, after, limit=7)
            seen += page.entries
            after = page.next
            if after is None:
                break
        assert seen == list(whole.entries) and len(seen) == 67


async def test_a_page_takes_few_queries_however_much_happened(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        who = await a_busy_customer(db, events=400)
    statements: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    async with database.reading("north") as db:
        assert len((await timeline.timeline(db, who)).entries) == 50
    event.remove(database.engine.sync_engine, "before_cursor_execute", count)
    assert len(statements) == 2


async def test_what_lies_above_the_record_is_merged_in_by_the_caller(database: Database) -> None:
    await a_rooftop(database)

    ours = Source(
        "appointment",
        lambda _rooftop, who: drawn(literal("x"), literal(ago(hours=3)), "service").where(Customer.id == who),
        lambda _row: "Booked",
    )

    async with database.writing("north") as db:
        who = await a_busy_customer(db)
        kinds = [entry.kind for entry in (await timeline.timeline(db, who, more=[ours])).entries]
        assert kinds.index("recommendation") < kinds.index("appointment") < kinds.index("repair_order")


async def test_what_a_customer_needs_now_and_who_knows(database: Database) -> None:
    """S1-41"""
    await a_rooftop(database)
    async with database.writing("north") as db:
        who = await a_busy_customer(db)
        found = await needs.needs(db, who, NOW)
        assert [(need.kind, need.overdue, need.who) for need in found] == [
            ("open_visit", True, "Dan Osei"),
            ("parts_in", False, ""),
            ("unsold_red", False, "Dan Osei"),
        ]
        mara = Staff(name="Mara Field", role="manager", department="service")
        db.add(mara)
        await db.flush()
        db.add(
            Loop(
                kind="callback",
                source_key="s",
                customer_id=who,
                department="service",
                need="Call about the estimate",
                owner_id=mara.id,
                due_at=ago(minutes=1),
            )
        )
        await db.flush()
        first = (await customer_needs(db, who, NOW))[0]
        assert (first.kind, first.says, first.who) == ("loop_callback", "Call about the estimate", "Mara Field")


async def test_an_order_with_a_part_still_missing_is_no_news(database: Database) -> None:
    await a_rooftop(database)
    async with database.writing("north") as db:
        who = await a_busy_customer(db)
        db.add(SpecialOrderPart(order_number="S1", line="2", customer_id=who, part_number="P2", state="back_ordered"))
        await db.flush()
        assert "parts_in" not in {need.kind for need in await needs.needs(db, who, NOW)}


async def test_no_timeline_shows_another_rooftops_customer(database: Database) -> None:
    await a_rooftop(database, "north")
    await a_rooftop(database, "south")
    async with database.writing("south") as db:
        theirs = await a_busy_customer(db)
    async with database.reading("north") as db:
        assert (await timeline.timeline(db, theirs)).entries == ()
        assert await needs.needs(db, theirs, NOW) == []
