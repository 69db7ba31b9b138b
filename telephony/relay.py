"""ConversationRelay: the carrier does the speech, words come and go. `RelayCall` is one call's life."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.house.conversation import HouseConversation
from agent.house.understanding import Language
from agent.ports import CallOutcome, CallPlan, HangUp, HumanPath, NextStep, Reconnect, TransferTo
from agent.settings import AgentSettings
from kit.clock import Clock
from kit.logging import logger

log = logger("relay")

_TAGS = {Language.ENGLISH: "en-US", Language.SPANISH: "es-US"}


# ---- messages ----------------------------------------------------------------------------------------------------


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Setup(_Message):
    """The first message: which call this is, with the token our TwiML gave it."""

    type: Literal["setup"]
    session_id: str = Field(alias="sessionId", max_length=64)
    call_sid: str = Field(alias="callSid", max_length=64)
    account_sid: str = Field(alias="accountSid", default="", max_length=64)
    custom_parameters: dict[str, str] = Field(alias="customParameters", default_factory=dict)

    @property
    def token(self) -> str:
        """The one-use token; empty when there is none, which claims nothing."""
        return self.custom_parameters.get("token", "")


class Prompt(_Message):
    """What the caller said. Partial prompts have `last` false and are only a preview."""

    type: Literal["prompt"]
    words: str = Field(alias="voicePrompt", max_length=20_000)
    lang: str = ""
    last: bool = True


class Interrupt(_Message):
    """The caller spoke over us: how much of the sentence was played."""

    type: Literal["interrupt"]
    heard: str = Field(alias="utteranceUntilInterrupt", default="", max_length=20_000)
    duration_ms: int = Field(alias="durationUntilInterruptMs", default=0)


class Dtmf(_Message):
    """A key on the telephone."""

    type: Literal["dtmf"]
    digit: str = Field(pattern=r"^[0-9*#A-D]$")


class RelayError(_Message):
    """The carrier could not use something we sent, or its speech failed."""

    type: Literal["error"]
    description: str = ""


Incoming = Setup | Prompt | Interrupt | Dtmf | RelayError
_INCOMING: TypeAdapter[Incoming] = TypeAdapter(Annotated[Incoming, Field(discriminator="type")])


def parse(frame: bytes | str) -> Incoming | None:
    """A message we act on; None for the informational kinds and for anything that is not one."""
    try:
        return _INCOMING.validate_json(frame)
    except ValidationError:
        return None


def text_message(words: str, *, interruptible: bool, last: bool = True) -> bytes:
    """Words to be spoken. A sentence at a time, so that `last` closes each."""
    return _frame({"type": "text", "token": words, "last": last, "interruptible": interruptible})


def language_message(language: Language) -> bytes:
    """What is spoken and listened for from here on."""
    tag = _TAGS[language]
    return _frame({"type": "language", "ttsLanguage": tag, "transcriptionLanguage": tag})


def end_message(then: NextStep | None, reason: str) -> bytes:
    """Ends the session; the call's row, not this note, decides what follows."""
    return _frame({"type": "end", "handoffData": json.dumps({"next": step_name(then), "reason": reason})})


def step_name(then: NextStep | None) -> str:
    """The next step in one word."""
    match then:
        case HangUp():
            return "hangup"
        case TransferTo():
            return "dial"
        case Reconnect():
            return "reconnect"
        case HumanPath():
            return "human"
        case None:
            return "none"


def _frame(body: dict[str, object]) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


# ---- one call ----------------------------------------------------------------------------------------------------


class Wire(Protocol):
    """The carrier's socket, as a call sees it."""

    def send(self, frame: bytes) -> None: ...

    def close(self) -> None: ...


class RelayCall:
    """The text line of one claimed call, and the owner of its task group."""

    def __init__(self, plan: CallPlan, wire: Wire, clock: Clock, settings: AgentSettings) -> None:
        self.plan = plan
        self._wire, self._clock, self._settings = wire, clock, settings
        self._ended: asyncio.Future[CallOutcome] = asyncio.get_running_loop().create_future()
        self._conversation: HouseConversation | None = None
        self._carrier_gone = asyncio.Event()
        self._finished = False

    async def run(self) -> CallOutcome:
        """Lives until there is an outcome, hands it over before the carrier asks for the next step, leaves no task."""
        outcome = CallOutcome("failed", HumanPath("failed"))
        try:
            async with asyncio.TaskGroup() as tasks:
                self._conversation = HouseConversation(self.plan, self, self._clock, self._settings, tasks, self._leave)
                self._conversation.start()
                outcome = await self._ended
                if not self._carrier_gone.is_set():
                    await self._finish(outcome)
                    await self._say_end(outcome)
        except* Exception as failed:
            # The stream edge: one bug must not take the process's other calls with it.
            log.exception("relay_call_failed", call_sid=self.plan.call_sid, exc_info=failed)
            outcome = CallOutcome("failed", HumanPath("failed"))
        await self._finish(outcome)
        self._wire.close()
        return outcome

    async def _say_end(self, outcome: CallOutcome) -> None:
        """`end` takes effect once the last words were spoken, and a socket we close before that cuts them off."""
        self._wire.send(end_message(outcome.then, outcome.reason))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.goodbye_deadline_seconds):
                await self._carrier_gone.wait()

    # ---- the carrier's side ----

    def message(self, frame: bytes | str) -> None:
        """One message after `setup`."""
        conversation = self._conversation
        if conversation is None:
            return
        try:
            self._take(parse(frame), conversation)
        except Exception:
            # A sentence we cannot handle must not leave the caller in silence: a person takes over.
            log.exception("relay_message_failed", call_sid=self.plan.call_sid)
            self.end("failed", HumanPath("failed"))

    def _take(self, message: Incoming | None, conversation: HouseConversation) -> None:
        match message:
            case Prompt(words=words, last=True):
                conversation.prompt(words)
            case Interrupt(heard=heard):
                conversation.interrupted(heard)
            case Dtmf(digit=digit):
                conversation.digit(digit)
            case RelayError():
                log.warning("relay_error", call_sid=self.plan.call_sid)
            case _:
                pass

    def carrier_left(self, reason: str) -> None:
        """A closed socket or a final status: the caller is gone and there is no next step."""
        self._carrier_gone.set()
        self.end(reason, None)

    def hand_over(self, then: NextStep | None = None) -> None:
        """At the end of our sentence another process takes the call on (drain), or a person does."""
        if self._conversation is not None:
            self._conversation.hand_over(then)

    def end(self, reason: str, then: NextStep | None = None) -> None:
        """Ends the call from outside; idempotent, the first reason stands."""
        if self._conversation is not None:
            self._conversation.end(reason, then)
        else:
            self._leave(CallOutcome(reason, then))

    # ---- the line, as the conversation sees it ----

    def say(self, text: str, *, interruptible: bool) -> None:
        """A sentence for the carrier to speak."""
        if not self._carrier_gone.is_set():
            self._wire.send(text_message(text, interruptible=interruptible))

    def speak(self, language: Language) -> None:
        """The carrier's voice and ear change to another language."""
        if not self._carrier_gone.is_set():
            self._wire.send(language_message(language))

    def _leave(self, outcome: CallOutcome) -> None:
        if not self._ended.done():
            self._ended.set_result(outcome)

    async def _finish(self, outcome: CallOutcome) -> None:
        if self._finished:
            return
        self._finished = True
        try:
            async with asyncio.timeout(self._settings.finish_seconds):
                await self.plan.finish(outcome)
        except Exception as failed:
            log.error("call_finish_failed", call_sid=self.plan.call_sid, error=type(failed).__name__)
