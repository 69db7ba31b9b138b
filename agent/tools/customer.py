"""Who is calling: a name against the number they call from, then facts nobody here has spoken."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field
from rapidfuzz import fuzz

from agent.house.understanding import Candidate, Verdict, decide, find_vehicles, rank_names
from agent.tools.answers import Answer, Refused
from agent.tools.context import FACTS_NEEDED, Caller, Desk
from agent.tools.registry import Risk, tool
from kit.ids import E164, CustomerId
from kit.phone import to_e164
from record import calls, customers, repair_orders
from record.customers import KnownCustomer
from record.tool_calls import wrong_facts

_LOCKED_FOR = timedelta(hours=24)
_CLOSE_ENOUGH = 88

Text = Annotated[str, Field(max_length=80)]


class FactKind(StrEnum):
    """Facts a caller may offer about themselves."""

    VEHICLE = "vehicle"
    ZIP = "zip"
    RO_NUMBER = "ro_number"
    PLATE = "plate"
    LAST_NAME = "last_name"


class Noted(Answer):
    """What was said is noted. It reads the same whether or not there is such a customer."""

    result: ClassVar[str] = "noted"
    facts_given: int = 0
    facts_needed: int = FACTS_NEEDED


LOCKED = "I can't confirm those details over the phone, so I'll get a person to help you."


@tool(risk=Risk.PRIVATE, limit=8)
async def find_customer(
    desk: Desk,
    name: Annotated[Text | None, Field(description="First and last name exactly as the caller gave them.")] = None,
    phone: Annotated[Text | None, Field(description="Only if the caller gives another number to reach them.")] = None,
    ro_number: Annotated[Text | None, Field(description="A repair order number the caller read out.")] = None,
    plate: Annotated[Text | None, Field(description="A license plate the caller read out.")] = None,
) -> Answer:
    """Note who the caller says they are, before booking or looking anything up. Reveals nothing about any record."""
    said = to_e164(phone) if phone else None
    if said:
        desk.know(said_number=said)
    if name:
        _hear_name(desk, name)
    if desk.caller.name:
        await _match(desk)
    for kind, value in ((FactKind.RO_NUMBER, ro_number), (FactKind.PLATE, plate)):
        if value and not desk.caller.locked:
            await _look_for_record(desk, kind, value)
            await _weigh(desk, kind, value)
    return Noted(
        say=f"Thanks, {desk.caller.first}." if desk.caller.first else "", facts_given=len(desk.caller.facts_given)
    )


@tool(risk=Risk.PRIVATE, limit=6)
async def confirm_identity(
    desk: Desk,
    kind: Annotated[FactKind, Field(description="Which fact the caller just stated.")],
    value: Annotated[Text, Field(description="The fact in the caller's own words; never one you were told by a tool.")],
) -> Answer:
    """Check a fact the caller states about themselves. Needed twice before repair details; never says if it fits."""
    await _remember_guesses(desk)
    if desk.caller.locked:
        desk.decision = "refused"
        return Refused(reason="locked", say=LOCKED)
    await _weigh(desk, kind, value)
    if desk.caller.locked:
        desk.decision = "refused"
        return Refused(reason="locked", say=LOCKED)
    return Noted(facts_given=len(desk.caller.facts_given))


async def customer_to_serve(desk: Desk) -> CustomerId | None:
    """The record this caller's changes belong to; a new person gets a new one. None while we have no name.

    A household is not a duplicate: another name on a known number is another customer.
    """
    caller = desk.caller
    if caller.customer_id is not None:
        return caller.customer_id
    if not caller.name:
        return None
    same = await _same_name_and_said_number(desk)
    if same is not None:
        desk.know(customer_id=same.id, candidate_id=same.id)
    else:
        added = await customers.add_customer(desk.db, caller.first, caller.last, caller.reachable_at or None)
        # All this record holds is what the caller just told us, so it can be theirs without further proof.
        desk.know(customer_id=added, candidate_id=added, level=max(caller.level, 1))
    await calls.know_caller(desk.db, desk.context.call_id, desk.caller.customer_id, desk.caller.level)
    return desk.caller.customer_id


def _hear_name(desk: Desk, name: str) -> None:
    words = [word for word in re.split(r"[^\w'’.-]+", name) if word][:6]
    first, last = (words[0], " ".join(words[1:])) if words else ("", "")
    caller = desk.caller
    if not last and caller.first and caller.first.lower() == first.lower():
        last = caller.last
    desk.know(first=first[:80], last=last[:80], evidence=caller.evidence.hear_name(name[:120]))


async def _match(desk: Desk) -> None:
    """A name that fits the one record with the calling number is level 1; anything less only says where to look."""
    caller = desk.caller
    if caller.number:
        known = await customers.customers_with_phone(desk.db, caller.number)
        found = _fitting(desk, known)
        if found is not None:
            await _raise(desk, found.id, max(1, caller.level if caller.customer_id == found.id else 1))
            return
    if caller.level == 0 and caller.customer_id is None:
        elsewhere = await _same_name_and_said_number(desk)
        if elsewhere is not None:
            desk.know(candidate_id=elsewhere.id)


async def _same_name_and_said_number(desk: Desk) -> KnownCustomer | None:
    if not desk.caller.said_number:
        return None
    return _fitting(desk, await customers.customers_with_phone(desk.db, desk.caller.said_number))


def _fitting(desk: Desk, known: list[KnownCustomer]) -> KnownCustomer | None:
    """The one person the name heard so far can mean; a close second means nobody. Both names must have been said."""
    caller = desk.caller
    if not known or not (caller.first and caller.last):
        return None
    candidates = [Candidate(str(person.id), person.first_name, person.last_name) for person in known]
    # The few people behind one number, plate or repair order: among them a clear name is enough.
    decision = decide(rank_names(caller.evidence, candidates), caller.evidence, name_is_enough=True)
    if decision.verdict is not Verdict.MATCH or decision.best is None:
        return None
    return next((person for person in known if str(person.id) == decision.best.candidate.key), None)


async def _raise(desk: Desk, customer_id: CustomerId, level: int) -> None:
    desk.know(level=max(desk.caller.level, level), customer_id=customer_id, candidate_id=customer_id)
    desk.subject = customer_id
    await calls.know_caller(desk.db, desk.context.call_id, customer_id, desk.caller.level)


async def _look_for_record(desk: Desk, kind: FactKind, value: str) -> None:
    """A repair order or plate says where to look; the name must fit the record it leads to."""
    if desk.caller.candidate_id is not None or not desk.caller.last:
        return
    owners: list[KnownCustomer] = []
    if kind is FactKind.PLATE:
        owners = await customers.customers_with_plate(desk.db, value)
    else:
        order = await repair_orders.repair_order(desk.db, _digits(value))
        owner = await customers.customer(desk.db, order.customer_id) if order else None
        owners = [owner] if owner else []
    found = _fitting(desk, owners)
    if found is not None:
        desk.know(candidate_id=found.id)


async def _weigh(desk: Desk, kind: FactKind, value: str) -> None:
    """Counts a fact for or against the caller; the second that fits raises them to level 2."""
    caller = desk.caller
    person = await customers.customer(desk.db, caller.candidate_id) if caller.candidate_id else None
    fit = await _fits(desk, person, kind, value) if person else False
    desk.know(facts_given=caller.facts_given | {kind})
    if fit is None:
        return
    if not fit or person is None:
        desk.know(facts_wrong=caller.facts_wrong + 1)
        desk.decision = "refused"
        return
    desk.know(facts_right=caller.facts_right | {kind})
    enough = len(desk.caller.facts_right) >= FACTS_NEEDED
    if enough and (caller.level >= 1 or FactKind.LAST_NAME in desk.caller.facts_right or _named(caller, person)):
        await _raise(desk, person.id, 2)


async def _fits(desk: Desk, person: KnownCustomer, kind: FactKind, value: str) -> bool | None:
    """Whether a fact fits; None when too little was said to tell (a make without a model)."""
    if kind is FactKind.ZIP:
        return bool(person.postal_code) and _digits(value)[:5] == _digits(person.postal_code or "")[:5]
    if kind is FactKind.LAST_NAME:
        return _same_word(value, person.last_name)
    if kind is FactKind.PLATE:
        return any(_plain(car.plate or "-") == _plain(value) for car in person.vehicles)
    if kind is FactKind.RO_NUMBER:
        order = await repair_orders.repair_order(desk.db, _digits(value))
        return order is not None and order.customer_id == person.id
    mentions = [said for said in find_vehicles(value) if said.model and said.year]
    if not mentions:
        return None
    said = mentions[0]
    return len(mentions) == 1 and any(
        car.year == said.year and _same_word(said.model or "", car.model) for car in person.vehicles
    )


async def _remember_guesses(desk: Desk) -> None:
    """Wrong facts from the same number in the last day count as well: hanging up does not reset the lock."""
    number = desk.caller.number
    if number and not desk.caller.facts_wrong:
        before = await wrong_facts(desk.db, number, desk.now - _LOCKED_FOR)
        if before:
            desk.know(facts_wrong=before)


def _named(caller: Caller, person: KnownCustomer) -> bool:
    return _same_word(caller.last, person.last_name) and _same_word(caller.first, person.first_name)


def _same_word(said: str, known: str) -> bool:
    return bool(said and known) and fuzz.ratio(_plain(said), _plain(known)) >= _CLOSE_ENOUGH


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def said_phone(text: str | None) -> E164 | None:
    """A number a caller gave, if it is one."""
    return to_e164(text) if text else None
