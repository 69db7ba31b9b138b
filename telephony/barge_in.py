"""When the caller's voice stops the agent's; pure. The decision is ours: the model's server only says what it hears.

Two witnesses. The model's voice detector hears a voice where there is one, but also a cough, and says that it is over
only after half a second of silence. Our own energy gate knows only loudness, but to the frame. What either of them has
heard for the sustain time pauses the reply at once. It is cut when both go on hearing it, or when words come of it; a
nod, a cough or a door was no interruption, and the reply goes on where it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# Timers may fire a clock step early.
_CLOCK_STEP = 1e-4
# Three frames: a sound that was loud so lately is not over.
_STILL = 0.065


class Verdict(StrEnum):
    NOTHING = "nothing"
    PAUSE = "pause"
    CUT = "cut"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class BargeInLimits:
    """In seconds. `sustain` 0 cuts as soon as the model hears speech; nothing that lasts `certain` is a nod."""

    sustain: float = 0.25
    certain: float = 0.6
    local_sustain: float = 0.3
    confirm: float = 0.7
    local_rest: float = 3.0
    local_gate: bool = True


class BargeIn:
    """Hears about speech from both witnesses and says when to pause, cut or resume. Times are loop seconds."""

    def __init__(self, limits: BargeInLimits | None = None) -> None:
        self._limits = limits or BargeInLimits()
        self._gate = EnergyGate()
        self._model_since: float | None = None
        self._local_since: float | None = None
        self._paused_at: float | None = None
        self._began = 0.0
        self._last_loud = -1.0
        self._rest_until = 0.0
        self._protected = False

    @property
    def caller_speaking(self) -> bool:
        """The model's detector has an open turn."""
        return self._model_since is not None

    @property
    def protected(self) -> bool:
        return self._protected

    @property
    def deadline(self) -> float | None:
        """When `due` has something to say even if nothing else happens."""
        if self._protected:
            return None
        if self._paused_at is not None:
            # While the model hears a voice, the frames themselves bring the decision.
            return None if self._model_since is not None else self._paused_at + self._limits.confirm
        if self._model_since is not None:
            return self._onset() + self._limits.sustain
        return None

    def protect(self, on: bool) -> None:
        """Disclosures and read-backs of a price or a time are not talked over."""
        self._protected = on

    def speech_started(self, now: float, outstanding: bool) -> Verdict:
        """The model's detector opened a turn."""
        if self._model_since is None:
            self._model_since = now
        return self.due(now, outstanding)

    def speech_stopped(self, now: float = 0.0) -> None:
        """The detector closed it: speech that never lasted is not an interruption, unless words come of it soon."""
        self._model_since = None
        self._local_since = None
        if self._paused_at is not None:
            self._paused_at = max(self._paused_at, now)

    def words(self, real: bool, now: float, outstanding: bool) -> Verdict:
        """What was said over the reply came to something, or to nothing (a nod, a cough)."""
        if self._paused_at is not None:
            return self._stop() if real else self._go_on(now)
        return Verdict.CUT if real and outstanding and not self._protected else Verdict.NOTHING

    def frame(self, audio: bytes, now: float, outstanding: bool, frames: int = 1) -> Verdict:
        """20 ms of the caller's mu-law through our own gate, which stand for `frames` of them."""
        loud = self._gate.hears(audio, frames)
        if not self._limits.local_gate:
            return Verdict.NOTHING
        if self._gate.loud:
            self._last_loud = now
        if not loud:
            self._local_since = None
        elif self._local_since is None:
            self._local_since = now
        if loud or self._paused_at is not None:
            return self.due(now, outstanding)
        return Verdict.NOTHING

    def due(self, now: float, outstanding: bool) -> Verdict:
        """The decision at this moment; the caller must carry it out at once."""
        if self._paused_at is not None:
            return self._confirm(now)
        if self._protected or not outstanding:
            return Verdict.NOTHING
        if self._model_since is not None:
            return self._voice_over_ours(now, self._onset())
        local = self._local_since
        if local is not None and now >= self._rest_until and now - local >= self._limits.local_sustain:
            return self._pause(now, local)
        return Verdict.NOTHING

    def _voice_over_ours(self, now: float, onset: float) -> Verdict:
        lasted = now - onset + _CLOCK_STEP
        if lasted < self._limits.sustain:
            return Verdict.NOTHING
        if self._limits.sustain == 0 or self._last_loud < onset - self._limits.local_sustain:
            return Verdict.CUT  # a voice our gate is too coarse for: the model's word alone counts
        if now - self._last_loud > _STILL:
            return Verdict.NOTHING  # over already: its words will tell
        return Verdict.CUT if lasted >= self._limits.certain else self._pause(now, onset)

    def _pause(self, now: float, began: float) -> Verdict:
        self._paused_at, self._began = now, began
        return Verdict.PAUSE

    def _stop(self) -> Verdict:
        self._paused_at = None
        return Verdict.CUT

    def _go_on(self, now: float) -> Verdict:
        self._paused_at = self._local_since = None
        # Whatever it was may go on for a while; the model's detector still cuts meanwhile.
        self._rest_until = now + self._limits.local_rest
        return Verdict.RESUME

    def forget(self) -> None:
        """Playback was cut for another reason; a pause has nothing left to confirm."""
        self._paused_at = None

    def _confirm(self, now: float) -> Verdict:
        """Of a pause: both witnesses still hear a voice, or nobody has for a while."""
        if self._model_since is not None:
            still = now - self._last_loud <= _STILL
            if still and now - self._began >= self._limits.certain - _CLOCK_STEP:
                return self._stop()
            since = max(self._last_loud, self._paused_at or now)
        else:
            since = self._paused_at or now
        return self._go_on(now) if now - since >= self._limits.confirm - _CLOCK_STEP else Verdict.NOTHING

    def _onset(self) -> float:
        """Where speech began: our gate usually noticed before the model's detector said so."""
        if self._model_since is None:
            raise AssertionError("no open turn")
        if self._limits.local_gate and self._local_since is not None:
            return min(self._model_since, self._local_since)
        return self._model_since


# mu-law is already logarithmic: the inverted code without its sign is loudness in steps of about 0.38 dB.
_LOUDNESS = bytes((~code) & 0x7F for code in range(256))
_EVERY = 4


class EnergyGate:
    """Is this louder than the line's own noise? About 1 us a frame: every fourth sample, no decoding of samples."""

    def __init__(self, margin: int = 22, least: int = 34) -> None:
        self._margin = margin
        self._least = least
        self._floor = -1.0
        self._run = 0
        self._quiet = 0
        self.loud = False

    def hears(self, audio: bytes, frames: int = 1) -> bool:
        """True while voice-like loudness lasts; short dips between syllables do not end it.

        `frames` is how many frames this one stands for, so that dips are measured in time when only some are looked at.
        """
        sampled = audio[::_EVERY]
        if not sampled:
            return self._run > 0
        level = sum(sampled.translate(_LOUDNESS)) / len(sampled)
        self._follow(level)
        self.loud = level >= self._least and level >= self._floor + self._margin
        if self.loud:
            self._run += frames
            self._quiet = 0
        else:
            self._quiet += frames
            if self._quiet > 6:
                self._run = 0
        return self._run > 1

    def _follow(self, level: float) -> None:
        """The noise floor falls at once and rises slowly, so that speech does not become its own floor."""
        if self._floor < 0:
            self._floor = level
        elif level < self._floor:
            self._floor += (level - self._floor) * 0.3
        else:
            self._floor += min((level - self._floor) * 0.01, 0.15)
