"""What crm_sync needs from outside: systems that receive what we know; and what it says of people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from record.subjects import Subject
from record.writeback_targets import Target


@dataclass(frozen=True)
class Outgoing:
    """One fact for one system. `id` is the same on every try, so it is the key a repeat is known by; `values` are plain
    texts by name, as docs/writeback.md lists them."""

    id: str
    rooftop_id: str
    subject: Subject
    values: Mapping[str, str]


class WriteBackTarget(Protocol):
    """A system facts are written to. All three raise ProviderError; none may take longer than its caller waits.

    `readable` says whether `find` can be asked. It makes a try with an unknown end safe: it is asked before any second
    `deliver`, and after every one. A system that cannot be read must know a repeat by its `id` instead.
    """

    name: str
    readable: bool

    async def find(self, item: Outgoing) -> str | None:
        """The system's own reference to this fact if it has it, None if it has not."""
        ...

    async def deliver(self, item: Outgoing) -> str:
        """Hands the fact over and returns what the system said. The same id again must not make a second one."""
        ...

    async def probe(self) -> str:
        """Looks, or sends something harmless, and returns what came back in words for a person."""
        ...


TargetBuilder = Callable[[Target], WriteBackTarget]
"""The adapter for a target as stored; raises ConfigurationError when its settings are not what its kind needs."""


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
