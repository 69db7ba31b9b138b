"""What time does to a conversation: pauses end, silence is broken, the stuck is freed, old sessions are replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.leaving import reason_of
from agent.ports import HangUp, HumanPath
from agent.sequencer import Hold, Want
from agent.watch import Alarm, Scene, Watch

if TYPE_CHECKING:
    from agent.session import Conversation

_BACK_OFF = 0.5


class Upkeep:
    """The clockwork of one conversation."""

    def __init__(self, conversation: Conversation, began: float) -> None:
        self._talk = conversation
        self._began = began
        self._watch = Watch(conversation.settings, began)
        self._backing_off: float | None = None
        self._now = began
        self._calm_until = 0.0

    def disturbed(self) -> None:
        """Something happened: what time will do next is to be worked out anew."""
        self._calm_until = 0.0

    def caller_acted(self) -> None:
        self._watch.caller_acted()

    def back_off(self, *, only_timer: bool = False) -> None:
        """A request failed: the next one waits a little."""
        if not only_timer:
            self._talk.sequencer.hold(Hold.BACKING_OFF)
        self._backing_off = self._now

    def tick(self, now: float) -> None:
        self._now = now
        if now < self._calm_until:
            return
        talk = self._talk
        self._unstick(now)
        if talk.digits.due(now):
            talk.tell_digits()
        talk.maybe_leave()
        then = talk.leaving.then
        if not talk.ended and then is not None and talk.leaving.is_overdue(now):
            talk.end(reason_of(then), then)
        if talk.ended:
            return
        self._recycle(now)
        scene = self._scene(now)
        alarm = self._watch.look(scene)
        if alarm is not None:
            self._act_on(alarm)
        else:
            self._calm_until = self._next_look(scene)

    def _next_look(self, scene: Scene) -> float:
        """A call in which nothing happens need not be looked at ten times a second."""
        talk = self._talk
        if talk.digits.pending or talk.voice.stop_pending or self._backing_off is not None:
            return 0.0
        return min(self._watch.calm_until(scene), talk.leg.recycle_at)

    def _scene(self, now: float) -> Scene:
        talk = self._talk
        audible = talk.line.outstanding
        return Scene(
            now=now,
            quiet_at=max(talk.line.last_heard_at, talk.voice.quiet_at, talk.digits.last_at),
            audible=audible,
            agent_audible=audible and talk.agent_audible,
            caller_speaking=talk.voice.speaking,
            tools_running=talk.hands.running,
            owed=talk.sequencer.owes or talk.leg.opening,
            leaving=talk.leaving.then is not None,
            sounds=talk.sounds,
            turns=talk.voice.turns,
        )

    def _act_on(self, alarm: Alarm) -> None:
        talk = self._talk
        match alarm:
            case Alarm.FILLER:
                talk.play_filler("slow_model")
            case Alarm.TOOL_FILLER:
                talk.play_filler("slow_tool")
            case Alarm.HUMAN:
                talk.note("model_mute", {})
                talk.end("model_mute", HumanPath("model_mute"))
            case Alarm.REPROMPT:
                talk.note("silence", {})
                talk.instruct("The caller has been silent. Ask in a few words whether they are still there.")
                talk.ask(talk.sequencer.want(Want.SILENCE))
            case Alarm.GIVE_UP:
                # Our own decision to hang up: the model says goodbye first.
                talk.leaving.go(HangUp("silence"), self._now)
                talk.instruct("The caller does not answer. Say a short goodbye; the call then ends.")
                talk.ask(talk.sequencer.want(Want.SILENCE))
            case Alarm.WRAP_UP:
                talk.note("nearly_too_long", {})
                talk.instruct("The call is nearly at its time limit: wrap up within a minute.")
            case Alarm.TOO_LONG:
                talk.end("max_length", HumanPath("max_length"))

    def _unstick(self, now: float) -> None:
        """Speech that never stops, a stop without a turn, a refused request: none of them may silence the agent."""
        talk = self._talk
        if talk.voice.is_stuck(now, talk.settings.speech_stuck_seconds):
            talk.voice.stopped(now, now)
            talk.line.speech_stopped()
        if talk.voice.is_uncommitted(now):
            talk.voice.committed()
            talk.ask(talk.sequencer.release(Hold.CALLER_SPEAKING))
        if self._backing_off is not None and now - self._backing_off >= _BACK_OFF:
            self._backing_off = None
            talk.ask(talk.sequencer.unstick())

    def _recycle(self, now: float) -> None:
        """A session near its limit is replaced at a silent moment by one that knows what was heard."""
        talk = self._talk
        if talk.sequencer.owes or talk.hands.running or talk.line.outstanding or talk.voice.speaking:
            return
        if talk.leg.standby_ready:
            talk.leg.swap(talk.transcript.history())
            talk.note("session_recycled", {})
        elif talk.leg.due_for_recycling(now):
            talk.leg.prepare_standby(talk.transcript.history())
