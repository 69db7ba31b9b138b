"""Scripted callers: people with a goal who answer what the agent asks, and a caller whose lines a person types."""

import asyncio
import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from agent.rehearsal.answers import Answers
from simulator.carrier.phone import Caller, Phone
from simulator.voice import clip

PATIENCE_S = 9.0
QUIET_S = 1.0


@dataclass(frozen=True)
class Step:
    """One thing a scripted caller does; which fields count depends on `do`."""

    do: str
    say: str = ""
    sound: str = ""
    press: str = ""
    seconds: float = 0.0
    after_ms: int = 0


@dataclass(frozen=True)
class Scenario:
    """One story: who calls, what they want, what they know, and anything they do out of turn."""

    name: str
    about: str
    from_: str
    opening: str
    sound: str = ""
    voice: str = "caller"
    background: str = ""
    needs: str = ""
    expects: str = ""
    knows: Mapping[str, str | Sequence[str]] = field(default_factory=dict)  # a list is said one after the other
    then: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    def background_audio(self) -> bytes | None:
        """The noise behind the caller, None for a quiet line."""
        return clip(self.background) if self.background else None


def scenarios() -> dict[str, Scenario]:
    """Every scenario file, by name."""
    folder = resources.files("simulator") / "scenarios"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    names = {file.name.removesuffix(".toml"): file for file in files}
    return {name: scenario(name, file.read_text(encoding="utf-8")) for name, file in names.items()}


def scenario(name: str, text: str) -> Scenario:
    """A scenario from its TOML; an unknown field is an error, not a silence."""
    given: dict[str, Any] = tomllib.loads(text)
    steps = tuple(Step(**step) for step in given.pop("steps", []))
    then = tuple(given.pop("then", []))
    return Scenario(name=name, from_=given.pop("from"), steps=steps, then=then, **given)


def caller_for(story: Scenario) -> Caller:
    """The person of a story."""
    return ScriptedCaller(story)


class ScriptedCaller:
    """Does the steps of a story in order; `converse` answers questions until the call is done."""

    def __init__(self, story: Scenario) -> None:
        self.story = story
        self.heard: list[str] = []
        self.said: list[str] = []
        self._answers = Answers(story.opening, story.knows, story.then)
        self._opened = False

    async def talk(self, phone: Phone) -> None:
        for step in self.story.steps or (Step("converse"),):
            if not await self._do(phone, step):
                break
        phone.hang_up()

    async def _do(self, phone: Phone, step: Step) -> bool:
        """False when the caller is through."""
        actions: dict[str, Callable[[Phone, Step], Awaitable[bool]]] = {
            "converse": self._converse,
            "open": self._open,
            "listen": self._listen,
            "say": self._say,
            "press": self._press,
            "wait": self._wait,
            "interrupt": self._interrupt,
            "cough": self._cough,
            "break_off": self._break_off,
            "hang_up": self._hang_up,
        }
        return await actions[step.do](phone, step)

    async def _converse(self, phone: Phone, step: Step) -> bool:
        silences = 0
        while silences < 3:
            heard = await phone.listen(QUIET_S, PATIENCE_S)
            if not heard.spoke:
                silences += 1
                await self._speak(phone, "Hello? Are you there?")
                continue
            silences = 0
            self.heard.append(heard.words)
            reply = self._answers.to(heard.words) if self._opened or not self.story.opening else self._first()
            if reply == "":
                return False
            if reply is not None:
                await self._speak(phone, reply, self.story.sound if reply == self.story.opening else "")
        return False

    def _first(self) -> str:
        self._opened = True
        return self.story.opening

    async def _speak(self, phone: Phone, words: str, sound: str = "") -> None:
        self.said.append(words)
        if words.startswith("keys:"):
            await phone.press(words.removeprefix("keys:").strip())
        else:
            await phone.say(words, sound)

    async def _open(self, phone: Phone, step: Step) -> bool:
        await self._listen(phone, step)
        await self._speak(phone, self._first(), self.story.sound)
        return True

    async def _listen(self, phone: Phone, step: Step) -> bool:
        heard = await phone.listen(QUIET_S, step.seconds or PATIENCE_S)
        self.heard.append(heard.words)
        return True

    async def _say(self, phone: Phone, step: Step) -> bool:
        self._opened = True
        await self._speak(phone, step.say, step.sound)
        return True

    async def _press(self, phone: Phone, step: Step) -> bool:
        await phone.press(step.press)
        return True

    async def _wait(self, phone: Phone, step: Step) -> bool:
        await phone.wait(step.seconds)
        return True

    async def _interrupt(self, phone: Phone, step: Step) -> bool:
        """Speaks over the agent, so many milliseconds into what it is saying."""
        await phone.wait_for_speech(PATIENCE_S)
        await phone.wait(step.after_ms / 1000)
        return await self._say(phone, step)

    async def _cough(self, phone: Phone, step: Step) -> bool:
        await phone.wait_for_speech(PATIENCE_S)
        await phone.wait(step.after_ms / 1000)
        await phone.cough()
        return True

    async def _break_off(self, phone: Phone, step: Step) -> bool:
        """Begins to speak and hangs up in the middle."""
        self.said.append(step.say)
        await phone.start_saying(step.say, step.sound)
        await phone.wait(step.after_ms / 1000)
        return False

    async def _hang_up(self, phone: Phone, step: Step) -> bool:
        return False


class TypedCaller:
    """A person at a keyboard. A line is spoken at once, over the agent if need be; None hangs up.

    `/press 123#` presses keys and `/cough` coughs.
    """

    def __init__(self, lines: "asyncio.Queue[str | None]", on_heard: Callable[[str], None]) -> None:
        self._lines, self._on_heard = lines, on_heard

    async def talk(self, phone: Phone) -> None:
        async with asyncio.TaskGroup() as group:
            ear = group.create_task(self._hear(phone))
            await self._type(phone)
            ear.cancel()
        phone.hang_up()

    async def _type(self, phone: Phone) -> None:
        while (line := await self._lines.get()) is not None:
            if line.startswith("/press"):
                await phone.press("".join(c for c in line.removeprefix("/press") if c in "0123456789*#"))
            elif line.strip() == "/cough":
                await phone.cough()
            elif line.strip():
                await phone.say(line.strip())

    async def _hear(self, phone: Phone) -> None:
        """Each stretch of the agent's speech, as soon as it pauses."""
        while True:
            heard = await phone.listen(quiet_s=0.6, patience_s=3600.0)
            if heard.spoke:
                self._on_heard(heard.words)


class SilentCaller:
    """Says nothing for so long, then hangs up."""

    def __init__(self, seconds: float = 120.0) -> None:
        self._seconds = seconds

    async def talk(self, phone: Phone) -> None:
        await phone.wait(self._seconds)
