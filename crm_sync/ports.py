"""What crm_sync needs from outside: systems that receive our outcomes, who is who, and how messages with leads are read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

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


@dataclass(frozen=True, slots=True)
class ProposedPerson:
    """Somebody a store file names who has no record yet. `id` is the record they get if they are nobody we know."""

    id: str
    first_name: str
    middle_name: str
    last_name: str
    is_business: bool
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    street: str
    city: str
    region: str
    postal_code: str
    birth_date: date | None


class PeopleMatcher(Protocol):
    """Who is who. It works in the importer's transaction and for that session's rooftop only."""

    async def find(self, db: AsyncSession, people: Sequence[ProposedPerson]) -> Sequence[str | None]:
        """For each the customer they are: one on record, or the `id` of one before them in `people`; else None."""
        ...

    async def added(self, db: AsyncSession, people: Sequence[ProposedPerson]) -> None:
        """These became new customers, under their own ids."""
        ...


@dataclass(frozen=True)
class LeadContext:
    """What a message does not say: the store it came to, its time zone, and the department its door is for."""

    store_name: str
    zone: ZoneInfo
    department: str = ""


LeadReader = Callable[[bytes, LeadContext], Reading]
"""Reads one kind of message. It never raises for what is in the message, and never fetches anything."""
