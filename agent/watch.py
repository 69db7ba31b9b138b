"""Nobody is left in silence; pure. Says when to fill, when to fetch a human, when to ask whether the caller is there.

Everything counts from *heard* silence: audio still in the carrier's buffer is not silence, and events without audio are
not an answer. A model that opens sessions and responses but makes no sound is mute, however often the caller speaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.settings import AgentSettings

# A turn's end is known a little after the caller's last sound: so much of the silence before counts as waiting.
_NOTICED_LATE = 1.5
# A caller who asks again because nothing came does not wait as long a second time.
_TURNS_UNANSWERED = 2


class Alarm(StrEnum):
    FILLER = "filler"
    TOOL_FILLER = "tool_filler"
    HUMAN = "human"
    REPROMPT = "reprompt"
    GIVE_UP = "give_up"
    WRAP_UP = "wrap_up"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Scene:
    """The call as it stands. `quiet_at` is when the last sound of either side was heard, `sounds` counts the model's
    audio so far and `turns` the caller's turns that want an answer."""

    now: float
    quiet_at: float
    audible: bool
    agent_audible: bool
    caller_speaking: bool
    tools_running: bool
    owed: bool
    leaving: bool = False
    sounds: int = 0
    turns: int = 0


class Watch:
    """The clocks of one call."""

    def __init__(self, settings: AgentSettings, began: float) -> None:
        self._settings = settings
        self._began = began
        self._starved: float | None = began
        self._waited = 0.0
        self._filled = False
        self._sounds = 0
        self._answered = 0
        self._reprompted_at = began
        self._tool_filled_at: float | None = None
        self._reprompts = 0
        self._wrapped = False

    def caller_acted(self) -> None:
        """The caller spoke or pressed a key: they are there."""
        self._reprompts = 0

    def look(self, scene: Scene) -> Alarm | None:
        """The one thing to do now, the gravest first."""
        if scene.sounds != self._sounds or scene.agent_audible:
            self._sounds, self._answered = scene.sounds, scene.turns
            self._nothing_owed()
        return self._length(scene) or self._starvation(scene) or self._silence(scene)

    def calm_until(self, scene: Scene) -> float:
        """Until when `look` has nothing to say as long as the scene stays as it is; 0 when that cannot be said."""
        lasts = self._began + self._settings.max_call_seconds
        if not self._wrapped:
            lasts -= self._settings.wrap_up_before_seconds
        if scene.leaving or scene.caller_speaking or scene.tools_running:
            return 0.0
        if scene.agent_audible:
            return lasts
        if scene.owed or scene.audible:
            return 0.0
        quiet_at = max(scene.quiet_at, self._reprompted_at)
        return min(lasts, quiet_at + self._settings.silence_reprompt_seconds)

    def _length(self, scene: Scene) -> Alarm | None:
        lasted = scene.now - self._began
        if lasted >= self._settings.max_call_seconds:
            return Alarm.TOO_LONG
        if lasted >= self._settings.max_call_seconds - self._settings.wrap_up_before_seconds and not self._wrapped:
            self._wrapped = True
            return Alarm.WRAP_UP
        return None

    def _starvation(self, scene: Scene) -> Alarm | None:
        if not scene.tools_running:
            self._tool_filled_at = None
        if scene.agent_audible or not (scene.owed or scene.tools_running):
            self._nothing_owed()
            return None
        if scene.caller_speaking:
            self._pause(scene.now)
            return None
        silent = 0.0 if scene.audible else scene.now - scene.quiet_at
        if scene.tools_running:
            self._starved, self._waited = None, 0.0
            return self._tool_filler(scene, silent)
        starved = self._starved
        if starved is None:
            # Something may be owed long into a silence (we ask whether anybody is there): that silence was not ours.
            starved = self._starved = max(scene.quiet_at, scene.now - _NOTICED_LATE) - self._waited
        waited = scene.now - starved
        again = scene.turns - self._answered >= _TURNS_UNANSWERED
        if waited >= (self._settings.human_when_asked_again_seconds if again else self._settings.human_after_seconds):
            return Alarm.HUMAN
        if waited >= self._settings.filler_after_seconds and not scene.audible and not self._filled:
            self._filled = True
            return Alarm.FILLER
        return None

    def _nothing_owed(self) -> None:
        """The model was heard, or there is nothing to wait for."""
        self._starved, self._waited, self._filled = None, 0.0, False

    def _pause(self, now: float) -> None:
        """The caller speaks: that is no dead air, and no answer either."""
        if self._starved is not None:
            self._waited = now - self._starved
            self._starved = None

    def _tool_filler(self, scene: Scene, silent: float) -> Alarm | None:
        first = self._tool_filled_at is None
        patience = self._settings.tool_filler_after_seconds if first else self._settings.tool_filler_again_seconds
        if scene.audible or silent < patience:
            return None
        self._tool_filled_at = scene.now
        return Alarm.TOOL_FILLER

    def _silence(self, scene: Scene) -> Alarm | None:
        if scene.audible or scene.caller_speaking or scene.owed or scene.tools_running or scene.leaving:
            return None
        if scene.now - max(scene.quiet_at, self._reprompted_at) < self._settings.silence_reprompt_seconds:
            return None
        self._reprompts += 1
        self._reprompted_at = scene.now
        if self._reprompts <= self._settings.silence_reprompts:
            return Alarm.REPROMPT
        # It is not the caller who is silent when their last turn got no answer.
        return Alarm.HUMAN if scene.turns > self._answered else Alarm.GIVE_UP
