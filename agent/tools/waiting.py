"""Times that are not booked yet: held while the caller thinks, waited for, or kept back until recall parts are here."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from agent.house import phrases
from agent.tools.answers import Answer, Refused
from agent.tools.appointments import RECALL
from agent.tools.callbacks import Promised, promise_in, promised
from agent.tools.context import Desk
from agent.tools.customer import customer_to_serve
from agent.tools.registry import Risk, tool
from agent.tools.said_cars import CarWords, lead_car
from agent.tools.visit_words import Id, OpCodes, Way, bound, jobs_said, refusal, vehicle_said, visit_and_ride
from kit.redaction import redact
from record.hours import hours_of
from scheduling import booking, op_codes, waiting_list
from scheduling.shop import Transport

_NAME = Refused(reason="name_needed", say="I need a first and last name for that.")


class Held(Answer):
    """The time is kept until `until`. It is not booked."""

    result: ClassVar[str] = "held"
    slot_id: str
    until: str


class OnTheList(Answer):
    """They are called when an earlier time comes free. Nothing is booked by it."""

    result: ClassVar[str] = "on_the_list"


class RecallHeld(Promised):
    """No time is booked until the parts desk has confirmed the parts."""

    still_needed: list[str]


@tool(risk=Risk.WRITES, limit=4, writes=("appointment",))
async def hold_slot(
    desk: Desk,
    slot_id: Annotated[Id, Field(description="From offer_slots, unchanged.")],
    op_codes: Annotated[OpCodes, Field(description="From service_menu.")],
    transport: Annotated[Way | None, Field(description="As it was offered.")] = None,
) -> Answer:
    """Keep an offered time for five minutes while the caller thinks. It is not booked until book_appointment."""
    jobs = await jobs_said(desk, op_codes, "")
    if isinstance(jobs, Refused):
        return jobs
    _, ride = visit_and_ride(transport)
    request = booking.Request(
        slot_id=slot_id,
        op_codes=tuple(job.code for job in jobs),
        customer_id=None,
        key=desk.key,
        transport=ride if ride is not Transport.NONE else None,
        call_sid=desk.context.call_sid,
    )
    held = await booking.hold(desk.db, request, desk.now)
    if not isinstance(held, booking.Held):
        return refusal(held)
    until = held.appointment.hold_expires_at or desk.now + booking.HOLD_LASTS
    local = (await hours_of(desk.db, "service")).local(until)
    return Held(
        slot_id=slot_id, until=local.isoformat(timespec="minutes"), say="I'm keeping that time for five minutes."
    )


@tool(risk=Risk.WRITES, limit=3, writes=("wait_list", "customer"))
async def join_wait_list(
    desk: Desk,
    op_codes: Annotated[OpCodes, Field(description="From service_menu.")] = [],  # noqa: B006 - pydantic copies it
    words: Annotated[str, Field(description="What is needed, if you have no op codes.", max_length=300)] = "",
    earliest: Annotated[str | None, Field(description="Local ISO date or time.", max_length=40)] = None,
    latest: Annotated[str | None, Field(description="Local ISO date or time, inclusive.", max_length=40)] = None,
    transport: Annotated[Way | None, Field(description="How they get about.")] = None,
) -> Answer:
    """Put the caller on the list for an earlier time than the ones free. A person calls when one comes up."""
    jobs = await jobs_said(desk, op_codes, words)
    if isinstance(jobs, Refused):
        return jobs
    customer_id = await customer_to_serve(desk)
    if customer_id is None:
        return _NAME
    desk.subject = customer_id
    hours = await hours_of(desk.db, "service")
    visit, ride = visit_and_ride(transport)
    place = waiting_list.Place(
        customer_id,
        waiting_list.EARLIER,
        tuple(job.code for job in jobs),
        desk.key,
        visit,
        ride,
        bound(earliest, hours, end=False),
        bound(latest, hours, end=True),
        phrases.plain(redact(words), 300),
        desk.caller.reachable_at,
    )
    await waiting_list.join(desk.db, place, desk.now)
    return OnTheList(say="You're on the list. If an earlier time comes free, someone will call you.")


@tool(risk=Risk.WRITES, limit=3, writes=("wait_list", "customer", "vehicle", "loop"), read_back=True)
async def request_recall(
    desk: Desk,
    car: CarWords,
    words: Annotated[str, Field(description="What they know of the recall, in their words.", max_length=300)] = "",
) -> Answer:
    """Take in a recall: it may apply, we check by VIN, and a time is booked once the parts are here."""
    customer_id = await customer_to_serve(desk)
    if customer_id is None:
        return _NAME
    desk.subject = customer_id
    said = lead_car(car, "service")
    menu = await op_codes.menu(desk.db)
    codes = tuple(job.code for job in menu if job.family == RECALL)[:1]
    place = waiting_list.Place(
        customer_id,
        waiting_list.RECALL,
        codes,
        desk.key,
        words=phrases.plain(redact(f"{said.spoken if said else car} {words}"), 300),
        contact=desk.caller.reachable_at,
        vehicle_id=await vehicle_said(desk, car),
    )
    await waiting_list.join(desk.db, place, desk.now)
    asked = [] if said and said.vin else ["the VIN"]
    asked += [] if said and said.is_named else ["the car’s year, make and model"]
    missing = f" Ask for: {'; '.join(asked)}." if asked else ""
    vin = f" VIN {said.vin}" if said and said.vin else ""
    need = f"Recall: {place.words}{vin}. Check by VIN, confirm parts, then call to book.{missing}"
    answer = await promised(desk, await promise_in(desk, need, "parts", ":recall"))
    say = f"A recall may apply; we'll check it by VIN and book a time once the parts are here. {answer.say}"
    return RecallHeld(**answer.model_dump(exclude={"say"}), say=say, still_needed=asked)
