"""One live call: the caller's audio to the model, the model's to the caller, and the decision to stop talking.

No frame crosses a queue or a task: the carrier's socket calls `LiveCall`, which writes to the model's socket in the
same turn of the loop, and back. Everything else of the call lives in one task group.
"""

from __future__ import annotations

import asyncio
import binascii
from collections.abc import Callable, Sequence
from typing import Protocol

from agent.ports import CallOutcome, CallPlan, HeardItem, HumanPath, ModelConnector, NextStep
from agent.session import Conversation
from agent.settings import AgentSettings
from kit.logging import logger
from telephony import media
from telephony.barge_in import BargeIn, Verdict
from telephony.clips import Clips
from telephony.line_settings import LineSettings
from telephony.playback import Heard, Playback, Send

log = logger("bridge")

# The gate listens to every frame while we are audible, and to one in eight otherwise, to know the line's noise.
_IDLE_GATE_EVERY = 8
_SETTLE_AFTER = 0.15


class Wire(Protocol):
    """The carrier's socket, as a call sees it."""

    def send(self, frame: bytes) -> None: ...

    def close(self) -> None: ...

    @property
    def unsent_bytes(self) -> int: ...


class LiveCall:
    """The line of one call (`agent.ports.Line`) and the owner of its task group."""

    def __init__(
        self,
        plan: CallPlan,
        stream_sid: str,
        wire: Wire,
        connector: ModelConnector,
        agent: AgentSettings,
        line: LineSettings,
        clips: Clips,
    ) -> None:
        self.plan = plan
        self._wire = wire
        self._connector = connector
        self._agent = agent
        self._settings = line
        self._clips = clips
        self._loop = asyncio.get_running_loop()
        self._out = media.Outgoing(stream_sid)
        self._playback = Playback(line.mark_every_ms)
        self._barge_in = BargeIn(line.barge_in_limits())
        self._ended: asyncio.Future[CallOutcome] = self._loop.create_future()
        self._conversation: Conversation | None = None
        self._to_model: Callable[[bytes], None] = _nowhere
        self._timer: asyncio.TimerHandle | None = None
        self._frames = 0
        self._clip_count = 0
        self._last_play = 0.0
        self._unsent = 0
        self._marks_missing = False
        self._last_frame_at = self._loop.time()
        self._carrier_gone = False
        self._finished = False

    # ---- the call's life ----

    async def run(self) -> CallOutcome:
        """Lives until there is an outcome, hands it over before the carrier asks for the next step, leaves no task."""
        outcome = CallOutcome("failed", HumanPath("failed"))
        try:
            async with asyncio.TaskGroup() as tasks:
                conversation = Conversation(self.plan, self, self._connector, self._agent, tasks, self._leave)
                self._conversation = conversation
                self._to_model = conversation.caller_audio
                conversation.start()
                try:
                    outcome = await self._ended
                    if not self._carrier_gone:
                        await self._finish(outcome)
                        self._wire.close()
                finally:
                    self._disarm()
                    self._to_model = _nowhere
                    await conversation.close(gone=self._carrier_gone)
        except* Exception as failed:
            # The stream edge: one bug must not take the process's other calls with it.
            log.exception("call_failed", call_sid=self.plan.call_sid, exc_info=failed)
            outcome = CallOutcome("failed", HumanPath("failed"))
        await self._finish(outcome)
        self._wire.close()
        return outcome

    def end(self, reason: str, then: NextStep | None = None) -> None:
        """Ends the call from outside; idempotent, the first reason stands."""
        if self._conversation is not None:
            self._conversation.end(reason, then)
        else:
            self._leave(CallOutcome(reason, then))

    def carrier_left(self, reason: str) -> None:
        """`stop`, a closed socket or a final status: the caller is gone and there is no next step."""
        self._carrier_gone = True
        self.end(reason, None)

    def hand_over(self, then: NextStep | None = None) -> None:
        if self._conversation is not None:
            self._conversation.hand_over(then)

    def _leave(self, outcome: CallOutcome) -> None:
        if not self._ended.done():
            self._ended.set_result(outcome)

    async def _finish(self, outcome: CallOutcome) -> None:
        if self._finished:
            return
        self._finished = True
        try:
            async with asyncio.timeout(self._agent.finish_seconds):
                await self.plan.finish(outcome)
        except Exception as failed:
            log.error("call_finish_failed", call_sid=self.plan.call_sid, error=type(failed).__name__)

    # ---- the carrier's side ----

    def caller_audio(self, payload_b64: bytes) -> None:
        """20 ms of the caller: to the model first, then to our own gate."""
        self._to_model(payload_b64)
        self._frames += 1
        playing = self._playback.audible
        if not playing and self._frames % _IDLE_GATE_EVERY:
            return
        now = self._last_frame_at = self._loop.time()
        frames = 1 if playing else _IDLE_GATE_EVERY
        verdict = self._barge_in.frame(binascii.a2b_base64(payload_b64), now, playing, frames)
        if verdict is not Verdict.NOTHING:
            self._carry_out(verdict, now)

    def mark_echoed(self, name: str) -> None:
        echo = self._playback.echoed(name, self._loop.time())
        if echo is None or self._conversation is None:
            return
        self._conversation.reached(echo.item_id, echo.finished)
        if not self._playback.outstanding:
            self._conversation.drained()

    def digit(self, digit: str) -> None:
        if self._conversation is not None:
            self._conversation.digit(digit)

    def tick(self, now: float) -> None:
        """About ten times a second, from the engine's one ticker."""
        if self._frames and now - self._last_frame_at > self._settings.stream_idle_seconds:
            self.end("carrier_silent", HumanPath("carrier_silent"))
        if self._unsent or self._playback.outstanding:
            self._tend_playback(now)
        if self._conversation is not None:
            self._conversation.tick(now)

    def _tend_playback(self, now: float) -> None:
        """A carrier that stops reading, a model that pauses in mid-sentence, marks that never come back."""
        self._unsent = self._wire.unsent_bytes
        if self._unsent > self._settings.stream_stall_bytes:
            self.end("carrier_stalled", HumanPath("carrier_stalled"))
        if self._last_play and now - self._last_play > _SETTLE_AFTER:
            self._last_play = 0.0
            self._send(self._playback.settle(now))
        if self._playback.outstanding and not self._unsent:
            self._presume(now)

    def _presume(self, now: float) -> None:
        """A carrier that never echoes a mark must not freeze the call."""
        echo = self._playback.presume(now)
        if echo is None or self._conversation is None:
            return
        if not self._marks_missing:
            self._marks_missing = True
            self._conversation.note("marks_missing", {})
        # No word of when it was heard: nobody's stamp is set.
        self._conversation.reached("", echo.finished)
        if not self._playback.outstanding:
            self._conversation.drained()

    # ---- the line, as the conversation sees it ----

    @property
    def outstanding(self) -> bool:
        return self._playback.audible

    @property
    def last_heard_at(self) -> float:
        return self._playback.last_heard_at

    def play(self, item_id: str, payload_b64: bytes) -> None:
        now = self._last_play = self._loop.time()
        if self._barge_in.caller_speaking and not self._playback.outstanding:
            # The caller went on speaking while the reply was being made: it is cut before it is heard.
            verdict = self._barge_in.due(now, True)
            if verdict is Verdict.CUT and self._conversation is not None:
                self._conversation.interrupted(self.cut())
                return
            if verdict is not Verdict.NOTHING:
                self._carry_out(verdict, now)
        self._send(self._playback.offer(item_id, payload_b64, now))
        if self._barge_in.caller_speaking and self._timer is None:
            self._arm(now)

    def item_complete(self, item_id: str) -> None:
        now = self._loop.time()
        self._send(self._playback.complete(item_id, now))
        heard = self._playback.heard(item_id, now)
        if heard is not None and not self._playback.outstanding and heard.heard_ms == heard.received_ms:
            # Its last mark came back before we knew that it was the last.
            if self._conversation is not None and not self._playback.paused:
                self._conversation.reached(item_id, [item_id])

    def play_clip(self, name: str) -> float:
        clip = self._clips.get(name)
        now = self._loop.time()
        self._clip_count += 1
        item_id = f"clip:{self._clip_count}:{name}"
        for chunk in clip.chunks:
            self._send(self._playback.offer(item_id, chunk, now))
        self._send(self._playback.complete(item_id, now))
        return clip.seconds

    def cut(self) -> Sequence[HeardItem]:
        now = self._loop.time()
        playing = self._playback.outstanding
        cut = self._playback.cut(now)
        if playing:
            self._wire.send(self._out.clear)
        self._barge_in.forget()
        self._disarm()
        return [_heard_item(item) for item in cut]

    def heard(self, item_id: str) -> HeardItem | None:
        heard = self._playback.heard(item_id, self._loop.time())
        return None if heard is None else _heard_item(heard)

    def protect(self, on: bool) -> None:
        self._barge_in.protect(on)
        if not on and self._barge_in.caller_speaking:
            self._arm(self._loop.time())

    def speech_started(self) -> None:
        now = self._loop.time()
        verdict = self._barge_in.speech_started(now, self._playback.outstanding)
        if verdict is not Verdict.NOTHING:
            self._carry_out(verdict, now)
        else:
            self._arm(now)

    def speech_stopped(self) -> None:
        now = self._loop.time()
        self._barge_in.speech_stopped(now)
        if self._playback.paused:
            self._arm(now)
        else:
            self._disarm()

    def words_came(self, real: bool) -> None:
        now = self._loop.time()
        verdict = self._barge_in.words(real, now, self._playback.outstanding)
        if verdict is not Verdict.NOTHING:
            self._carry_out(verdict, now)

    # ---- stopping, and going on ----

    def _carry_out(self, verdict: Verdict, now: float) -> None:
        if verdict is Verdict.CUT:
            cut = self.cut()
            if self._conversation is not None:
                self._conversation.interrupted(cut)
        elif verdict is Verdict.PAUSE:
            self._playback.pause(now)
            self._wire.send(self._out.clear)
            self._arm(now)
            if self._conversation is not None:
                self._conversation.note("paused", {})
        elif verdict is Verdict.RESUME:
            self._send(self._playback.resume(now))
            if self._conversation is not None:
                self._conversation.note("false_alarm", {})

    def _arm(self, now: float) -> None:
        """Sets the timer for the moment at which the decision falls due without any further event."""
        self._disarm()
        deadline = self._barge_in.deadline
        if deadline is not None and self.outstanding:
            self._timer = self._loop.call_at(max(deadline, now), self._due)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        now = self._loop.time()
        verdict = self._barge_in.due(now, self._playback.outstanding)
        if verdict is not Verdict.NOTHING:
            self._carry_out(verdict, now)

    def _send(self, sends: Sequence[Send]) -> None:
        send, out = self._wire.send, self._out
        for step in sends:
            if step.payload:
                send(out.media(step.payload))
            if step.mark is not None:
                send(out.mark(step.mark))


def _heard_item(heard: Heard) -> HeardItem:
    return HeardItem(heard.item_id, heard.heard_ms, heard.received_ms)


def _nowhere(_payload_b64: bytes) -> None:
    """Audio of a call that has ended."""
