"""What a dealership system must be able to do to receive our outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class OutgoingOutcome:
    """One outcome for one system. `id` is the same on every try; `values` are plain texts by column."""

    id: str
    rooftop_id: str
    values: Mapping[str, str]


class WriteBackTarget(Protocol):
    """A system outcomes are written to. Both calls raise ProviderError; neither may take longer than its caller waits.

    `find` is what makes a try with an unknown end safe: it is asked before any second `deliver`, and after every one.
    """

    name: str

    async def find(self, outcome: OutgoingOutcome) -> str | None:
        """The system's own reference to this outcome if it has it, None if it has not."""
        ...

    async def deliver(self, outcome: OutgoingOutcome) -> None:
        """Hands the outcome over. The same id again must not make a second one."""
        ...
