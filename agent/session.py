"""One conversation: model events in, tools run, words and sound out, until there is a reason to leave.

Everything here runs in plain callbacks on the loop: a frame of sound never waits for a task or a queue. The parts that
decide (`sequencer`, `watch`, `turns`) are pure; this module only carries events between them, the model and the line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from agent.backchannel import is_backchannel, is_wordless
from agent.caller import CallerVoice
from agent.digits import Digits
from agent.events import (
    AgentAudioDone,
    AgentWords,
    AgentWordsDone,
    CallerHeard,
    CallerUnheard,
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
from agent.hands import Hands, ToolTask
from agent.journal import CallNoted, Used
from agent.leaving import Leaving, reason_of
from agent.leg import ModelLeg
from agent.ports import (
    CallOutcome,
    CallPlan,
    HeardItem,
    HumanPath,
    Line,
    ModelConnector,
    ModelSession,
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
from agent.usage import used_by_reply, used_by_transcription

_ALREADY_ACTIVE = "conversation_already_has_active_response"
# Said words and bills may still arrive while the call closes; nothing else matters then.
_LAST_WORDS = (CallerHeard, ReplyDone, AgentWordsDone)


class Conversation:
    """One call's mind and memory. The line calls in with what the carrier said, the leg with what the model said."""

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
        self.settings = settings
        self.ended = False
        self._leave = leave
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.leg = ModelLeg(self, connector, plan.session, settings, tasks, plan.connection)
        self._talk = ToolTalk(self.leg, plan.guard)
        self.hands = Hands(
            plan.tools, tasks, settings.tool_deadline_seconds, self._talk.result, self._tools_done, self._talk.late
        )
        self.sequencer = Sequencer()
        self.transcript = Transcript(plan.call_id, plan.journal)
        self._stamps = TurnStamps(plan.call_id, plan.journal)
        self.digits = Digits(settings.digits_pause_seconds)
        self._replies = Replies(settings)
        self.voice = CallerVoice(stopped_at=self._began)
        self.leaving = Leaving(settings.goodbye_deadline_seconds)
        self.upkeep = Upkeep(self, self._began)
        self.agent_audible = False
        self.sounds = 0
        self._protect_next = False
        self.owed_to_next_session: frozenset[Want] = frozenset()
        self.caller_audio = self.leg.append

    # ---- the call's life ----

    def start(self) -> None:
        """The socket was claimed: open the model, and greet as soon as it is there."""
        greeting = self.plan.greeting
        self.sequencer.hold(Hold.NO_MODEL)
        self._protect_next = greeting.protected
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
        for item_id in self._replies.unsettled():
            self._settle(item_id, cut=False)
        self._stamps.close()
        self.transcript.close()
        self.plan.journal.take(Used(self.plan.call_id, "twilio", "media_stream_s", self.ms() / 1000))
        await self.leg.close()

    def hand_over(self) -> None:
        """Drain: at the next silent moment another process takes the call on."""
        self.upkeep.disturbed()
        if self.leaving.then is None:
            self.leaving.go(Reconnect(), self._loop.time())

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
        self._stamps.heard(item_id, self.ms())
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
            self._replies.kill(active)
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

    # ---- what the leg says ----

    def model_up(self, session: ModelSession) -> None:
        self.upkeep.disturbed()
        owed, self.owed_to_next_session = self.owed_to_next_session, frozenset()
        if Want.GREETING in owed and self.plan.greeting.instructions:
            session.tell(self.plan.greeting.instructions)
        if Want.NOTE in owed:
            session.tell("The connection dropped for a moment. Apologise in a few words and go on where you were.")
        self._talk.session_up()
        for want in sorted(owed):
            self.sequencer.want(want)
        self.ask(self.sequencer.release(Hold.NO_MODEL))

    def model_down(self, code: str) -> None:
        """The session was lost and another is being opened: what it owed will be asked of the next one."""
        self.note("model_lost", {"code": code})
        self.sequencer.hold(Hold.NO_MODEL)
        owed = self.sequencer.forget()
        self.owed_to_next_session |= owed | {Want.NOTE} if owed or self.hands.running else owed
        self.voice.lost()
        self.line.speech_stopped()
        for item_id in self._replies.unsettled():
            self.line.item_complete(item_id)
        if not self.line.outstanding:
            self.play_filler("model_lost")

    def model_gone(self, code: str, terminal: bool) -> None:
        """No model can be had: the caller gets a person."""
        self.note("model_gone", {"code": code, "terminal": terminal})
        self.end("model_unavailable", HumanPath(code))

    def on_audio(self, item_id: str, response_id: str, payload_b64: bytes) -> None:
        """The hot path of a reply: sound goes to the line in the turn of the loop it came in."""
        if self.ended or self._replies.is_dead(response_id):
            return
        self.sounds += 1
        if self._protect_next:
            self._protect_next = False
            self.line.protect(True)
        if self._stamps.awaits_audio:
            arrived = self.ms()
            self.line.play(item_id, payload_b64)
            if not self._replies.is_dead(response_id):
                self._stamps.first_audio(item_id, arrived, self.ms())
        else:
            self.line.play(item_id, payload_b64)
        if self._replies.is_dead(response_id):
            # The caller was speaking: it was cut before its first byte, and its end deletes it at the model.
            return
        if not self.agent_audible:
            self.agent_audible = True
            self.upkeep.disturbed()
        if not self._replies.sounded(response_id, item_id, len(payload_b64) * 3 // 4 // 8):
            self._stop_endless_reply(response_id)

    def on_event(self, event: ModelEvent) -> None:
        """Everything else a model session says."""
        if type(event) is AgentWords:
            if not self.ended and not self._replies.is_dead(event.response_id):
                self.transcript.agent_words(event.item_id, event.text, self.ms())
            return
        if self.ended and not isinstance(event, _LAST_WORDS):
            return
        self.upkeep.disturbed()
        match event:
            case SpeechStarted():
                self._speech_started(event)
            case SpeechStopped():
                self._speech_stopped(event)
            case TurnCommitted():
                self._turn_committed(event)
            case CallerHeard():
                self._caller_heard(event)
            case CallerUnheard():
                self.note("caller_unheard", {"code": event.code})
            case ItemAdded():
                self.transcript.place(event.item_id, event.previous_item_id)
            case ReplyStarted():
                self.sequencer.started(event.response_id, event.request_id)
                self._stamps.created(self.ms())
            case ReplyItem():
                self._replies.item(event, self.leg.number)
            case AgentWordsDone():
                self._agent_said(event)
            case AgentAudioDone():
                self.line.item_complete(event.item_id)
            case ToolAsked():
                self.sequencer.hold(Hold.TOOLS_RUNNING)
                self._replies.acted(event.response_id)
                self.hands.ask(event, self.leg.number)
            case ReplyDone():
                self._reply_done(event)
            case ModelFault():
                self._fault(event)
            case SessionLost():
                self.leg.lost(event, self.transcript.history())

    # ---- turns ----

    def _speech_started(self, event: SpeechStarted) -> None:
        now = self._loop.time()
        self.voice.started(now, self.leg.heard_at(event.audio_start_ms + self.settings.heard_before_speech_ms, now))
        self.upkeep.caller_acted()
        self.leg.turn_opened()
        self.sequencer.hold(Hold.CALLER_SPEAKING)
        self.line.speech_started()

    def _speech_stopped(self, event: SpeechStopped) -> None:
        now = self._loop.time()
        self.voice.stopped(now, self.leg.heard_at(event.audio_end_ms - self.settings.heard_after_speech_ms, now))
        self._stamps.speech_stopped(self.ms(self.voice.ended_at), self.ms())
        self.line.speech_stopped()

    def _turn_committed(self, event: TurnCommitted) -> None:
        """The caller's turn is complete. Said over a reply that was not cut, it waits until that reply was heard."""
        began, ended = self.voice.began_at, self.voice.ended_at
        self.voice.committed()
        self.voice.turns += 1
        self.leg.turn_closed()
        self.transcript.caller_turn(
            event.item_id,
            event.previous_item_id,
            self.ms(began) if began >= 0 else -1,
            self.ms(ended) if ended >= 0 else -1,
        )
        if self.agent_audible and self.line.outstanding:
            self.voice.waiting_item = event.item_id
            self.sequencer.hold(Hold.STILL_PLAYING)
        self.sequencer.want(Want.TURN)
        self.ask(self.sequencer.release(Hold.CALLER_SPEAKING))

    def _caller_heard(self, event: CallerHeard) -> None:
        self.transcript.caller_words(event.item_id, event.text)
        for fact in used_by_transcription(self.plan.call_id, self.settings.transcription_model, event):
            self.plan.journal.take(fact)
        if event.item_id != self.voice.waiting_item:
            return
        nod = is_backchannel(event.text)
        self.line.words_came(not nod)
        if nod and (is_wordless(event.text) or not self._replies.asks(self.transcript)):
            self.voice.waiting_item = ""
            self.voice.turns -= 1
            self.sequencer.unwant(Want.TURN)
            self.note("backchannel", {})
            self.ask(self.sequencer.release(Hold.STILL_PLAYING))

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

    # ---- replies ----

    def _agent_said(self, event: AgentWordsDone) -> None:
        self.transcript.agent_text(event.item_id, event.text)
        if self.ended or self.plan.guard is None or self._replies.is_dead(event.response_id):
            return
        correction = self.plan.guard.said(event.text)
        if correction is not None and self.leg.session is not None:
            self.note("claim_flagged", {"item_id": event.item_id})
            self.leg.session.tell(correction)
            self.sequencer.want(Want.NOTE)

    def _reply_done(self, event: ReplyDone) -> None:
        session = self.leg.session
        if event.usage is not None and session is not None:
            for fact in used_by_reply(self.plan.call_id, session.model, event.usage):
                self.plan.journal.take(fact)
        if self.ended or session is None:
            return
        for item_id in self._replies.items_of(event.response_id):
            self.line.item_complete(item_id)
        for item_id in self._replies.never_heard(event.response_id):
            session.delete_item(item_id)
        healthy = self._replies.done(event.response_id, self.transcript)
        if event.terminal:
            self.model_gone(event.error_code, terminal=True)
            return
        if not healthy:
            self.note("model_loops", {"code": event.error_code})
            self.end("model_loops", HumanPath("model_loops"))
            return
        if event.status == "failed":
            self.note("reply_failed", {"code": event.error_code})
            self.upkeep.back_off()
            self.sequencer.want(Want.NOTE)
        elif event.status != "cancelled" and self._went_mute(event.response_id):
            return
        self.ask(self.sequencer.done(event.response_id))
        if not self.line.outstanding:
            self.drained()

    def _went_mute(self, response_id: str) -> bool:
        """A reply with nothing in it leaves the caller unanswered: it is asked for once more, then a person answers."""
        mute = self._replies.mute(response_id)
        if not mute or self.leaving.then is not None:
            return False
        self.note("reply_empty", {"in_a_row": mute})
        if mute > 1:
            self.end("model_mute", HumanPath("model_mute"))
            return True
        for why in self.sequencer.answering or {Want.TURN}:
            self.sequencer.want(why)
        return False

    def _stop_endless_reply(self, response_id: str) -> None:
        self.note("reply_too_long", {})
        self._replies.kill(response_id)
        if self.leg.session is not None:
            self.leg.session.cancel(response_id)

    def _fault(self, event: ModelFault) -> None:
        self.note("model_fault", {"code": event.code or event.kind})
        if event.terminal:
            self.model_gone(event.code, terminal=True)
            return
        self.upkeep.back_off(only_timer=True)
        self.ask(self.sequencer.refused(event.about, already_active=event.code == _ALREADY_ACTIVE))

    def ask(self, ask: Ask | None) -> None:
        """Sends what the sequencer decided."""
        if ask is None or self.leg.session is None or self.ended:
            return
        self._stamps.asked(self.ms())
        self.leg.session.respond(ask.event_id)

    # ---- tools ----

    def _tools_done(self, batch: Sequence[ToolTask]) -> None:
        """All results are with the model: one reply for all of them, unless the goodbye was already said."""
        self.upkeep.disturbed()
        outcomes = [task.outcome for task in batch if task.outcome is not None]
        self._protect_next = self._protect_next or any(outcome.read_back for outcome in outcomes)
        steps = [outcome.then for outcome in outcomes if outcome.then is not None]
        if steps:
            self.leaving.go(steps[-1], self._loop.time())
            if isinstance(steps[-1], TransferTo):
                self.line.protect(True)
        spoken = any(self._replies.has_sounded(task.asked.response_id) for task in batch)
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
        self._replies.cut(item)
        session = self.leg.session
        if session is None or not self._replies.is_of(item.item_id, self.leg.number):
            return
        if item.heard_ms > 0:
            session.truncate(item.item_id, min(item.heard_ms, item.received_ms))
        elif self._replies.response_of(item.item_id) != self.sequencer.active:
            session.delete_item(item.item_id)

    def _settle(self, item_id: str, *, cut: bool) -> None:
        heard = self.line.heard(item_id)
        if heard is not None:
            self.transcript.heard(item_id, heard.heard_ms, heard.received_ms, self.ms(), cut=cut, last=True)
            self._replies.settled(item_id)
            self._talk.spoke(self._replies.response_of(item_id))

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
