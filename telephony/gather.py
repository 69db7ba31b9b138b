"""<Gather>: a call without any socket. Every answer of the caller is a webhook, every answer of ours a document."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from agent.house.conversation import HouseConversation
from agent.house.understanding import Language
from agent.ports import CallOutcome, CallPlan, HumanPath, NextStep, Reconnect
from agent.settings import AgentSettings
from kit.clock import Clock
from kit.ids import CallSid
from kit.logging import logger
from telephony.roster import Claim

log = logger("gather")

_ANSWER_SECONDS = 9.0  # Twilio waits fifteen for a document
_GONE_SECONDS = 150.0  # as long as anything takes to say and to answer


@dataclass(frozen=True, slots=True)
class Heard:
    """What one webhook brought: words, keys, or neither, which is a silence."""

    turn: int
    words: str = ""
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is spoken next; `over` when the call's row says what follows."""

    text: str
    language: Language = Language.ENGLISH
    over: bool = False


class GatherCall:
    """One call between its webhooks: the conversation is the same as on a relay, its line is a list of sentences."""

    def __init__(self, plan: CallPlan, clock: Clock, settings: AgentSettings) -> None:
        self.plan = plan
        self._clock = clock
        # Silence is a webhook here, and nothing waits for what was said to be heard: the document after it does.
        self._settings = settings.model_copy(
            update={"silence_reprompt_seconds": 24 * 3600.0, "goodbye_deadline_seconds": 0.0}
        )
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[CallOutcome] = self._loop.create_future()
        self._finished = asyncio.Event()
        self._conversation: HouseConversation | None = None
        self._lines: list[str] = []
        self._language = Language.ENGLISH
        self._turn = 0
        self._reply: Reply | None = None
        self._one_at_a_time = asyncio.Lock()
        self._deadline: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Lives until there is an outcome and the call's row has it; leaves no task."""
        outcome = CallOutcome("failed", HumanPath("failed"))
        try:
            async with asyncio.TaskGroup() as tasks:
                plan = replace(self.plan, silence_seconds=None)
                self._conversation = HouseConversation(plan, self, self._clock, self._settings, tasks, self._leave)
                self._conversation.start()
                outcome = await self._ended
        except* Exception as failed:
            log.exception("gather_call_failed", call_sid=self.plan.call_sid, exc_info=failed)
        try:
            async with asyncio.timeout(self._settings.finish_seconds):
                await self.plan.finish(outcome)
        except Exception as failed:
            log.error("call_finish_failed", call_sid=self.plan.call_sid, error=type(failed).__name__)
        finally:
            if self._deadline is not None:
                self._deadline.cancel()
            self._finished.set()

    async def hear(self, heard: Heard) -> Reply:
        """The answer to one webhook; the same again to one that comes again."""
        async with self._one_at_a_time:
            if self._reply is not None and heard.turn < self._turn:
                return self._reply
            conversation = self._conversation
            if conversation is not None and self._turn:
                self._tell(conversation, heard)
            self._turn += 1
            if conversation is not None:
                await self._answered(conversation)
            over = conversation is None or conversation.leaving
            if over:
                await self._finished.wait()
            self._reply = Reply(" ".join(self._lines), self._language, over)
            self._lines.clear()
            self._wait_for_more()
            return self._reply

    def _tell(self, conversation: HouseConversation, heard: Heard) -> None:
        if heard.digits:
            for key in f"{heard.digits}#":
                conversation.digit(key)
        elif heard.words.strip():
            conversation.prompt(heard.words)
        else:
            conversation.silent()

    async def _answered(self, conversation: HouseConversation) -> None:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await conversation.settled()
        except TimeoutError:
            log.warning("gather_answer_late", call_sid=self.plan.call_sid)

    def _wait_for_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._loop.call_later(_GONE_SECONDS, self.carrier_left, "gone")

    @property
    def turn(self) -> int:
        """How many webhooks were answered."""
        return self._turn

    # ---- the line, as the conversation sees it ----

    def say(self, text: str, *, interruptible: bool) -> None:
        """A sentence of the next document."""
        self._lines.append(text)

    def speak(self, language: Language) -> None:
        """What is spoken and listened for from here on."""
        self._language = language

    # ---- from outside ----

    def end(self, reason: str, then: NextStep | None = None) -> None:
        """Ends the call; idempotent, the first reason stands."""
        if self._conversation is not None:
            self._conversation.end(reason, then)
        else:
            self._leave(CallOutcome(reason, then))

    def carrier_left(self, reason: str) -> None:
        """The caller is gone and there is no next step."""
        self.end(reason, None)

    def _leave(self, outcome: CallOutcome) -> None:
        if not self._ended.done():
            self._ended.set_result(outcome)


class GatherCalls:
    """Every call of this process that is held without a socket."""

    def __init__(self, *, agent: AgentSettings, clock: Clock, claim: Claim) -> None:
        self._agent, self._clock, self._claim = agent, clock, claim
        self.live: dict[str, GatherCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def hear(self, call_sid: str, account_sid: str, token: str, heard: Heard) -> Reply | None:
        """The answer to one webhook; None when this process cannot have the call: its row says what is next."""
        call = self.live.get(call_sid) or await self._claimed(call_sid, account_sid, token)
        return await call.hear(heard) if call is not None else None

    def hand_over(self, call_sid: str, then: NextStep) -> bool:
        """A call of this process is left to somebody else; False when it is not here."""
        call = self.live.get(call_sid)
        if call is not None:
            call.end("handed_over", then)
        return call is not None

    def left(self, call_sid: str) -> None:
        """The carrier says that the caller is gone."""
        call = self.live.get(call_sid)
        if call is not None:
            call.carrier_left("hung_up")

    async def stop(self) -> None:
        """Hands every call to another process: its next webhook finds a new token there."""
        for call in list(self.live.values()):
            call.end("drained", Reconnect())
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self._agent.finish_seconds * 2)

    async def _claimed(self, call_sid: str, account_sid: str, token: str) -> GatherCall | None:
        plan = await self._claim(token, CallSid(call_sid), account_sid)
        if plan is None:
            return None
        call = self.live[call_sid] = GatherCall(plan, self._clock, self._agent)
        task = asyncio.get_running_loop().create_task(self._held(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.sleep(0)  # it greets before the first webhook is answered
        return call

    async def _held(self, call: GatherCall) -> None:
        try:
            await call.run()
        finally:
            self.live.pop(call.plan.call_sid, None)
