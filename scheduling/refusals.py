"""Why an appointment was not made or changed: expected answers, each with a fixed `reason`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scheduling.appointments import Appointment
from scheduling.plans import Lacking


@dataclass(frozen=True, slots=True)
class SlotTaken:
    """The time cannot be had any more, or not for this work; `lacking` says what ran out."""

    starts_at: datetime
    lacking: Lacking
    reason: Literal["slot_taken"] = "slot_taken"


@dataclass(frozen=True, slots=True)
class SlotUnknown:
    """Not a slot this rooftop offered."""

    reason: Literal["slot_unknown"] = "slot_unknown"


@dataclass(frozen=True, slots=True)
class TooSoon:
    """In the past, or sooner than the rooftop takes appointments."""

    starts_at: datetime
    reason: Literal["too_soon"] = "too_soon"


@dataclass(frozen=True, slots=True)
class UnknownOpCode:
    """Work that is not on the rooftop's menu; no codes when none were asked for."""

    codes: tuple[str, ...]
    reason: Literal["unknown_op_code"] = "unknown_op_code"


@dataclass(frozen=True, slots=True)
class NotWaitable:
    """Work a customer cannot wait for."""

    codes: tuple[str, ...]
    reason: Literal["not_waitable"] = "not_waitable"


@dataclass(frozen=True, slots=True)
class CustomerMissing:
    """A booking needs to know for whom it is."""

    reason: Literal["customer_missing"] = "customer_missing"


@dataclass(frozen=True, slots=True)
class NotFound:
    """No such appointment, or not this customer's."""

    reason: Literal["not_found"] = "not_found"


@dataclass(frozen=True, slots=True)
class AlreadyCancelled:
    appointment: Appointment
    reason: Literal["already_cancelled"] = "already_cancelled"


@dataclass(frozen=True, slots=True)
class NothingToMove:
    """The appointment is at that time already."""

    appointment: Appointment
    reason: Literal["nothing_to_move"] = "nothing_to_move"


@dataclass(frozen=True, slots=True)
class NotOpenForChange:
    """The customer has arrived, was a no-show, or the appointment is only a hold."""

    appointment: Appointment
    reason: Literal["not_open_for_change"] = "not_open_for_change"


Unbookable = SlotTaken | SlotUnknown | TooSoon | UnknownOpCode | NotWaitable
Refusal = Unbookable | CustomerMissing | NotFound | AlreadyCancelled | NothingToMove | NotOpenForChange
