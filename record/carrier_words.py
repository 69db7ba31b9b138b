"""What the carrier says of texts of ours, by callback or in its lists, in whatever order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import ConversationId, CustomerId, TextId
from record.text_attempts import FAILED, RANKS, STILL_OURS, forget_code, meant, note_status, resolve
from record.text_models import Conversation, TextAttempt, TextMessage
from record.text_outbox import Unresolved

CLOCKS_APART = timedelta(minutes=1)
_LONGEST_WAY = timedelta(hours=5)
_TOLD_WITHIN = timedelta(days=1)
_AT_ONCE = 500


@dataclass(frozen=True)
class Listed:
    """A message of ours as the carrier lists it."""

    sid: str
    from_e164: str
    to_e164: str
    body: str
    status: str
    error_code: int
    created_at: datetime


@dataclass(frozen=True)
class Outbound:
    """A text of ours as others see it."""

    id: TextId
    conversation_id: ConversationId
    customer_id: CustomerId | None
    author: str
    purpose: str
    from_e164: str
    to_e164: str
    body: str
    state: str
    status: str
    error_code: int | None


async def told(
    db: AsyncSession, text_id: str, sid: str, status: str, error_code: int, now: datetime
) -> Outbound | None:
    """One word of the carrier's, by callback or list. It may come first, twice or last; the text when it has just
    failed, else None.

    A callback with our id proves that the carrier has the text, whatever became of our request.
    """
    row = await meant(db, text_id, sid)
    if row is None or status not in RANKS:
        return None
    row.message_sid = sid
    if row.state in (*STILL_OURS, "not_sent"):
        row.state, row.next_try_at = "accepted", None
        row.first_wire_at = row.first_wire_at or now
        forget_code(row)
        await resolve(db, row.id, row.attempts, "accepted", "callback", now)
    before = row.status
    await note_status(db, row, status, error_code, now)
    return (
        _outbound(row, await db.get(Conversation, row.conversation_id))
        if row.status != before and row.status in FAILED
        else None
    )


async def adopt(db: AsyncSession, listed: Listed, now: datetime) -> TextId | None:
    """The text of ours that a message in the carrier's list must be, when nothing told us its sid; None: not ours."""
    row = await db.scalar(
        select(TextMessage)
        .join(TextAttempt, (TextAttempt.text_id == TextMessage.id) & (TextAttempt.number == TextMessage.attempts))
        .where(
            TextMessage.direction == "outbound",
            TextMessage.message_sid.is_(None),
            TextMessage.from_e164 == listed.from_e164,
            TextMessage.to_e164 == listed.to_e164,
            TextMessage.body == listed.body,
            TextMessage.state.in_(("sending", "unknown", "not_sent")),
            TextAttempt.started_at <= listed.created_at + CLOCKS_APART,
            TextAttempt.started_at > listed.created_at - _LONGEST_WAY,
        )
        .order_by(TextAttempt.started_at, TextMessage.id)
        .limit(1)
        .with_for_update()
    )
    if row is None:
        return None
    await told(db, row.id, listed.sid, listed.status or "accepted", listed.error_code, now)
    return TextId(row.id)


async def twins_before(db: AsyncSession, text: Unresolved) -> int:
    """How many texts with the same words to the same number were tried before this one and are not settled either."""
    return (
        await db.scalar(
            select(func.count())
            .select_from(TextMessage)
            .join(TextAttempt, (TextAttempt.text_id == TextMessage.id) & (TextAttempt.number == TextMessage.attempts))
            .where(
                TextMessage.direction == "outbound",
                TextMessage.message_sid.is_(None),
                TextMessage.from_e164 == text.from_e164,
                TextMessage.to_e164 == text.to_e164,
                TextMessage.body == text.body,
                TextMessage.state.in_(("sending", "unknown")),
                (TextAttempt.started_at < text.started_at)
                | ((TextAttempt.started_at == text.started_at) & (TextMessage.id < text.id)),
            )
        )
        or 0
    )


async def is_under_way(db: AsyncSession, listed: Listed) -> bool:
    """Whether a text with these words is being handed over at this moment: its answer may come before the list's."""
    found = await db.scalar(
        select(TextMessage.id).where(
            TextMessage.direction == "outbound",
            TextMessage.to_e164 == listed.to_e164,
            TextMessage.body == listed.body,
            TextMessage.state.in_(("sending", "unknown", "pending")),
        )
    )
    return found is not None


async def standing_of(db: AsyncSession, sids: Sequence[str]) -> dict[str, int]:
    """How far the carrier's messages are in our record, by sid; those we do not have are not in it."""
    found: dict[str, int] = {}
    for start in range(0, len(sids), _AT_ONCE):
        rows = await db.execute(
            select(TextMessage.message_sid, TextMessage.status_rank).where(
                TextMessage.message_sid.in_(sids[start : start + _AT_ONCE])
            )
        )
        found |= {row.message_sid: row.status_rank for row in rows}
    return found


async def unsettled_since(db: AsyncSession, line: str, now: datetime) -> datetime | None:
    """Since when a line has texts on their way whose end the carrier has not told."""
    found: datetime | None = await db.scalar(
        select(func.min(TextMessage.first_wire_at)).where(
            TextMessage.direction == "outbound",
            TextMessage.from_e164 == line,
            TextMessage.state.in_(("sending", "unknown", "accepted")),
            TextMessage.status_rank < RANKS["delivered"],
            TextMessage.first_wire_at > now - _TOLD_WITHIN,
        )
    )
    return found


async def outbound(db: AsyncSession, text_id: TextId | str) -> Outbound | None:
    row = await db.get(TextMessage, text_id)
    return _outbound(row, await db.get(Conversation, row.conversation_id)) if row is not None else None


async def sids_known(db: AsyncSession, sids: list[str]) -> set[str]:
    """Which of the carrier's messages are ours already."""
    rows = await db.scalars(select(TextMessage.message_sid).where(TextMessage.message_sid.in_(sids)))
    return {sid for sid in rows if sid}


def _outbound(row: TextMessage, conversation: Conversation | None) -> Outbound:
    customer = conversation.customer_id or conversation.customer_hint_id if conversation is not None else None
    return Outbound(
        TextId(row.id),
        ConversationId(row.conversation_id),
        CustomerId(customer) if customer else None,
        row.author,
        row.purpose,
        row.from_e164,
        row.to_e164,
        row.body,
        row.state,
        row.status,
        row.error_code,
    )
