"""What holds for every tool there is: what it may do is declared, and it does nothing else (S7, S8, S9, S13)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from agent.house.understanding import NameEvidence
from agent.tools.everything import SERVICE_INBOUND
from agent.tools.manifest import table
from agent.tools.registry import Risk, Tool, ToolBox
from followup.models import Loop
from kit.db import Database
from kit.ids import CustomerId
from record import tool_calls
from record.models import Customer, RepairOrder, Staff
from record.tool_calls import ToolUse
from record.visit_models import Recommendation, SpecialOrderPart
from tests.agent.tools.a_call import ACall, a_call, a_working_store
from tests.builders import ANA, NOW, ROOFTOP

STRANGER = "+15550100888"
DOCS = Path(__file__).parents[3] / "docs" / "tools.md"
BY_NAME = {each.name: each for each in SERVICE_INBOUND}
GUARDED = [each for each in SERVICE_INBOUND if each.level > 0]
OPEN = [each for each in SERVICE_INBOUND if each.level == 0]
# What a declared word may touch. What a use itself leaves (its row, who is there) is always its own.
TABLES = {
    "appointment": {"appointment", "appointment_line", "appointment_change", "reservation", "outbox_event"},
    "customer": {"customer", "contact_point"},
    "vehicle": {"vehicle"},
    "loop": {"loop", "loop_step", "loop_promise"},
    "call_transfer": {"call_transfer"},
    "lead": {"lead", "lead_delivery", "opportunity", "opportunity_touch", "vehicle", "contact_point"},
    "recommendation": {"recommendation"},
    "call_note": {"call_note"},
    "outbox_event": {"outbox_event"},
    "consent": {"consent_entry"},
    "code": {"verification_code"},
    "text": {"text_message", "conversation"},
    "wait_list": {"wait_list"},
}
ALWAYS = {"tool_call", "call", "conversation"}
MONEY = "$12,345"
SAID: dict[str, dict[str, Any]] = {
    "find_customer": {"name": "Ana Ortega"},
    "confirm_identity": {"kind": "zip", "value": "90012"},
    "store_facts": {"topic": "hours"},
    "service_menu": {"words": f"oil change for {MONEY}"},
    "offer_slots": {"op_codes": ["LOF"]},
    "confirm_code": {"code": "123456"},
    "correct_contact": {"street": f"{MONEY} Road", "email": "ana@example.com"},
    "hold_slot": {"slot_id": "nowhere", "op_codes": ["LOF"]},
    "join_wait_list": {"op_codes": ["LOF"], "words": f"soon, for {MONEY}"},
    "request_recall": {"car": "2019 Chevrolet Tahoe", "words": f"the letter says {MONEY}"},
    "maintenance_due": {"car": "Tahoe"},
    "book_appointment": {"slot_id": "nowhere", "op_codes": ["LOF"]},
    "move_appointment": {"appointment_id": "nothing", "slot_id": "nowhere"},
    "cancel_appointment": {"appointment_id": "nothing"},
    "answer_advised_work": {"recommendation_id": "nothing", "answer": "declined"},
    "request_estimate": {"what": f"clutch, somebody said {MONEY}"},
    "parts_inquiry": {"part": f"wiper, you said {MONEY}"},
    "sales_inquiry": {"what": f"you promised {MONEY}"},
    "request_test_drive": {"car": f"2024 Honda CR-V for {MONEY}"},
    "trade_in": {"car": "2015 Ford Focus", "condition": f"worth {MONEY}", "owes": MONEY},
    "safety_check": {"words": f"smoke from the hood, {MONEY}"},
    "log_complaint": {"words": f"you charged {MONEY}", "wants": f"{MONEY} back"},
    "promise_callback": {"reason": f"wants {MONEY}"},
    "take_message": {"text": f"pay me {MONEY}"},
    "honor_wish": {"wish": "do_not_contact", "words": f"never again, {MONEY}"},
    "transfer_call": {"department": "parts"},
}


async def a_full_record(database: Database) -> None:
    """Ana's Tahoe in the shop, with a part on order that has no date and brakes advised by Dan."""
    await a_working_store(database)
    async with database.writing(ROOFTOP) as db:
        order = (await db.scalars(select(RepairOrder))).one()
        dan = (await db.scalars(select(Staff).where(Staff.name == "Dan Osei"))).one()
        db.add(
            Recommendation(
                repair_order_id=order.id,
                customer_id=order.customer_id,
                vehicle_id=order.vehicle_id,
                item_key="front-pads",
                op_code="BRKF",
                description="front brake pads",
                colour="red",
                state="declined",
                price_low_cents=32000,
                price_high_cents=41050,
                recommended_by_id=dan.id,
                recommended_at=NOW - timedelta(days=30),
            )
        )
        db.add(
            SpecialOrderPart(
                order_number="S1",
                line="1",
                customer_id=order.customer_id,
                part_number="88",
                description="power steering hose",
                state="ordered",
            )
        )


