"""The text line: messages as the carrier documents them, and one call from setup to the next step."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.journal import JournalFact, TurnSpoken
from agent.ports import CallOutcome, CallPlan, HangUp, HumanPath, Reconnect, SessionConfig, ToolOutcome, TransferTo
from agent.settings import AgentSettings
from kit.ids import CallId, CallSid
from simulator.virtual_time import run_virtually
from telephony.relay import Dtmf, Interrupt, Prompt, RelayCall, Setup, end_message, parse, text_message
from tests.builders import StandingClock

INSTRUCTIONS = """Store: Riverside Motors
Now: 2026-11-20T10:00:00-08:00
Time zone: America/Los_Angeles
Caller: +15550100177
Departments: service (Service), parts (Parts)
Disclosed: yes
"""


class Wire:
    """The carrier's end: what it was told to speak, in order."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed = False
        self.arrived = asyncio.Event()

    def send(self, frame: bytes) -> None:
        self.frames.append(json.loads(frame))
        self.arrived.set()

    def close(self) -> None:
        self.closed = True

    @property
    def spoken(self) -> str:
        return " ".join(frame["token"] for frame in self.frames if frame["type"] == "text")


class Tools:
    """Answers each tool with what the test said it would."""

    def __init__(self, answers: dict[str, tuple[dict[str, Any], Any]] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def schemas(self) -> list[dict[str, object]]:
        return []

    async def run(self, tool_call_id: str, name: str, arguments: str) -> ToolOutcome:
        self.asked.append((name, json.loads(arguments)))
        answer, then = self.answers.get(name, ({"result": "refused", "reason": "closed", "say": "Closed."}, None))
        return ToolOutcome(json.dumps(answer), "allowed", then)


class Journal:
    def __init__(self) -> None:
        self.facts: list[JournalFact] = []

    def take(self, fact: JournalFact) -> None:
        self.facts.append(fact)

    def turns(self) -> list[TurnSpoken]:
        latest = {fact.item_id: fact for fact in self.facts if isinstance(fact, TurnSpoken)}
        return list(latest.values())


class ACall:
    """One relay call in a task, with quick goodbyes so that no test waits."""

    def __init__(self, tools: Tools | None = None, connection: int = 0, **given: Any) -> None:
        self.wire, self.tools, self.journal = Wire(), tools or Tools(), Journal()
        self.outcomes: list[CallOutcome] = []
        plan = CallPlan(
            call_id=CallId("c1"),
            call_sid=CallSid("CA1"),
            session=SessionConfig(CallSid("CA1"), INSTRUCTIONS),
            tools=self.tools,
            journal=self.journal,
            finish=self._finish,
            connection=connection,
        )
        settings = AgentSettings(**{"goodbye_deadline_seconds": 0.0, "digits_pause_seconds": 0.0, **given})
        self.call = RelayCall(plan, self.wire, StandingClock(), settings)

    async def _finish(self, outcome: CallOutcome) -> None:
        self.outcomes.append(outcome)

    async def __aenter__(self) -> "ACall":
        self.task = asyncio.get_running_loop().create_task(self.call.run())
        await self.until(lambda: bool(self.wire.spoken))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.call.carrier_left("socket_closed")
        await self.task

    async def until(self, seen: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not seen():
                self.wire.arrived.clear()
                await self.wire.arrived.wait()

    def say(self, words: str) -> None:
        self.call.message(json.dumps({"type": "prompt", "voicePrompt": words, "lang": "en-US", "last": True}))


def test_messages_are_read_as_documented() -> None:
    setup = parse(
        '{"type":"setup","sessionId":"VX1","callSid":"CA1","accountSid":"AC1","from":"+1","to":"+2","direction":"inbound",'
        '"customParameters":{"token":"t0k"}}'
    )
    assert isinstance(setup, Setup) and setup.call_sid == "CA1" and setup.token == "t0k"
    prompt = parse('{"type":"prompt","voicePrompt":"Hi there","lang":"en-US","last":true}')
    assert isinstance(prompt, Prompt) and prompt.words == "Hi there" and prompt.last
    cut = parse('{"type":"interrupt","utteranceUntilInterrupt":"Life is","durationUntilInterruptMs":"460"}')
    assert isinstance(cut, Interrupt) and cut.heard == "Life is" and cut.duration_ms == 460
    key = parse('{"type":"dtmf","digit":"0"}')
    assert isinstance(key, Dtmf) and key.digit == "0"
    assert parse('{"type":"info","name":"tokensPlayed","value":"x"}') is None
    assert parse("not json") is None


def test_messages_are_written_as_documented() -> None:
    assert json.loads(text_message("Hello.", interruptible=False)) == {
        "type": "text",
        "token": "Hello.",
        "last": True,
        "interruptible": False,
    }
    end = json.loads(end_message(TransferTo("parts"), "transferred"))
    assert end["type"] == "end" and json.loads(end["handoffData"]) == {"next": "dial", "reason": "transferred"}


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(frame: bytes) -> None:
    parse(frame)


async def test_it_greets_as_an_automated_assistant_before_anything_else() -> None:
    async with ACall() as call:
        assert "Riverside Motors" in call.wire.spoken and "automated assistant" in call.wire.spoken
        assert call.wire.frames[0]["interruptible"] is False


async def test_zero_gets_a_person() -> None:
    tools = Tools({"transfer_call": ({"result": "transferring", "department": "service"}, TransferTo("service"))})
    async with ACall(tools) as call:
        call.call.message('{"type":"dtmf","digit":"0"}')
        outcome = await call.task
    assert outcome.then == TransferTo("service")
    assert call.outcomes == [outcome], "the next step is stored before the carrier asks for it"
    assert call.wire.frames[-1]["type"] == "end" and call.wire.closed


async def test_what_was_cut_off_is_kept_as_unheard() -> None:
    async with ACall() as call:
        call.call.message(json.dumps({"type": "interrupt", "utteranceUntilInterrupt": "Thanks for calling"}))
        greeting = call.journal.turns()[0]
    assert greeting.heard_text == "Thanks for calling"
    assert greeting.cut_text.startswith(" Riverside Motors")


async def test_both_sides_are_in_the_transcript_in_order() -> None:
    async with ACall() as call:
        before = len(call.wire.frames)
        call.say("gibberish wibble")
        await call.until(lambda: len(call.wire.frames) > before)
        turns = [(turn.seq, turn.speaker) for turn in call.journal.turns()]
    assert turns == [(1, "agent"), (2, "caller"), (3, "agent")]


async def test_a_call_taken_up_again_keeps_its_first_turns() -> None:
    keys = set()
    for connection in (0, 1):
        async with ACall(connection=connection) as call:
            keys.add(call.journal.turns()[0].item_id)
    assert len(keys) == 2


async def test_a_hang_up_ends_the_call_and_leaves_no_task() -> None:
    async with ACall() as call:
        call.call.carrier_left("socket_closed")
        outcome = await call.task
    assert outcome.then is None and outcome.reason == "socket_closed"
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_a_drain_hands_the_call_to_another_process() -> None:
    async with ACall() as call:
        call.call.hand_over()
        outcome = await call.task
    assert outcome.then == Reconnect()


async def test_a_call_that_goes_on_too_long_gets_a_person() -> None:
    async with ACall(max_call_seconds=0.0) as call:
        outcome = await call.task
    assert outcome.then == HumanPath("max_length")


def test_silence_is_asked_about_and_then_ended() -> None:
    async def a_silent_caller() -> ACall:
        tools = Tools({"end_call": ({"result": "ending", "reason": "silence"}, HangUp("silence"))})
        async with ACall(tools, goodbye_deadline_seconds=15.0) as call:
            assert (await call.task).then == HangUp("silence")
        return call

    call = run_virtually(a_silent_caller())
    assert "Are you still there?" in call.wire.spoken
    assert call.wire.spoken.endswith("Goodbye.")
    times = [turn.started_ms for turn in call.journal.turns()]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert all(gap >= 8_000 for gap in gaps), "silence counts from when the sentence was heard"
    assert call.outcomes[0].seconds * 1000 > times[-1] + 2_000, "the goodbye is heard before the call ends"


@pytest.mark.parametrize("hostile", ["", "\x00", "\u202e" * 2000, "{{ store }}", "a" * 20_001])
async def test_odd_words_do_no_harm(hostile: str) -> None:
    async with ACall() as call:
        call.say(hostile)
        call.say("hello")
        assert not call.task.done()
        assert call.tools.asked == []


async def test_the_voice_and_the_ear_change_with_the_callers_language() -> None:
    async with ACall() as on:
        on.say("Hola, ¿habla español?")
        await on.until(lambda: "español" in on.wire.spoken)
        kinds = [frame["type"] for frame in on.wire.frames]
        changed = on.wire.frames[kinds.index("language")]
        assert changed == {"type": "language", "ttsLanguage": "es-US", "transcriptionLanguage": "es-US"}
        assert "hablemos en español" in on.wire.frames[kinds.index("language") + 1]["token"]
