"""A one-time code by text, to a number that was on file before: the other way to prove who is calling."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from agent.tools.answers import Answer, Refused
from agent.tools.context import Desk
from agent.tools.customer import LOCKED, named_candidate, prove
from agent.tools.registry import Risk, tool
from record import rooftops, verification
from record.verification import Occasion

_ASKED = "If there's a mobile number on file for you, a code is on its way to it. Please read it to me."
_INSTEAD = "I can't send a code here. I can check two details with you instead."


class CodeAsked(Answer):
    """It reads the same whether or not a code went out."""

    result: ClassVar[str] = "code_asked"


class CodeChecked(Answer):
    """Whether the code was right. Without one on its way, none is."""

    result: ClassVar[str] = "code_checked"
    right: bool


@tool(risk=Risk.WRITES, limit=2, writes=("code", "text"))
async def send_code(desk: Desk) -> Answer:
    """Text a one-time code to the number on file, in place of two facts. Get the name first."""
    if desk.context.call_id is None or not desk.context.texts_go_out:
        return Refused(reason="no_codes", say=_INSTEAD)
    if desk.caller.locked:
        return Refused(reason="locked", say=LOCKED)
    person = await named_candidate(desk)
    await verification.send(desk.db, person.id if person else None, await _occasion(desk), desk.now)
    return CodeAsked(say=_ASKED)


@tool(risk=Risk.PRIVATE, limit=4, writes=("code",))
async def confirm_code(
    desk: Desk, code: Annotated[str, Field(description="The six digits the caller read out.", max_length=40)]
) -> Answer:
    """Check the code the caller reads out. If it is not right, ask for two facts instead."""
    if desk.caller.locked:
        desk.decision = "refused"
        return Refused(reason="locked", say=LOCKED)
    person = await named_candidate(desk)
    at = await _occasion(desk)
    if not await verification.check(desk.db, person.id if person else None, at, code, desk.now) or person is None:
        desk.decision = "refused"
        return CodeChecked(right=False, say="That's not the code I have.")
    await prove(desk, person)
    return CodeChecked(right=True, say="Thank you, that's right.")


async def _occasion(desk: Desk) -> Occasion:
    store = await rooftops.store(desk.db, desk.context.rooftop_id)
    return Occasion(str(desk.context.call_sid), store.name if store else "")
