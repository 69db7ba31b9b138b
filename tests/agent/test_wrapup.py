"""Every finished call gets one outcome, every unmet need an owner, every claim a look at the record."""

from typing import Any

import pytest

from agent.disposing import UNMET, Code, Did, Said, Story, decide
from agent.wrapup import wrap_up
from followup.loops import open_loops
from kit.db import Database
from record.call_log import put_turns
from record.call_views import call_record
from record.calls import end_call
from tests.agent.tools.a_call import a_call, a_working_store
from tests.builders import ANA, NOW, ROOFTOP


def caller(seq: int, words: str) -> Said:
    return Said(seq, "caller", words, seq * 1000, words)


def agent(seq: int, words: str) -> Said:
    return Said(seq, "agent", words, seq * 1000, words)


def did(tool: str, result: dict[str, Any], at: int = 5000, decision: str = "allowed", **arguments: Any) -> Did:
    return Did(tool, decision, arguments, result, at)


ASKED = caller(1, "I need an oil change on my Tahoe")
MENU = did("service_menu", {"result": "menu", "services": [{}]}, 1500, words="oil change")
FOUND = did("find_customer", {"result": "noted"}, 1800)
OFFERED = did("offer_slots", {"result": "offers", "slots": [{}]}, 2000)
BOOKED = did(
    "book_appointment",
    {
        "result": "booked",
        "appointment_id": "a1",
        "starts": "2026-11-24T09:30-08:00",
        "advisor": "Dan Osei",
        "confirmation": "H2042",
        "services": ["oil and filter change"],
    },
    concern="oil change",
)
PROMISED = did("promise_callback", {"result": "promised", "owner": "Mara", "due": "2026-11-20T16:00-08:00"})
ENDED = did("end_call", {"result": "ending", "reason": "done"}, 9000)


@pytest.mark.parametrize(
    ("story", "code", "owes"),
    [
        (Story((ASKED,), (MENU, FOUND, OFFERED, BOOKED, ENDED)), Code.APPOINTMENT_SET, False),
        (Story((ASKED,), (did("move_appointment", {"result": "moved", "starts": "x"}),)), Code.RESCHEDULED, False),
        (Story((ASKED,), (did("cancel_appointment", {"result": "cancelled"}),)), Code.CANCELLED, False),
        (
            Story((ASKED,), (BOOKED, did("cancel_appointment", {"result": "cancelled", "appointment_id": "a1"}, 8000))),
            Code.CANCELLED,
            False,
        ),
        (Story((ASKED,), (did("repair_order_status", {"result": "repair_orders"}), ENDED)), Code.STATUS_GIVEN, False),
        (
            Story((ASKED,), (did("find_appointments", {"result": "appointments", "appointments": [{}]}), ENDED)),
            Code.CONFIRMED,
            False,
        ),
        (Story((ASKED,), (PROMISED, ENDED), already_owed=True), Code.PROMISE_MADE, False),
        (Story((ASKED,), (did("take_message", PROMISED.result),), already_owed=True), Code.CALLBACK_REQUESTED, False),
        (Story((ASKED,), (did("store_facts", {"result": "store_facts"}), ENDED)), Code.INFO_ONLY, False),
        (Story((caller(1, "never mind"),), (ENDED,)), Code.NO_ACTION_NEEDED, False),
        (Story((ASKED,), (did("end_call", {"result": "ending", "reason": "wrong_number"}),)), Code.WRONG_NUMBER, False),
        (
            Story((ASKED,), (did("transfer_call", {"result": "transferring"}),), hand_offs=(("Service", "connected"),)),
            Code.TRANSFERRED_COLD,
            False,
        ),
        (Story((ASKED,), (), hand_offs=(("Parts", "connected"),)), Code.PARTS_INQUIRY, False),
        (
            Story((ASKED,), (did("transfer_call", {"result": "transferring"}),), hand_offs=(("Service", "no_answer"),)),
            Code.ABANDONED_HANDOFF,
            True,
        ),
        (Story((ASKED,), (did("transfer_call", {"result": "transferring"}),)), Code.ABANDONED_HANDOFF, True),
        (Story((ASKED,), (MENU, FOUND, OFFERED)), Code.HUNG_UP, True),
        (Story((ASKED,), (MENU, FOUND, OFFERED, ENDED)), Code.HUNG_UP, True),
        (Story((ASKED,), ()), Code.HUNG_UP, True),
        (Story((), ()), Code.ABANDONED_IVR, True),
        (Story((), (), connected=False), Code.ABANDONED_RING, True),
        (Story((), (), voicemail=True), Code.CALLBACK_REQUESTED, True),
        (Story((ASKED,), (OFFERED,), hand_offs=(("store", "failed"),), voicemail=True), Code.CALLBACK_REQUESTED, True),
        (Story((ASKED,), (did("end_call", {"result": "ending", "reason": "silence"}),)), Code.HUNG_UP, True),
    ],
)
def test_one_outcome_each_and_a_callback_for_what_is_unmet(story: Story, code: Code, owes: bool) -> None:
    verdict = decide(story)
    assert verdict.code is code
    assert (verdict.owed is not None) is owes
    assert verdict.code not in UNMET or verdict.owed is not None


