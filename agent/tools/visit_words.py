"""A visit in a caller's words: the work, the car, how they get about, when; and why it could not be had."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from agent.house.understanding import find_vehicles, find_vin
from agent.tools.answers import Refused
from agent.tools.callbacks import local_moment
from agent.tools.context import Desk
from agent.tools.service import jobs_for
from kit.ids import VehicleId
from record import customers
from record.business_hours import BusinessHours
from scheduling import op_codes as menu_lines
from scheduling.shop import Job, TimeOfDay, Transport, Visit

OpCodes = Annotated[list[Annotated[str, Field(max_length=30)]], Field(max_length=6)]
Id = Annotated[str, Field(max_length=400)]
NOTHING_FOUND = "I don't see an upcoming visit under that name and number."


class Way(StrEnum):
    """How the customer gets about while the car is here."""

    WAIT = "wait"
    DROP_OFF = "drop_off"
    SHUTTLE = "shuttle"
    LOANER = "loaner"
    RENTAL = "rental"
    PICKUP = "pickup"


SAID: dict[str, str] = {
    "slot_taken": "That time was just taken.",
    "slot_unknown": "I need to check the schedule again for that time.",
    "too_soon": "That time is too soon for us now.",
    "unknown_op_code": "I don't have that on our menu.",
    "not_waitable": "That work takes longer than you'd want to wait, so it needs a drop-off.",
    "not_found": NOTHING_FOUND,
    "already_cancelled": "That visit was already cancelled.",
    "nothing_to_move": "You're already booked for that time.",
    "not_open_for_change": "That visit has already started, so an advisor has to change it.",
    "customer_missing": "I need a first and last name for the booking.",
}


def refusal(refused: Any) -> Refused:
    """A scheduling refusal in words; the code stays the same."""
    code = re.sub(r"[^a-z_]", "", str(getattr(refused, "reason", "")).lower()) or "refused"
    return Refused(reason=code, say=SAID.get(code, "I couldn't do that."))


async def jobs_said(desk: Desk, codes: Sequence[str], words: str) -> tuple[Job, ...] | Refused:
    menu = await menu_lines.menu(desk.db)
    if codes:
        jobs = menu_lines.by_codes(codes, menu)
        if isinstance(jobs, tuple):
            return jobs
        return refusal(jobs)
    return tuple(jobs_for(words, menu)) or Refused(
        reason="unknown_op_code", say="I need to know what the car needs first."
    )


async def vehicle_said(desk: Desk, words: str | None) -> VehicleId | None:
    vin = find_vin(words or "")
    said = find_vehicles((words or "").partition(" VIN ")[0])
    if not said or desk.caller.customer_id is None or not (said[0].make or said[0].model):
        return None
    car = said[0]
    owner = desk.caller.customer_id
    if desk.caller.level < 1:
        # Whoever has proven nothing adds no car to a record: the car would prove them to be its owner the next time.
        return await customers.vehicle_like(desk.db, owner, car.year, car.make or "", car.model or "")
    return await customers.add_vehicle(
        desk.db,
        owner,
        car.year,
        car.make or "",
        car.model or "",
        vin=vin.characters if vin and vin.complete else None,
    )


def visit_and_ride(way: Way | None) -> tuple[Visit, Transport]:
    if way is Way.WAIT:
        return Visit.WAITER, Transport.NONE
    if way in (None, Way.DROP_OFF):
        return Visit.DROP_OFF, Transport.NONE
    return Visit.DROP_OFF, Transport(way.value)


def part_or_time(text: str | None) -> tuple[TimeOfDay | None, time | None]:
    if not text:
        return None, None
    word = text.strip().lower()
    if word in (part.value for part in TimeOfDay):
        return TimeOfDay(word), None
    clock = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", word)
    return (None, time(int(clock[1]), int(clock[2]))) if clock else (None, None)


def bound(text: str | None, hours: BusinessHours, *, end: bool) -> datetime | None:
    moment = local_moment(text, hours.zone)
    if moment is not None and end and text and "T" not in text.upper() and ":" not in text:
        return moment.replace(hour=23, minute=59)
    return moment
