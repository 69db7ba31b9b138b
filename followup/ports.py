"""What outreach needs from outside: somebody who hands a text or a call to a carrier and can look up what it has."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from record.consent import Permission


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """One text, permitted, under our own id: the carrier's callbacks carry it back."""

    text_id: str
    from_e164: str
    to_e164: str
    body: str
    validity_seconds: int
    permission: Permission


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier has it."""

    sid: str
    status: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The carrier said no, with its code."""

    code: int
    says: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing reached the carrier, or it says it did nothing: the same text may be tried again."""

    says: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have it: to be looked for, never to be sent again."""

    says: str


SendOutcome = Accepted | Rejected | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class CarrierText:
    """A message as the carrier lists it."""

    sid: str
    body: str
    status: str
    created_at: datetime


class TextSender(Protocol):
    """Hands texts to the carrier; never raises for what the carrier or the network does."""

    async def send(self, text: OutgoingText) -> SendOutcome: ...

    async def sent_since(self, from_e164: str, to_e164: str, since: datetime) -> list[CarrierText]:
        """Outbound messages between two numbers; raises ProviderError when the carrier cannot be asked."""
        ...


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """A call to a member of staff, permitted, under our own id."""

    id: str
    from_e164: str
    to_e164: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a call as the carrier lists it."""

    sid: str
    to_e164: str
    status: str
    seconds: int
    started_at: datetime


class Dialer(Protocol):
    """Places calls; never raises for what the carrier or the network does."""

    async def place(self, call: OutgoingCall) -> SendOutcome: ...

    async def placed_since(self, from_e164: str, to_e164: str, since: datetime) -> list[Leg]:
        """Calls placed between two numbers, the oldest first; raises ProviderError when the carrier cannot be asked."""
        ...

    async def state(self, call_sid: str) -> tuple[str, list[Leg]]:
        """A call's status and whom it was put through to; raises ProviderError."""
        ...
