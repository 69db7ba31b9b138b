"""Text conversations as stored: what came in, what was answered together, what goes out, and who is answering."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import ConversationId, CustomerId, RooftopId, TextId
from kit.redaction import redact
from record.customers import customers_with_phone
from record.text_models import Conversation, ConversationEpoch, TextMedia, TextMessage

SESSION_ENDS_AFTER = timedelta(hours=24)
AI, HUMAN = "ai", "human"


@dataclass(frozen=True)
class Thread:
    """A conversation as everything else sees it."""

    id: ConversationId
    rooftop_id: RooftopId
    customer_e164: str
    line_e164: str
    department: str
    mode: str
    epoch: int
    held_by: str
    customer_hint_id: CustomerId | None
    customer_id: CustomerId | None
    verified_level: int
    standing: dict[str, Any]
    session_began_at: datetime | None
    first_turn: int
    quiet_until: datetime | None
    last_inbound_at: datetime | None

    @property
    def source_key(self) -> str:
        """What loops, tool uses and bookings of this conversation refer to."""
        return f"text:{self.id}"


@dataclass(frozen=True)
class Said:
    """One text of a conversation; `sent` tells what a customer may have read from what never left."""

    id: TextId
    author: str
    body: str
    at: datetime
    turn: int | None
    heard_at: datetime | None
    agent: str
    sent: bool
    photos: int
    prompt_version: str = ""


@dataclass(frozen=True)
class Arrival:
    """A text as the carrier brought it; `sent_at` when it came long before we heard of it."""

    message_sid: str
    from_e164: str
    to_e164: str
    body: str
    media_sids: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    segments: int = 1
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Burst:
    """Texts that are answered together: the conversation, what was said, and which turn of it this is."""

    thread: Thread
    turn: int
    texts: tuple[Said, ...]
    heard_at: datetime
    tries: int

    @property
    def last(self) -> Said:
        return self.texts[-1]


async def arrive(db: AsyncSession, came: Arrival, department: str, now: datetime) -> tuple[Thread, TextId]:
    """Files an arriving text in its conversation; the message sid is new, or the unique key refuses it."""
    row = await _thread_with(db, came, department)
    if row.unlinked_at is None and row.customer_hint_id is None:
        sharing = await customers_with_phone(db, came.from_e164)
        # Two people on one number: no hint is better than the wrong spouse.
        row.customer_hint_id = sharing[0].id if len(sharing) == 1 else None
    if row.last_inbound_at is None or now - row.last_inbound_at > SESSION_ENDS_AFTER:
        row.session_began_at = None
    row.line_e164 = came.to_e164
    row.last_inbound_at = max(came.sent_at or now, row.last_inbound_at or came.sent_at or now)
    text = TextMessage(
        conversation_id=row.id,
        direction="inbound",
        author="customer",
        message_sid=came.message_sid,
        from_e164=came.from_e164,
        to_e164=came.to_e164,
        body=redact(came.body),
        at=came.sent_at or now,
        state="received",
        epoch=row.epoch,
        segments=came.segments,
        media_count=len(came.media_sids),
        next_try_at=now,
    )
    db.add(text)
    await db.flush()
    for position, sid in enumerate(came.media_sids):
        kind = came.media_types[position] if position < len(came.media_types) else ""
        db.add(TextMedia(text_id=text.id, position=position, media_sid=sid, content_type=kind[:40], next_try_at=now))
    return _thread(row), TextId(text.id)


async def rooftop_of(db: AsyncSession, text_id: str, message_sid: str) -> RooftopId | None:
    """Whose text that is, by our id or the carrier's; the caller's session spans rooftops."""
    mine = or_(TextMessage.id == text_id, TextMessage.message_sid == message_sid)
    found = await db.scalar(select(TextMessage.rooftop_id).where(mine).limit(1))
    return RooftopId(found) if found else None


async def thread(db: AsyncSession, conversation_id: ConversationId | str, *, lock: bool = False) -> Thread | None:
    """A conversation; locked, nobody else's decision about it comes in between (SQLite has one writer anyway)."""
    row = await _row(db, conversation_id, lock=lock)
    return _thread(row) if row else None


async def thread_with(db: AsyncSession, customer_e164: str) -> Thread | None:
    row = await db.scalar(select(Conversation).where(Conversation.customer_e164 == customer_e164))
    return _thread(row) if row else None


async def reach(db: AsyncSession, number: str, line: str, department: str) -> Thread:
    """The conversation with a number, begun by us when there is none."""
    row = await db.scalar(select(Conversation).where(Conversation.customer_e164 == number))
    if row is None:
        row = Conversation(customer_e164=number, line_e164=line, department=department)
        sharing = await customers_with_phone(db, number)
        row.customer_hint_id = sharing[0].id if len(sharing) == 1 else None
        db.add(row)
        await db.flush()
    return _thread(row)


