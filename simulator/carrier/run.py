"""What a verb needs of the call it runs in, and what it says should happen next."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from simulator.carrier.calls import Call, Goto, Inline
from simulator.carrier.exchange import Exchange
from simulator.carrier.settings import DialScript
from simulator.carrier.twiml import Verb
from simulator.mulaw import FRAME


@dataclass(frozen=True, slots=True)
class End:
    """Nothing follows: the carrier hangs up."""


END = End()
# None: the next verb of the same document.
Next = Goto | Inline | End | None


class Run(Protocol):
    """One call's interpreter, as verbs see it."""

    exchange: Exchange
    call: Call
    base_url: str

    async def say(self, text: str, voice: str) -> None: ...

    async def play(self, audio: bytes) -> None: ...

    async def fetch_audio(self, url: str) -> bytes: ...

    def goto(self, verb: Verb, attribute: str, fields: Mapping[str, str]) -> Goto: ...

    def new_leg(self, from_: str, to: str) -> Call:
        """A call this one places."""
        ...

    async def whisper(self, leg: Call, url: str, script: DialScript) -> bool:
        """Runs a private document for the called party; True when they stay on the line."""
        ...

    def after_hang_up(self, verb: Verb, fields: Mapping[str, str]) -> None: ...


class Clip:
    """A sound played once; `done` when its last byte has been heard."""

    def __init__(self, audio: bytes) -> None:
        self._audio, self._at = audio, 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self) -> bytes:
        frame = self._audio[self._at : self._at + FRAME]
        self._at += FRAME
        if not frame and not self.done.done():
            self.done.set_result(None)
        return frame

    @property
    def played_ms(self) -> int:
        return min(self._at, len(self._audio)) // 8


class Loop:
    """A sound played again and again."""

    def __init__(self, audio: bytes) -> None:
        self._audio, self._at = audio, 0

    def take(self) -> bytes:
        frame = self._audio[self._at : self._at + FRAME]
        self._at = (self._at + FRAME) % len(self._audio)
        return frame
