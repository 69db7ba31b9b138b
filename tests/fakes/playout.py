"""The carrier's end of one media stream: a playout buffer on the loop's clock, with marks and clear."""

from __future__ import annotations

import asyncio
import base64
import json

from telephony.bridge import LiveCall


class PlayoutWire:
    """Plays what it is sent in order, echoes marks when playback reaches them, and all of them on clear."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._free_at = 0.0
        self._pending: list[tuple[str, asyncio.TimerHandle]] = []
        self._playing: list[tuple[float, float]] = []
        self.call: LiveCall | None = None
        self.kinds: list[str] = []
        self.cleared_at: list[float] = []
        self.closed = False

    @property
    def unsent_bytes(self) -> int:
        return 0

    def send(self, frame: bytes) -> None:
        message = json.loads(frame)
        self.kinds.append(message["event"])
        now = self._loop.time()
        if message["event"] == "media":
            audio = base64.b64decode(message["media"]["payload"], validate=True)
            starts = max(self._free_at, now)
            self._free_at = starts + len(audio) / 8000
            self._playing.append((starts, self._free_at))
        elif message["event"] == "mark":
            name = message["mark"]["name"]
            timer = self._loop.call_at(max(self._free_at, now), self._echo, name)
            self._pending.append((name, timer))
        else:
            assert message["event"] == "clear"
            self.cleared_at.append(now)
            self._playing = [(start, min(end, now)) for start, end in self._playing if start < now]
            self._free_at = now
            pending, self._pending = self._pending, []
            for name, timer in pending:
                timer.cancel()
                self._loop.call_soon(self._tell, name)

    def close(self) -> None:
        self.closed = True

    @property
    def audible(self) -> bool:
        """The caller hears us right now."""
        return self._free_at > self._loop.time()

    def heard_seconds(self) -> float:
        """How much sound has really come out."""
        now = self._loop.time()
        return sum(min(end, now) - start for start, end in self._playing if start < now)

    def _echo(self, name: str) -> None:
        self._pending = [each for each in self._pending if each[0] != name]
        self._tell(name)

    def _tell(self, name: str) -> None:
        if self.call is not None and not self.closed:
            self.call.mark_echoed(name)
