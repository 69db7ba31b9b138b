"""When the caller's voice stops the agent's; pure. The decision is ours: the model's server only says what it hears.

Two witnesses. The model's voice detector is trusted: speech it has heard for the sustain time cuts the reply. Our own
energy gate is quicker but knows only loudness: it may pause the reply, and unless the model's detector agrees soon, it
was a cough or a door, and the reply goes on where it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# Timers may fire a clock step early.
_CLOCK_STEP = 1e-4


class Verdict(StrEnum):
    NOTHING = "nothing"
    PAUSE = "pause"
    CUT = "cut"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class BargeInLimits:
    """In seconds. `sustain` 0 cuts as soon as the model hears speech."""

    sustain: float = 0.25
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
            return self._paused_at + self._limits.confirm
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

    def speech_stopped(self) -> None:
        """The detector closed it: speech that never lasted is not an interruption."""
        self._model_since = None
        self._local_since = None

    def frame(self, audio: bytes, now: float, outstanding: bool, frames: int = 1) -> Verdict:
        """20 ms of the caller's mu-law through our own gate, which stand for `frames` of them."""
        loud = self._gate.hears(audio, frames)
        if not self._limits.local_gate:
            return Verdict.NOTHING
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
            lasted = now - self._onset() >= self._limits.sustain - _CLOCK_STEP
            return Verdict.CUT if lasted else Verdict.NOTHING
        local = self._local_since
        if local is not None and now >= self._rest_until and now - local >= self._limits.local_sustain:
            self._paused_at = now
            return Verdict.PAUSE
        return Verdict.NOTHING

    def forget(self) -> None:
        """Playback was cut for another reason; a pause has nothing left to confirm."""
        self._paused_at = None

    def _confirm(self, now: float) -> Verdict:
        paused_at = self._paused_at
        if self._model_since is not None:
            self._paused_at = None
            return Verdict.CUT
        if paused_at is not None and now - paused_at >= self._limits.confirm - _CLOCK_STEP:
            self._paused_at = None
            self._local_since = None
            # Whatever it was may go on for a while; the model's detector still cuts meanwhile.
            self._rest_until = now + self._limits.local_rest
            return Verdict.RESUME
        return Verdict.NOTHING

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

    def hears(self, audio: bytes, frames: int = 1) -> bool:
        """True while voice-like loudness lasts; short dips between syllables do not end it.

        `frames` is how many frames this one stands for, so that dips are measured in time when only some are looked at.
        """
        sampled = audio[::_EVERY]
        if not sampled:
            return self._run > 0
        level = sum(sampled.translate(_LOUDNESS)) / len(sampled)
        self._follow(level)
        if level >= self._least and level >= self._floor + self._margin:
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
