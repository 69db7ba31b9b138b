"""What people complain about in live voice agents (numbers of voice.md, section 3): the model, its tools, its limits.

Rows 5 to 13, 15 and 24. How long a loop's turn takes (row 5) and how many bytes a call costs (row 6) are machine
figures: `make bench` measures those; here it is shown that calls neither wait for nor outlive one another.
"""

import asyncio
import gc
from pathlib import Path

import pytest

from agent.house.acts import CallTool
from agent.ports import ToolOutcome
from agent.session import Conversation
from agent.tools.registry import ToolBox
from simulator.callers import SilentCaller
from simulator.carrier import CarrierFaults, Phone
from simulator.carrier.calls import Call
from simulator.model import ModelFaults, ScriptedMind
from tests.flows.ears import connected_ms, is_whole, longest_silence, spans, waits
from tests.flows.world import World, running, virtually
from tests.longer import longer

BRAKES = "brake_job_known_customer"
FILLER_WITHIN_MS = 3_000
HUMAN_WITHIN_MS = 8_000


class Asked:
    """The tool call ids a slow tool was asked with; `answered` once it has come to something."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.answered = asyncio.Event()
        self._first = asyncio.Event()

    def add(self, tool_call_id: str) -> None:
        self.ids.append(tool_call_id)
        self._first.set()

    async def wait(self) -> None:
        """Until the tool is at work for the first time."""
        await self._first.wait()


def slow_tools(monkeypatch: pytest.MonkeyPatch, name: str, seconds: float) -> Asked:
    """A dealership system that takes its time over one tool."""
    quick, asked = ToolBox.run, Asked()

    async def slow(self: ToolBox, tool_call_id: str, tool: str, arguments: str) -> ToolOutcome:
        if tool == name:
            asked.add(tool_call_id)
            await asyncio.sleep(seconds)
        outcome = await quick(self, tool_call_id, tool, arguments)
        if tool == name:
            asyncio.get_running_loop().call_soon(asked.answered.set)
        return outcome

    monkeypatch.setattr(ToolBox, "run", slow)
    return asked


async def booked(world: World, call: Call) -> None:
    """The call came to exactly one visit and the outcome that says so."""
    record = await world.record(call.sid)
    assert record.line.outcome is not None and record.line.outcome.code == "appointment_set"
    assert [use.decision for use in record.tools if use.tool == "book_appointment"] == ["allowed"]


def test_05_calls_in_one_process_do_not_wait_for_each_other(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 5: two or more calls in one process lag. One of these callers' sockets is read slowly."""

    async def story(world: World) -> None:
        slow = CarrierFaults(slow_reader_after_s=5.0, slow_reader_for_s=6.0)
        names = ("hours_and_address", "hours_and_address", "repair_order_status", "oil_change_new_caller")
        rung = [await world.ring_as(name, slow if not place else None) for place, name in enumerate(names)]
        await asyncio.gather(*(call.finished() for call in rung))
        for call in rung[1:]:
            assert call.stream.frames_lost == 0
            assert max(waits(call)) < 2_500
            assert all(is_whole(call, item) for item in world.spoken(call))
        outcomes = [(await world.record(call.sid)).line.outcome for call in rung]
        assert [outcome.code if outcome else "" for outcome in outcomes] == [
            "info_only", "info_only", "status_given", "appointment_set",
        ]  # fmt: skip

    virtually(sqlite_store, tmp_path, story)


