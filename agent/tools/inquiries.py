"""What a caller wants from a department: one lead in their own words, owned, with a task for what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from agent.house import phrases
from agent.tools.answers import Answer
from agent.tools.callbacks import Promised, promise_in, promised
from agent.tools.context import Desk
from agent.tools.customer import said_phone
from agent.tools.registry import Risk, tool
from agent.tools.said_cars import CarWords, lead_car
from followup import spoken_leads
from followup.lead_facts import Channel, LeadCar, LeadPerson, NewLead, RequestedService
from followup.lead_needs import missing
from followup.leads import Speaking
from kit.redaction import redact

What = Annotated[str, Field(description="What they want, in their words.", max_length=600)]
When = Annotated[str, Field(description="When, in their words.", max_length=120)]
Phone = Annotated[str | None, Field(description="Only if they gave a number to call back on.", max_length=40)]

WRITES = ("lead", "loop", "customer")


class Asked(Promised):
    """It is with the department, owned and due. `still_needed` is what to ask for; what stays open is a task."""

    still_needed: list[str]


@tool(risk=Risk.WRITES, limit=4, writes=WRITES, always=True, read_back=True)
async def request_estimate(desk: Desk, what: What, car: CarWords = "", when: When = "", phone: Phone = None) -> Answer:
    """Ask an advisor to work out a price that service_menu does not have. Never name or hint at one yourself."""
    said = replace(_lead(desk, "service", what, when), cars=_cars(car, "service"))
    return await file(desk, "estimate", said, phone, ask=() if _vin(said) else ("the VIN: an estimate needs it",))


@tool(risk=Risk.WRITES, limit=4, writes=WRITES, always=True, read_back=True)
async def parts_inquiry(
    desk: Desk,
    part: Annotated[str, Field(description="The part, in their words; part number if they have one.", max_length=400)],
    car: CarWords = "",
    phone: Phone = None,
) -> Answer:
    """Ask the parts department about a part. You know neither price nor stock."""
    said = replace(_lead(desk, "parts", part), cars=_cars(car, "service"))
    ask = () if said.cars and (said.cars[0].is_named or said.cars[0].vin) else ("the car, or its VIN",)
    return await file(desk, "parts", said, phone, ask=ask)


@tool(risk=Risk.WRITES, limit=4, writes=WRITES, always=True, read_back=True)
async def sales_inquiry(desk: Desk, what: What, car: CarWords = "", when: When = "", phone: Phone = None) -> Answer:
    """Pass on interest in buying or leasing. Prices, payments and what is on the lot are for sales to say."""
    return await file(desk, "sales", replace(_lead(desk, "sales", what, when), cars=_cars(car, "buy")), phone)


@tool(risk=Risk.WRITES, limit=4, writes=WRITES, always=True, read_back=True)
async def request_test_drive(
    desk: Desk,
    car: CarWords,
    when: When = "",
    licensed: Annotated[bool | None, Field(description="Do they hold a valid license? Leave out if not said.")] = None,
    phone: Phone = None,
) -> Answer:
    """Ask sales for a test drive. It is asked for, not booked: sales confirms the car and the time."""
    said = _lead(desk, "sales", f"Test drive{'' if licensed is None else _LICENSE[licensed]}", when)
    ask = [] if when.strip() else ["when they want to come"]
    ask += [] if licensed is not None else ["whether they hold a valid license"]
    return await file(desk, "test_drive", replace(said, cars=_cars(car, "test-drive")), phone, ask=ask)


@tool(risk=Risk.WRITES, limit=4, writes=WRITES, always=True, read_back=True)
async def trade_in(
    desk: Desk,
    car: CarWords,
    miles: Annotated[int | None, Field(description="Odometer, if said.", ge=0, le=999_999)] = None,
    condition: Annotated[str, Field(description="Condition in their words.", max_length=200)] = "",
    owes: Annotated[str, Field(description="Loan or lease on it, and with whom, in their words.", max_length=120)] = "",
    phone: Phone = None,
) -> Answer:
    """Take in a car to trade or sell. What it is worth is never said here: an appraiser looks at it."""
    mine = lead_car(car, "trade-in") or LeadCar(interest="trade-in")
    mine = replace(mine, miles=miles, condition=_kept(condition, 200), notes=_kept(f"{mine.notes} {owes}", 240))
    ask = [] if owes.strip() else ["whether there is a loan or lease on the trade-in"]
    ask += [] if mine.model else ["the trade-in’s year, make and model"]
    return await file(desk, "trade_in", replace(_lead(desk, "sales", "Trade-in"), trade_in=mine), phone, ask=ask)


_LICENSE = {True: ", holds a license", False: ", has no license"}


async def file(desk: Desk, kind: str, lead: NewLead, phone: str | None, ask: Sequence[str] = ()) -> Answer:
    """One lead for one wish of this conversation, whoever asks: the answer tells nothing about any record."""
    number = said_phone(phone)
    if number:
        desk.know(said_number=number)
    lead = replace(lead, person=_person(desk))
    key = f"{desk.context.call_sid}:{kind}"
    known = desk.caller.customer_id if desk.caller.level >= 1 else None
    taken = await spoken_leads.ask(desk.db, lead, key, desk.now, Speaking(known, desk.context.call_id, tuple(ask)))
    loop = taken.loop or await promise_in(desk, lead.service.what, lead.department, f":{kind}")
    desk.subject = known
    answer = await promised(desk, loop)
    return Asked(**answer.model_dump(), still_needed=list(dict.fromkeys([*missing(lead), *ask])))


def _lead(desk: Desk, department: str, what: str, when: str = "") -> NewLead:
    channel = Channel.TEXT if desk.context.call_id is None else Channel.PHONE
    return NewLead(channel, department=department, service=RequestedService(_kept(what, 600), _kept(when, 120)))


def _person(desk: Desk) -> LeadPerson:
    caller = desk.caller
    phones = (caller.reachable_at,) if caller.reachable_at else ()
    return LeadPerson(first_name=caller.first, last_name=caller.last, phones=phones)


def _cars(words: str, interest: str) -> tuple[LeadCar, ...]:
    car = lead_car(words, interest)
    return (car,) if car else ()


def _vin(lead: NewLead) -> str:
    return lead.cars[0].vin if lead.cars else ""


def _kept(words: str, longest: int) -> str:
    return phrases.plain(redact(" ".join(words.split())), longest)
