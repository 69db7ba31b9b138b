"""Leaving the call: to a person by department key, or with a goodbye."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from agent.house import phrases
from agent.ports import HangUp, TransferTo
from agent.tools.answers import Answer, Refused
from agent.tools.context import Desk
from agent.tools.hand_off_brief import gather
from agent.tools.hand_off_choice import destination_for
from agent.tools.registry import Risk, tool
from followup.assigning import colleagues
from record import calls, hand_offs, rooftops
from record.business_hours import NeverOpen
from record.hand_offs import NewHandOff
from record.hours import hours_of
from record.rooftops import Destination

_RECENTLY = timedelta(hours=12)


class Transferring(Answer):
    """The caller goes to this department once they have heard so."""

    result: ClassVar[str] = "transferring"
    department: str


class Ending(Answer):
    """The call ends once the goodbye has been heard."""

    result: ClassVar[str] = "ending"
    reason: str


@tool(risk=Risk.LEAVES, limit=2, always=True, writes=("call_transfer",))
async def transfer_call(
    desk: Desk,
    department: Annotated[
        str, Field(description="A department key from the list you were given; never a number.", max_length=30)
    ],
    reason: Annotated[str, Field(description="What they need, in their words; told to whoever answers.")] = "",
    mood: Annotated[
        Literal["calm", "upset", "urgent", ""], Field(description="How they sound; urgent for safety.")
    ] = "",
    person: Annotated[str, Field(description="Only if they asked for somebody by name.", max_length=60)] = "",
) -> Answer:
    """Connect the caller to a person. If it is refused, promise a callback instead."""
    call_id = desk.context.call_id
    if call_id is None:
        return Refused(reason="on_text", say="I can't connect you by text, so I'll have someone call you.")
    if await calls.is_over(desk.db, call_id):
        return Refused(reason="call_over", say="The call is over.")
    key = department.strip().lower()
    listed = await rooftops.destinations(desk.db, desk.now)
    department_of = {each.key: each.department or each.key for each in listed}
    if key not in department_of and key not in department_of.values():
        return Refused(reason="unknown_department", say="I can't connect you there.")
    person = person or next((each.label for each in listed if each.key == key and each.staff_id), "")
    key = department_of.get(key, key)
    label = _label(listed, key)
    hours = await hours_of(desk.db, key)
    try:
        opens = hours.next_opening(desk.now)
    except NeverOpen:
        return Refused(reason="closed", say=f"{label} is closed right now.")
    if opens > desk.now:
        again = phrases.say_moment(opens.astimezone(hours.zone), desk.now)
        return Refused(reason="closed", say=f"{label} is closed right now and opens again {again}.")
    target = destination_for(
        listed,
        key,
        person,
        {each.id for each in await colleagues(desk.db, desk.now) if each.department == key and each.there is not False},
        await hand_offs.rung_since(desk.db, desk.now - _RECENTLY),
        [each.to_e164 for each in await hand_offs.tried(desk.db, call_id)],
    )
    if target is None:
        return Refused(reason="nobody_on_shift", say=f"Nobody in {label} is free right now.")
    brief = await gather(desk, reason, mood)
    wanted = NewHandOff(
        key,
        target.e164,
        brief.reason or "Asked for a person",
        not target.cold,
        target.staff_id,
        target.extension,
        brief,
    )
    await hand_offs.ask(desk.db, call_id, wanted, desk.now)
    desk.then = TransferTo(key)
    return Transferring(department=key, say=f"Connecting you to {label} now.")


def _label(listed: Sequence[Destination], key: str) -> str:
    own = next((each.label for each in listed if each.staff_id is None and each.key == key), "")
    return own or key.replace("_", " ").capitalize()


@tool(risk=Risk.LEAVES, limit=2, always=True)
async def end_call(
    desk: Desk,
    reason: Annotated[str, Field(description="done, silence, wrong_number or abuse.", max_length=40)] = "done",
) -> Answer:
    """Hang up after you have said goodbye and the caller needs nothing else."""
    kept = reason if reason in ("done", "silence", "wrong_number", "abuse") else "done"
    desk.then = HangUp(kept)
    return Ending(reason=kept)
