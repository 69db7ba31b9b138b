"""A complaint: taken down in the caller's words for a manager, never argued with, never settled here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.house import phrases
from agent.tools.answers import Answer
from agent.tools.callbacks import Key, Words, promise_in, promised
from agent.tools.context import Desk
from agent.tools.customer import said_phone
from agent.tools.registry import Risk, tool
from followup.loops import COMPLAINT
from kit.redaction import redact


@tool(risk=Risk.WRITES, limit=3, writes=("loop",), always=True, read_back=True)
async def log_complaint(
    desk: Desk,
    words: Annotated[Words, Field(description="What went wrong, in their words.")],
    department: Annotated[Key, Field(description="Whom it is about.")] = "service",
    wants: Annotated[str, Field(description="What would put it right, if they say.", max_length=200)] = "",
    phone: Annotated[str | None, Field(description="Only if they gave a number.", max_length=40)] = None,
) -> Answer:
    """Take down a complaint for a manager. Promise nothing but the call: no refund, discount or free work."""
    number = said_phone(phone)
    if number:
        desk.know(said_number=number)
    need = f"Complaint: {phrases.plain(redact(words), 440)}"
    if wants.strip():
        need += f" (wants: {phrases.plain(redact(wants), 120)})"
    if not desk.caller.reachable_at:
        need += " (no number given: find out how to reach them)"
    desk.subject = desk.caller.customer_id
    owed = await promise_in(desk, need, department, ":complaint", urgent=True, kind=COMPLAINT)
    return await promised(desk, owed)
