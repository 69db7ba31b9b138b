"""What a rooftop can do and what a caller wants, as values: everything `slots` decides on and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from kit.ids import StaffId
from record.business_hours import BusinessHours

# Capacity is counted in quarter hours: the length of one arrival at an advisor's desk.
QUANTUM = timedelta(minutes=15)


class Visit(StrEnum):
    DROP_OFF = "drop_off"
    WAITER = "waiter"


class Transport(StrEnum):
    NONE = "none"
    SHUTTLE = "shuttle"
    LOANER = "loaner"
    RENTAL = "rental"
    PICKUP = "pickup"


class TimeOfDay(StrEnum):
    """Parts of the store's day: before noon, noon to five, five and later."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class SafetyClass(StrEnum):
    """How a customer should treat the car until the visit."""

    ROUTINE = "routine"
    URGENT = "urgent"
    DO_NOT_DRIVE = "do_not_drive"


@dataclass(frozen=True, slots=True)
class Job:
    """An op code as sold: flat-rate `minutes`, the skill and bay it needs, and the store's own price wording."""

    code: str
    family: str
    plain_name: str
    minutes: int
    keywords: tuple[str, ...] = ()
    skill: str | None = None
    bay_type: str | None = None
    price_wording: str | None = None
    safety_class: SafetyClass = SafetyClass.ROUTINE
    waitable: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asks for. Bounds are on the arrival and inclusive; `around` is a wall-clock time."""

    jobs: tuple[Job, ...]
    visit: Visit = Visit.DROP_OFF
    transport: Transport = Transport.NONE
    earliest: datetime | None = None
    latest: datetime | None = None
    time_of_day: TimeOfDay | None = None
    around: time | None = None
    weekdays: frozenset[int] = frozenset()
    advisor_id: StaffId | None = None
    advisor_only: bool = False
    how_many: int = 3


@dataclass(frozen=True, slots=True)
class Shift:
    """Clock hours on a weekday (0 = Monday), in store time; `ends` not after `starts` runs past midnight."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Technician:
    id: str
    skills: frozenset[str]
    shifts: tuple[Shift, ...]
    efficiency: float = 1.0


@dataclass(frozen=True, slots=True)
class Advisor:
    id: StaffId
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Time a technician or advisor does not have."""

    person_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class TransportLimit:
    """Units of a kind of transport on a weekday or, stronger, on one date."""

    kind: Transport
    units: int
    weekday: int | None = None
    day: date | None = None
    min_job_minutes: int = 0
    last_run: time | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How a rooftop takes appointments.

    Nobody arrives less than `last_arrival_minutes` before closing. Work of up to `same_day_minutes` is finished on the
    day of arrival; longer work may take `longest_stay_days`.
    """

    lead_minutes: int = 60
    days_ahead: int = 45
    waiters_per_slot: int = 2
    last_arrival_minutes: int = 60
    same_day_minutes: int = 360
    longest_stay_days: int = 5


@dataclass(frozen=True, slots=True)
class Shop:
    """One rooftop's capacity. `taken` holds (resource id, start) of every unit already spoken for."""

    rooftop_id: str
    slot_key: str
    hours: BusinessHours
    policy: Policy
    technicians: tuple[Technician, ...]
    advisors: tuple[Advisor, ...]
    blocks: tuple[Block, ...] = ()
    transport_limits: tuple[TransportLimit, ...] = ()
    bays: Mapping[str, int] = field(default_factory=dict)
    taken: frozenset[tuple[str, datetime]] = frozenset()


def part_of_day(wall: time) -> TimeOfDay:
    if wall.hour < 12:
        return TimeOfDay.MORNING
    return TimeOfDay.AFTERNOON if wall.hour < 17 else TimeOfDay.EVENING


def technician_resource(technician_id: str) -> str:
    return f"technician:{technician_id}"


def advisor_resource(staff_id: str) -> str:
    return f"advisor:{staff_id}"
