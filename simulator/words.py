"""Words beside the audio: what was said in each stamped utterance, for whoever received some of its frames."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

import httpx

# The model's utterances and the carrier's share the stamp's 16 bits: one half each.
CARRIER_SERIALS = 0x8000
KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words, and how many 20 ms frames they take."""

    text: str
    frames: int

    def part(self, frames: int) -> str:
        """The words somebody knows who heard so many of its frames."""
        if frames >= self.frames * 0.97:
            return self.text
        words = self.text.split()
        return " ".join(words[: int(len(words) * frames / max(self.frames, 1))])


def words_between(utterance: Utterance, first: int, last: int) -> str:
    """The words in frames first to last, both included; parts that follow one another share none and lose none."""
    words = utterance.text.split()

    def words_before(frame: int) -> int:
        if frame <= utterance.frames * 0.03 + 2:
            return 0
        if frame >= utterance.frames * 0.97 - 2:
            return len(words)
        return len(words) * frame // utterance.frames

    return " ".join(words[words_before(first) : words_before(last + 1)])


class Lexicon:
    """Hands out serials of one half and remembers what was said under each; the oldest are forgotten."""

    def __init__(self, base: int) -> None:
        self._base, self._next = base, 0
        self._said: OrderedDict[int, Utterance] = OrderedDict()

    def new_serial(self) -> int:
        serial = self._base + self._next
        self._next = (self._next + 1) % CARRIER_SERIALS
        return serial

    def remember(self, serial: int, text: str, frames: int) -> None:
        self._said[serial] = Utterance(text, frames)
        self._said.move_to_end(serial)
        while len(self._said) > KEPT:
            self._said.popitem(last=False)

    def find(self, serial: int) -> Utterance | None:
        return self._said.get(serial)


class Beside(Protocol):
    """The other side's words: the model simulator, in this process or over HTTP."""

    async def caller_says(
        self, call_sid: str, text: str, starts_ms: int, ends_ms: int, serial: int | None = None
    ) -> None:
        """Tells the model what an utterance it is about to receive says."""
        ...

    async def agent_said(self, serial: int) -> Utterance | None:
        """What the model said under this serial."""
        ...


class BesideByHttp:
    """A model simulator in another process."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, timeout=5.0)

    async def caller_says(
        self, call_sid: str, text: str, starts_ms: int, ends_ms: int, serial: int | None = None
    ) -> None:
        body = {"call_sid": call_sid, "text": text, "starts_ms": starts_ms, "ends_ms": ends_ms, "serial": serial}
        (await self._client.post("/beside/words", json=body)).raise_for_status()

    async def agent_said(self, serial: int) -> Utterance | None:
        answer = await self._client.get(f"/beside/speech/{serial}")
        if answer.status_code == 404:
            return None
        said = answer.raise_for_status().json()
        return Utterance(str(said["text"]), int(said["frames"]))

    async def close(self) -> None:
        await self._client.aclose()