def test_06_nothing_of_a_call_stays_in_memory(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 6: memory grows with every call."""

    async def story(world: World) -> None:
        for name in ("hours_and_address", "silent_caller", "hang_up_mid_sentence"):
            await world.call(name)
        await asyncio.sleep(5)
        gc.collect()
        assert [kept for kept in gc.get_objects() if type(kept) is Conversation] == []
        assert world.service.live == 0

    virtually(sqlite_store, tmp_path, story)


def test_07_a_second_active_response_loses_no_turn(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 7: `conversation_already_has_active_response` drops what the caller said."""

    async def story(world: World) -> None:
        world.model.faults = ModelFaults(speaks_unasked=True)
        call = await world.call(BRAKES)
        session = world.sessions(call)[0]
        codes = {error["code"] for error in session.errors}
        assert codes == {"conversation_already_has_active_response"}
        answered = [words for reply in session.replies for words in reply.heard]
        said = [item.text for item in session.items if item.role == "user"]
        assert answered == said  # each turn answered, none of them twice
        await booked(world, call)

    virtually(sqlite_store, tmp_path, story)


def test_08_speech_cancels_no_tool_and_books_nothing_twice(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Complaint 8: barge-in cancels tools or loses their results: double bookings, lost lookups."""
    asked = slow_tools(monkeypatch, "book_appointment", 4.0)

    async def impatient(phone: Phone) -> None:
        answers = _Answers(phone)
        await answers.until("Shall I book it?")
        await phone.say("Yes, please.")
        await phone.wait_for_speech(9.0)
        await phone.say("And make sure that they check the tires.")
        await answers.until("anything else")
        await phone.say("No, that's everything. Goodbye.")
        await phone.wait(30.0)

    async def story(world: World) -> None:
        call = await world.talk(impatient)
        assert len(asked.ids) == 1
        assert any("You're booked for" in world.said(item) for item in world.spoken(call))
        await booked(world, call)

    virtually(sqlite_store, tmp_path, story)


def test_08_a_tool_outlives_the_session_that_asked_for_it(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Complaint 8: the model's socket drops while it books. The result is told to the next session; one booking."""
    asked = slow_tools(monkeypatch, "book_appointment", 4.0)

    async def story(world: World) -> None:
        call = await world.ring_as(BRAKES)
        async with asyncio.timeout(90):
            await asked.wait()
        world.sessions(call)[0].drop()
        await call.finished()
        assert len(world.sessions(call)) == 2
        assert len(asked.ids) == 1
        assert any("book_appointment" in item.text for item in world.sessions(call)[1].items if item.role == "system")
        await booked(world, call)

    virtually(sqlite_store, tmp_path, story)


def test_08_a_result_nobody_came_to_speak_of_is_told_to_the_next_session(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Complaint 8: booked, and the model that was told so is gone before it could say it."""
    asked = slow_tools(monkeypatch, "book_appointment", 0.5)

    async def story(world: World) -> None:
        call = await world.ring_as(BRAKES)
        async with asyncio.timeout(90):
            await asked.answered.wait()
        await asyncio.sleep(0.1)
        first = world.sessions(call)[0]
        assert first.items[-1].kind == "function_call_output"  # told, and not spoken of
        first.drop()
        await call.finished()
        told = [item.text for item in world.sessions(call)[1].items if item.role == "system"]
        assert any(note.startswith("The tool book_appointment, asked for earlier, returned:") for note in told)
        assert len(asked.ids) == 1
        assert any("You're booked for" in world.said(item) for item in world.spoken(call))
        await booked(world, call)

    virtually(sqlite_store, tmp_path, story)


def test_09_a_slow_tool_is_no_silence(sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Complaint 9: a tool blocks the call: silence, and nobody listens."""
    slow_tools(monkeypatch, "store_facts", 6.0)

    async def story(world: World) -> None:
        call = await world.call("hours_and_address")
        assert max(waits(call)) <= FILLER_WITHIN_MS
        record = await world.record(call.sid)
        assert {note["why"] for note in await world.notes(call.sid, "filler_played")} == {"slow_tool"}
        assert record.line.outcome is not None and record.line.outcome.code == "info_only"
        assert call.stream.frames_lost == 0

    virtually(sqlite_store, tmp_path, story)


def test_09_a_tool_past_its_deadline_is_answered_and_told_late(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Complaint 9: the caller is told that it takes too long; what came after all is told to the model as a note."""
    slow_tools(monkeypatch, "store_facts", 14.0)
    mind = ScriptedMind("How can I help?", [CallTool("look", "store_facts", {"topic": "hours"})], "It takes too long.")

    async def script(phone: Phone) -> None:
        await phone.listen()
        await phone.say("What time do you close on Saturday?")
        await phone.wait(25.0)

    async def story(world: World) -> None:
        call = await world.talk(script)
        assert "timed_out" in mind.results[0][1]
        notes = [item.text for item in world.sessions(call)[0].items if item.role == "system"]
        assert any("store_facts has finished after all" in note for note in notes)

    virtually(sqlite_store, tmp_path, story, mind=mind)


def test_10_a_booking_that_was_only_said_is_corrected_and_flagged(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 10: says that it booked without calling the tool."""

    async def script(phone: Phone) -> None:
        await phone.listen()
        await phone.say("I need an oil change on Tuesday at nine.")
        await phone.listen()
        await phone.listen()

    async def story(world: World) -> None:
        call = await world.talk(script)
        notes = [item.text for item in world.sessions(call)[0].items if item.role == "system"]
        assert any(note.startswith("You said a visit is booked, but no booking was made") for note in notes)
        assert any("not booked yet" in world.said(item) for item in world.spoken(call))
        record = await world.record(call.sid)
        assert [claim.kind for claim in record.claims] == ["said_booked"]
        assert record.line.outcome is not None and record.line.outcome.code != "appointment_set"
        assert len(await world.owed(call.sid)) == 1

    claim = "You're booked for Tuesday at nine in the morning."
    mind = ScriptedMind("How can I help?", claim, "I am sorry, that is not booked yet.")
    virtually(sqlite_store, tmp_path, story, mind=mind)


def test_11_a_session_is_replaced_before_it_expires(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 11: the session expires in mid-call. A second one is ready and takes over while nobody speaks."""

    async def story(world: World) -> None:
        call = await world.call(BRAKES)
        first, second = world.sessions(call)[:2]
        assert "session_expired" not in [error["code"] for error in first.errors]
        said = [item.text for item in second.items if item.modality == "text" and item.role == "user"]
        assert said[0].startswith("Hi, my brakes are squealing")
        assert all(is_whole(call, item) for item in world.spoken(call))
        assert max(waits(call)) <= FILLER_WITHIN_MS
        await booked(world, call)

    virtually(sqlite_store, tmp_path, story, model_recycle_seconds=25.0)


def test_11_a_session_that_expires_all_the_same_is_followed_by_another(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 11: the provider ends it without a warning."""

    async def story(world: World) -> None:
        world.model.fault_queue = [ModelFaults(expire_after_s=21.0)]
        call = await world.call(BRAKES)
        assert len(world.sessions(call)) == 2
        assert longest_silence(call) <= FILLER_WITHIN_MS
        await booked(world, call)

    virtually(sqlite_store, tmp_path, story)


@pytest.mark.parametrize("seconds", [9.0, longer(16.4), longer(24.0), 33.3])
def test_12_a_dropped_model_is_not_heard(sqlite_store: str, tmp_path: Path, seconds: float) -> None:
    """Complaint 12: the model's socket drops and the caller hears nothing. It goes on with what was said so far."""

    async def story(world: World) -> None:
        world.model.fault_queue = [ModelFaults(drop_after_s=seconds)]
        call = await world.call(BRAKES)
        first, second = world.sessions(call)
        assert first.closed and second.items[0].modality == "text"
        assert longest_silence(call) <= FILLER_WITHIN_MS
        await booked(world, call)

    virtually(sqlite_store, tmp_path, story)


def test_12_a_model_that_fell_mute_costs_a_filler_and_then_a_person(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 12: the socket stands and nothing comes: a sound within 3 s, and a person within 8."""

    async def story(world: World) -> None:
        world.people_answer()
        world.model.faults = ModelFaults(mute_after_ms=2_500)
        call = await world.talk(_asks_and_waits)
        assert longest_silence(call, until="Dial") <= FILLER_WITHIN_MS
        assert connected_ms(call, "Dial") - _last_word_heard(call, world) <= HUMAN_WITHIN_MS
        assert "Bridged" in call.did()

    virtually(sqlite_store, tmp_path, story)


def test_12_a_slow_model_costs_one_filler(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 12: five seconds over one answer (twice for a tool) are no reason to hear nothing."""

    async def story(world: World) -> None:
        world.model.faults = ModelFaults(slow_think_s=2.2)
        call = await world.call("hours_and_address")
        assert max(waits(call)) <= FILLER_WITHIN_MS
        record = await world.record(call.sid)
        assert record.line.outcome is not None and record.line.outcome.code == "info_only"

    virtually(sqlite_store, tmp_path, story)


def test_13_there_is_always_another_leg_to_stand_on(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 13: no failover. Speech model, then the house agent by ConversationRelay, then people."""

    async def story(world: World) -> None:
        world.people_answer()
        world.model.faults = ModelFaults(refuse_connect=401, refuse_code="invalid_api_key")
        first, second = await world.call(BRAKES), await world.call("hours_and_address")
        assert "Bridged" in first.did()
        assert "Connect/ConversationRelay" in second.did()
        record = await world.record(second.sid)
        assert record.line.outcome is not None and record.line.outcome.code == "info_only"

    virtually(sqlite_store, tmp_path, story)


@pytest.mark.parametrize("seconds", [longer(4.0), 7.3, longer(12.0), longer(33.5), 57.0])
def test_15_hanging_up_leaves_no_task_behind(sqlite_store: str, tmp_path: Path, seconds: float) -> None:
    """Complaint 15: zombie sessions after the hang-up, and a processor that never rests again."""

    async def story(world: World) -> None:
        before = len(running())
        call = await world.call(BRAKES, CarrierFaults(hang_up_after_s=seconds, hang_up_without_stop=True))
        await world.record(call.sid)
        await asyncio.sleep(15)
        assert world.service.live == 0
        assert all(session.closed for session in world.model.sessions)
        assert len(running()) <= before

    virtually(sqlite_store, tmp_path, story)


@pytest.mark.parametrize(
    "fault",
    [
        CarrierFaults(never_send_start=True),
        CarrierFaults(wrong_call_sid="CA" + "9" * 32),
        CarrierFaults(wrong_signature=True),
    ],
)
def test_24_no_session_without_proof(sqlite_store: str, tmp_path: Path, fault: CarrierFaults) -> None:
    """Complaint 24: anyone can open the media socket and burn tokens."""

    async def story(world: World) -> None:
        call = await (await world.ring(SilentCaller(40.0), faults=fault)).finished()
        assert world.model.sessions == []
        assert world.service.live == 0
        assert call.over

    virtually(sqlite_store, tmp_path, story)


async def _asks_and_waits(phone: Phone) -> None:
    await phone.listen()
    await phone.say("What time do you close on Saturday?")
    await phone.wait(60.0)


def _last_word_heard(call: Call, world: World) -> int:
    """When the caller last heard the model, or spoke, on the handset's clock."""
    serials = {item.serial for item in world.spoken(call)}
    heard = max(frame.at_ms + 20 for frame in call.heard.frames if frame.serial in serials)
    return max(heard, spans(call.line.caller_audio)[-1][1])


class _Answers:
    """Maria's side of a booking."""

    _KNOWN = {
        "How can I help": "I need a tire rotation for my 2019 Honda CR-V.",
        "first and last name": "Maria Alvarez",
        "What day": "Monday morning.",
        "drop it off": "I'll wait.",
        "Which works": "The first one.",
    }

    def __init__(self, phone: Phone) -> None:
        self._phone = phone

    async def until(self, question: str) -> None:
        """Answers what is asked until that is heard; gives up on an agent that has fallen silent."""
        while question not in (heard := (await self._phone.listen(patience_s=20.0)).words):
            reply = next((words for asked, words in self._KNOWN.items() if asked in heard), None)
            assert reply is not None or heard, f"the agent fell silent before {question!r}"
            if reply is not None:
                await self._phone.say(reply)
