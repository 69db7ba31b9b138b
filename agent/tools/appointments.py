"""Appointments: real offers, booking, moving, cancelling, and when they are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from agent.house import phrases
from agent.tools.answers import Answer, Refused
from agent.tools.callbacks import promise_in
from agent.tools.context import Desk
from agent.tools.customer import customer_to_serve
from agent.tools.registry import Risk, tool
from agent.tools.visit_words import (
    NOTHING_FOUND,
    SAID,
    Id,
    OpCodes,
    Way,
    bound,
    jobs_said,
    part_or_time,
    refusal,
    vehicle_said,
    visit_and_ride,
)
from kit.ids import AppointmentId
from kit.redaction import redact
from record import recommendations
from record.business_hours import BusinessHours
from record.hours import hours_of
from scheduling import appointments, booking, openings
from scheduling.shop import Job, Transport, Visit, Wish

RECALL = "recall"
_OFFERED = 3


class Slot(BaseModel):
    """One time that is really free. `slot_id` goes back unchanged."""

    slot_id: str
    starts: str
    say: str


class Offers(Answer):
    """Free times, best first."""

    result: ClassVar[str] = "offers"
    slots: list[Slot]


class Booked(Answer):
    """It is in the book."""

    result: ClassVar[str] = "booked"
    appointment_id: str
    starts: str
    advisor: str
    confirmation: str
    services: list[str]


class Moved(Answer):
    """It is in the book at the new time, and the old time is free again."""

    result: ClassVar[str] = "moved"
    appointment_id: str
    starts: str
    advisor: str


class Cancelled(Answer):
    """It is out of the book."""

    result: ClassVar[str] = "cancelled"
    appointment_id: str


class VisitLine(BaseModel):
    """One visit. At level 1 only its time; what it is for needs two confirmed facts."""

    appointment_id: str
    starts: str
    say: str
    services: str | None = None


class Appointments(Answer):
    """The caller's coming visits."""

    result: ClassVar[str] = "appointments"
    appointments: list[VisitLine]


@tool(risk=Risk.PUBLIC, limit=10)
async def offer_slots(
    desk: Desk,
    op_codes: Annotated[OpCodes, Field(description="From service_menu.")] = [],  # noqa: B006 - pydantic copies it
    words: Annotated[str, Field(description="What is needed, if you have no op codes.", max_length=400)] = "",
    earliest: Annotated[str | None, Field(description="Local ISO date or time.", max_length=40)] = None,
    latest: Annotated[str | None, Field(description="Local ISO date or time, inclusive.", max_length=40)] = None,
    time_of_day: Annotated[
        str | None, Field(description="morning, afternoon, evening, or a clock time such as 09:30.", max_length=20)
    ] = None,
    transport: Annotated[Way | None, Field(description="How they get about; drop_off when they don't say.")] = None,
    appointment_id: Annotated[Id | None, Field(description="When moving this appointment.")] = None,
) -> Answer:
    """Find times that are really free. Offer only these; never invent one."""
    hours = await hours_of(desk.db, "service")
    moving: AppointmentId | None = None
    jobs: tuple[Job, ...] = ()
    visit, ride = visit_and_ride(transport)
    if appointment_id:
        own = await _own_appointment(desk, appointment_id)
        if own is None:
            return Refused(reason="not_found", say=NOTHING_FOUND)
        moving, op_codes = own.appointment_id, list(own.op_codes)
        if transport is None:
            visit, ride = own.visit, own.transport
    found = await jobs_said(desk, op_codes, words)
    if isinstance(found, Refused):
        return found
    jobs = found
    if visit is Visit.WAITER and not all(job.waitable for job in jobs):
        return Refused(reason="not_waitable", say=SAID["not_waitable"])
    part, around = part_or_time(time_of_day)
    wish = Wish(
        jobs=jobs,
        visit=visit,
        transport=ride,
        earliest=bound(earliest, hours, end=False),
        latest=bound(latest, hours, end=True),
        time_of_day=part,
        around=around,
        how_many=_OFFERED,
    )
    offers = await openings.find_offers(desk.db, wish, desk.now, moving=moving)
    slots = [_slot(offer.slot_id, offer.starts_at, hours, desk.now) for offer in offers]
    return Offers(slots=slots, say="" if slots else "I don't see an opening then.")


