"""The carrier's playout buffer: 8 bytes leave it each millisecond; a mark is reached when all before it was heard."""

from collections import deque
from dataclasses import dataclass

from simulator.mulaw import FRAME


@dataclass(slots=True)
class SentMark:
    """One mark of the application, and what became of it."""

    name: str
    sent_at: float
    position: int = 0
    """Bytes of audio the application had sent before it."""
    echoed_at: float | None = None
    played: bool = False


class Playout:
    """Audio and marks in the order they came. The line takes 20 ms at a time; a frame once taken is being heard."""

    def __init__(self) -> None:
        self._queue: deque[bytes | SentMark] = deque()
        self._reached: list[SentMark] = []
        self._frame_playing = False
        self.buffered = 0

    def add(self, audio: bytes) -> None:
        if audio:
            self._queue.append(audio)
            self.buffered += len(audio)

    def mark(self, mark: SentMark) -> bool:
        """Queues a mark. True when there is nothing left to play before it, so that it is echoed at once."""
        if self._queue:
            self._queue.append(mark)
            return False
        if self._frame_playing:
            self._reached.append(mark)
            return False
        return True

    def clear(self) -> list[SentMark]:
        """Drops all audio; returns every outstanding mark, for Twilio echoes those too."""
        dropped = [*self._reached, *(entry for entry in self._queue if isinstance(entry, SentMark))]
        self._queue.clear()
        self._reached = []
        self.buffered = 0
        return dropped

    def take(self) -> tuple[bytes, list[SentMark]]:
        """At the start of each 20 ms: the audio that plays now, and the marks whose audio has been heard by now."""
        heard, self._reached = self._reached, []
        taken: list[bytes] = []
        wanted = FRAME
        while self._queue and (wanted or isinstance(self._queue[0], SentMark)):
            entry = self._queue.popleft()
            if isinstance(entry, SentMark):
                (self._reached if taken else heard).append(entry)
                continue
            if len(entry) > wanted:
                self._queue.appendleft(entry[wanted:])
                entry = entry[:wanted]
            taken.append(entry)
            wanted -= len(entry)
        audio = b"".join(taken)
        self.buffered -= len(audio)
        self._frame_playing = bool(audio)
        return audio, heard
