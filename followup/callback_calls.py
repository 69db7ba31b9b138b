"""Calling a customer for a member of staff: their own phone first, the customer once they press 1, and what it came to.

A voicemail alone never counts (requirements 1C): what a leg of the carrier's cannot prove, the person says with a key.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import lifecycle, notices
from followup.callback_models import CallbackCall
from followup.desk import NoSuchLoop, Person
from followup.ending import note
from followup.lifecycle import Act
from followup.models import Loop
from followup.notice_words import OFFERS
from kit.ids import LoopId, StaffId
from kit.phone import may_be_dialled
from record.consent import Asked, Channel, Facts, Permission, Purpose, Refusal, may_contact
from record.contact_facts import facts_about
from record.contact_models import ContactEvent
from record.models import Call, PhoneLine, Rooftop, Staff, TransferTarget

LONGEST_TALK = timedelta(hours=1)
_LEASE = timedelta(minutes=2)
_RINGS_AT_MOST = timedelta(minutes=3)
_CALLED_US = timedelta(days=1)
_BY_US = "lanekeeper"
_WAITING = ("pending", "placing", "unknown", "ringing", "joining")


class Outcome(StrEnum):
    """What a call came to. Of these only the first five reached the customer's phone."""

    SPOKE = "spoke_customer"
    VOICEMAIL = "voicemail_left"
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    STAFF_NO_ANSWER = "staff_no_answer"
    DECLINED = "declined"
    REFUSED = "refused"
    NOT_PLACED = "not_placed"


RANG_THEM = frozenset(
    {Outcome.SPOKE, Outcome.VOICEMAIL, Outcome.ANSWERED, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.FAILED}
)


class CannotCall(ValueError):
    """There is no way to place this call; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """The member of staff may be rung now."""

    id: str
    staff_e164: str
    line_e164: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Unclear:
    """A call the carrier may or may not have, or whose end was not told: it is looked up, never placed again."""

    id: str
    staff_e164: str
    line_e164: str
    call_sid: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Joining:
    """The customer may be rung now, from the store's number."""

    id: str
    customer_e164: str
    line_e164: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Shown:
    """A call as the page of its loop shows it."""

    id: str
    staff: str
    state: str
    outcome: str
    says: str
    asked_at: datetime
    seconds: int
    to_confirm: bool


