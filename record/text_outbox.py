"""Texts on their way out: written, claimed with permission, tried once, and what the carrier said of them."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.gsm7 import segments
from kit.ids import ConversationId, CustomerId, TextId
from kit.redaction import redact
from record import texts
from record.consent import Asked, Permission, Purpose, Refusal, may_contact
from record.contact_facts import facts_about
from record.contact_rules import CONFIRMED_ONCE
from record.text_models import Conversation, TextAttempt, TextMessage, TextStatus
from record.texts import AI, Thread

VALIDITY = {
    Purpose.REPLY: 600,
    Purpose.OPT_OUT_CONFIRMATION: 240,
    Purpose.INFORMATIONAL: 3_600,
    Purpose.MARKETING: 14_400,
    Purpose.CODE: 240,
}
RANKS = {
    "accepted": 1,
    "scheduled": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "delivered": 5,
    "undelivered": 5,
    "failed": 5,
    "canceled": 5,
    "read": 6,
}
FAILED = frozenset({"undelivered", "failed"})
_CONFIRMED_WITHIN = timedelta(minutes=CONFIRMED_ONCE.number)
_DIGITS = re.compile(r"\d{6}")
_STILL_OURS = ("pending", "sending", "unknown")


@dataclass(frozen=True)
class Reply:
    """Words for a customer, and what they answer. The same `key` is the same text, however often it is written.

    An automatic one says what it is about (`kind`, `subject`) and until when it is true (`stale_after`). A person's
    may `wait` for a moment in which it can be taken back.
    """

    body: str
    author: str
    key: str
    purpose: Purpose = Purpose.REPLY
    in_reply_to: TextId | None = None
    turn: int | None = None
    agent: str = ""
    prompt_version: str = ""
    author_name: str = ""
    kind: str = ""
    subject: str = ""
    stale_after: datetime | None = None
    wait: timedelta = timedelta(0)


@dataclass(frozen=True)
class Leaving:
    """A text that may go now, under the number of this attempt."""

    id: TextId
    attempt: int
    from_e164: str
    to_e164: str
    body: str
    validity_seconds: int
    permission: Permission


@dataclass(frozen=True)
class Unresolved:
    """A text the carrier may or may not have; it is looked for, never sent again."""

    id: TextId
    attempt: int
    from_e164: str
    to_e164: str
    body: str
    started_at: datetime
    validity_seconds: int


@dataclass(frozen=True)
class Stopped:
    """A text that will not go: superseded, or withheld by rules."""

    id: TextId
    state: str
    why: str


@dataclass(frozen=True)
class Outbound:
    """A text of ours as others see it."""

    id: TextId
    conversation_id: ConversationId
    customer_id: CustomerId | None
    author: str
    to_e164: str
    body: str
    state: str
    status: str
    error_code: int | None


async def is_written(db: AsyncSession, key: str) -> bool:
    """Whether there is a text under that key already."""
    return await db.scalar(select(TextMessage.id).where(TextMessage.idem_key == key)) is not None


async def write(db: AsyncSession, to: Thread, reply: Reply, now: datetime) -> TextId | None:
    """A text that waits to be sent, under the conversation's epoch of this moment; None when the key is there."""
    if await is_written(db, reply.key):
        return None
    body = redact(reply.body)
    row = TextMessage(
        conversation_id=to.id,
        direction="outbound",
        author=reply.author,
        author_name=reply.author_name,
        from_e164=to.line_e164,
        to_e164=to.customer_e164,
        body=body,
        at=now,
        state="pending",
        purpose=reply.purpose,
        idem_key=reply.key,
        in_reply_to_id=reply.in_reply_to,
        turn=reply.turn,
        epoch=to.epoch,
        agent=reply.agent,
        prompt_version=reply.prompt_version,
        segments=segments(body),
        validity_seconds=VALIDITY[reply.purpose],
        not_after=now + _CONFIRMED_WITHIN if reply.purpose is Purpose.OPT_OUT_CONFIRMATION else None,
        next_try_at=now + reply.wait,
        kind=reply.kind,
        subject=reply.subject,
        stale_after=reply.stale_after,
    )
    db.add(row)
    await db.flush()
    return TextId(row.id)


async def write_again(db: AsyncSession, to: Thread, reply: Reply, now: datetime) -> TextId | None:
    """Brings back a text that was superseded before it left, with today's words; None when there is none."""
    row = await db.scalar(
        select(TextMessage)
        .where(
            TextMessage.idem_key == reply.key,
            TextMessage.state == "superseded",
            TextMessage.first_wire_at.is_(None),
        )
        .with_for_update()
    )
    if row is None:
        return None
    row.body, row.segments, row.epoch = redact(reply.body), segments(redact(reply.body)), to.epoch
    row.state, row.stale_after, row.next_try_at = "pending", reply.stale_after, now
    return TextId(row.id)


