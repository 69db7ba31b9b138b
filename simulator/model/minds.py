"""What thinks behind the simulated model: the house agent, a fixed voice for measuring, or a test's own script."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from agent.house.acts import Act, CallTool, HangUp, Say, Transfer
from agent.house.facts import HouseFacts
from agent.house.policy import HouseAgent


@dataclass(frozen=True, slots=True)
class Sound:
    """So much speech, whatever it says."""

    ms: int


Thought = Act | Sound


class Mind(Protocol):
    """Decides what the model says and which tools it calls. `elapsed` is seconds since the session began."""

    def recall(self, speaker: str, text: str) -> None:
        """A turn from before this session (`caller` or `agent`), told with the session's first items."""
        ...

    def begin(self) -> Sequence[Thought]: ...

    def hear(self, text: str, elapsed: float) -> Sequence[Thought]: ...

    def tool_result(self, tool_call_id: str, output: str) -> Sequence[Thought]: ...

    def told(self, text: str) -> Sequence[Thought]: ...

    def silence(self) -> Sequence[Thought]: ...


# Called with the session's instructions when the first reply is wanted.
MindFactory = Callable[[str], Mind]


class HouseMind:
    """The house agent; it knows the facts it reads in the instructions, as any model does."""

    def __init__(self, instructions: str) -> None:
        self._facts = HouseFacts.from_instructions(instructions)
        self._agent = HouseAgent(self._facts)

    def recall(self, speaker: str, text: str) -> None:
        self._agent.recall(speaker, text)

    def begin(self) -> Sequence[Thought]:
        return self._agent.begin()

    def hear(self, text: str, elapsed: float) -> Sequence[Thought]:
        return self._agent.hear(text, self._facts.now + timedelta(seconds=elapsed))

    def tool_result(self, tool_call_id: str, output: str) -> Sequence[Thought]:
        return self._agent.tool_result(tool_call_id, output)

    def told(self, text: str) -> Sequence[Thought]:
        return self._agent.told(text)

    def silence(self) -> Sequence[Thought]:
        return self._agent.silence()


class FixedMind:
    """Answers each turn with the same length of speech; words and tools are nothing to it."""

    def __init__(self, ms: int = 4_000) -> None:
        self._sound = [Sound(ms)]

    def __call__(self, instructions: str) -> Mind:
        return self

    def recall(self, speaker: str, text: str) -> None: ...

    def begin(self) -> Sequence[Thought]:
        return self._sound

    def hear(self, text: str, elapsed: float) -> Sequence[Thought]:
        return self._sound

    def tool_result(self, tool_call_id: str, output: str) -> Sequence[Thought]:
        return self._sound

    def told(self, text: str) -> Sequence[Thought]:
        return ()

    def silence(self) -> Sequence[Thought]:
        return self._sound


class ScriptedMind:
    """Thinks the next entry of a list each time it is asked for a reply; keeps what it was given."""

    def __init__(self, *replies: Sequence[Thought] | str) -> None:
        self._replies = [[Say(reply)] if isinstance(reply, str) else list(reply) for reply in replies]
        self.recalled: list[tuple[str, str]] = []
        self.heard: list[str] = []
        self.notes: list[str] = []
        self.results: list[tuple[str, str]] = []

    def __call__(self, instructions: str) -> Mind:
        return self

    def recall(self, speaker: str, text: str) -> None:
        self.recalled.append((speaker, text))

    def begin(self) -> Sequence[Thought]:
        return self._next()

    def hear(self, text: str, elapsed: float) -> Sequence[Thought]:
        self.heard.append(text)
        return self._next()

    def tool_result(self, tool_call_id: str, output: str) -> Sequence[Thought]:
        self.results.append((tool_call_id, output))
        return self._next()

    def told(self, text: str) -> Sequence[Thought]:
        self.notes.append(text)
        return ()

    def silence(self) -> Sequence[Thought]:
        return self._next()

    def _next(self) -> Sequence[Thought]:
        return self._replies.pop(0) if self._replies else [Say("I have nothing more to say.")]


__all__ = [
    "CallTool",
    "FixedMind",
    "HangUp",
    "HouseMind",
    "Mind",
    "MindFactory",
    "Say",
    "ScriptedMind",
    "Sound",
    "Thought",
    "Transfer",
]
