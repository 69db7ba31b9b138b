"""Rows of store files, typed, before anything is believed. What a file has no column for is not in them at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Texts = Mapping[str, str]
"""A row's cells by our names for its columns; a column the file has not is not in it."""

Said = dict[str, str]
"""What a file says of a person or car, flat: {"last_name": "Alvarez", "phone:home": "+1503…"}; "" is a blank cell."""

Columns = dict[str, Any]
"""Values by column of one of our tables; a column the file has not is not in it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something odd in a row that is taken in all the same: a hygiene finding in the making."""

    kind: str
    table: str
    subject: str
    says: str


@dataclass(frozen=True, slots=True)
class FileMoment:
    """When a file speaks, and in which zone its wall-clock times are."""

    as_of: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """A customer block. `key` is the customer number, or a stand-in where there is none; `blocks` are contact flags."""

    key: str
    said: Said
    spoken_at: datetime
    blocks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CarSeen:
    """A vehicle block; `key` is the VIN, or a stand-in where there is none. `mileage` is (miles, when read)."""

    key: str
    said: Said
    spoken_at: datetime
    mileage: tuple[int, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Advised:
    """One piece of work advised on a visit."""

    item_key: str
    columns: Columns


@dataclass(frozen=True, slots=True)
class VisitSeen:
    """A repair order. `lines` and `advised` are None where the file has no columns for them."""

    ro_number: str
    columns: Columns
    status_code: str | None
    advisor: str | None
    lines: tuple[Columns, ...] | None
    advised: tuple[Advised, ...] | None


@dataclass(frozen=True, slots=True)
class AppointmentSeen:
    appointment_number: str
    columns: Columns
    status_code: str | None
    advisor: str | None


@dataclass(frozen=True, slots=True)
class DealSeen:
    deal_number: str
    columns: Columns


@dataclass(frozen=True, slots=True)
class PartSeen:
    order_number: str
    line: str
    columns: Columns
    ro_number: str
    arrived_on: date | None


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything one row says."""

    person: PersonSeen | None = None
    co_buyer: PersonSeen | None = None
    car: CarSeen | None = None
    what: VisitSeen | AppointmentSeen | DealSeen | PartSeen | None = None
    faults: tuple[Fault, ...] = field(default=())