async def take_back(db: AsyncSession, text_id: TextId | str, conversation_id: ConversationId | str) -> str | None:
    """A person's text that has not left never will; its words, or None when it is too late."""
    row = await db.scalar(
        select(TextMessage)
        .where(
            TextMessage.id == text_id,
            TextMessage.conversation_id == conversation_id,
            TextMessage.author == "staff",
            TextMessage.state == "pending",
            TextMessage.first_wire_at.is_(None),
        )
        .with_for_update()
    )
    if row is None:
        return None
    row.state, row.next_try_at = "taken_back", None
    return row.body


async def supersede(db: AsyncSession, conversation_id: ConversationId | str, *authors: str) -> list[str]:
    """Texts by them that have not left yet never will; returns their words."""
    rows = await db.scalars(
        select(TextMessage).where(
            TextMessage.conversation_id == conversation_id,
            TextMessage.direction == "outbound",
            TextMessage.state == "pending",
            TextMessage.author.in_(authors),
        )
    )
    words = []
    for row in rows:
        row.state, row.next_try_at = "superseded", None
        words.append(row.body)
    return words


async def claim(
    db: AsyncSession, text_id: TextId | str, now: datetime, lease: timedelta, store_zone: ZoneInfo
) -> Leaving | Unresolved | Stopped | None:
    """The text, once it may leave, with its attempt stored. Permission, epoch and newer texts of the customer are
    looked at under the conversation's lock, so that an opt-out or a person's take-over comes before or after."""
    row = await db.get(TextMessage, text_id)
    if row is None or row.direction != "outbound":
        return None
    thread = await texts.thread(db, row.conversation_id, lock=True)
    await db.refresh(row)
    if thread is None or row.state not in _STILL_OURS or row.next_try_at is None or row.next_try_at > now:
        return None
    if row.state != "pending":
        return await _unresolved(db, row, now)
    why = await _overtaken(db, row, thread)
    if why:
        row.state, row.next_try_at = "superseded", None
        return Stopped(TextId(row.id), row.state, why)
    purpose = Purpose(row.purpose)
    facts = await facts_about(db, row.to_e164, purpose, store_zone, row.from_e164, now)
    allowed = may_contact(Asked(purpose, stale_after=row.stale_after), facts, now)
    row.rules, row.rules_version = " ".join(allowed.rules), allowed.version
    if isinstance(allowed, Refusal):
        return _held_back(row, allowed)
    row.local_minute = allowed.local_minute
    row.window_opens, row.window_closes = allowed.window or (None, None)
    row.attempts += 1
    row.state, row.next_try_at, row.first_wire_at, row.withheld_by = "sending", now + lease, now, ""
    db.add(TextAttempt(text_id=row.id, number=row.attempts, started_at=now))
    conversation = await db.get(Conversation, row.conversation_id)
    if conversation is not None:
        conversation.last_outbound_at = now
    await db.flush()
    return Leaving(TextId(row.id), row.attempts, row.from_e164, row.to_e164, row.body, row.validity_seconds, allowed)


def _held_back(row: TextMessage, refusal: Refusal) -> Stopped | None:
    """It waits for the hour it may go, if it is still true by then; else it does not go, and by which rules."""
    again = refusal.again_at
    if again is not None and (row.stale_after is None or again <= row.stale_after):
        row.next_try_at, row.withheld_by = again, " ".join(refusal.rules)
        return None
    row.state, row.next_try_at, row.withheld_by = "withheld", None, " ".join(refusal.rules)
    _forget_code(row)
    return Stopped(TextId(row.id), row.state, refusal.says)


async def accepted(db: AsyncSession, text_id: TextId | str, attempt: int, sid: str, status: str, now: datetime) -> None:
    """The carrier has it, under this sid."""
    row = await _locked(db, text_id)
    if row is None:
        return
    row.message_sid = row.message_sid or sid
    if row.state in _STILL_OURS:
        row.state, row.next_try_at = "accepted", None
    _forget_code(row)
    await _resolve(db, row.id, attempt, "accepted", "", now)
    await _note_status(db, row, status or "accepted", 0, now)


async def rejected(
    db: AsyncSession, text_id: TextId | str, attempt: int, code: int, detail: str, now: datetime
) -> None:
    """The carrier refused it for good."""
    row = await _locked(db, text_id)
    if row is None:
        return
    row.state, row.error_code, row.next_try_at = "rejected", code, None
    _forget_code(row)
    await _resolve(db, row.id, attempt, "rejected", detail, now)


async def not_sent(
    db: AsyncSession, text_id: TextId | str, attempt: int, detail: str, again: datetime | None, now: datetime
) -> None:
    """Nothing left the house: tried again at a time, or given up."""
    row = await _locked(db, text_id)
    if row is None or row.state not in _STILL_OURS:
        return
    row.state = "pending" if again is not None else "not_sent"
    row.next_try_at, row.first_wire_at = again, None
    if again is None:
        _forget_code(row)
    await _resolve(db, row.id, attempt, "not_sent", detail, now)


