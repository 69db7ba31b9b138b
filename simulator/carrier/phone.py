"""The caller's handset: speak, listen, press keys, hang up. Callers know the call only through this."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from simulator.carrier.calls import Call
from simulator.carrier.exchange import Exchange
from simulator.mulaw import FRAME, FRAME_MS
from simulator.stamps import stamped
from simulator.voice import clip as recorded
from simulator.voice import cough


@dataclass(frozen=True, slots=True)
class Heard:
    """What the other side said since the caller last asked. Speech without a stamp has no words here."""

    words: str
    spoke: bool


class Caller(Protocol):
    """A person with a telephone."""

    async def talk(self, phone: "Phone") -> None:
        """From the answer until they hang up; returning hangs up. Cancelled when the other side does."""
        ...


class Phone:
    """One caller's end of one call."""

    def __init__(self, exchange: Exchange, call: Call, voice: str = "caller") -> None:
        self._exchange, self._call, self._voice = exchange, call, voice
        self._frames_read = 0

    # ---- the mouth -----------------------------------------------------------------------------------------------

    async def say(self, words: str, sound: str = "") -> bool:
        """Says something, all of it unless cut short. `sound` is a recorded clip whose words these are."""
        spoken = await self.start_saying(words, sound)
        return await spoken

    async def start_saying(self, words: str, sound: str = "") -> asyncio.Future[bool]:
        """Opens the mouth and does not wait; the future is True when everything was said."""
        exchange, line = self._exchange, self._call.line
        if sound:
            serial = exchange.lexicon.new_serial()
            audio = stamped(recorded(sound), serial)
            exchange.lexicon.remember(serial, words, len(audio) // FRAME)
        else:
            serial, audio = exchange.utter(words, self._voice)
        starts = line.now_ms
        if exchange.beside is not None:
            await exchange.beside.caller_says(
                self._call.sid, words, starts, starts + len(audio) // FRAME * FRAME_MS, serial
            )
        return line.speak(words, serial, audio).done

    async def cough(self) -> None:
        """A noise without words."""
        await self.make_noise(cough())

    async def make_noise(self, audio: bytes) -> None:
        """Whatever sound a caller's end can make."""
        await self._call.line.speak("", 0, audio).done

    def stop_talking(self) -> None:
        """Breaks off in the middle of a word."""
        self._call.line.stop_speaking()

    async def press(self, digits: str, gap_s: float = 0.3) -> None:
        for digit in digits:
            self._call.press(digit)
            await asyncio.sleep(gap_s)

    def hang_up(self) -> None:
        self._call.hang_up("caller")

    # ---- the ear -------------------------------------------------------------------------------------------------

    @property
    def agent_is_speaking(self) -> bool:
        return self._call.line.ear.speaking

    async def wait_for_speech(self, patience_s: float) -> bool:
        """Until the other side speaks; False when it did not."""
        return await self._until(lambda: self.agent_is_speaking, patience_s)

    async def listen(self, quiet_s: float = 1.0, patience_s: float = 12.0) -> Heard:
        """Until the other side has spoken and then been quiet for a while, or never spoke within one's patience."""
        ear = self._call.line.ear
        spoke = self.has_news or await self.wait_for_speech(patience_s)
        if spoke:
            quiet_ms = int(quiet_s * 1000)
            await self._until(
                lambda: ear.loud_at_ms is not None and self._call.line.now_ms - ear.loud_at_ms >= quiet_ms, 120.0
            )
        return Heard(await self.words_since(), spoke)

    @property
    def has_news(self) -> bool:
        """Words were heard that nobody has read yet."""
        return len(self._call.line.ear.frames) > self._frames_read

    async def words_since(self) -> str:
        """The words heard since last asked: of each utterance the part that reached the ear."""
        frames = self._call.line.ear.frames[self._frames_read :]
        self._frames_read += len(frames)
        counts: dict[int, int] = {}
        for frame in frames:
            counts[frame.serial] = counts.get(frame.serial, 0) + 1
        words = []
        for serial, count in counts.items():
            said = await self._exchange.said(serial)
            if said is not None:
                words.append(said.part(count))
        return " ".join(word for word in words if word)

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _until(self, holds: "Predicate", patience_s: float) -> bool:
        """Looks at each tick of the line; no polling beside the call's own clock."""
        line = self._call.line
        came = asyncio.get_running_loop().create_future()

        def look() -> None:
            if holds() and not came.done():
                came.set_result(None)

        line.on_tick.append(look)
        try:
            async with asyncio.timeout(patience_s):
                await came
            return True
        except TimeoutError:
            return False
        finally:
            line.on_tick.remove(look)


class Predicate(Protocol):
    def __call__(self) -> bool: ...
