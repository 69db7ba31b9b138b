"""A scripted model session: fails on a send it did not expect, and on steps that were never used."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agent.events import (
    AgentAudioDone,
    AgentWords,
    AgentWordsDone,
    CallerHeard,
    ModelEvent,
    ReplyDone,
    ReplyItem,
    ReplyStarted,
    SpeechStarted,
    SpeechStopped,
    ToolAsked,
    TurnCommitted,
)
from agent.ports import ModelListener, ModelSession, ModelUnavailable, SessionConfig


@dataclass(frozen=True)
class Sent:
    """One thing the conversation did to the session, audio apart."""

    kind: str
    about: str = ""
    text: str = ""
    number: int = 0


@dataclass
class Step:
    """The next send we expect, and what the server says to it."""

    kind: str
    about: str | None = None
    contains: str = ""
    number: int | None = None
    then: Sequence[ModelEvent | Callable[[FakeModelSession], None]] = ()


class FakeModelSession:
    """Every send must be the next step of the script."""

    def __init__(self, script: Sequence[Step], listener: ModelListener, config: SessionConfig) -> None:
        self._script = list(script)
        self.listener = listener
        self.config = config
        self.sent: list[Sent] = []
        self.audio: list[bytes] = []
        self.notes: list[str] = []
        self.problems: list[str] = []
        self.closed = False
        self.last_request = ""

    @property
    def model(self) -> str:
        return "fake-realtime"

    def append_audio(self, payload_b64: bytes) -> None:
        self.audio.append(payload_b64)

    def respond(self, event_id: str, instructions: str | None = None) -> None:
        self.last_request = event_id
        self._take(Sent("respond", event_id, instructions or ""))

    def cancel(self, response_id: str) -> None:
        self._take(Sent("cancel", response_id))

    def truncate(self, item_id: str, heard_ms: int) -> None:
        self._take(Sent("truncate", item_id, number=heard_ms))

    def delete_item(self, item_id: str) -> None:
        self._take(Sent("delete_item", item_id))

    def tool_result(self, tool_call_id: str, output: str) -> None:
        self._take(Sent("tool_result", tool_call_id, output))

    def tell(self, text: str, role: Literal["system", "user"] = "system", item_id: str = "") -> None:
        self.notes.append(item_id)
        self._take(Sent("tell", role, text))

    async def close(self) -> None:
        self.closed = True

    # ---- for the test ----

    def says(self, *events: ModelEvent) -> None:
        for event in events:
            self.listener.on_event(event)

    def plays(self, item_id: str, response_id: str, ms: int) -> None:
        for at in range(0, ms, 200):
            audio = bytes([0x7F]) * (min(200, ms - at) * 8)
            self.listener.on_audio(item_id, response_id, base64.b64encode(audio))

    def replies(
        self, response: str, item: str, text: str, ms: int, tools: Sequence[ToolAsked] = (), request: str | None = None
    ) -> None:
        """A whole reply at once, as a model that is faster than speech sends it."""
        self.says(ReplyStarted(response, self.last_request if request is None else request))
        if ms:
            self.says(ReplyItem(response, item, "message"), AgentWords(response, item, text))
            self.plays(item, response, ms)
            self.says(AgentAudioDone(response, item), AgentWordsDone(response, item, text))
        self.says(*tools)
        self.says(ReplyDone(response, "completed"))

    def hears(self, item: str, text: str, previous: str | None = None, *, starts: int = 0, ends: int = 1000) -> None:
        """A caller's turn from its first sound to its words."""
        self.says(SpeechStarted(item, starts))
        self.ends_turn(item, text, previous, ends=ends)

    def ends_turn(self, item: str, text: str, previous: str | None = None, *, ends: int = 1000) -> None:
        self.says(SpeechStopped(item, ends), TurnCommitted(item, previous), CallerHeard(item, text))

    def assert_done(self) -> None:
        assert not self.problems, self.problems
        assert not self._script, f"never happened: {self._script}"

    def _take(self, sent: Sent) -> None:
        self.sent.append(sent)
        if not self._script:
            self._fail(f"unexpected {sent}")
            return
        step = self._script[0]
        fits = (
            step.kind == sent.kind
            and step.about in (None, sent.about)
            and step.contains in sent.text
            and step.number in (None, sent.number)
        )
        if not fits:
            self._fail(f"expected {step}, got {sent}")
            return
        self._script.pop(0)
        for reaction in step.then:
            if callable(reaction):
                reaction(self)
            else:
                self.says(reaction)

    def _fail(self, problem: str) -> None:
        self.problems.append(problem)
        raise AssertionError(problem)


@dataclass
class FakeConnector:
    """Hands out one scripted session after another; an exception in the list is raised instead."""

    scripts: list[Sequence[Step] | ModelUnavailable]
    sessions: list[FakeModelSession] = field(default_factory=list)
    attempts: int = 0

    async def connect(self, config: SessionConfig, listener: ModelListener) -> ModelSession:
        self.attempts += 1
        script = self.scripts.pop(0)
        if isinstance(script, ModelUnavailable):
            raise script
        session = FakeModelSession(script, listener, config)
        self.sessions.append(session)
        return session
