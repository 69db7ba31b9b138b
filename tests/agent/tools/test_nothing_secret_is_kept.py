"""What nobody may keep is in no column, whatever tool it was said to; off the record no words are kept at all (C15)."""

import json

from sqlalchemy import text

from agent.wrapup import wrap_up
from followup.loops import Promise, open_loops, promise_callback
from kit.db import Database
from record import tool_calls
from scheduling.appointments import booked_in_call
from tests.agent.tools.a_call import ACall, a_call, a_working_store
from tests.builders import NOW, ROOFTOP

SSN = "123-45-6789"
CARD = "4111 1111 1111 1111"
SAID = f"my social security number is {SSN}, book me an oil change"


async def stored(call: ACall) -> list[tool_calls.ToolUse]:
    async with call.database.reading(ROOFTOP) as db:
        return await tool_calls.uses_of_call(db, call.context.call_id)


async def everything_stored(database: Database) -> str:
    """Every text of every table a tool or the wrap-up writes to."""
    tables = (
        "tool_call",
        "loop",
        "appointment",
        "customer",
        "call_note",
        "disposition",
        "outbox_event",
        "call_summary",
    )
    found = []
    async with database.across_rooftops("looks for what must not be there") as db:
        for table in tables:
            try:
                async with db.begin_nested():
                    rows = await db.execute(text(f"select * from {table}"))  # noqa: S608
                    found += [repr(tuple(row)) for row in rows]
            except Exception as error:
                assert table == "call_summary", error
    return " ".join(found)


async def test_no_column_holds_a_social_security_or_card_number(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("find_customer", {"name": f"Jo Marsh {SSN}"})
    await call.use("service_menu", {"words": SAID})
    slot = (await call.use("offer_slots", {"op_codes": ["LOF"], "words": SAID}))["slots"][0]["slot_id"]
    booked = await call.use("book_appointment", {"slot_id": slot, "op_codes": ["LOF"], "concern": SAID})
    await call.use("take_message", {"text": f"{SAID}; card {CARD}"})
    await call.use("promise_callback", {"reason": f"social \u200b123\u200b-45-6789; card {CARD}"})
    await call.use("honor_wish", {"wish": "do_not_contact", "words": SAID})
    await call.use("cancel_appointment", {"appointment_id": booked["appointment_id"], "reason": SAID})
    await call.use(f"tool {SSN}", {SAID: 4111111111111111, "deep": [{"er": SAID}]})
    async with database.writing(ROOFTOP) as db:
        await wrap_up(db, call.context.call_sid, NOW)
    everything = await everything_stored(database)
    assert "book me an oil change" in everything, "the rest of what was said is kept"
    for secret in (SSN, CARD, "4111111111111111", "123\u200b"):
        assert secret not in everything
    async with database.reading(ROOFTOP) as db:
        [visit] = await booked_in_call(db, call.context.call_sid)
    assert visit.customer_id is not None


async def test_a_promise_made_by_anybody_is_without_numbers(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    async with database.writing(ROOFTOP) as db:
        for need in (SAID, f"card {CARD}"):
            promise = Promise("CA1", need, "service", "+15550100177", call_id=call.context.call_id)
            await promise_callback(db, promise, NOW)
        [loop] = await open_loops(db, call.context.call_id)
    assert SSN not in loop.need and CARD not in loop.need and "oil change" in loop.need


async def test_off_the_record_the_arguments_keep_no_words(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("honor_wish", {"wish": "do_not_record", "words": "don't record this call please"})
    await call.use("find_customer", {"name": "Ana Ortega", "plate": "7ABC123"})
    await call.use("service_menu", {"words": "my brakes squeal"})
    slot = (await call.use("offer_slots", {"op_codes": ["LOF"], "earliest": "next week sometime"}))["slots"][0]
    await call.use("book_appointment", {"slot_id": slot["slot_id"], "op_codes": ["LOF"], "concern": "squeals"})
    await call.use("transfer_call", {"department": "my brakes squeal"})
    uses = await stored(call)
    kept = json.dumps([use.arguments for use in uses])
    for word in ("record this", "Ortega", "7ABC123", "squeal", "sometime"):
        assert word not in kept
    assert uses[-2].arguments == {"slot_id": slot["slot_id"], "op_codes": ["LOF"]}
    async with database.writing(ROOFTOP) as db:
        done = await wrap_up(db, call.context.call_sid, NOW)
    assert done is not None and "None" not in done.verdict.note
