"""What the model hears: turns found in the audio it received, and the words that audio carried beside it."""

from collections import deque
from collections.abc import Sequence

from simulator.model.vad import SpeechStarted, SpeechStopped, VoiceDetector
from simulator.mulaw import BYTES_PER_MS
from simulator.stamps import StampReader
from simulator.words import Utterance, words_between

_EAGERNESS_MS = {"high": 400, "auto": 600, "medium": 600, "low": 1_000}


class Notebook:
    """The words of callers, by call and utterance, as /beside/words brought them."""

    def __init__(self) -> None:
        self._stamped: dict[str, dict[int, Utterance]] = {}
        self._loose: dict[str, deque[str]] = {}

    def note(self, call_sid: str, text: str, frames: int, serial: int | None) -> None:
        if serial is None:
            self._loose.setdefault(call_sid, deque()).append(text)
        else:
            self._stamped.setdefault(call_sid, {})[serial] = Utterance(text, frames)

    def find(self, call_sid: str, serial: int) -> Utterance | None:
        return self._stamped.get(call_sid, {}).get(serial)

    def take_loose(self, call_sid: str) -> list[str]:
        """Words whose poster could not say which audio they belong to: the next turn's."""
        waiting = self._loose.get(call_sid)
        words = list(waiting or ())
        if waiting:
            waiting.clear()
        return words

    def forget(self, call_sid: str) -> None:
        self._stamped.pop(call_sid, None)
        self._loose.pop(call_sid, None)


class Hearing:
    """The input audio buffer of one session."""

    def __init__(self, notebook: Notebook) -> None:
        self.detector: VoiceDetector | None = VoiceDetector()
        self.buffered_bytes = 0
        self.received_bytes = 0
        self._notebook = notebook
        self._stamps = StampReader()
        self._heard: dict[int, tuple[int, int]] = {}

    def configure(self, turn_detection: dict[str, object] | None) -> None:
        """server_vad or semantic_vad settings, or None: the application commits by itself."""
        if turn_detection is None:
            self.detector = None
            return
        old = self.detector or VoiceDetector()
        if turn_detection.get("type") == "semantic_vad":
            ms = _EAGERNESS_MS[str(turn_detection.get("eagerness") or "auto")]
            self.detector = VoiceDetector.continuing(old, 0.5, 300, ms)
            return
        self.detector = VoiceDetector.continuing(
            old,
            float(str(turn_detection.get("threshold", 0.5))),
            int(str(turn_detection.get("prefix_padding_ms", 300))),
            int(str(turn_detection.get("silence_duration_ms", 500))),
        )

    def feed(self, audio: bytes) -> Sequence[SpeechStarted | SpeechStopped]:
        self.buffered_bytes += len(audio)
        self.received_bytes += len(audio)
        for stamp in self._stamps.feed(audio):
            first, _ = self._heard.get(stamp.serial, (stamp.frame, stamp.frame))
            self._heard[stamp.serial] = (first, stamp.frame)
        return self.detector.feed(audio) if self.detector is not None else ()

    @property
    def buffered_ms(self) -> int:
        return self.buffered_bytes // BYTES_PER_MS

    def clear(self) -> None:
        self.buffered_bytes = 0
        self._heard.clear()

    def take_words(self, call_sid: str) -> str:
        """The words of the audio since the last turn; of a half-received utterance the half that came."""
        words = self._notebook.take_loose(call_sid)
        for serial, (first, last) in self._heard.items():
            utterance = self._notebook.find(call_sid, serial)
            if utterance is not None:
                words.append(words_between(utterance, first, last))
        self._heard.clear()
        return " ".join(word for word in words if word)