async def ana_at_level(database: Database, level: int, sid: str) -> ACall:
    """Ana, as the tools that prove who she is leave her."""
    call = await a_call(database, ANA, sid, attested=level > 0)
    async with database.reading(ROOFTOP) as db:
        named = select(Customer.id).where(Customer.first_name == "Ana", Customer.last_name == "Ortega")
        ana = CustomerId((await db.scalars(named)).one())
    call.context.caller = replace(
        call.context.caller,
        first="Ana",
        last="Ortega",
        level=level,
        candidate_id=ana,
        customer_id=ana if level else None,
        evidence=NameEvidence().hear_name("Ana Ortega"),
        facts_right=frozenset({"zip", "vehicle"} if level == 2 else ()),
    )
    call.box = ToolBox(database, call.context, SERVICE_INBOUND, max_calls=1000)
    return call


@contextmanager
def written() -> Iterator[set[str]]:
    """The tables rows were written to meanwhile."""
    tables: set[str] = set()

    def note(session: Session, *_: object) -> None:
        for row in [*session.new, *(each for each in session.dirty if session.is_modified(each)), *session.deleted]:
            tables.add(str(row.__tablename__))

    event.listen(Session, "before_flush", note)
    try:
        yield tables
    finally:
        event.remove(Session, "before_flush", note)


def test_the_documents_list_every_tool_as_it_is() -> None:
    assert table(SERVICE_INBOUND) in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("each", SERVICE_INBOUND, ids=lambda each: each.name)
def test_a_tool_declares_what_it_may_do_and_takes_nothing_it_must_not(each: Tool) -> None:
    assert isinstance(each.risk, Risk) and each.level in (0, 1, 2) and 1 <= each.limit <= 10
    assert (each.risk is not Risk.WRITES or each.writes) and set(each.writes) <= set(TABLES)
    assert each.level == 0 or each.turned_away is not None, "below the level a bare refusal would tell"
    shape: dict[str, Any] = each.schema["parameters"]  # type: ignore[assignment]
    assert shape["additionalProperties"] is False and each.description and len(each.description) < 130
    taken = " ".join(shape["properties"])
    for forbidden in (
        "price",
        "amount",
        "payment",
        "discount",
        "value_of",
        "rooftop",
        "customer_id",
        "level",
        "tenant",
    ):
        assert forbidden not in taken, (each.name, forbidden)


@pytest.mark.parametrize("each", GUARDED, ids=lambda each: each.name)
async def test_below_its_level_a_tool_answers_the_same_found_or_not(each: Tool, database: Database) -> None:
    await a_full_record(database)
    known = await ana_at_level(database, 0, "CA1")
    unknown = await a_call(database, STRANGER, "CA2", attested=False)
    await unknown.use("find_customer", {"name": "Zoe Quill"})
    with written() as tables:
        one, other = [await call.outcome(each.name, SAID.get(each.name)) for call in (known, unknown)]
    assert one.output == other.output
    assert not tables - ALWAYS
    if each.level == 2:
        almost = await ana_at_level(database, 1, "CA3")
        assert (await almost.outcome(each.name, SAID.get(each.name))).output == one.output


async def test_an_open_tool_answers_the_same_whoever_may_be_calling(database: Database) -> None:
    await a_full_record(database)
    for number, each in enumerate(OPEN):
        if each.name in ("find_customer", "confirm_identity", "book_appointment"):
            continue
        known = await ana_at_level(database, 0, f"CAk{number}")
        unknown = await a_call(database, STRANGER, f"CAu{number}", attested=False)
        await unknown.use("find_customer", {"name": "Ana Quill"})
        one, other = [await call.use(each.name, SAID.get(each.name)) for call in (known, unknown)]
        for answer in (one, other):
            answer.pop("loop_id", None)
        assert one == other, each.name


