"""Promises: a callback, a message, a wish to be left alone; each becomes a loop with one owner and one due time."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from agent.house import phrases
from agent.tools.answers import Answer
from agent.tools.context import Desk
from agent.tools.customer import said_phone
from agent.tools.registry import Risk, tool
from followup.loops import CALLBACK, OpenLoop, Promise
from followup.loops import promise_callback as promise
from kit.ids import StaffId
from kit.redaction import redact
from record import call_log, consent_ledger, recordings, staff
from record.consent_ledger import Entry
from record.hours import hours_of

Words = Annotated[str, Field(max_length=600)]
ASSISTANT = "the assistant"

Key = Annotated[str, Field(max_length=30, pattern=r"^[a-z][a-z0-9_]*$")]


class Promised(Answer):
    """Somebody by name owes this caller a call by a time."""

    result: ClassVar[str] = "promised"
    loop_id: str
    owner: str
    due: str


class WishNoted(Answer):
    """A wish about being contacted or recorded, in force from now on."""

    result: ClassVar[str] = "wish_noted"
    wish: str


class CallerWish(StrEnum):
    """Wishes that are honoured at once, whatever else the call is about."""

    DO_NOT_CONTACT = "do_not_contact"
    DO_NOT_RECORD = "do_not_record"


@tool(risk=Risk.WRITES, limit=4, writes=("loop",), always=True, read_back=True)
async def promise_callback(
    desk: Desk,
    reason: Annotated[Words, Field(description="What the caller needs, in their words.")],
    department: Annotated[Key, Field(description="Department key; service unless they named another.")] = "service",
    when: Annotated[
        str | None, Field(description="Local ISO time, only if the caller asked for one.", max_length=40)
    ] = None,
    phone: Annotated[
        str | None, Field(description="Only if the caller gave a number to call back on.", max_length=40)
    ] = None,
    urgent: Annotated[bool, Field(description="True for safety, stranded or very upset callers.")] = False,
) -> Answer:
    """Promise that a person will call back; use it whenever you cannot do or answer something yourself."""
    return await _promise(desk, reason, department, when, phone, urgent=urgent or reason.startswith("URGENT"))


@tool(risk=Risk.WRITES, limit=4, writes=("loop",), always=True, read_back=True)
async def take_message(
    desk: Desk,
    text: Annotated[Words, Field(description="The message, word for word.")],
    department: Annotated[Key, Field(description="Department key.")] = "service",
    phone: Annotated[
        str | None, Field(description="Only if the caller gave a number to call back on.", max_length=40)
    ] = None,
    person: Annotated[str, Field(description="Whom it is for, if they name somebody here.", max_length=80)] = "",
) -> Answer:
    """Take a message for a person or department; they will call back about it."""
    found = await staff.called(desk.db, person) if person.strip() else None
    if found is not None:
        return await _promise(desk, f"Message: {text}", found.department, None, phone, for_whom=found.id)
    meant = f" for {phrases.plain(redact(person), 80)}" if person.strip() else ""
    return await _promise(desk, f"Message{meant}: {text}", department, None, phone)


@tool(risk=Risk.WRITES, limit=3, writes=("loop", "call_note", "outbox_event", "consent"), always=True)
async def honor_wish(
    desk: Desk,
    wish: CallerWish,
    words: Annotated[Words, Field(description="What the caller said.")] = "",
) -> Answer:
    """Honor a caller who wants no more calls or texts, or does not want this call recorded. Never argue with it."""
    if desk.context.call_id is None:
        return await _wish_by_text(desk, wish, words)
    if wish is CallerWish.DO_NOT_RECORD:
        await recordings.refuse(desk.db, desk.context.call_id, desk.context.call_sid, words, desk.now)
        desk.off_record = True
        return WishNoted(wish=wish.value, say="Understood. I'm stopping the recording, and what there is gets deleted.")
    await call_log.note(desk.db, desk.context.call_id, wish.value, {"words": words})
    await _take_back_consent(desk, words, "call", "all")
    await promise_in(desk, f"Do not contact: {words}", "service", source=":do_not_contact")
    return WishNoted(wish=wish.value, say="Understood. I've noted it, and the team will take you off our list.")


async def _wish_by_text(desk: Desk, wish: CallerWish, words: str) -> Answer:
    if wish is CallerWish.DO_NOT_RECORD:
        return WishNoted(wish=wish.value, say="Texts are kept as messages; nothing else is recorded.")
    await _take_back_consent(desk, words, "text", "all")
    return WishNoted(wish=wish.value, say="Understood. You will get no more texts from us.")


async def _take_back_consent(desk: Desk, words: str, source: str, channel: str) -> None:
    """In force with this use: the number they are on is contacted no more (L5)."""
    number = desk.caller.number
    if number:
        who = desk.caller.customer_id
        entry = Entry(f"tool:{desk.key}", number, "revoke", words, source, channel, customer_id=who)
        await consent_ledger.file(desk.db, entry, desk.now)


async def promise_in(
    desk: Desk,
    need: str,
    department: str,
    source: str = "",
    urgent: bool = False,
    *,
    told: bool = True,
    kind: str = CALLBACK,
) -> OpenLoop:
    """Files what is owed for this call; asking twice adds to the same promise. `told`: the caller hears of it."""
    return await promise(
        desk.db,
        Promise(
            source_key=f"{desk.context.call_sid}{source}",
            need=phrases.plain(need, 600),
            department=department,
            contact=desk.caller.reachable_at,
            customer_id=desk.caller.customer_id,
            call_id=desk.context.call_id,
            urgent=urgent,
            kind=kind,
            source="phone" if desk.context.call_id else "text",
            made_by=ASSISTANT,
            promised=told,
        ),
        desk.now,
    )


async def promised(desk: Desk, loop: OpenLoop) -> Promised:
    """What is owed, as it is said: who will call, and by when on the department's clock."""
    due = loop.due_at.astimezone((await hours_of(desk.db, loop.department)).zone)
    by = phrases.say_moment(due, desk.now)
    say = f"{loop.owner or 'Someone'} will call you back by {by}."
    return Promised(loop_id=str(loop.id), owner=loop.owner, due=due.isoformat(timespec="minutes"), say=say)


async def _promise(
    desk: Desk,
    reason: str,
    department: str,
    when: str | None,
    phone: str | None,
    *,
    urgent: bool = False,
    for_whom: StaffId | None = None,
) -> Answer:
    number = said_phone(phone)
    if number:
        desk.know(said_number=number)
    hours = await hours_of(desk.db, department)
    loop = await promise(
        desk.db,
        Promise(
            source_key=f"{desk.context.call_sid}{f':{for_whom}' if for_whom else ''}",
            need=phrases.plain(reason, 600),
            department=department,
            contact=desk.caller.reachable_at,
            customer_id=desk.caller.customer_id,
            call_id=desk.context.call_id,
            urgent=urgent,
            asked_for=local_moment(when, hours.zone),
            promised=True,
            source="phone" if desk.context.call_id else "text",
            made_by=ASSISTANT,
            advisor_id=for_whom,
        ),
        desk.now,
    )
    desk.subject = desk.caller.customer_id
    return await promised(desk, loop)


def local_day(text: str | None) -> date | None:
    """An ISO date, with or without a time behind it; None when it is not one."""
    try:
        return date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return None


def local_moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    """An ISO time; without an offset it is the store's own clock. None when it is not one."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