async def unknown(db: AsyncSession, text_id: TextId | str, attempt: int, detail: str, look_at: datetime) -> None:
    """It may have arrived: from here on it is only looked for."""
    row = await _locked(db, text_id)
    if row is None or row.state not in ("sending", "unknown"):
        return
    row.state, row.next_try_at = "unknown", look_at
    await _resolve(db, row.id, attempt, "unknown", detail, None)


async def told(
    db: AsyncSession, text_id: str, sid: str, status: str, error_code: int, now: datetime
) -> Outbound | None:
    """One status callback. It may come first, twice or last; the text when it has just failed, else None.

    A callback with our id proves that the carrier has the text, whatever became of our request.
    """
    ours = [TextMessage.message_sid == sid]
    if text_id:
        ours.append(TextMessage.id == text_id)
    found = await db.scalar(select(TextMessage.id).where(TextMessage.direction == "outbound", or_(*ours)))
    row = await _locked(db, found) if found else None
    if row is None or status not in RANKS or (row.message_sid is not None and row.message_sid != sid):
        return None
    row.message_sid = sid
    if row.state in _STILL_OURS:
        row.state, row.next_try_at = "accepted", None
        row.first_wire_at = row.first_wire_at or now
        _forget_code(row)
        await _resolve(db, row.id, row.attempts, "accepted", "callback", now)
    before = row.status
    await _note_status(db, row, status, error_code, now)
    return (
        _outbound(row, await db.get(Conversation, row.conversation_id))
        if row.status != before and row.status in FAILED
        else None
    )


async def outbound(db: AsyncSession, text_id: TextId | str) -> Outbound | None:
    row = await db.get(TextMessage, text_id)
    return _outbound(row, await db.get(Conversation, row.conversation_id)) if row is not None else None


async def sids_known(db: AsyncSession, sids: list[str]) -> set[str]:
    """Which of the carrier's messages are ours already."""
    rows = await db.scalars(select(TextMessage.message_sid).where(TextMessage.message_sid.in_(sids)))
    return {sid for sid in rows if sid}


async def _overtaken(db: AsyncSession, row: TextMessage, thread: Thread) -> str:
    if row.author != "ai":
        return ""
    if thread.mode != AI or thread.epoch != row.epoch:
        return "a person has the conversation"
    newer = await db.scalar(
        select(TextMessage.id).where(
            TextMessage.conversation_id == row.conversation_id,
            TextMessage.direction == "inbound",
            TextMessage.state == "received",
        )
    )
    return "the customer wrote again" if newer is not None else ""


def _forget_code(row: TextMessage) -> None:
    """Once it is on its way, or never will be, a code is nowhere in our records but as a hash."""
    if row.purpose == Purpose.CODE:
        row.body = _DIGITS.sub("[code]", row.body)


async def _unresolved(db: AsyncSession, row: TextMessage, now: datetime) -> Unresolved:
    """Also a sender that died after its attempt was stored: whether the request left, nobody knows."""
    attempt = await db.scalar(
        select(TextAttempt).where(TextAttempt.text_id == row.id, TextAttempt.number == row.attempts)
    )
    row.state, row.next_try_at = "unknown", now + timedelta(minutes=1)
    if attempt is not None and attempt.outcome == "started":
        attempt.outcome = "unknown"
    started = attempt.started_at if attempt is not None else row.at
    return Unresolved(TextId(row.id), row.attempts, row.from_e164, row.to_e164, row.body, started, row.validity_seconds)


async def _locked(db: AsyncSession, text_id: TextId | str) -> TextMessage | None:
    row: TextMessage | None = await db.scalar(
        select(TextMessage).where(TextMessage.id == text_id).with_for_update().execution_options(populate_existing=True)
    )
    return row


async def _resolve(
    db: AsyncSession, text_id: str, number: int, outcome: str, detail: str, now: datetime | None
) -> None:
    attempt = await db.scalar(select(TextAttempt).where(TextAttempt.text_id == text_id, TextAttempt.number == number))
    if attempt is None or attempt.outcome == "accepted":
        return
    attempt.outcome, attempt.resolved_at = outcome, now
    attempt.detail = detail[:200] or attempt.detail


async def _note_status(db: AsyncSession, row: TextMessage, status: str, code: int, now: datetime) -> None:
    """Every word of the carrier is kept; the highest rank is the text's status, and a final one stays."""
    rank = RANKS.get(status, 0)
    same = (TextStatus.text_id == row.id, TextStatus.status == status, TextStatus.error_code == code)
    if await db.scalar(select(TextStatus.id).where(*same)) is None:
        db.add(TextStatus(text_id=row.id, status=status, rank=rank, error_code=code, at=now))
    if rank > row.status_rank:
        row.status, row.status_rank = status, rank
        row.error_code = code or row.error_code
    await db.flush()


def _outbound(row: TextMessage, conversation: Conversation | None) -> Outbound:
    customer = conversation.customer_id or conversation.customer_hint_id if conversation is not None else None
    return Outbound(
        TextId(row.id),
        ConversationId(row.conversation_id),
        CustomerId(customer) if customer else None,
        row.author,
        row.to_e164,
        row.body,
        row.state,
        row.status,
        row.error_code,
    )
