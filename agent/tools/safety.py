"""Danger and tows: what to tell the caller first, and a person who calls within minutes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.house import phrases
from agent.tools.answers import Answer
from agent.tools.callbacks import Promised, promise_in, promised
from agent.tools.context import Desk
from agent.tools.customer import said_phone
from agent.tools.registry import Risk, tool
from agent.triage import Danger, danger
from kit.redaction import redact

_SAID = {
    Danger.EMERGENCY: "If anyone is hurt or in danger, hang up and call 911. Get away from the car and the traffic.",
    Danger.STOP_DRIVING: "Please stop somewhere safe and don't drive it any further. It should be towed.",
    Danger.STRANDED: "Please stay somewhere safe, away from traffic, and don't try to drive it.",
    Danger.UNCLEAR: "I can't tell you whether it's safe to drive. If you have any doubt, please don't drive it.",
}


class Triaged(Promised):
    """What comes first for this caller's safety; a person is on it."""

    danger: str
    still_needed: list[str]


@tool(risk=Risk.WRITES, limit=4, writes=("loop",), always=True, read_back=True)
async def safety_check(
    desk: Desk,
    words: Annotated[str, Field(description="What is wrong, in their words.", max_length=600)],
    place: Annotated[str, Field(description="Where the car is, in their words.", max_length=200)] = "",
    hurt: Annotated[bool, Field(description="True if anyone may be hurt.")] = False,
    stranded: Annotated[bool, Field(description="True if they are stuck somewhere or need a tow.")] = False,
    phone: Annotated[str | None, Field(description="Only if they gave a number.", max_length=40)] = None,
) -> Answer:
    """Use at once for danger, a breakdown, an accident or a tow; say the advice first, then transfer_call."""
    number = said_phone(phone)
    if number:
        desk.know(said_number=number)
    found = danger(words, hurt=hurt, stranded=stranded)
    asked = [] if place.strip() else ["where the car is"]
    asked += [] if desk.caller.reachable_at else ["a phone number"]
    where = f"; at: {phrases.plain(redact(place), 200)}" if place.strip() else "; ask where the car is"
    need = f"URGENT {found.value.replace('_', ' ')}: {phrases.plain(redact(words), 400)}{where}"
    loop = await promise_in(desk, need, "service", ":safety", urgent=True)
    answer = await promised(desk, loop)
    say = f"{_SAID[found]} {answer.say}"
    return Triaged(**answer.model_dump(exclude={"say"}), say=say, danger=found.value, still_needed=asked)
