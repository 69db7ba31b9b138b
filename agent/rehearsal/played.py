"""What one run of a scenario left: the words, the tools, and how the record stood in the end. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Used:
    """One tool call, as the agent made it and as it was answered."""

    tool: str
    arguments: Mapping[str, Any]
    decision: str
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """What the caller said, what the agent then did, and what it said."""

    caller: str
    agent: str
    used: tuple[Used, ...] = ()


@dataclass(frozen=True, slots=True)
class BookedVisit:
    """A visit this conversation booked."""

    op_codes: tuple[str, ...]
    concern: str
    car: str
    inside_hours: bool


@dataclass(frozen=True, slots=True)
class EndState:
    """The record afterwards, as far as checks look at it."""

    booked: tuple[BookedVisit, ...] = ()
    moved: bool = False
    cancelled: bool = False
    inside_hours: bool = True
    owed: tuple[str, ...] = ()
    """The departments that owe a call because of this conversation."""
    opted_out: bool = False
    new_customers: int = 0


@dataclass(frozen=True, slots=True)
class Played:
    """One run."""

    turns: tuple[Turn, ...] = ()
    end: EndState = EndState()
    over: bool = False
    seconds: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
    problem: str = ""
    """Why the run could not be finished, when that was not the agent's doing."""

    @property
    def uses(self) -> list[Used]:
        return [use for turn in self.turns for use in turn.used]

    @property
    def words(self) -> str:
        return "\n".join(turn.agent for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Result:
    """One check of one run; `must` tells code from opinion."""

    name: str
    must: bool
    passed: bool
    why: str = ""


@dataclass(frozen=True)
class RunTask:
    """One run to be played, for another process to read."""

    id: str
    scenario: Mapping[str, Any]
    prompt: str
    agent: str
    pinned: str
    number: int
    by_model: bool = False


@dataclass(frozen=True)
class RunDone:
    """What came of it."""

    id: str
    turns: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
    problem: str = ""


def as_turns(played: Played) -> list[dict[str, Any]]:
    """The conversation as it is stored and shown."""
    return [asdict(turn) for turn in played.turns]
