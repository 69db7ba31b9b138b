"""One live call under virtual time: the real line and conversation between a playout buffer and a scripted model."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from agent.journal import CallNoted, JournalFact, TurnSpoken, TurnTimed
from agent.ports import (
    CallOutcome,
    CallPlan,
    ClaimGuard,
    Greeting,
    ModelUnavailable,
    SessionConfig,
    ToolOutcome,
)
from agent.settings import AgentSettings
from kit.ids import CallId, CallSid
from telephony.bridge import LiveCall
from telephony.clips import Clips
from telephony.line_settings import LineSettings
from tests.fakes.model_session import FakeConnector, FakeModelSession, Step
from tests.fakes.playout import PlayoutWire

SILENCE = base64.b64encode(b"\xff" * 160)
SPEECH = base64.b64encode(bytes([0x20, 0xA0]) * 80)


@dataclass
class FakeTools:
    """Tools that take as long as they are told to."""

    outcomes: dict[str, ToolOutcome] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    runs: list[tuple[str, str]] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)

    def schemas(self) -> list[dict[str, object]]:
        return []

    async def run(self, tool_call_id: str, name: str, arguments: str) -> ToolOutcome:
        self.runs.append((tool_call_id, name))
        await asyncio.sleep(self.seconds.get(name, 0))
        self.finished.append(tool_call_id)
        return self.outcomes.get(name, ToolOutcome(f'{{"from":"{tool_call_id}"}}', "allowed"))


@dataclass
class FakeJournal:
    facts: list[JournalFact] = field(default_factory=list)

    def take(self, fact: JournalFact) -> None:
        self.facts.append(fact)

    def notes(self) -> list[str]:
        return [fact.kind for fact in self.facts if isinstance(fact, CallNoted)]

    def turns(self) -> dict[str, TurnSpoken]:
        return {fact.item_id: fact for fact in self.facts if isinstance(fact, TurnSpoken)}

    def timed(self) -> list[TurnTimed]:
        return [fact for fact in self.facts if isinstance(fact, TurnTimed)]


@dataclass
class Stage:
    """What a test holds of a running call."""

    call: LiveCall
    wire: PlayoutWire
    connector: FakeConnector
    tools: FakeTools
    journal: FakeJournal
    outcomes: list[CallOutcome]
    running: asyncio.Task[CallOutcome]
    caller: bytes = SILENCE

    @property
    def model(self) -> FakeModelSession:
        return self.connector.sessions[-1]

    async def passes(self, seconds: float) -> None:
        """Time goes by, with the caller's 20 ms frames and the ticker in it."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds - 1e-6
        frames = 0
        while loop.time() < until and not self.running.done():
            await asyncio.sleep(min(0.02, until + 1e-6 - loop.time()))
            self.call.caller_audio(self.caller)
            frames += 1
            if frames % 5 == 0:
                self.call.tick(loop.time())

    async def ends(self) -> CallOutcome:
        return await self.running


@asynccontextmanager
async def a_live_call(
    *scripts: Sequence[Step] | ModelUnavailable,
    greeting: Greeting | None = None,
    tools: FakeTools | None = None,
    guard: ClaimGuard | None = None,
    agent: AgentSettings | None = None,
    line: LineSettings | None = None,
    connection: int = 0,
) -> AsyncIterator[Stage]:
    """A call whose model says only what the scripts allow; asserts afterwards that all of it happened, no task left."""
    before = asyncio.all_tasks()
    journal, outcomes = FakeJournal(), list[CallOutcome]()
    hands = tools or FakeTools()

    async def finish(outcome: CallOutcome) -> None:
        outcomes.append(outcome)

    plan = CallPlan(
        call_id=CallId("call"),
        call_sid=CallSid("CA0123456789"),
        session=SessionConfig(CallSid("CA0123456789"), "Be kind."),
        tools=hands,
        journal=journal,
        finish=finish,
        greeting=greeting or Greeting(),
        guard=guard,
        connection=connection,
    )
    connector = FakeConnector(list(scripts))
    wire = PlayoutWire()
    call = LiveCall(plan, "MZ0123456789", wire, connector, agent or AgentSettings(), line or LineSettings(), Clips())
    wire.call = call
    running = asyncio.create_task(call.run())
    stage = Stage(call, wire, connector, hands, journal, outcomes, running)
    try:
        yield stage
    finally:
        if not running.done():
            call.carrier_left("test_over")
        await running
    for session in connector.sessions:
        session.assert_done()
        assert session.closed
    assert len(outcomes) == 1
    assert wire.closed
    assert asyncio.all_tasks() == before
