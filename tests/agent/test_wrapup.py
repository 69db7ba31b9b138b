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
