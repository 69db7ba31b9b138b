"""Contact details put right: stored for a proven caller, left to a person for anybody else."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from agent.house import phrases
from agent.tools.answers import Answer, Refused
from agent.tools.callbacks import promise_in
from agent.tools.context import Desk
from agent.tools.customer import said_phone
from agent.tools.registry import Risk, tool
from kit.redaction import redact
from record import corrections

Text = Annotated[str, Field(max_length=160)]


class Corrected(Answer):
    """What the caller said is noted; it reads the same whoever they are."""

    result: ClassVar[str] = "corrected"
    details: list[str]


@tool(risk=Risk.WRITES, limit=4, writes=("customer", "loop"), read_back=True)
async def correct_contact(
    desk: Desk,
    first_name: Annotated[str, Field(description="Spelled right.", max_length=80)] = "",
    last_name: Annotated[str, Field(description="Spelled right.", max_length=80)] = "",
    phone: Annotated[str, Field(description="A number to add.", max_length=40)] = "",
    email: Annotated[str, Field(description="As an address.", max_length=160)] = "",
    street: Text = "",
    city: Text = "",
    state: Annotated[str, Field(description="Two letters.", max_length=20)] = "",
    zip_code: Annotated[str, Field(max_length=12)] = "",
) -> Answer:
    """Put the caller's own contact details right: only what they say, read back first. Never tell what was there."""
    number = said_phone(phone)
    said = corrections.Details(
        first_name=_kept(first_name),
        last_name=_kept(last_name),
        phone=number or "",
        email=email.strip().lower() if corrections.is_email(email) else "",
        street=_kept(street),
        city=_kept(city),
        region=state.strip().upper()[:2],
        postal_code=zip_code.strip(),
    )
    checked = (("phone", phone, said.phone), ("email", email, said.email))
    unusable = [name for name, given, kept in checked if given.strip() and not kept]
    if unusable or not said.named:
        again = phrases.all_of(unusable or ["what to change"])
        return Refused(reason="unusable", say=f"I need that once more: {again}.")
    who = desk.caller.customer_id
    if desk.caller.level >= 2 and who is not None:
        desk.subject = who
        await corrections.correct(desk.db, who, said)
        need = f"Changed by the customer on a call, carry over to the other systems: {said.in_words}"
    else:
        need = f"Wants contact details changed; check who it is first: {said.in_words}"
    await promise_in(desk, need, "service", ":contact", told=False)
    return Corrected(details=list(said.named), say="Thanks, I've noted that, and someone will see it through.")


def _kept(words: str) -> str:
    return phrases.plain(redact(" ".join(words.split())), 160)
