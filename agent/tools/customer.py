"""Who is calling: a name against the number they call from, then facts nobody here has spoken."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field
from rapidfuzz import fuzz

from agent.house.understanding import (
    Candidate,
    NameEvidence,
    VehicleMention,
    Verdict,
    decide,
    find_vehicles,
    rank_names,
)
from agent.tools.answers import Answer, Refused
from agent.tools.context import FACTS_NEEDED, Caller, Desk
from agent.tools.registry import Risk, tool
from kit.ids import E164, CustomerId
from kit.phone import to_e164
from record import customers, repair_orders
from record.customers import KnownCustomer
from record.tool_calls import know_customer, wrong_facts

_LOCKED_FOR = timedelta(hours=24)
_CLOSE_ENOUGH = 88
_SAME_HEARD_TWICE = 50  # less alike, and a first name is not the earlier one heard better

Text = Annotated[str, Field(max_length=80)]


class FactKind(StrEnum):
    """Facts a caller may offer about themselves."""

    VEHICLE = "vehicle"
    ZIP = "zip"
    RO_NUMBER = "ro_number"
    PLATE = "plate"


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
    before = _claim(desk)
    said = to_e164(phone) if phone else None
    if said:
        desk.know(said_number=said)
    if name:
        _hear_name(desk, name)
    if _claim(desk) != before:
        # Whoever says they are somebody else starts over. It depends on their words alone, so it tells nothing.
        desk.know(facts_given=frozenset())
    if desk.caller.name:
        await _match(desk)
    facts = [(k, v) for k, v in ((FactKind.RO_NUMBER, ro_number), (FactKind.PLATE, plate)) if v]
    if facts:
        await _remember_guesses(desk)
    for kind, value in facts:
        # One wrong fact a use: that is how `wrong_facts` counts them. What follows a wrong one is not looked at.
        if desk.caller.locked or desk.decision != "allowed":
            desk.know(facts_given=desk.caller.facts_given | {kind})
            continue
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
    same = await _same_name_and_calling_number(desk)
    if same is not None:
        await _turn_to(desk, same.id)
        desk.know(customer_id=same.id)
    else:
        added = await customers.add_customer(desk.db, caller.first, caller.last, caller.reachable_at or None)
        await _turn_to(desk, added)
        # All this record holds is what the caller just told us, so it can be theirs without further proof.
        desk.know(customer_id=added, level=1)
    await know_customer(desk.db, desk.context.occasion, desk.caller.customer_id, desk.caller.level)
    return desk.caller.customer_id


async def named_candidate(desk: Desk) -> KnownCustomer | None:
    """The record it is about, if the name said now is still that person's."""
    caller = desk.caller
    person = await customers.customer(desk.db, caller.candidate_id) if caller.candidate_id else None
    if person is None or not (_named(caller, person) or _fitting(desk, [person]) is not None):
        return None
    return person


async def prove(desk: Desk, person: KnownCustomer) -> None:
    """Level 2 for a caller who holds a number on file that is this person's alone."""
    desk.know(level=2, customer_id=person.id)
    desk.subject = person.id
    await know_customer(desk.db, desk.context.occasion, person.id, desk.caller.level)


def _claim(desk: Desk) -> tuple[str, str, str | None]:
    """Who the caller says they are: another claim is another person to prove."""
    return desk.caller.first.lower(), desk.caller.last.lower(), desk.caller.said_number


def _hear_name(desk: Desk, name: str) -> None:
    name = re.sub(r"\[[^\]]*\]", " ", name)  # where redaction took something out
    words = [word for word in re.split(r"[^\w'’.-]+", name) if word][:6]
    first, last = (words[0], " ".join(words[1:])) if words else ("", "")
    caller = desk.caller
    if not last and caller.first and caller.first.lower() == first.lower():
        last = caller.last
    another = (
        bool(len(words) > 1 and caller.first) and fuzz.ratio(_plain(first), _plain(caller.first)) < _SAME_HEARD_TWICE
    )
    evidence = NameEvidence() if another else caller.evidence  # what was heard of one person says nothing of another
    desk.know(first=first[:80], last=last[:80], evidence=evidence.hear_name(name[:120]))


