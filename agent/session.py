"""One conversation: model events in, tools run, words and sound out, until there is a reason to leave.

Everything here runs in plain callbacks on the loop: a frame of sound never waits for a task or a queue. The parts that
decide (`sequencer`, `watch`, `turns`) are pure; `model_side` carries what the model says to them, `upkeep` what time
does, and this module the rest between them, the tools and the line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from agent.caller import CallerVoice
from agent.digits import Digits
from agent.hands import Hands, ToolTask
from agent.journal import CallNoted, Used
from agent.leaving import Leaving, reason_of
from agent.leg import ModelLeg
from agent.model_side import ModelSide
from agent.ports import (
    CallOutcome,
    CallPlan,
    HeardItem,
    Line,
    ModelConnector,
    NextStep,
    Reconnect,
    TransferTo,
)
from agent.replies import Replies
from agent.sequencer import Ask, Hold, Sequencer, Want
from agent.settings import AgentSettings
from agent.timings import TurnStamps
from agent.tool_talk import ToolTalk
from agent.turns import Transcript
from agent.upkeep import Upkeep


class Conversation:
    """One call's mind and memory. The line calls in with what the carrier said, `ModelSide` with the model's words."""

    def __init__(
        self,
        plan: CallPlan,
        line: Line,
        connector: ModelConnector,
        settings: AgentSettings,
        tasks: asyncio.TaskGroup,
        leave: Callable[[CallOutcome], None],
    ) -> None:
        self.plan = plan
        self.line = line
        self.settings = settings = settings.tuned(plan.session.pause_ms, plan.silence_seconds)
        self.ended = False
        self._leave = leave
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.leg = ModelLeg(ModelSide(self), connector, plan.session, settings, tasks, plan.connection)
        self.tool_talk = ToolTalk(self.leg, plan.guard)
        self.hands = Hands(
            plan.tools,
            tasks,
            settings.tool_deadline_seconds,
            self.tool_talk.result,
            self._tools_done,
            self.tool_talk.late,
        )
        self.sequencer = Sequencer()
        self.transcript = Transcript(plan.call_id, plan.journal)
        self.stamps = TurnStamps(plan.call_id, plan.journal)
        self.digits = Digits(settings.digits_pause_seconds)
        self.replies = Replies(settings)
        self.voice = CallerVoice(stopped_at=self._began)
        self.leaving = Leaving(settings.goodbye_deadline_seconds)
        self.upkeep = Upkeep(self, self._began)
        self.agent_audible = False
        self.sounds = 0
        self.protect_next = False
        self.owed_to_next_session: frozenset[Want] = frozenset()
        self.caller_audio = self.leg.append

    # ---- the call's life ----

    def start(self) -> None:
        """The socket was claimed: open the model, and greet as soon as it is there."""
        greeting = self.plan.greeting
        self.sequencer.hold(Hold.NO_MODEL)
        self.protect_next = greeting.protected
        if greeting.clip is not None:
            self.line.protect(greeting.protected)
            self.line.play_clip(greeting.clip)
        if greeting.clip is None or greeting.instructions is not None:
            self.owed_to_next_session = frozenset({Want.GREETING})
        self.leg.open(self.plan.session.history)

    def end(self, reason: str, then: NextStep | None) -> None:
        """Leaves the call; only the first reason counts."""
        if not self.ended:
            self.ended = True
            self.sequencer.hold(Hold.LEAVING)
            self._leave(CallOutcome(reason, then, self._loop.time() - self._began))

    async def close(self, *, gone: bool) -> None:
        """Hands over all that is still known. A tool under way may finish: what the caller agreed to still counts."""
        await self.hands.finish(self.settings.tools_at_end_seconds if gone else 0.0)
        for item_id in self.replies.unsettled():
            self._settle(item_id, cut=False)
        self.stamps.close()
        self.transcript.close()
        self.plan.journal.take(Used(self.plan.call_id, "twilio", "media_stream_s", self.ms() / 1000))
        await self.leg.close()

    def hand_over(self, then: NextStep | None = None) -> None:
        """Leaves at the end of our sentence: for another process (drain), or for a person, whom nothing goes before."""
        self.upkeep.disturbed()
        if then is not None or self.leaving.then is None:
            self.leaving.go(then or Reconnect(), self._loop.time())

    def tick(self, now: float) -> None:
        """Called about ten times a second for every call, by one ticker for all of them."""
        if not self.ended:
            self.upkeep.tick(now)

    # ---- what the line says ----

    def digit(self, digit: str) -> None:
        """A key was pressed: keys gather until a pause or a #."""
        self.upkeep.disturbed()
        self.upkeep.caller_acted()
        if self.digits.press(digit, self._loop.time()):
            self.tell_digits()

    def reached(self, item_id: str, finished: Sequence[str]) -> None:
        """Playback got to a mark."""
        self.stamps.heard(item_id, self.ms())
        for item in finished:
            self._settle(item, cut=False)

    def drained(self) -> None:
        """The caller has heard everything that was sent."""
        self.upkeep.disturbed()
        self.agent_audible = False
        if self.sequencer.active is None:
            self.line.protect(False)
        self.voice.waiting_item = ""
        self.ask(self.sequencer.release(Hold.STILL_PLAYING))
        self.maybe_leave()

    def interrupted(self, items: Sequence[HeardItem]) -> None:
        """The caller's voice cut the playback: the model learns what was heard, and the reply under way ends."""
        self.agent_audible = False
        active = self.sequencer.active
        if active is not None:
            self.replies.kill(active)
            if self.leg.session is not None:
                self.leg.session.cancel(active)
        for item in items:
            self._tell_heard(item)
            self._settle(item.item_id, cut=True)
        self.leaving.caller_spoke_up()
        self.voice.waiting_item = ""
        self.sequencer.unwant(Want.SILENCE)
        self.ask(self.sequencer.release(Hold.STILL_PLAYING))
        self.note("barge_in", {"heard_ms": sum(item.heard_ms for item in items), "items": len(items)})

    # ---- asking ----

    def tell_digits(self) -> None:
        """The keys pressed so far become a note, and the model answers it."""
        session = self.leg.session
        if session is None:
            return
        keys = self.digits.take()
        self.tell(f"The caller pressed these keys on their telephone: {' '.join(keys)}")
        self.note("digits", {"count": len(keys)})
        self.leaving.caller_spoke_up()
        self.ask(self.sequencer.want(Want.DIGITS))

    def ask(self, ask: Ask | None) -> None:
        """Sends what the sequencer decided."""
        if ask is None or self.leg.session is None or self.ended:
            return
        self.stamps.asked(self.ms())
        self.leg.session.respond(ask.event_id)

    # ---- tools ----

    def _tools_done(self, batch: Sequence[ToolTask]) -> None:
        """All results are with the model: one reply for all of them, unless the goodbye was already said."""
        self.upkeep.disturbed()
        outcomes = [task.outcome for task in batch if task.outcome is not None]
        self.protect_next = self.protect_next or any(outcome.read_back for outcome in outcomes)
        steps = [outcome.then for outcome in outcomes if outcome.then is not None]
        if steps:
            self.leaving.go(steps[-1], self._loop.time())
            if isinstance(steps[-1], TransferTo):
                self.line.protect(True)
        spoken = any(self.replies.has_sounded(task.asked.response_id) for task in batch)
        if not (steps and spoken) and not self.ended:
            self.sequencer.want(Want.TOOLS)
        self.ask(self.sequencer.release(Hold.TOOLS_RUNNING))
        self.maybe_leave()

    # ---- leaving ----

    def maybe_leave(self) -> None:
        """Leaves once the last words were heard and nothing more is owed."""
        then = self.leaving.then
        if then is None or self.sequencer.owes or self.hands.running or self.line.outstanding:
            return
        if not (self.voice.speaking and self.leaving.waits_for_silence()):
            self.end(reason_of(then), then)

    # ---- small change ----

    def _tell_heard(self, item: HeardItem) -> None:
        """The model's memory of an item becomes what the caller heard of it; what nobody heard is forgotten."""
        self.replies.cut(item)
        session = self.leg.session
        if session is None or not self.replies.is_of(item.item_id, self.leg.number):
            return
        if item.heard_ms > 0:
            session.truncate(item.item_id, min(item.heard_ms, item.received_ms))
        elif self.replies.response_of(item.item_id) != self.sequencer.active:
            session.delete_item(item.item_id)

    def _settle(self, item_id: str, *, cut: bool) -> None:
        heard = self.line.heard(item_id)
        if heard is not None:
            self.transcript.heard(item_id, heard.heard_ms, heard.received_ms, self.ms(), cut=cut, last=True)
            self.replies.settled(item_id)
            self.tool_talk.spoke(self.replies.response_of(item_id))

    def tell(self, note: str) -> None:
        """A note to the model that is also part of the record."""
        if self.leg.session is not None:
            self.leg.session.tell(note, item_id=self.transcript.note(note, self.ms()))

    def instruct(self, note: str) -> None:
        """A note for the model alone: how to go on is no part of what was said."""
        if self.leg.session is not None:
            self.leg.session.tell(note)

    def play_filler(self, why: str) -> None:
        self.note("filler_played", {"why": why, "seconds": self.line.play_clip(why)})

    def note(self, kind: str, data: dict[str, str | int | float | bool]) -> None:
        self.upkeep.disturbed()
        self.plan.journal.take(CallNoted(self.plan.call_id, kind, {"at_ms": self.ms(), **data}))

    def ms(self, at: float | None = None) -> int:
        """Milliseconds since the call's socket opened."""
        return round(((self._loop.time() if at is None else at) - self._began) * 1000)