@tool(risk=Risk.WRITES, limit=6, writes=("appointment", "customer", "vehicle", "loop"), read_back=True)
async def book_appointment(
    desk: Desk,
    slot_id: Annotated[Id, Field(description="From offer_slots, unchanged.")],
    op_codes: Annotated[OpCodes, Field(description="From service_menu.")] = [],  # noqa: B006 - pydantic copies it
    concern: Annotated[str, Field(description="The caller's own words about the car.", max_length=600)] = "",
    transport: Annotated[Way | None, Field(description="As it was offered.")] = None,
    vehicle: Annotated[
        str | None, Field(description="Year, make and model; then VIN and the VIN, if known.", max_length=80)
    ] = None,
) -> Answer:
    """Book a slot, only after reading back day and time and hearing yes. It is booked only when this says so."""
    jobs = await jobs_said(desk, op_codes, concern)
    if isinstance(jobs, Refused):
        return jobs
    customer_id = await customer_to_serve(desk)
    if customer_id is None:
        return Refused(reason="name_needed", say="I need a first and last name for the booking.")
    desk.subject = customer_id
    _, ride = visit_and_ride(transport)
    request = booking.Request(
        slot_id=slot_id,
        op_codes=tuple(job.code for job in jobs),
        customer_id=customer_id,
        concern=phrases.plain(f"{redact(concern)} {await _advised_before(desk, jobs)}", 600),
        vehicle_id=await vehicle_said(desk, vehicle),
        transport=ride if ride is not Transport.NONE else None,
        key=desk.key,
        call_sid=desk.context.call_sid,
    )
    done = await booking.book(desk.db, request, desk.now)
    if not isinstance(done, booking.Booked):
        return refusal(done)
    made = done.appointment
    desk.know(booked_here=(*desk.caller.booked_here, made.appointment_id))
    hours = await hours_of(desk.db, "service")
    starts = hours.local(made.starts_at)
    say = f"You're booked for {phrases.say_moment(starts, desk.now)} with {made.advisor.name}."
    if any(job.family == RECALL for job in jobs):
        at = f"{starts:%a %b %-d, %-I:%M %p}"
        need = f"Recall booked for {at}: check by VIN that it is open and its parts are here, or call to move it"
        await promise_in(desk, need, "parts", ":recall", told=False)
        say += " It stands once the parts are confirmed; otherwise somebody calls you."
    return Booked(
        appointment_id=str(made.appointment_id),
        starts=starts.isoformat(timespec="minutes"),
        advisor=made.advisor.name,
        confirmation=made.confirmation,
        services=list(made.services),
        say=say,
    )


async def _advised_before(desk: Desk, jobs: tuple[Job, ...]) -> str:
    """Which of it was advised on the last visit, for the advisor; only for a caller who may hear of it."""
    who = desk.caller.customer_id
    if who is None or desk.caller.level < 2:
        return ""
    codes = {job.code for job in jobs}
    open_work = [each for each in await recommendations.unsold_work(desk.db, who) if each.op_code in codes]
    return " ".join(f"(Advised {each.recommended_at:%m/%d/%Y}, RO {each.ro_number}: {each.what})" for each in open_work)


def _one_more_fact(desk: Desk) -> Refused | None:
    """A number nobody vouches for needs a fact with it. Asked of everybody calling so, whether we know them or not."""
    if desk.caller.attested or desk.caller.facts_given or desk.caller.locked:
        return None
    return Refused(reason="more_facts", say="To look that up I need to check one detail with you first.")


def _none_found(desk: Desk) -> Answer:
    """Below level 1 it reads as if there were nothing: caller ID alone tells nobody when the car is away from home."""
    wanted = _one_more_fact(desk)
    if wanted is not None:
        return wanted
    return Appointments(appointments=[], say=NOTHING_FOUND)