def test_a_need_left_over_after_a_booking_is_still_owed() -> None:
    verdict = decide(Story((ASKED,), (MENU, FOUND, OFFERED, BOOKED, did("offer_slots", OFFERED.result, 8000))))
    assert verdict.code is Code.APPOINTMENT_SET
    assert verdict.owed is not None


def test_what_is_owed_is_said_in_the_callers_words() -> None:
    assert decide(Story((ASKED,), (MENU, FOUND, OFFERED))).owed == "Wanted: oil change"
    assert decide(Story((ASKED,), ())).owed == "Said: I need an oil change on my Tahoe"


ASKS_FOR_A_CALL = caller(1, "Please have the manager call me about my bill")


@pytest.mark.parametrize(
    "tool", ["promise_callback", "take_message", "book_appointment", "repair_order_status", "transfer_call"]
)
@pytest.mark.parametrize("decision", ["failed", "timed_out"])
def test_what_did_not_work_is_owed(tool: str, decision: str) -> None:
    broken = did(tool, {"result": "refused", "reason": decision}, decision=decision)
    verdict = decide(Story((ASKED,), (broken, ENDED)))
    assert verdict.owed == "Said: I need an oil change on my Tahoe"
    assert verdict.code is not Code.NO_ACTION_NEEDED
    assert decide(Story((ASKED,), (broken, ENDED), hand_offs=(("Service", "connected"),))).owed is None


def test_a_change_that_was_refused_is_owed_until_it_is_made() -> None:
    refused = did("book_appointment", {"result": "refused", "reason": "slot_taken"}, 4000, "refused", concern="brakes")
    assert decide(Story((ASKED,), (refused, ENDED))).owed == "Wanted: brakes"
    assert decide(Story((ASKED,), (refused, BOOKED, ENDED))).owed is None
    failed = did("take_message", {"result": "refused"}, 4000, "failed")
    assert decide(Story((ASKED,), (failed, PROMISED, ENDED))).owed is None


def test_a_step_that_failed_is_made_good_by_what_it_was_for() -> None:
    lost = did("find_customer", {"result": "refused"}, 1000, "timed_out")
    assert decide(Story((ASKED,), (lost, BOOKED, ENDED))).owed is None
    assert decide(Story((ASKED,), (lost, ENDED))).owed is not None
    assert decide(Story((ASKED,), (BOOKED, did("end_call", {"result": "refused"}, 9000, "failed")))).owed is None


def test_a_call_promised_in_words_only_or_asked_for_and_forgotten_is_owed() -> None:
    facts = did("store_facts", {"result": "store_facts"})
    words = agent(2, "I'll have someone call you.")
    assert decide(Story((caller(1, "are you open"), words), (facts, ENDED))).owed is not None
    assert decide(Story((ASKS_FOR_A_CALL,), (ENDED,))).owed == f"Said: {ASKS_FOR_A_CALL.words}"
    assert decide(Story((ASKS_FOR_A_CALL,), (facts, ENDED))).owed is not None
    assert decide(Story((ASKS_FOR_A_CALL,), (BOOKED, ENDED))).owed is None
    assert decide(Story((ASKS_FOR_A_CALL, words), (PROMISED, ENDED), already_owed=True)).owed is None


def test_a_transfer_that_reached_nobody_is_owed_even_after_a_booking() -> None:
    assert decide(Story((ASKED,), (BOOKED,), hand_offs=(("sales", "no_answer"),))).owed is not None


