"""What the record holds for a proven caller: their cars, parts on order, and work advised and not yet done."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from agent.house import phrases
from agent.tools.answers import Answer, Refused
from agent.tools.callbacks import local_day, promise_in
from agent.tools.context import Desk
from agent.tools.registry import Risk, tool
from agent.tools.service import more_facts
from kit.redaction import redact
from record import cars, recommendations, special_orders
from record.hours import hours_of

_MOST = 6
Id = Annotated[str, Field(max_length=40)]


class CarLine(BaseModel):
    car_id: str
    car: str


class Cars(Answer):
    """The cars this caller may speak about."""

    result: ClassVar[str] = "cars"
    cars: list[CarLine]


class PartLine(BaseModel):
    """One part of an order. `arrives` is the date on file, never a promise."""

    part: str
    arrived: bool
    arrives: str | None


class PartsOnOrder(Answer):
    """Parts ordered for this caller."""

    result: ClassVar[str] = "parts_on_order"
    parts: list[PartLine]


class AdvisedLine(BaseModel):
    """Work advised on the last visit. `price_on_file` is what the file says, to be confirmed by an advisor."""

    recommendation_id: str
    work: str
    vehicle: str
    op_code: str
    advised: str
    advisor: str | None
    price_on_file: str | None


class AdvisedWork(Answer):
    """Work advised on the last visit and not done."""

    result: ClassVar[str] = "advised_work"
    work: list[AdvisedLine]


class WorkAnswered(Answer):
    """The caller's answer to advised work is stored."""

    result: ClassVar[str] = "work_answered"
    recommendation_id: str


class WorkAnswer(StrEnum):
    """What a caller may say to advised work, besides booking it."""

    NO = "declined"
    LATER = "deferred"
    DONE_ELSEWHERE = "done_elsewhere"
    NOT_NEEDED = "expired"


@tool(risk=Risk.PRIVATE, level=2, limit=3, turned_away=more_facts)
async def list_cars(desk: Desk) -> Answer:
    """List the cars this caller may speak about. Never speak about anybody else's, family or not."""
    who = desk.caller.customer_id
    if who is None:
        return more_facts(desk)
    desk.subject = who
    found = await cars.cars_to_speak_of(desk.db, who)
    lines = [CarLine(car_id=each.id, car=each.spoken) for each in found[:_MOST]]
    return Cars(cars=lines, say="" if lines else "I have no car on your record yet.")


@tool(risk=Risk.PRIVATE, level=2, limit=3, writes=("loop",), read_back=True, turned_away=more_facts)
async def parts_on_order(desk: Desk) -> Answer:
    """Tell whether the parts ordered for the caller have come."""
    who = desk.caller.customer_id
    if who is None:
        return more_facts(desk)
    desk.subject = who
    found = await special_orders.parts_awaited(desk.db, who)
    today = (await hours_of(desk.db, "parts")).local(desk.now).date()
    lines, said = [], []
    for each in found[:_MOST]:
        due = each.expected_on if each.expected_on and each.expected_on >= today else None
        when = phrases.say_day(due, today) if due else None
        lines.append(PartLine(part=each.what, arrived=each.is_in, arrives=when))
        state = "is here" if each.is_in else f"is expected {when}" if when else "is still on order"
        said.append(f"The {each.what} {state}.")
    if not found:
        return PartsOnOrder(parts=[], say="I don't see parts on order for you.")
    if any(not each.arrived and each.arrives is None for each in lines):
        # A date nobody has is asked for, not guessed (S2-65).
        undated = ", ".join(each.part for each in lines if not each.arrived and each.arrives is None)
        await promise_in(desk, f"Asked when their parts come; no date on file: {undated}", "parts", ":parts_date")
        said.append("There is no date on file, so the parts desk will find out and call you.")
    return PartsOnOrder(parts=lines, say=" ".join(said))


@tool(risk=Risk.PRIVATE, level=2, limit=3, read_back=True, turned_away=more_facts)
async def advised_work(desk: Desk) -> Answer:
    """List work advised on the last visit and not done: what, when, by whom, price on file. Offer it, don't push."""
    who = desk.caller.customer_id
    if who is None:
        return more_facts(desk)
    desk.subject = who
    hours = await hours_of(desk.db, "service")
    lines = [
        _advised(each, hours.local(each.recommended_at).date())
        for each in (await recommendations.unsold_work(desk.db, who))[:_MOST]
    ]
    said = [
        f"The {line.work} was advised on {line.advised}"
        + (f" by {line.advisor}" if line.advisor else "")
        + (f", with {line.price_on_file} on file; an advisor confirms the price." if line.price_on_file else ".")
        for line in lines
    ]
    return AdvisedWork(work=lines, say=" ".join(said) or "I don't see open work from your last visit.")


@tool(risk=Risk.WRITES, level=2, limit=6, writes=("recommendation",), turned_away=more_facts)
async def answer_advised_work(
    desk: Desk,
    recommendation_id: Id,
    answer: Annotated[WorkAnswer, Field(description="expired: no longer needed, such as a sold car.")],
    reason: Annotated[str, Field(description="Their reason, in a few words.", max_length=80)] = "",
    until: Annotated[str | None, Field(description="Local ISO date, when deferred to one.", max_length=40)] = None,
) -> Answer:
    """Store the caller's no, not now, or done elsewhere to advised work. To book it, use its op code."""
    who = desk.caller.customer_id
    if who is None:
        return more_facts(desk)
    desk.subject = who
    kept = phrases.plain(redact(reason), 40)
    day = local_day(until)
    if not await recommendations.answered(desk.db, who, recommendation_id, answer.value, kept, day):
        return Refused(reason="not_found", say="I don't see that on your record.")
    return WorkAnswered(recommendation_id=recommendation_id, say="Thanks, I've noted that.")


def _advised(work: recommendations.Advised, on: date) -> AdvisedLine:
    low, high = work.price_low_cents, work.price_high_cents
    spread = [f"${cents / 100:,.2f}".removesuffix(".00") for cents in dict.fromkeys((low, high)) if cents]
    return AdvisedLine(
        recommendation_id=work.id,
        work=work.what,
        vehicle=work.vehicle,
        op_code=work.op_code,
        advised=f"{on:%B} {phrases.ordinal(on.day)}, {on.year}",
        advisor=work.advisor,
        price_on_file=" to ".join(spread) or None,
    )
