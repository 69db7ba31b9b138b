"""What a dealership system must be able to do to receive our outcomes, and how messages with leads are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from followup.lead_facts import Reading


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


@dataclass(frozen=True)
class LeadContext:
    """What a message does not say: the store it came to, its time zone, and the department its door is for."""

    store_name: str
    zone: ZoneInfo
    department: str = ""


LeadReader = Callable[[bytes, LeadContext], Reading]
"""Reads one kind of message. It never raises for what is in the message, and never fetches anything."""
