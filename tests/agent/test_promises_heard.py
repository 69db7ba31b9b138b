"""A promise heard in words is owed by its time or after its event, and "booked you in" is held against the book."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent.heard_promises import PART, READY, promises_in
from agent.staff_texts import note_staff_text
from agent.wrapup import wrap_up
from followup import waiting_events
from followup.leads import MISSING_DATA
from followup.models import Loop
from followup.threads import staff_reply
from kit.db import Database
from record import text_flags, texts
from record.call_log import put_turns
from record.calls import end_call
from record.models import RepairOrder, Staff
from record.texts import Arrival, Thread
from record.visit_models import SpecialOrderPart
from tests.agent.tools.a_call import a_call, a_working_store
from tests.builders import ANA, LINE, NOW, ROOFTOP

LOCAL = NOW.astimezone(ZoneInfo("America/Los_Angeles"))
"""Friday, ten in the morning."""


def day(number: int, hour: int, minute: int = 0) -> datetime:
    return LOCAL.replace(day=number, hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("words", "by"),
    [
        ("I'll call you back tomorrow by noon.", day(21, 12)),
        ("Someone from service will get back to you before 3", day(20, 15)),
        ("I'll get you a price and call you by 4pm today", day(20, 16)),
        ("We'll have Dana call you Monday at 9", day(23, 9)),
        ("Give me an hour and I'll give you a ring", day(20, 11)),
        ("ok will let you know tmrw by 2", day(21, 14)),
        ("I'm gonna text you first thing in the morning", day(21, 12)),
        ("You'll hear from me this afternoon", day(20, 16)),
        ("We will follow up with you next week", day(27, 17)),
        ("te llamo mañana", day(21, 17)),
        ("Le marcamos el lunes por la mañana", day(23, 12)),
        ("nos comunicamos con usted antes de las 5", day(20, 17)),
    ],
)
def test_a_promise_has_the_time_that_was_said(words: str, by: datetime) -> None:
    [heard] = promises_in(words, LOCAL)
    assert heard.by == by


@pytest.mark.parametrize(
    ("words", "event"),
    [
        ("We'll call you when the part arrives", PART),
        ("I'll let you know once the rotors are in", PART),
        ("le aviso cuando llegue la pieza", PART),
        ("I will text you as soon as it's ready", READY),
        ("le avisamos en cuanto esté listo su carro", READY),
    ],
)
def test_a_promise_waits_for_what_it_was_said_to_wait_for(words: str, event: str) -> None:
    [heard] = promises_in(words, LOCAL)
    assert (heard.by, heard.waits_for) == (None, event)


@pytest.mark.parametrize(
    "words",
    [
        "Would you like me to call you tomorrow?",
        "I'll call you if anything changes",
        "I can't call you today",
        "I'll see you tomorrow",
        "Your car is ready",
        "Quiere que le llamemos mañana?",
        "no le llamamos por eso",
        "You can call us tomorrow",
    ],
)
def test_offers_conditions_and_questions_promise_nothing(words: str) -> None:
    assert promises_in(words, LOCAL) == []


async def ana_wrote(db: AsyncSession) -> Thread:
    thread, _ = await texts.arrive(db, Arrival("SM1", ANA, LINE, "Any news?"), "service", NOW)
    return thread


async def dan_writes(db: AsyncSession, thread: Thread, body: str, key: str) -> str:
    written = await staff_reply(db, thread.id, "Dan Osei", body, key, NOW)
    assert written is not None
    await note_staff_text(db, thread, written, body, "Dan Osei", NOW)
    return str(written)


async def test_what_staff_promise_in_a_text_is_theirs_and_due_by_its_time_or_event(database: Database) -> None:
    await a_working_store(database)
    async with database.writing(ROOFTOP) as db:
        thread = await ana_wrote(db)
        order = (await db.scalars(select(RepairOrder))).one()
        db.add(
            SpecialOrderPart(
                order_number="S77", line="1", customer_id=order.customer_id, part_number="P", state="ordered"
            )
        )
        await db.flush()
        for number, body in enumerate(
            (
                "I'll call you back tomorrow by noon.",
                "We'll call you when the part is in.",
                "I'll text you once it's ready.",
            )
        ):
            await dan_writes(db, thread, body, f"k{number}")
        dan = (await db.scalars(select(Staff.id).where(Staff.name == "Dan Osei"))).one()
        owed = list(await db.scalars(select(Loop).order_by(Loop.id)))
        assert [loop.owner_id for loop in owed] == [dan] * 3
        assert owed[0].due_at == day(21, 12) and owed[0].state == "open"
        assert [loop.waits_for for loop in owed[1:]] == ["order:S77", f"ready:{order.id}"]
        assert {loop.state for loop in owed[1:]} == {"waiting_event"}
        due = NOW + timedelta(hours=1)
        await waiting_events.wake(db, waiting_events.order_in("S77"), "order S77 is in", due, NOW)
        assert (owed[1].state, owed[1].due_at) == ("open", due)


async def test_a_visit_staff_say_they_booked_is_looked_for_in_the_book(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("find_customer", {"name": "Ana Ortega"})
    slot = (await call.use("offer_slots", {"op_codes": ["LOF"], "earliest": "2026-11-24"}))["slots"][0]
    booked = {"slot_id": slot["slot_id"], "op_codes": ["LOF"], "concern": "oil", "vehicle": "2018 Chevrolet Tahoe"}
    assert (await call.use("book_appointment", booked))["result"] == "booked"
    async with database.writing(ROOFTOP) as db:
        thread = await ana_wrote(db)
        flagged = {
            body: await text_flags.flags_of(db, [await dan_writes(db, thread, body, f"k{number}")])
            for number, body in enumerate(
                (
                    "I booked you in for Tuesday",
                    "I booked you in for Wednesday the 25th",
                    "le agendé su cita para el jueves",
                    "I cancelled your appointment",
                    "Should I book you in for Friday?",
                )
            )
        }
        kinds = [list(found.values()) for found in flagged.values()]
        assert kinds == [[], [("said_booked",)], [("said_booked",)], [("said_cancelled",)], []]
        owed = [loop.need for loop in await db.scalars(select(Loop).where(Loop.source == "text"))]
        assert len(owed) == 3 and all("it is not in the book" in need for need in owed)


async def test_a_promise_only_spoken_on_a_call_is_owed_by_the_time_that_was_said(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    call_id = str(call.context.call_id)
    words = "I don't have that here. Someone will call you tomorrow by noon."
    turn = {"call_id": call_id, "ended_ms": 10, "started_ms": 0, "cut": "", "heard_ms": None}
    async with database.writing(ROOFTOP) as db:
        said = {**turn, "seq": 1, "item_id": "i1", "speaker": "caller", "text": "what does a clutch cost", "heard": ""}
        await put_turns(
            db, [said, {**turn, "seq": 2, "item_id": "i2", "speaker": "agent", "text": words, "heard": words}]
        )
        await end_call(db, "CA1", reason="done", status="completed", seconds=30, now=NOW)
        await wrap_up(db, "CA1", NOW)
        owed = list(await db.scalars(select(Loop).where(Loop.call_id == call_id, Loop.kind != MISSING_DATA)))
    assert [loop.due_at for loop in owed] == [day(21, 12)]
    assert "Was told:" in owed[0].need and "clutch" in owed[0].need