async def _match(desk: Desk) -> None:
    """A name that fits the one record with the calling number says who it may be; how surely, `_settle` decides."""
    caller = desk.caller
    found = await _named_behind(desk, caller.number)
    if found is not None:
        await _turn_to(desk, found.id)
        await _settle(desk, found)
    elif caller.level == 0 and caller.customer_id is None:
        elsewhere = await _named_behind(desk, caller.said_number)
        if elsewhere is not None:
            await _turn_to(desk, elsewhere.id)


async def _same_name_and_calling_number(desk: Desk) -> KnownCustomer | None:
    """Whose record a booking belongs to; it opens nothing. A number nobody vouches for is good enough for that.

    A number only said is not: anybody can say one. Such a booking gets a new record, compared with others afterwards.
    """
    return await _named_behind(desk, desk.caller.number)


async def _named_behind(desk: Desk, number: E164 | None) -> KnownCustomer | None:
    return _fitting(desk, await customers.customers_with_phone(desk.db, number)) if number else None


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


async def _turn_to(desk: Desk, customer_id: CustomerId) -> None:
    """From here on it is about this record. What was proven for another one proves nothing for it."""
    caller = desk.caller
    if caller.candidate_id == customer_id and caller.customer_id in (None, customer_id):
        return
    desk.know(candidate_id=customer_id, customer_id=None, level=0, facts_right=frozenset())
    if caller.customer_id is not None:
        await know_customer(desk.db, desk.context.occasion, None, 0)


async def _settle(desk: Desk, person: KnownCustomer) -> None:
    """Raises the caller to what they have shown for this record: two facts, or a number on file that is vouched for.

    Where the carrier vouches for nothing, one fact takes its place (docs/decisions/0006-attestation.md).
    """
    caller = desk.caller
    named = caller.level >= 1 or _named(caller, person) or _fitting(desk, [person]) is not None
    at_home = caller.number is not None and caller.number in person.phones
    shown = 0
    if named and len(caller.facts_right) >= FACTS_NEEDED:
        shown = 2
    elif named and at_home and (caller.attested or caller.facts_right):
        shown = 1
    if shown == 0:
        return
    desk.know(level=max(caller.level, shown), customer_id=person.id)
    desk.subject = person.id
    await know_customer(desk.db, desk.context.occasion, person.id, desk.caller.level)


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
        await _turn_to(desk, found.id)


async def _weigh(desk: Desk, kind: FactKind, value: str) -> None:
    """Counts a fact for or against the caller. Too little said (a make without a model) counts as neither."""
    caller = desk.caller
    desk.know(facts_given=caller.facts_given | {kind})
    if kind is FactKind.VEHICLE and not _whole_cars(value):
        return
    person = await customers.customer(desk.db, caller.candidate_id) if caller.candidate_id else None
    if person is None or not await _fits(desk, person, kind, value):
        desk.know(facts_wrong=caller.facts_wrong + 1)
        desk.decision = "refused"
        return
    desk.know(facts_right=caller.facts_right | {kind})
    await _settle(desk, person)


async def _fits(desk: Desk, person: KnownCustomer, kind: FactKind, value: str) -> bool:
    if kind is FactKind.ZIP:
        return bool(person.postal_code) and _digits(value)[:5] == _digits(person.postal_code or "")[:5]
    if kind is FactKind.PLATE:
        return any(_plain(car.plate or "-") == _plain(value) for car in person.vehicles)
    if kind is FactKind.RO_NUMBER:
        order = await repair_orders.repair_order(desk.db, _digits(value))
        return order is not None and order.customer_id == person.id
    mentions = _whole_cars(value)
    return len(mentions) == 1 and any(
        car.year == mentions[0].year and _same_word(mentions[0].model or "", car.model) for car in person.vehicles
    )


def _whole_cars(value: str) -> list[VehicleMention]:
    return [said for said in find_vehicles(value) if said.model and said.year]


async def _remember_guesses(desk: Desk) -> None:
    """Wrong facts from the same number in the last day count as well: hanging up does not reset the lock."""
    number = desk.caller.number
    if number:
        stored = await wrong_facts(desk.db, number, desk.now - _LOCKED_FOR)
        desk.know(facts_wrong=max(desk.caller.facts_wrong, stored))


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