async def answer_later(db: AsyncSession, text_id: TextId | str, at: datetime) -> None:
    """The text waits until then for whoever answers; what follows quickly is answered with it."""
    row = await db.get(TextMessage, text_id)
    if row is not None and row.state == "received":
        row.next_try_at = at


async def handled(
    db: AsyncSession, text_ids: Sequence[TextId | str], taken_as: str, now: datetime, agent: str = ""
) -> None:
    """Nothing more is owed on these texts themselves; `agent` is who heard them."""
    for row in await db.scalars(select(TextMessage).where(TextMessage.id.in_(text_ids))):
        row.state, row.taken_as, row.handled_at, row.next_try_at = "handled", taken_as, now, None
        row.agent = agent


async def claim_burst(
    db: AsyncSession, text_id: TextId | str, now: datetime, *, pause: timedelta, longest: timedelta, lease: timedelta
) -> Burst | datetime | None:
    """The unanswered texts of the conversation a text belongs to, for one answerer at a time.

    A time instead: when to look again, because somebody is answering or the customer is still typing. None: done.
    """
    text = await db.get(TextMessage, text_id)
    row = await _row(db, text.conversation_id, lock=True) if text is not None else None
    if text is None or row is None:
        return None
    await db.refresh(text)
    if text.state != "received":
        return None
    if row.answering_until is not None and row.answering_until > now:
        return min(row.answering_until, now + timedelta(seconds=2))
    waiting = await _unanswered(db, row.id)
    ready_at = min(waiting[-1].at + pause, waiting[0].at + longest)
    if ready_at > now:
        return ready_at
    row.answering_until = now + lease
    if row.session_began_at is None:
        row.session_began_at, row.first_turn = now, row.turns + 1
        row.standing, row.verified_level, row.customer_id = {}, 0, None
    # A turn that was begun and never finished (the process died) is taken up again as it was.
    turn = waiting[0].turn
    if turn is None or any(each.turn != turn for each in waiting):
        row.turns += 1
        turn = row.turns
    heard_at = waiting[0].heard_at or now
    for each in waiting:
        each.turn, each.heard_at, each.next_try_at = turn, heard_at, now + lease
        each.attempts += 1
    await db.flush()
    return Burst(_thread(row), turn, tuple(_said(each) for each in waiting), heard_at, waiting[0].attempts)


async def let_go(db: AsyncSession, conversation_id: ConversationId | str) -> None:
    """Whoever was answering is done, one way or another."""
    row = await _row(db, conversation_id)
    if row is not None:
        row.answering_until = None


async def session(db: AsyncSession, at: Thread, before_turn: int) -> list[Said]:
    """Everything said since the session began, before a turn, in order; what never left is told apart."""
    if at.session_began_at is None:
        return []
    of_session = or_(
        TextMessage.turn.between(at.first_turn, before_turn - 1),
        and_(TextMessage.turn.is_(None), TextMessage.at >= at.session_began_at, TextMessage.state != "received"),
    )
    rows = await db.scalars(
        select(TextMessage)
        .where(TextMessage.conversation_id == at.id, of_session)
        .order_by(TextMessage.at, TextMessage.id)
    )
    return [_said(row) for row in rows]


async def new_epoch(
    db: AsyncSession, conversation_id: ConversationId | str, mode: str, by: str, now: datetime
) -> Thread:
    """From here on the AI, or a person, answers: whatever was made ready before belongs to an older epoch."""
    row = await _row(db, conversation_id, lock=True)
    if row is None:
        raise LookupError(conversation_id)
    row.epoch += 1
    row.mode, row.held_by, row.quiet_until = mode, by[:120] if mode == HUMAN else "", None
    db.add(ConversationEpoch(conversation_id=row.id, epoch=row.epoch, mode=mode, by=by[:120], from_at=now))
    await db.flush()
    return _thread(row)


async def keep_standing(db: AsyncSession, conversation_id: ConversationId | str, standing: dict[str, Any]) -> None:
    """What the customer has shown of themselves, with the tool use they showed it in."""
    row = await _row(db, conversation_id)
    if row is not None:
        row.standing = standing


async def know_customer(
    db: AsyncSession, conversation_id: ConversationId | str, customer_id: CustomerId | None, level: int
) -> None:
    """Stores who is texting and how surely. For one customer a level is never lowered; for another it starts anew."""
    row = await _row(db, conversation_id)
    if row is None:
        return
    if row.customer_id == customer_id:
        row.verified_level = max(row.verified_level, level)
    else:
        row.customer_id, row.verified_level = customer_id, level


