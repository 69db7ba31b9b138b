"""Voice activity on the received mu-law: where the caller's turn starts and stops, in milliseconds of audio. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.mulaw import FRAME, FRAME_MS, loudness

# Four loud frames of the last six: a click is not speech, a cough is taken for it, as by any such detector.
_NEEDED, _WINDOW = 4, 6


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    audio_end_ms: int


class VoiceDetector:
    """Fed everything the session receives; times count from its first byte."""

    def __init__(self, threshold: float = 0.5, prefix_padding_ms: int = 300, silence_duration_ms: int = 500) -> None:
        self._level = 100 + 600 * threshold
        self._prefix_ms, self._silence_ms = prefix_padding_ms, silence_duration_ms
        self._rest = b""
        self._frames = 0
        self._recent: deque[bool] = deque(maxlen=_WINDOW)
        self._quiet_ms = 0
        self.speaking = False

    @classmethod
    def continuing(cls, other: "VoiceDetector", threshold: float, prefix_ms: int, silence_ms: int) -> "VoiceDetector":
        """New settings in the middle of a session: the audio clock goes on."""
        new = cls(threshold, prefix_ms, silence_ms)
        new._frames, new._rest = other._frames, other._rest
        new.speaking, new._quiet_ms = other.speaking, other._quiet_ms
        return new

    @property
    def received_ms(self) -> int:
        return self._frames * FRAME_MS

    def feed(self, audio: bytes) -> Sequence[SpeechStarted | SpeechStopped]:
        audio = self._rest + audio
        whole = len(audio) - len(audio) % FRAME
        self._rest = audio[whole:]
        events: list[SpeechStarted | SpeechStopped] = []
        for start in range(0, whole, FRAME):
            event = self._frame(audio[start : start + FRAME])
            if event is not None:
                events.append(event)
        return events

    def _frame(self, frame: bytes) -> SpeechStarted | SpeechStopped | None:
        loud = loudness(frame) >= self._level
        self._frames += 1
        self._recent.append(loud)
        if not self.speaking:
            if sum(self._recent) < _NEEDED:
                return None
            self.speaking, self._quiet_ms = True, 0
            first = self.received_ms - len(self._recent) * FRAME_MS
            return SpeechStarted(max(0, first - self._prefix_ms))
        self._quiet_ms = 0 if loud else self._quiet_ms + FRAME_MS
        if self._quiet_ms < self._silence_ms:
            return None
        self.speaking = False
        self._recent.clear()
        return SpeechStopped(self.received_ms)
