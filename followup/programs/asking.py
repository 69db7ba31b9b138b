"""May we text this person for this program now, and who does it instead: `may_contact`, in a program's terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import notices
from followup.programs.kinds import Kind
from record import contact_rules
from record.consent import Asked, Channel, Facts, Refusal, may_contact
from record.contact_facts import facts_of_many
from record.models import PhoneLine, Rooftop

NO_NUMBER = "N1"
"""Beside the rules of `record/contact_rules`: there is no number to text."""

_ONLY_THE_HOUR = frozenset({contact_rules.QUIET_HOURS.id, contact_rules.OFFER_HOURS.id, contact_rules.HOLIDAY.id})
_THE_CALLERS_OWN = _ONLY_THE_HOUR | {contact_rules.GAVE_NUMBER.id}


class Does(StrEnum):
    """What a step comes to for one person."""

    TEXT = "text"
    WAITS = "waits"
    PERSON = "person"
    LATER = "later"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is done, and the rules that decided it when it is not the text that was wanted."""

    does: Does
    rules: tuple[str, ...] = ()
    says: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """How somebody may be reached: the number to text, and what is known of it."""

    number: str = ""
    facts: Facts = Facts()


async def reaches(db: AsyncSession, kind: Kind, customers: Sequence[str], now: datetime) -> dict[str, Reach]:
    """The number and the facts of many people with few questions."""
    numbers = await notices.numbers_of(db, customers)
    line = await db.scalar(
        select(PhoneLine.e164).order_by(PhoneLine.department != kind.department, PhoneLine.id).limit(1)
    )
    if line is None:
        return {each: Reach() for each in customers}
    zone = ZoneInfo(await db.scalar(select(Rooftop.time_zone)) or "UTC")
    wanted = sorted({number for number in numbers.values() if number})
    facts = await facts_of_many(db, wanted, kind.purpose, zone, line, now)
    return {each: Reach(number, facts[number]) if (number := numbers.get(each, "")) else Reach() for each in customers}


def by_text(kind: Kind, reach: Reach, now: datetime) -> Answer:
    """A step by text. Where only the hour is wrong it waits; where it may never go a person calls, if they may."""
    if not reach.number:
        return _instead(kind, reach, (NO_NUMBER,), "no number to text", now)
    said = may_contact(Asked(kind.purpose), reach.facts, now)
    if not isinstance(said, Refusal):
        return Answer(Does.TEXT, said.rules)
    if set(said.rules) <= _ONLY_THE_HOUR:
        return Answer(Does.WAITS, said.rules, said.says)
    if said.again_at is not None:
        return Answer(Does.LATER if kind.offers else Does.WAITS, said.rules, said.says)
    return _instead(kind, reach, said.rules, said.says, now)


def by_person(kind: Kind, reach: Reach, now: datetime) -> Answer:
    """A step by a person: their call has its own rules, apart from the hour, which is theirs to keep."""
    if not reach.number:
        return Answer(Does.PERSON)
    said = may_contact(Asked(kind.purpose, Channel.CALL), reach.facts, now)
    rules = tuple(rule for rule in said.rules if rule not in _THE_CALLERS_OWN) if isinstance(said, Refusal) else ()
    if not rules or not isinstance(said, Refusal):
        return Answer(Does.PERSON)
    return Answer(Does.LATER if said.again_at is not None else Does.BLOCKED, rules, said.says)


def _instead(kind: Kind, reach: Reach, rules: tuple[str, ...], says: str, now: datetime) -> Answer:
    person = by_person(kind, reach, now)
    if person.does is Does.PERSON:
        return Answer(Does.PERSON, rules, says)
    return Answer(person.does, tuple(dict.fromkeys((*rules, *person.rules))), says)
