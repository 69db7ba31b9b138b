"""Texts on their way out: written, claimed with permission, tried once, and what the carrier said of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.gsm7 import segments
from kit.ids import ConversationId, TextId
from kit.redaction import redact
from record import sender_pace, texts
from record.consent import Asked, Permission, Purpose, Refusal, may_contact
from record.contact_facts import facts_about
from record.contact_rules import CONFIRMED_ONCE
from record.text_attempts import STILL_OURS, forget_code
from record.text_models import Conversation, TextAttempt, TextMessage
from record.texts import AI, Thread

VALIDITY = {
    Purpose.REPLY: 600,
    Purpose.OPT_OUT_CONFIRMATION: 240,
    Purpose.INFORMATIONAL: 3_600,
    Purpose.MARKETING: 14_400,
    Purpose.CODE: 240,
}
_AGAIN = ":again"
_CONFIRMED_WITHIN = timedelta(minutes=CONFIRMED_ONCE.number)


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
    permitted_at: datetime


@dataclass(frozen=True)
class Waits:
    """A text to look at later: its number has no room for it yet, or somebody is sending it, or died over it."""

    id: TextId
    until: datetime


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


async def try_once_more(db: AsyncSession, text_id: TextId | str, after: timedelta, now: datetime) -> TextId | None:
    """An automatic text that was lost on the way goes once more, as a text of its own; None when it did already, when
    a person waits for it, or when it will not be true any more."""
    lost = await db.get(TextMessage, text_id)
    if lost is None or lost.author != "system" or lost.purpose not in (Purpose.INFORMATIONAL, Purpose.MARKETING):
        return None
    key = f"{lost.idem_key}{_AGAIN}"
    useful = lost.stale_after is None or now + after <= lost.stale_after
    if not useful or (lost.idem_key or "").endswith(_AGAIN) or await is_written(db, key):
        return None
    thread = await texts.thread(db, lost.conversation_id)
    if thread is None:
        return None
    reply = Reply(
        lost.body,
        lost.author,
        key,
        Purpose(lost.purpose),
        kind=lost.kind,
        subject=lost.subject,
        stale_after=lost.stale_after,
        wait=after,
    )
    return await write(db, thread, reply, now)


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
) -> Leaving | Waits | Unresolved | Stopped | None:
    """The text, once it may leave, with its attempt stored. Permission, epoch and newer texts of the customer are
    looked at under the conversation's lock, so that an opt-out or a person's take-over comes before or after."""
    row = await db.get(TextMessage, text_id)
    if row is None or row.direction != "outbound":
        return None
    thread = await texts.thread(db, row.conversation_id, lock=True)
    await db.refresh(row)
    if thread is None or row.state not in STILL_OURS or row.next_try_at is None:
        return None
    if row.next_try_at > now:
        return Waits(TextId(row.id), row.next_try_at) if row.state == "sending" else None
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
    wait = await sender_pace.turn(db, row.from_e164, purpose, row.segments, now)
    if wait is not None:
        row.next_try_at, row.withheld_by = wait, ""
        return Waits(TextId(row.id), wait) if purpose is not Purpose.MARKETING else None
    row.local_minute = allowed.local_minute
    row.window_opens, row.window_closes = allowed.window or (None, None)
    row.attempts += 1
    row.state, row.next_try_at, row.first_wire_at, row.withheld_by = "sending", now + lease, now, ""
    db.add(TextAttempt(text_id=row.id, number=row.attempts, started_at=now))
    conversation = await db.get(Conversation, row.conversation_id)
    if conversation is not None:
        conversation.last_outbound_at = now
    await db.flush()
    return Leaving(
        TextId(row.id), row.attempts, row.from_e164, row.to_e164, row.body, row.validity_seconds, allowed, now
    )


def _held_back(row: TextMessage, refusal: Refusal) -> Stopped | None:
    """It waits for the hour it may go, if it is still true by then; else it does not go, and by which rules."""
    again = refusal.again_at
    if again is not None and (row.stale_after is None or again <= row.stale_after):
        row.next_try_at, row.withheld_by = again, " ".join(refusal.rules)
        return None
    row.state, row.next_try_at, row.withheld_by = "withheld", None, " ".join(refusal.rules)
    forget_code(row)
    return Stopped(TextId(row.id), row.state, refusal.says)


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
