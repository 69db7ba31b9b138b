"""What the pages need of the calls that are going on: hand one to a person, give it back, end it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from kit.ids import CallId, RooftopId
from record.rooftops import Destination


class CannotDo(Exception):
    """Nothing was changed; the words say why."""


class LiveCalls(Protocol):
    """Acts on a call in progress, whichever process holds it. Everything here raises CannotDo."""

    async def take_over(self, rooftop_id: RooftopId, call_id: CallId, ring: Destination, by: str) -> None:
        """The caller goes to `ring`'s phone at the end of the agent's sentence."""
        ...

    async def give_back(self, rooftop_id: RooftopId, call_id: CallId, words: str, by: str) -> None:
        """The agent has the caller again and is told `words`."""
        ...

    async def end(self, rooftop_id: RooftopId, call_id: CallId, by: str) -> None: ...


class Suggests(Protocol):
    """Says what the AI would answer to a text conversation, without doing anything. Raises CannotDo."""

    async def suggest(self, rooftop_id: RooftopId, conversation_id: str) -> tuple[str, str]:
        """The words, and the model they are from."""
        ...


@dataclass(frozen=True)
class Check:
    """One check: `level` is ok, warning or error; `code` names the setting, `says` what to do."""

    level: str
    code: str
    says: str


class SetUp(Protocol):
    """What only the whole program knows: its own checks, and how a store begins."""

    async def checks(self) -> list[Check]:
        """The same as `lanekeeper doctor`."""
        ...

    async def add_store(self, given: Mapping[str, str]) -> None:
        """The first store; raises CannotDo."""
        ...