async def end_session(
    db: AsyncSession, conversation_id: ConversationId | str, reason: str, *, unlink: datetime | None = None
) -> None:
    """The customer needs nothing more: the next text begins anew. Unlinked, the number is nobody's on file any more."""
    row = await _row(db, conversation_id)
    if row is None:
        return
    row.session_began_at, row.standing, row.end_reason = None, {}, reason
    if unlink is not None:
        row.customer_hint_id = row.customer_id = None
        row.verified_level, row.unlinked_at = 0, unlink


async def be_quiet(db: AsyncSession, conversation_id: ConversationId | str, until: datetime) -> None:
    """The AI says nothing in this conversation until then."""
    row = await _row(db, conversation_id)
    if row is not None:
        row.quiet_until = until


async def said_since(db: AsyncSession, conversation_id: ConversationId | str, since: datetime) -> list[tuple[str, str]]:
    """Author and words of what was said by customer and AI since then, in order."""
    rows = await db.scalars(
        select(TextMessage)
        .where(TextMessage.conversation_id == conversation_id, TextMessage.at >= since)
        .order_by(TextMessage.at, TextMessage.id)
    )
    return [(row.author, row.body) for row in rows if row.author in ("customer", "ai")]


async def due(db: AsyncSession, before: datetime, limit: int) -> list[tuple[str, str]]:
    """Rooftop and id of texts somebody should have looked at by then: every store's first, then every store's second,
    so that one with thousands keeps nobody waiting; of one store conversation before news, and news before offers."""
    order = case({"informational": 1, "marketing": 2}, value=TextMessage.purpose, else_=0)
    place = func.row_number().over(
        partition_by=TextMessage.rooftop_id, order_by=(order, TextMessage.next_try_at, TextMessage.id)
    )
    rows = await db.execute(
        select(TextMessage.rooftop_id, TextMessage.id)
        .where(TextMessage.next_try_at <= before)
        .order_by(place, order, TextMessage.next_try_at, TextMessage.id)
        .limit(limit)
    )
    return [(row.rooftop_id, row.id) for row in rows]


async def newest_inbound(db: AsyncSession, conversation_id: ConversationId | str) -> str:
    """The last thing the customer wrote, when nothing of ours was sent after it."""
    row = await db.scalar(
        select(TextMessage)
        .where(TextMessage.conversation_id == conversation_id, TextMessage.state.not_in(("taken_back", "superseded")))
        .order_by(TextMessage.at.desc(), TextMessage.id.desc())
        .limit(1)
    )
    return row.body if row is not None and row.direction == "inbound" else ""


async def direction(db: AsyncSession, text_id: TextId | str) -> str:
    return await db.scalar(select(TextMessage.direction).where(TextMessage.id == text_id)) or ""


async def _unanswered(db: AsyncSession, conversation_id: str) -> list[TextMessage]:
    return list(
        await db.scalars(
            select(TextMessage)
            .where(
                TextMessage.conversation_id == conversation_id,
                TextMessage.direction == "inbound",
                TextMessage.state == "received",
            )
            .order_by(TextMessage.at, TextMessage.id)
            .execution_options(populate_existing=True)
        )
    )


async def _thread_with(db: AsyncSession, came: Arrival, department: str) -> Conversation:
    row = await db.scalar(
        select(Conversation)
        .where(Conversation.customer_e164 == came.from_e164)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        row = Conversation(customer_e164=came.from_e164, line_e164=came.to_e164, department=department)
        db.add(row)
        await db.flush()
    return row


async def _row(db: AsyncSession, conversation_id: ConversationId | str, *, lock: bool = False) -> Conversation | None:
    query = select(Conversation).where(Conversation.id == conversation_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row: Conversation | None = await db.scalar(query)
    return row


def _said(row: TextMessage) -> Said:
    return Said(
        TextId(row.id),
        row.author,
        row.body,
        row.at,
        row.turn,
        row.heard_at,
        row.agent,
        row.direction == "inbound" or row.first_wire_at is not None,
        row.media_count,
        row.prompt_version,
    )


def _thread(row: Conversation) -> Thread:
    return Thread(
        ConversationId(row.id),
        RooftopId(row.rooftop_id),
        row.customer_e164,
        row.line_e164,
        row.department,
        row.mode,
        row.epoch,
        row.held_by,
        CustomerId(row.customer_hint_id) if row.customer_hint_id else None,
        CustomerId(row.customer_id) if row.customer_id else None,
        row.verified_level,
        dict(row.standing),
        row.session_began_at,
        row.first_turn,
        row.quiet_until,
        row.last_inbound_at,
    )