async def test_no_tool_writes_what_it_did_not_declare_and_none_writes_twice(database: Database) -> None:
    await a_full_record(database)
    for number, each in enumerate(SERVICE_INBOUND):
        call = await ana_at_level(database, 2, f"CA{number}")
        said = await _with_real_ids(call, each.name)
        with written() as tables:
            first = await call.outcome(each.name, said, "same")
        allowed = ALWAYS.union(*(TABLES[word] for word in each.writes))
        assert tables <= allowed, (each.name, tables - allowed)
        assert each.risk is not Risk.WRITES or tables - ALWAYS, each.name
        elsewhere = ToolBox(database, call.context, SERVICE_INBOUND, max_calls=1000)
        with written() as tables:
            again = await elsewhere.run("same", each.name, json.dumps(said))
        assert first == again and not tables, each.name


async def test_every_limit_holds(database: Database) -> None:
    await a_full_record(database)
    for number, each in enumerate(SERVICE_INBOUND):
        call = await ana_at_level(database, 2, f"CA{number}")
        async with database.writing(ROOFTOP) as db:
            for before in range(each.limit - 1):
                use = ToolUse(f"earlier{before}", each.name, {}, "allowed", {})
                await tool_calls.store_use(db, call.context.occasion, use, NOW)
        last, beyond = [await call.use(each.name, SAID.get(each.name)) for _ in range(2)]
        assert last.get("reason") != "limit" and beyond.get("reason") == "limit", each.name


async def test_no_answer_repeats_a_sum_the_caller_named(database: Database) -> None:
    """What a tool returns may be spoken: a caller's own "you promised $12,345" must not come back as the store's."""
    await a_full_record(database)
    for number, each in enumerate(SERVICE_INBOUND):
        call = await ana_at_level(database, 2, f"CA{number}")
        answer = json.dumps(await call.use(each.name, SAID.get(each.name)))
        assert "12,345" not in answer and "12345" not in answer, each.name


MISSING = {
    "request_estimate": ({"what": "a new clutch"}, "the VIN: an estimate needs it"),
    "parts_inquiry": ({"part": "wiper blade"}, "the car, or its VIN"),
    "sales_inquiry": ({"what": "a truck", "car": "Honda"}, "the car’s year and model"),
    "request_test_drive": ({"car": "2024 Honda CR-V"}, "when they want to come"),
    "trade_in": ({"car": "2015 Ford Focus"}, "the trade-in’s VIN, miles, condition"),
    "safety_check": ({"words": "the brakes went out"}, "where the car is"),
    "request_recall": ({"car": "2019 Chevrolet Tahoe"}, "the VIN"),
}


@pytest.mark.parametrize("name", MISSING)
async def test_what_is_missing_becomes_a_task_and_never_a_guess(name: str, database: Database) -> None:
    """S2-65."""
    said, missing = MISSING[name]
    await a_full_record(database)
    call = await a_call(database, STRANGER, attested=False)
    await call.use("find_customer", {"name": "Zoe Quill"})
    answer = await call.use(name, said)
    assert missing in answer["still_needed"]
    async with database.reading(ROOFTOP) as db:
        needs = " ".join(await db.scalars(select(Loop.need)))
    assert missing in needs


async def test_a_part_without_a_date_is_asked_for(database: Database) -> None:
    """S2-65: a date nobody has is not made up."""
    await a_full_record(database)
    call = await ana_at_level(database, 2, "CA1")
    answer = await call.use("parts_on_order")
    assert answer["parts"] == [{"part": "power steering hose", "arrived": False}]
    async with database.reading(ROOFTOP) as db:
        [need] = await db.scalars(select(Loop.need))
    assert need == "Asked when their parts come; no date on file: power steering hose"


async def _with_real_ids(call: ACall, name: str) -> dict[str, Any]:
    """Arguments with which a changing tool really changes something."""
    said = dict(SAID.get(name, {}))
    if name == "answer_advised_work":
        async with call.database.reading(ROOFTOP) as db:
            said["recommendation_id"] = (await db.scalars(select(Recommendation.id))).one()
    if name in ("hold_slot", "book_appointment", "move_appointment", "cancel_appointment"):
        offered = await call.use("offer_slots", {"op_codes": ["LOF"]})
        said["slot_id"] = offered["slots"][-1]["slot_id"]
    if name in ("move_appointment", "cancel_appointment"):
        booked = await call.use("book_appointment", {"slot_id": offered["slots"][0]["slot_id"], "op_codes": ["LOF"]})
        said["appointment_id"] = booked["appointment_id"]
    if name == "cancel_appointment":
        said.pop("slot_id")
    return said