async def ask(db: AsyncSession, loop_id: LoopId | str, who: Person, key: str, now: datetime) -> str:
    """Files the wish; the same `key` is the same call. Raises NoSuchLoop, CannotCall, or Illegal."""
    row = await db.scalar(
        select(Loop).where(Loop.id == loop_id).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise NoSuchLoop(loop_id)
    lifecycle.after(row.state, Act.TRY)
    idem = f"{row.id}:{key}"[:80]
    known = await db.scalar(select(CallbackCall.id).where(CallbackCall.idem_key == idem))
    if known is not None:
        return str(known)
    under_way = select(CallbackCall.id).where(CallbackCall.loop_id == row.id, CallbackCall.state.in_(_WAITING))
    if await db.scalar(under_way) is not None:
        raise CannotCall("this customer is being called already")
    number = row.contact if row.contact.startswith("+") else await notices.number_of(db, row.customer_id)
    if not may_be_dialled(number):
        raise CannotCall("there is no number we may call")
    phone = await _phone_of(db, who.id, now)
    line = await db.scalar(
        select(PhoneLine.e164).order_by(PhoneLine.department != row.department, PhoneLine.id).limit(1)
    )
    if not phone or line is None:
        raise CannotCall("your phone number is not on the staff list")
    call = CallbackCall(
        loop_id=row.id,
        staff_id=who.id,
        customer_id=row.customer_id,
        idem_key=idem,
        staff_e164=phone,
        customer_e164=number,
        line_e164=line,
        asked_at=now,
        next_try_at=now,
    )
    db.add(call)
    await db.flush()
    return call.id


async def claim(db: AsyncSession, call_id: str, now: datetime) -> Ringing | Unclear | None:
    """The call, once its member of staff may be rung, with that stored before anybody is asked; or one to look up."""
    row = await _locked(db, call_id)
    if row is None or row.next_try_at is None or row.next_try_at > now or row.state == "over":
        return None
    if row.state != "pending":
        row.next_try_at = now + timedelta(minutes=1)
        if row.state == "placing":
            row.state = "unknown"
        return Unclear(row.id, row.staff_e164, row.line_e164, row.call_sid or "", row.started_at or row.asked_at)
    allowed = await _may(db, row, now)
    if isinstance(allowed, Refusal):
        await _over(db, row, Outcome.REFUSED, allowed.says, now)
        return None
    row.state, row.started_at, row.next_try_at = "placing", now, now + _LEASE
    await db.flush()
    return Ringing(row.id, row.staff_e164, row.line_e164, allowed)


async def placed(db: AsyncSession, call_id: str, sid: str, now: datetime) -> bool:
    """The carrier has it, under this sid; its own word about it may have come first. False: it is not ours."""
    row = await _locked(db, call_id)
    if row is None or row.call_sid not in (None, sid):
        return False
    row.call_sid = sid
    if row.state in ("placing", "unknown"):
        row.state, row.next_try_at = "ringing", now + _RINGS_AT_MOST
    return True


async def is_free(db: AsyncSession, sid: str) -> bool:
    """Whether that call of the carrier's is none we know of."""
    return await db.scalar(select(CallbackCall.id).where(CallbackCall.call_sid == sid)) is None


async def unclear(db: AsyncSession, call_id: str, look_at: datetime) -> None:
    row = await _locked(db, call_id)
    if row is not None and row.state == "placing":
        row.state, row.next_try_at = "unknown", look_at


async def look_again(db: AsyncSession, call_id: str, at: datetime) -> None:
    """The carrier says that one leg is over: what became of the whole is asked for unless it tells us by then."""
    row = await _locked(db, call_id)
    if row is not None and row.state in ("ringing", "joining"):
        row.next_try_at = at


async def words_for(db: AsyncSession, call_id: str) -> tuple[str, str]:
    """The need and the customer's number, for whoever picked up."""
    row = await db.get(CallbackCall, call_id)
    loop = await db.get(Loop, row.loop_id) if row is not None else None
    return (loop.need, row.customer_e164) if loop is not None and row is not None else ("", "")


async def join(db: AsyncSession, call_id: str, now: datetime) -> Joining | str:
    """They pressed 1: the customer may be rung, asked in this very transaction; or why not. Asked twice, the same."""
    row = await _locked(db, call_id)
    if row is None or row.state == "over":
        return "This call is over."
    allowed = await _may(db, row, now)
    if isinstance(allowed, Refusal):
        await _over(db, row, Outcome.REFUSED, allowed.says, now)
        return f"They may not be called now: {allowed.says}."
    row.state, row.joined_at = "joining", row.joined_at or now
    row.next_try_at = now + LONGEST_TALK + _RINGS_AT_MOST
    row.rules, row.rules_version = " ".join(allowed.rules), allowed.version
    return Joining(row.id, row.customer_e164, row.line_e164, allowed)


async def ended(
    db: AsyncSession, call_id: str, outcome: Outcome, now: datetime, *, seconds: int = 0, sid: str = "", says: str = ""
) -> None:
    """How it ended; what was heard first stands, but for what the person says of an answered call."""
    row = await _locked(db, call_id)
    if row is None or row.state == "over":
        return
    row.seconds, row.customer_sid = seconds, sid
    await _over(db, row, outcome, says, now)


async def confirmed(db: AsyncSession, call_id: str, spoke: bool, now: datetime) -> None:
    """The person says whether it was the customer or a machine; only then is an answered call more than a try."""
    row = await _locked(db, call_id)
    if row is None or row.outcome != Outcome.ANSWERED:
        return
    row.outcome = Outcome.SPOKE if spoke else Outcome.VOICEMAIL
    row.confirmed = "spoke" if spoke else "voicemail"
    logged = await db.scalar(
        select(ContactEvent).where(ContactEvent.source == _BY_US, ContactEvent.external_id == row.id)
    )
    if logged is not None:
        logged.outcome = row.outcome
    loop = await db.get(Loop, row.loop_id)
    if loop is not None and loop.closed_at is None:
        loop.next_look_at = now
        who = await db.scalar(select(Staff.name).where(Staff.id == row.staff_id)) or ""
        note(db, loop, Act.TRY, who, "spoke with them" if spoke else "it was a voicemail", now)


async def of_loop(db: AsyncSession, loop_id: LoopId | str) -> list[Shown]:
    """The loop's calls, the newest first."""
    rows = await db.execute(
        select(CallbackCall, Staff.name)
        .join(Staff, Staff.id == CallbackCall.staff_id)
        .where(CallbackCall.loop_id == loop_id)
        .order_by(CallbackCall.asked_at.desc())
        .limit(10)
    )
    return [
        Shown(
            row.id, name, row.state, row.outcome, row.says, row.asked_at, row.seconds, row.outcome == Outcome.ANSWERED
        )
        for row, name in rows
    ]


async def rooftop_of(db: AsyncSession, call_id: str) -> str | None:
    """Whose call that is; the session spans rooftops."""
    found: str | None = await db.scalar(select(CallbackCall.rooftop_id).where(CallbackCall.id == call_id))
    return found


async def due(db: AsyncSession, before: datetime, limit: int) -> list[tuple[str, str]]:
    rows = await db.execute(
        select(CallbackCall.rooftop_id, CallbackCall.id)
        .where(CallbackCall.next_try_at <= before)
        .order_by(CallbackCall.next_try_at)
        .limit(limit)
    )
    return [(row.rooftop_id, row.id) for row in rows]


async def _over(db: AsyncSession, row: CallbackCall, outcome: Outcome, says: str, now: datetime) -> None:
    row.state, row.outcome, row.says = "over", outcome, says[:200]
    row.over_at, row.next_try_at = now, None
    loop = await db.get(Loop, row.loop_id)
    who = await db.scalar(select(Staff.name).where(Staff.id == row.staff_id)) or ""
    if outcome in RANG_THEM:
        db.add(
            ContactEvent(
                source=_BY_US,
                external_id=row.id,
                channel="call",
                direction="outbound",
                at=row.joined_at or now,
                customer_id=row.customer_id,
                contact=row.customer_e164,
                department=loop.department if loop is not None else "",
                outcome=outcome,
                seconds=row.seconds,
                staff_name=who,
            )
        )
    if loop is not None and loop.closed_at is None:
        loop.next_look_at = now
        loop.last_action_at = now if outcome in RANG_THEM else loop.last_action_at
        note(db, loop, Act.TRY, who, f"called: {outcome.replace('_', ' ')}. {says}".strip(), now)
    await db.flush()


async def _may(db: AsyncSession, row: CallbackCall, now: datetime) -> Permission | Refusal:
    """A person calls back somebody who just called or wrote, or about what they have going on, or with an offer."""
    loop = await db.get(Loop, row.loop_id)
    zone = ZoneInfo(await db.scalar(select(Rooftop.time_zone)) or "UTC")
    purpose = Purpose.MARKETING if loop is not None and loop.kind in OFFERS else Purpose.INFORMATIONAL
    facts = await facts_about(db, row.customer_e164, purpose, zone, row.line_e164, now)
    last = await _last_from_them(db, row.customer_e164, facts, now)
    if purpose is Purpose.INFORMATIONAL and last is not None:
        return may_contact(Asked(Purpose.REPLY, Channel.CALL), replace(facts, last_inbound_at=last), now)
    asked_us = loop is not None and loop.call_id is not None
    return may_contact(Asked(purpose, Channel.CALL), replace(facts, gave_number=facts.gave_number or asked_us), now)


async def _last_from_them(db: AsyncSession, number: str, facts: Facts, now: datetime) -> datetime | None:
    called: datetime | None = await db.scalar(
        select(Call.started_at).where(Call.from_e164 == number).order_by(Call.started_at.desc()).limit(1)
    )
    heard = max((at for at in (called, facts.last_inbound_at) if at is not None), default=None)
    return heard if heard is not None and now - heard < _CALLED_US else None


async def _phone_of(db: AsyncSession, staff_id: StaffId | str, now: datetime) -> str:
    """Their own phone: the one on the staff list, else the one calls for them are put through to."""
    own = await db.scalar(select(Staff.phone).where(Staff.id == staff_id, Staff.disabled_at.is_(None)))
    if own:
        return str(own)
    listed = select(TransferTarget.e164).where(
        TransferTarget.staff_id == staff_id,
        TransferTarget.valid_from <= now,
        or_(TransferTarget.valid_to.is_(None), TransferTarget.valid_to > now),
    )
    return str(await db.scalar(listed.order_by(TransferTarget.id).limit(1)) or "")


async def _locked(db: AsyncSession, call_id: str) -> CallbackCall | None:
    row: CallbackCall | None = await db.scalar(
        select(CallbackCall)
        .where(CallbackCall.id == call_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return row
