"""One telephone line on a 20 ms clock: what the caller's mouth sends, and what really reaches the caller's ear."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from simulator.carrier.faults import CarrierFaults
from simulator.mulaw import BYTES_PER_MS, FRAME, FRAME_MS, FRAME_SECONDS, SILENCE, loudness
from simulator.stamps import StampReader

QUIET_FRAME = SILENCE * FRAME
LOUD = 250
# A syllable's gap is not the end of speech; nor is one loud frame its start.
SPEECH_FRAMES = 3


class Source(Protocol):
    """What the caller hears now: a playout buffer, a prompt, a ringing tone, another person."""

    def take(self) -> bytes:
        """The next 20 ms, or less when there is no more."""
        ...


@dataclass(slots=True)
class Spoken:
    """One utterance of the caller."""

    text: str
    serial: int
    audio: bytes
    done: asyncio.Future[bool]
    at: float = 0.0
    position: int = 0

    @property
    def frames_sent(self) -> int:
        return self.position // FRAME


@dataclass(slots=True)
class HeardFrame:
    """20 ms of a stamped utterance, and when on the call's clock it began to play."""

    serial: int
    frame: int
    at_ms: int


class Ear:
    """What the caller heard, frame by frame."""

    def __init__(self) -> None:
        self.frames: list[HeardFrame] = []
        self.loud_at_ms: int | None = None
        self.speaking = False
        self._reader = StampReader()
        self._counts: Counter[int] = Counter()
        self._loud_in_a_row = 0

    def hear(self, frame: bytes, at_ms: int) -> None:
        for stamp in self._reader.feed(frame):
            self.frames.append(HeardFrame(stamp.serial, stamp.frame, stamp.offset // BYTES_PER_MS))
            self._counts[stamp.serial] += 1
        loud = frame is not QUIET_FRAME and loudness(frame) >= LOUD
        self._loud_in_a_row = self._loud_in_a_row + 1 if loud else 0
        if self._loud_in_a_row >= SPEECH_FRAMES:
            self.loud_at_ms = at_ms
            self.speaking = True
        elif self.loud_at_ms is not None and at_ms - self.loud_at_ms > 300:
            self.speaking = False

    def ms_of(self, serial: int) -> int:
        """How much of an utterance was heard, whole frames."""
        return self._counts[serial] * FRAME_MS

    def serials(self) -> list[int]:
        """The utterances heard, in order."""
        return list(self._counts)


@dataclass
class Line:
    """Runs from the answer to the hang-up. Channels hold every byte of both directions, gaps as silence."""

    faults: CarrierFaults
    background: bytes = QUIET_FRAME
    answered_at: float = 0.0
    caller_audio: bytearray = field(default_factory=bytearray)
    agent_audio: bytearray = field(default_factory=bytearray)
    ear: Ear = field(default_factory=Ear)
    source: Source | None = None
    on_caller_frame: list[Callable[[bytes], None]] = field(default_factory=list)
    on_agent_frame: list[Callable[[bytes], None]] = field(default_factory=list)
    on_speech: list[Callable[[Spoken, bool], None]] = field(default_factory=list)
    on_tick: list[Callable[[], None]] = field(default_factory=list)
    on_digit: list[Callable[[str], None]] = field(default_factory=list)
    _mouth: deque[Spoken] = field(default_factory=deque)
    open: bool = False
    _timer: asyncio.TimerHandle | None = None
    _ticks: int = 0

    def answer(self) -> None:
        """Starts the clock."""
        self.answered_at = asyncio.get_running_loop().time()
        self.open = True
        self._tick()

    def hang_up(self) -> None:
        """Stops it; whoever waits for the mouth learns that nobody listens."""
        self.open = False
        if self._timer is not None:
            self._timer.cancel()
        while self._mouth:
            self._finish(self._mouth.popleft(), completed=False)

    @property
    def now_ms(self) -> int:
        """Milliseconds since the answer, by the frames played."""
        return self._ticks * FRAME_MS

    def speak(self, text: str, serial: int, audio: bytes) -> Spoken:
        """The caller opens their mouth; `done` is True when all of it was sent."""
        spoken = Spoken(text, serial, audio, asyncio.get_running_loop().create_future())
        if self.open:
            self._mouth.append(spoken)
        else:
            spoken.done.set_result(False)
        return spoken

    def stop_speaking(self) -> None:
        """The caller breaks off."""
        if self._mouth:
            self._finish(self._mouth.popleft(), completed=False)

    @property
    def caller_is_speaking(self) -> bool:
        return bool(self._mouth)

    def press(self, digit: str) -> None:
        for listener in list(self.on_digit):
            listener(digit)

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        up = self._from_mouth(loop.time())
        self.caller_audio += up
        for listener in list(self.on_caller_frame):
            listener(up)
        down = self.source.take() if self.source is not None else b""
        down = QUIET_FRAME if not down else down + SILENCE * (FRAME - len(down))
        self.agent_audio += down
        self.ear.hear(down, self.now_ms)
        for listener in list(self.on_agent_frame):
            listener(down)
        for watcher in list(self.on_tick):
            watcher()
        self._ticks += 1
        if not self.open:
            return  # somebody hung up on hearing this frame
        self._timer = loop.call_at(self.answered_at + self._ticks * FRAME_SECONDS, self._tick)

    def _from_mouth(self, now: float) -> bytes:
        if not self._mouth:
            at = self._ticks * FRAME % len(self.background)
            return self.background[at : at + FRAME]
        spoken = self._mouth[0]
        if spoken.position == 0:
            spoken.at = now
            for listener in list(self.on_speech):
                listener(spoken, False)
        frame = spoken.audio[spoken.position : spoken.position + FRAME]
        spoken.position += FRAME
        if spoken.position >= len(spoken.audio):
            self._mouth.popleft()
            self._finish(spoken, completed=True)
        return frame if len(frame) == FRAME else frame + SILENCE * (FRAME - len(frame))

    def _finish(self, spoken: Spoken, completed: bool) -> None:
        if spoken.position:
            for listener in list(self.on_speech):
                listener(spoken, True)
        if not spoken.done.done():
            spoken.done.set_result(completed)
