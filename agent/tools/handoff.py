"""Leaving the call: to a person by department key, or with a goodbye."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from agent.ports import HangUp, TransferTo
from agent.tools.answers import Answer, Refused
from agent.tools.context import Desk
from agent.tools.registry import Risk, tool
from record import rooftops
from record.business_hours import NeverOpen
from record.hours import hours_of


class Transferring(Answer):
    """The caller goes to this department once they have heard so."""

    result: ClassVar[str] = "transferring"
    department: str


class Ending(Answer):
    """The call ends once the goodbye has been heard."""

    result: ClassVar[str] = "ending"
    reason: str


@tool(risk=Risk.LEAVES, limit=2, always=True)
async def transfer_call(
    desk: Desk,
    department: Annotated[
        str, Field(description="A department key from the list you were given; never a number.", max_length=30)
    ],
) -> Answer:
    """Connect the caller to a person. If it is refused, promise a callback instead."""
    if desk.context.call_id is None:
        return Refused(reason="on_text", say="I can't connect you by text, so I'll have someone call you.")
    allowed = {each.key: each for each in await rooftops.destinations(desk.db, desk.now)}
    target = allowed.get(department.strip().lower())
    if target is None:
        return Refused(reason="unknown_department", say="I can't connect you there.")
    hours = await hours_of(desk.db, target.key)
    try:
        is_open = hours.open_at(desk.now)
    except NeverOpen:
        is_open = False
    if not is_open:
        return Refused(reason="closed", say=f"{target.label} is closed right now.")
    desk.then = TransferTo(target.key)
    return Transferring(department=target.key, say=f"Connecting you to {target.label} now.")


@tool(risk=Risk.LEAVES, limit=2, always=True)
async def end_call(
    desk: Desk,
    reason: Annotated[str, Field(description="done, silence, wrong_number or abuse.", max_length=40)] = "done",
) -> Answer:
    """Hang up after you have said goodbye and the caller needs nothing else."""
    kept = reason if reason in ("done", "silence", "wrong_number", "abuse") else "done"
    desk.then = HangUp(kept)
    return Ending(reason=kept)
