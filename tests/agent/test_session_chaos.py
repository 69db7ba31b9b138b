"""Whatever a model, a caller and the tools do, in whatever order: one outcome, no bug, no task left behind."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Sequence
from typing import Literal

import pytest

from agent.events import (
    AgentAudioDone,
    AgentWords,
    AgentWordsDone,
    CallerHeard,
    ItemAdded,
    ModelEvent,
    ModelFault,
    ReplyDone,
    ReplyItem,
    ReplyStarted,
    SessionLost,
    SpeechStarted,
    SpeechStopped,
    ToolAsked,
    TurnCommitted,
)
from agent.ports import (
    HangUp,
    ModelListener,
    ModelSession,
    ModelUnavailable,
    SessionConfig,
    ToolOutcome,
    TransferTo,
)
from simulator.virtual_time import run_virtually
from tests.fakes.live_call import SILENCE, SPEECH, FakeTools, Stage, a_live_call


class AnyModel:
    """Obeys the protocol's rule of one active response, and is otherwise as wild as its seed."""

    model = "wild"

    def __init__(self, chance: random.Random, listener: ModelListener) -> None:
        self.chance = chance
        self.listener = listener
        self.active: str | None = None
        self.closed = False
        self.lengths: dict[str, int] = {}
        self.count = 0

    def append_audio(self, payload_b64: bytes) -> None:
        assert not self.closed

    def respond(self, event_id: str, instructions: str | None = None) -> None:
        if self.active is not None:
            self.listener.on_event(
                ModelFault("conversation_already_has_active_response", "invalid_request_error", "", event_id)
            )
            return
        self.begin(event_id)

    def cancel(self, response_id: str) -> None:
        if response_id == self.active:
            asyncio.get_running_loop().call_later(0.05, self._end, response_id, "cancelled")

    def truncate(self, item_id: str, heard_ms: int) -> None:
        assert 0 < heard_ms <= self.lengths[item_id], "truncated past the end"
        self.lengths[item_id] = heard_ms

    def delete_item(self, item_id: str) -> None:
        self.lengths.pop(item_id, None)

    def tool_result(self, tool_call_id: str, output: str) -> None: ...

    def tell(self, text: str, role: Literal["system", "user"] = "system", item_id: str = "") -> None: ...

    async def close(self) -> None:
        self.closed = True

    def begin(self, request: str) -> None:
        self.count += 1
        self.active = response = f"r{id(self)}_{self.count}"
        self.say(ReplyStarted(response, request))
        steps = self.chance.choice([[], ["talk"], ["talk"], ["talk", "talk"], ["tool"], ["talk", "tool", "tool"]])
        asyncio.get_running_loop().call_later(self.chance.uniform(0, 1.5), self._go, response, list(steps))

    def _go(self, response: str, steps: list[str]) -> None:
        if self.active != response:
            return
        if not steps:
            self._end(response, self.chance.choice(["completed", "completed", "completed", "failed", "incomplete"]))
            return
        item = f"i{response}_{len(steps)}"
        if steps.pop(0) == "tool":
            name = self.chance.choice(["look", "book", "end_call", "transfer_call"])
            self.say(ToolAsked(response, item, f"c{item}", name, "{}"))
        else:
            self.talk(response, item)
        asyncio.get_running_loop().call_later(self.chance.uniform(0, 0.4), self._go, response, steps)

    def talk(self, response: str, item: str) -> None:
        ms = self.chance.choice([0, 300, 2000, 9000])
        self.lengths[item] = ms
        self.say(ReplyItem(response, item, "message"), ItemAdded(item, None, "assistant", "message"))
        for at in range(0, ms, 250):
            self.say(AgentWords(response, item, f"word{at}{response} "))
            audio = bytes([0x70]) * 8 * min(250, ms - at)
            if not self.closed:
                self.listener.on_audio(item, response, base64.b64encode(audio))
        self.say(AgentAudioDone(response, item), AgentWordsDone(response, item, f"said {item}"))

    def _end(self, response: str, status: Literal["completed", "cancelled", "failed", "incomplete"]) -> None:
        if self.active == response:
            self.active = None
            self.say(ReplyDone(response, status))

    def say(self, *events: ModelEvent) -> None:
        for event in events:
            if not self.closed:
                self.listener.on_event(event)


class AnyConnector:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.opened: list[AnyModel] = []

    async def connect(self, config: SessionConfig, listener: ModelListener) -> ModelSession:
        await asyncio.sleep(self.chance.choice([0, 0.1, 0.5]))
        if self.chance.random() < 0.1:
            raise ModelUnavailable("network", terminal=False)
        session = AnyModel(self.chance, listener)
        self.opened.append(session)
        return session


async def a_wild_call(seed: int) -> None:
    chance = random.Random(seed)
    tools = FakeTools(
        {
            "end_call": ToolOutcome("{}", "allowed", HangUp()),
            "transfer_call": ToolOutcome("{}", "allowed", TransferTo("service")),
            "book": ToolOutcome("{}", "allowed", read_back=True),
        },
        {"look": 3.0, "book": 0.7},
    )
    wild = AnyConnector(chance)
    swallowed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: swallowed.append(context))
    async with a_live_call(tools=tools) as stage:
        stage.call._connector = wild
        for turn in range(25):
            if stage.running.done():
                break
            await stage.passes(chance.choice([0.02, 0.1, 0.5, 2.0, 6.0]))
            if wild.opened:
                something(chance, stage, wild.opened[-1], turn)
        if not stage.running.done():
            stage.call.carrier_left("hung_up")
        outcome = await stage.ends()
        assert outcome.reason != "failed"
        assert all(session.closed for session in wild.opened)
    assert swallowed == []


def something(chance: random.Random, stage: Stage, model: AnyModel, turn: int) -> None:
    user = f"u{turn}"
    acts: Sequence[Sequence[ModelEvent]] = [
        [SpeechStarted(user, 0)],
        [SpeechStopped(user, 500), TurnCommitted(user, None)],
        [SpeechStarted(user, 0), SpeechStopped(user, 500), TurnCommitted(user, None), CallerHeard(user, "Brakes")],
        [CallerHeard(f"u{turn - 1}", "uh huh")],
        [CallerHeard("never", "")],
        [ReplyDone("never", "completed")],
        [SessionLost("closed_1006")],
        [ModelFault("item_truncate_failed", "invalid_request_error", "", "truncate_1")],
    ]
    model.say(*chance.choice(acts))
    stage.caller = chance.choice([SILENCE, SILENCE, SPEECH])
    if chance.random() < 0.2:
        stage.call.digit(chance.choice("0123456789*#"))
    if chance.random() < 0.1 and model.active is None:
        model.begin("")


@pytest.mark.parametrize("batch", range(4))
def test_every_wild_call_comes_to_one_clean_end(batch: int) -> None:
    for seed in range(batch * 15, batch * 15 + 15):
        try:
            run_virtually(a_wild_call(seed))
        except BaseException as failed:
            raise AssertionError(f"seed {seed}") from failed
