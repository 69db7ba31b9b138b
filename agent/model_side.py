"""What the model says, and what that changes: its sound goes to the line, its events to the parts that decide."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agent.backchannel import is_backchannel, is_wordless
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
from agent.ports import HumanPath, ModelSession
from agent.sequencer import Hold, Want
from agent.usage import used_by_reply, used_by_transcription

if TYPE_CHECKING:
    from agent.session import Conversation

_ALREADY_ACTIVE = "conversation_already_has_active_response"
# Said words and bills may still arrive while the call closes; nothing else matters then.
_LAST_WORDS = (CallerHeard, ReplyDone, AgentWordsDone)


class ModelSide:
    """One conversation, as its leg sees it (`agent.leg.LegOwner`)."""

    def __init__(self, conversation: Conversation) -> None:
        self._talk = conversation
        self._loop = asyncio.get_running_loop()

    # ---- the session ----

    def model_up(self, session: ModelSession) -> None:
        talk = self._talk
        talk.upkeep.disturbed()
        owed, talk.owed_to_next_session = talk.owed_to_next_session, frozenset()
        if Want.GREETING in owed and talk.plan.greeting.instructions:
            session.tell(talk.plan.greeting.instructions)
        if Want.NOTE in owed:
            session.tell("The connection dropped for a moment. Apologise in a few words and go on where you were.")
        talk.tool_talk.session_up()
        for want in sorted(owed):
            talk.sequencer.want(want)
        talk.ask(talk.sequencer.release(Hold.NO_MODEL))

    def model_down(self, code: str) -> None:
        """The session was lost and another is being opened: what it owed will be asked of the next one."""
        talk = self._talk
        talk.note("model_lost", {"code": code})
        talk.sequencer.hold(Hold.NO_MODEL)
        owed = talk.sequencer.forget()
        talk.owed_to_next_session |= owed | {Want.NOTE} if owed or talk.hands.running else owed
        talk.voice.lost()
        talk.line.speech_stopped()
        for item_id in talk.replies.unsettled():
            talk.line.item_complete(item_id)
        if not talk.line.outstanding:
            talk.play_filler("model_lost")

    def model_gone(self, code: str, terminal: bool) -> None:
        """No model can be had: the caller gets a person."""
        talk = self._talk
        talk.note("model_gone", {"code": code, "terminal": terminal})
        talk.end("model_unavailable", HumanPath(code))

    # ---- sound and events ----

    def on_audio(self, item_id: str, response_id: str, payload_b64: bytes) -> None:
        """The hot path of a reply: sound goes to the line in the turn of the loop it came in."""
        talk = self._talk
        if talk.ended or talk.replies.is_dead(response_id):
            return
        talk.sounds += 1
        if talk.protect_next:
            talk.protect_next = False
            talk.line.protect(True)
        if talk.stamps.awaits_audio:
            arrived = talk.ms()
            talk.line.play(item_id, payload_b64)
            if not talk.replies.is_dead(response_id):
                talk.stamps.first_audio(item_id, arrived, talk.ms())
        else:
            talk.line.play(item_id, payload_b64)
        if talk.replies.is_dead(response_id):
            # The caller was speaking: it was cut before its first byte, and its end deletes it at the model.
            return
        if not talk.agent_audible:
            talk.agent_audible = True
            talk.upkeep.disturbed()
        if not talk.replies.sounded(response_id, item_id, len(payload_b64) * 3 // 4 // 8):
            self._stop_endless_reply(response_id)

    def on_event(self, event: ModelEvent) -> None:
        """Everything else a model session says."""
        talk = self._talk
        if type(event) is AgentWords:
            if not talk.ended and not talk.replies.is_dead(event.response_id):
                talk.transcript.agent_words(event.item_id, event.text, talk.ms())
            return
        if talk.ended and not isinstance(event, _LAST_WORDS):
            return
        talk.upkeep.disturbed()
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
                talk.note("caller_unheard", {"code": event.code})
            case ItemAdded():
                talk.transcript.place(event.item_id, event.previous_item_id)
            case ReplyStarted():
                talk.sequencer.started(event.response_id, event.request_id)
                talk.stamps.created(talk.ms())
            case ReplyItem():
                talk.replies.item(event, talk.leg.number)
            case AgentWordsDone():
                self._agent_said(event)
            case AgentAudioDone():
                talk.line.item_complete(event.item_id)
            case ToolAsked():
                talk.sequencer.hold(Hold.TOOLS_RUNNING)
                talk.replies.acted(event.response_id)
                talk.hands.ask(event, talk.leg.number)
            case ReplyDone():
                self._reply_done(event)
            case ModelFault():
                self._fault(event)
            case SessionLost():
                talk.leg.lost(event, talk.transcript.history())

    # ---- turns ----

    def _speech_started(self, event: SpeechStarted) -> None:
        talk = self._talk
        now = self._loop.time()
        talk.voice.started(now, talk.leg.heard_at(event.audio_start_ms + talk.settings.heard_before_speech_ms, now))
        talk.upkeep.caller_acted()
        talk.leg.turn_opened()
        talk.sequencer.hold(Hold.CALLER_SPEAKING)
        talk.line.speech_started()

    def _speech_stopped(self, event: SpeechStopped) -> None:
        talk = self._talk
        now = self._loop.time()
        talk.voice.stopped(now, talk.leg.heard_at(event.audio_end_ms - talk.settings.heard_after_speech_ms, now))
        talk.stamps.speech_stopped(talk.ms(talk.voice.ended_at), talk.ms())
        talk.line.speech_stopped()

    def _turn_committed(self, event: TurnCommitted) -> None:
        """The caller's turn is complete. Said over a reply that was not cut, it waits until that reply was heard."""
        talk = self._talk
        began, ended = talk.voice.began_at, talk.voice.ended_at
        talk.voice.committed()
        talk.voice.turns += 1
        talk.leg.turn_closed()
        talk.transcript.caller_turn(
            event.item_id,
            event.previous_item_id,
            talk.ms(began) if began >= 0 else -1,
            talk.ms(ended) if ended >= 0 else -1,
        )
        if talk.agent_audible and talk.line.outstanding:
            talk.voice.waiting_item = event.item_id
            talk.sequencer.hold(Hold.STILL_PLAYING)
        talk.sequencer.want(Want.TURN)
        talk.ask(talk.sequencer.release(Hold.CALLER_SPEAKING))

    def _caller_heard(self, event: CallerHeard) -> None:
        talk = self._talk
        talk.transcript.caller_words(event.item_id, event.text)
        for fact in used_by_transcription(talk.plan.call_id, talk.settings.transcription_model, event):
            talk.plan.journal.take(fact)
        if event.item_id != talk.voice.waiting_item:
            return
        nod = is_backchannel(event.text)
        talk.line.words_came(not nod)
        if nod and (is_wordless(event.text) or not talk.replies.asks(talk.transcript)):
            talk.voice.waiting_item = ""
            talk.voice.turns -= 1
            talk.sequencer.unwant(Want.TURN)
            talk.note("backchannel", {})
            talk.ask(talk.sequencer.release(Hold.STILL_PLAYING))

    # ---- replies ----

    def _agent_said(self, event: AgentWordsDone) -> None:
        talk = self._talk
        talk.transcript.agent_text(event.item_id, event.text)
        if talk.ended or talk.plan.guard is None or talk.replies.is_dead(event.response_id):
            return
        correction = talk.plan.guard.said(event.text)
        if correction is not None and talk.leg.session is not None:
            talk.note("claim_flagged", {"item_id": event.item_id})
            talk.leg.session.tell(correction)
            talk.sequencer.want(Want.NOTE)

    def _reply_done(self, event: ReplyDone) -> None:
        talk = self._talk
        session = talk.leg.session
        if event.usage is not None and session is not None:
            for fact in used_by_reply(talk.plan.call_id, session.model, event.usage):
                talk.plan.journal.take(fact)
        if talk.ended or session is None:
            return
        for item_id in talk.replies.items_of(event.response_id):
            talk.line.item_complete(item_id)
        for item_id in talk.replies.never_heard(event.response_id):
            session.delete_item(item_id)
        healthy = talk.replies.done(event.response_id, talk.transcript)
        if event.terminal:
            self.model_gone(event.error_code, terminal=True)
            return
        if not healthy:
            talk.note("model_loops", {"code": event.error_code})
            talk.end("model_loops", HumanPath("model_loops"))
            return
        if event.status == "failed":
            talk.note("reply_failed", {"code": event.error_code})
            talk.upkeep.back_off()
            talk.sequencer.want(Want.NOTE)
        elif event.status != "cancelled" and self._went_mute(event.response_id):
            return
        talk.ask(talk.sequencer.done(event.response_id))
        if not talk.line.outstanding:
            talk.drained()

    def _went_mute(self, response_id: str) -> bool:
        """A reply with nothing in it leaves the caller unanswered: it is asked for once more, then a person answers."""
        talk = self._talk
        mute = talk.replies.mute(response_id)
        if not mute or talk.leaving.then is not None:
            return False
        talk.note("reply_empty", {"in_a_row": mute})
        if mute > 1:
            talk.end("model_mute", HumanPath("model_mute"))
            return True
        for why in talk.sequencer.answering or {Want.TURN}:
            talk.sequencer.want(why)
        return False

    def _stop_endless_reply(self, response_id: str) -> None:
        talk = self._talk
        talk.note("reply_too_long", {})
        talk.replies.kill(response_id)
        if talk.leg.session is not None:
            talk.leg.session.cancel(response_id)

    def _fault(self, event: ModelFault) -> None:
        talk = self._talk
        talk.note("model_fault", {"code": event.code or event.kind})
        if event.terminal:
            self.model_gone(event.code, terminal=True)
            return
        talk.upkeep.back_off(only_timer=True)
        talk.ask(talk.sequencer.refused(event.about, already_active=event.code == _ALREADY_ACTIVE))