@tool(risk=Risk.PRIVATE, level=1, limit=4, read_back=True, turned_away=_none_found)
async def find_appointments(desk: Desk) -> Answer:
    """List the caller's coming visits: times only, until two facts were confirmed."""
    found = await _own_appointments(desk)
    desk.subject = desk.caller.customer_id
    hours = await hours_of(desk.db, "service")
    lines = []
    for each in found[:5]:
        starts = hours.local(each.starts_at)
        open_book = desk.caller.level >= 2 or each.appointment_id in desk.caller.booked_here
        lines.append(
            VisitLine(
                appointment_id=str(each.appointment_id),
                starts=starts.isoformat(timespec="minutes"),
                say=phrases.say_moment(starts, desk.now),
                services=phrases.all_of(each.services) if open_book else None,
            )
        )
    return Appointments(appointments=lines, say="" if lines else NOTHING_FOUND)


def _not_theirs(desk: Desk) -> Answer:
    return _one_more_fact(desk) or Refused(reason="not_found", say=NOTHING_FOUND)


@tool(risk=Risk.WRITES, level=1, limit=4, writes=("appointment",), read_back=True, turned_away=_not_theirs)
async def move_appointment(desk: Desk, appointment_id: Id, slot_id: Id) -> Answer:
    """Move a visit to an offered slot, only after reading back the new time and hearing yes."""
    own = await _own_appointment(desk, appointment_id)
    if own is None:
        return _not_theirs(desk)
    desk.subject = desk.caller.customer_id
    done = await booking.move(
        desk.db,
        own.appointment_id,
        slot_id,
        key=desk.key,
        now=desk.now,
        customer_id=desk.caller.customer_id,
        call_sid=desk.context.call_sid,
    )
    if not isinstance(done, booking.Moved):
        return refusal(done)
    starts = (await hours_of(desk.db, "service")).local(done.appointment.starts_at)
    return Moved(
        appointment_id=str(done.appointment.appointment_id),
        starts=starts.isoformat(timespec="minutes"),
        advisor=done.appointment.advisor.name,
        say=f"You're now booked for {phrases.say_moment(starts, desk.now)}.",
    )


@tool(risk=Risk.WRITES, level=1, limit=3, writes=("appointment",), turned_away=_not_theirs)
async def cancel_appointment(
    desk: Desk,
    appointment_id: Id,
    reason: Annotated[str, Field(description="Why, if the caller says.", max_length=200)] = "",
) -> Answer:
    """Cancel a visit, only after naming it and hearing yes."""
    own = await _own_appointment(desk, appointment_id)
    if own is None:
        return _not_theirs(desk)
    desk.subject = desk.caller.customer_id
    done = await booking.cancel(
        desk.db,
        own.appointment_id,
        key=desk.key,
        now=desk.now,
        customer_id=desk.caller.customer_id,
        reason=phrases.plain(redact(reason), 200),
        call_sid=desk.context.call_sid,
    )
    if isinstance(done, booking.Cancelled):
        return Cancelled(appointment_id=str(own.appointment_id), say="That visit is cancelled.")
    return refusal(done)


async def _own_appointments(desk: Desk) -> list[appointments.Appointment]:
    if desk.caller.customer_id is None:
        return []
    return list(await appointments.appointments_of(desk.db, desk.caller.customer_id, desk.now))


async def _own_appointment(desk: Desk, appointment_id: str) -> appointments.Appointment | None:
    """Only one of the caller's own, and only once they may know of it."""
    booked_here = appointment_id in desk.caller.booked_here
    if desk.caller.level < 1 and not booked_here:
        return None
    return next((each for each in await _own_appointments(desk) if each.appointment_id == appointment_id), None)


def _slot(slot_id: str, starts_at: datetime, hours: BusinessHours, now: datetime) -> Slot:
    starts = hours.local(starts_at)
    return Slot(slot_id=slot_id, starts=starts.isoformat(timespec="minutes"), say=phrases.say_moment(starts, now))
