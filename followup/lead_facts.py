"""A lead as it was received, whatever door it came through, before anything about it is believed. Pure."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

MOST_COMMENTS = 4000
MOST_LEADS = 100
"""Leads taken from one message; what is beyond stays in the kept message, and a person is told."""


class Channel(StrEnum):
    """How somebody reached the store."""

    WEB = "web"
    ADF = "adf"
    PHONE = "phone"
    WALK_IN = "walk_in"
    CRM_CSV = "crm_csv"
    CHAT = "chat"
    TEXT = "text"
    EMAIL = "email"


class ParseState(StrEnum):
    """How well the message could be read; a raw one is only kept, for a person to read."""

    WHOLE = "whole"
    RECOVERED = "recovered"
    RAW = "raw"


DEPARTMENTS = ("sales", "service", "parts")


@dataclass(frozen=True, slots=True)
class LeadPerson:
    """Who asks. `unusable` are numbers as written that cannot be dialled."""

    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    is_business: bool = False
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class LeadCar:
    """A car as the lead names it; `interest` is ADF's (buy, lease, sell, trade-in, test-drive) or service."""

    interest: str = ""
    status: str = ""
    year: int | None = None
    make: str = ""
    model: str = ""
    trim: str = ""
    vin: str = ""
    stock: str = ""
    miles: int | None = None
    condition: str = ""
    price: str = ""
    notes: str = ""

    @property
    def spoken(self) -> str:
        return " ".join(str(part) for part in (self.year, self.make, self.model, self.trim) if part)

    @property
    def is_named(self) -> bool:
        """Whether year, make and model are all known."""
        return bool(self.year and self.make and self.model)


@dataclass(frozen=True, slots=True)
class RequestedService:
    """What is to be done to the car and when, in the customer's words."""

    what: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class TextConsent:
    """Words somebody was shown and agreed to, word for word."""

    words: str
    source: str


@dataclass(frozen=True, slots=True)
class NewLead:
    """One lead as read. `department` is "" when nothing says it; `reason` tells what could not be read.

    `closed_as` is another system's word that the lead is finished there (sold, lost, bad); `blocks` are the channels
    (call, text, email) it says not to use.
    """

    channel: Channel
    person: LeadPerson = LeadPerson()
    source: str = ""
    provider: str = ""
    external_id: str = ""
    department: str = ""
    service: RequestedService = RequestedService()
    cars: tuple[LeadCar, ...] = ()
    trade_in: LeadCar | None = None
    comments: str = ""
    requested_at: datetime | None = None
    resend: bool = False
    closed_as: str = ""
    consent: TextConsent | None = None
    blocks: tuple[str, ...] = ()
    parse_state: ParseState = ParseState.WHOLE
    reason: str = ""

    @property
    def content_hash(self) -> str:
        """The same for the same words, however the message was wrapped and whenever it was sent."""
        said = replace(self, resend=False, parse_state=ParseState.WHOLE, reason="", consent=None)
        return hashlib.sha256(json.dumps(asdict(said), default=str, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LoggedContact:
    """A call or text in another phone system's log. `number` is the customer's, "" when withheld; `outcome` is a
    contact outcome, "" when the log does not say."""

    channel: str
    direction: str
    at: datetime
    number: str
    external_id: str
    outcome: str = ""
    seconds: int | None = None
    staff_name: str = ""
    department: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class ListedLead:
    """A lead as another system's export lists it, to compare with ours."""

    external_id: str
    provider: str
    name: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What came out of one message; `says` is what in it could not be read, for a person."""

    leads: tuple[NewLead, ...] = ()
    contacts: tuple[LoggedContact, ...] = ()
    listed: tuple[ListedLead, ...] = ()
    says: str = ""


def as_stored(value: LeadCar | RequestedService | None) -> dict[str, Any]:
    """The filled-in fields, as the lead's JSON columns keep them."""
    return {name: field for name, field in asdict(value).items() if field not in ("", None)} if value else {}


def raw_lead(channel: Channel, body: bytes, reason: str, comments: str = "") -> NewLead:
    """A message nobody could read is a lead all the same: kept, owned, and read by a person."""
    digest = hashlib.sha256(body.strip()).hexdigest()[:16]
    return NewLead(
        channel,
        source=f"unread:{digest}",
        comments=comments[:MOST_COMMENTS],
        parse_state=ParseState.RAW,
        reason=reason,
    )