def test_a_no_to_the_booking_is_the_callers_decision() -> None:
    turns = (
        ASKED,
        agent(2, "So that's Tuesday at 10. Shall I book it?"),
        caller(3, "no thanks, bye"),
        agent(4, "Bye."),
    )
    verdict = decide(Story(turns, (MENU, FOUND, OFFERED, ENDED)))
    assert (verdict.code, verdict.owed) == (Code.NO_ACTION_NEEDED, None)
    assert verdict.lines[-1].text == "Caller decided against it" and verdict.lines[-1].turn == 3
    assert decide(Story(turns, (MENU, FOUND, OFFERED))).code is Code.HUNG_UP, "nobody said goodbye"
    unsettled = (ASKED, agent(2, "Anything else?"), caller(3, "no thanks, bye"))
    assert decide(Story(unsettled, (MENU, FOUND, OFFERED, ENDED))).code is Code.HUNG_UP


def test_every_line_of_the_summary_names_the_turn_it_came_from() -> None:
    turns = (ASKED, agent(2, "Shall I book it?"), caller(3, "yes please"), agent(6, "You're booked."))
    verdict = decide(Story(turns, (MENU, FOUND, OFFERED, BOOKED, ENDED)))
    assert [(line.text, line.turn) for line in verdict.lines] == [
        ("Asked for: oil change", 1),
        ("Booked Tue Nov 24, 9:30 am with Dan Osei: oil and filter change (H2042)", 3),
    ]


def test_said_booked_without_a_booking_is_flagged_with_its_turn() -> None:
    verdict = decide(Story((ASKED, agent(2, "Great. You're all booked for Tuesday.")), (OFFERED, ENDED)))
    assert [(flag.turn, flag.kind, flag.words) for flag in verdict.flags] == [
        (2, "said_booked", "You're all booked for Tuesday.")
    ]
    assert decide(Story((ASKED, agent(2, "You're booked for Tuesday.")), (BOOKED,))).flags == ()


def test_a_callback_promised_in_words_only_is_flagged() -> None:
    words = agent(2, "Someone will call you back today.")
    assert [flag.kind for flag in decide(Story((ASKED, words), (ENDED,))).flags] == ["said_will_call_back"]
    assert decide(Story((ASKED, words), (PROMISED,))).flags == ()


async def a_finished_call(database: Database, *uses: tuple[str, dict[str, Any]], reason: str = "hung_up") -> str:
    await a_working_store(database)
    call = await a_call(database)
    for name, arguments in uses:
        await call.use(name, arguments)
    turn = {"call_id": call.context.call_id, "ended_ms": 10, "started_ms": 0, "cut": "", "heard_ms": None}
    async with database.writing(ROOFTOP) as db:
        await put_turns(
            db,
            [
                {**turn, "seq": 1, "item_id": "i1", "speaker": "caller", "text": "I need an oil change", "heard": ""},
                {**turn, "seq": 2, "item_id": "i2", "speaker": "agent", "text": "Sure.", "heard": "Sure."},
            ],
        )
        await end_call(db, "CA1", reason=reason, status="completed", seconds=30, now=NOW)
    return str(call.context.call_id)


async def test_wrap_up_files_one_disposition_and_one_callback_however_often_it_runs(database: Database) -> None:
    call_id = await a_finished_call(
        database, ("find_customer", {"name": "Ana Ortega"}), ("offer_slots", {"words": "oil"})
    )
    for number in range(3):
        async with database.writing(ROOFTOP) as db:
            done = await wrap_up(db, "CA1", NOW)
        assert (done is not None) is (number == 0)
    async with database.reading(ROOFTOP) as db:
        record = await call_record(db, call_id)
        loops = await open_loops(db, call_id)  # type: ignore[arg-type]
    assert record is not None and record.line.outcome is not None
    assert record.line.outcome.code == "hung_up"
    assert record.summary
    assert [(loop.contact, loop.owner_id != "") for loop in loops] == [(ANA, True)]


async def test_a_call_that_got_what_it_wanted_owes_nothing(database: Database) -> None:
    call_id = await a_finished_call(database, ("store_facts", {"topic": "hours"}), ("end_call", {}), reason="done")
    async with database.writing(ROOFTOP) as db:
        done = await wrap_up(db, "CA1", NOW)
        assert await open_loops(db, call_id) == []  # type: ignore[arg-type]
    assert done is not None and done.verdict.code is Code.INFO_ONLY


async def test_an_unknown_call_is_nothing_to_wrap_up(database: Database) -> None:
    await a_working_store(database)
    async with database.writing(ROOFTOP) as db:
        assert await wrap_up(db, "CA404", NOW) is None
