"""What became of one try to hand a text to the carrier; a word of the carrier's finds the text it is about."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import TextId
from record.consent import Purpose
from record.text_models import TextAttempt, TextMessage, TextStatus

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
_DIGITS = re.compile(r"\d{6}")
STILL_OURS = ("pending", "sending", "unknown")


async def accepted(db: AsyncSession, text_id: TextId | str, attempt: int, sid: str, status: str, now: datetime) -> None:
    """The carrier has it, under this sid."""
    row = await meant(db, text_id, sid)
    if row is None:
        return
    row.message_sid = sid
    if row.state in (*STILL_OURS, "not_sent"):
        row.state, row.next_try_at = "accepted", None
        row.first_wire_at = row.first_wire_at or now
    forget_code(row)
    await resolve(db, row.id, attempt, "accepted", "", now)
    await note_status(db, row, status or "accepted", 0, now)


async def rejected(
    db: AsyncSession, text_id: TextId | str, attempt: int, code: int, detail: str, now: datetime
) -> None:
    """The carrier refused it for good."""
    row = await locked(db, text_id)
    if row is None:
        return
    row.state, row.error_code, row.next_try_at = "rejected", code, None
    forget_code(row)
    await resolve(db, row.id, attempt, "rejected", detail, now)


async def not_sent(
    db: AsyncSession, text_id: TextId | str, attempt: int, detail: str, again: datetime | None, now: datetime
) -> None:
    """Nothing left the house: tried again at a time, or given up."""
    row = await locked(db, text_id)
    if row is None or row.state not in STILL_OURS:
        return
    row.state = "pending" if again is not None else "not_sent"
    row.next_try_at, row.first_wire_at = again, None
    if again is None:
        forget_code(row)
    await resolve(db, row.id, attempt, "not_sent", detail, now)


async def unknown(db: AsyncSession, text_id: TextId | str, attempt: int, detail: str, look_at: datetime) -> None:
    """It may have arrived: from here on it is only looked for."""
    row = await locked(db, text_id)
    if row is None or row.state not in ("sending", "unknown"):
        return
    row.state, row.next_try_at = "unknown", look_at
    await resolve(db, row.id, attempt, "unknown", detail, None)


async def meant(db: AsyncSession, text_id: TextId | str, sid: str) -> TextMessage | None:
    """The text a word of the carrier is about: ours by its id, else the one with that sid."""
    holder = await db.scalar(select(TextMessage).where(TextMessage.message_sid == sid))
    ours = await locked(db, text_id) if text_id else None
    if ours is None or ours.direction != "outbound":
        return await locked(db, holder.id) if holder is not None and holder.direction == "outbound" else None
    if ours.message_sid == sid or (ours.message_sid is None and holder is None):
        return ours
    if holder is None or holder.id == ours.id:
        return None  # another sid for a text that has one: nothing of ours
    # Two texts with the same words: the list was read the other way round. The callback's word is better.
    await _exchange(db, ours, holder)
    return ours


async def _exchange(db: AsyncSession, ours: TextMessage, holder: TextMessage) -> None:
    """Each takes what the carrier said of the other; one that is left with nothing is looked for again."""
    sids = ours.message_sid, holder.message_sid
    ours.message_sid = holder.message_sid = None
    await db.flush()
    rows = list(await db.scalars(select(TextStatus).where(TextStatus.text_id.in_((ours.id, holder.id)))))
    said = [(row.text_id, row.status, row.rank, row.error_code, row.at) for row in rows]
    for row in rows:
        await db.delete(row)
    await db.flush()
    for text_id, status, rank, code, at in said:
        now_of = holder.id if text_id == ours.id else ours.id
        db.add(TextStatus(text_id=now_of, status=status, rank=rank, error_code=code, at=at))
    for each in (ours, holder):
        await _unsettle(db, each)
    for name in ("status", "status_rank", "error_code", "state", "next_try_at"):
        mine, theirs = getattr(ours, name), getattr(holder, name)
        setattr(ours, name, theirs)
        setattr(holder, name, mine)
    holder.message_sid, ours.message_sid = sids
    await db.flush()


async def _unsettle(db: AsyncSession, row: TextMessage) -> None:
    attempt = await db.scalar(
        select(TextAttempt).where(TextAttempt.text_id == row.id, TextAttempt.number == row.attempts)
    )
    if attempt is not None:
        attempt.outcome, attempt.resolved_at = "unknown", None


async def locked(db: AsyncSession, text_id: TextId | str) -> TextMessage | None:
    row: TextMessage | None = await db.scalar(
        select(TextMessage).where(TextMessage.id == text_id).with_for_update().execution_options(populate_existing=True)
    )
    return row


async def resolve(db: AsyncSession, text_id: str, number: int, outcome: str, detail: str, now: datetime | None) -> None:
    attempt = await db.scalar(select(TextAttempt).where(TextAttempt.text_id == text_id, TextAttempt.number == number))
    if attempt is None or attempt.outcome == "accepted":
        return
    attempt.outcome, attempt.resolved_at = outcome, now
    attempt.detail = detail[:200] or attempt.detail


async def note_status(db: AsyncSession, row: TextMessage, status: str, code: int, now: datetime) -> None:
    """Every word of the carrier is kept; the highest rank is the text's status, and a final one stays."""
    rank = RANKS.get(status, 0)
    same = (TextStatus.text_id == row.id, TextStatus.status == status, TextStatus.error_code == code)
    if await db.scalar(select(TextStatus.id).where(*same)) is None:
        db.add(TextStatus(text_id=row.id, status=status, rank=rank, error_code=code, at=now))
    if rank > row.status_rank:
        row.status, row.status_rank = status, rank
        row.error_code = code or row.error_code
    await db.flush()


def forget_code(row: TextMessage) -> None:
    """Once it is on its way, or never will be, a code is nowhere in our records but as a hash."""
    if row.purpose == Purpose.CODE:
        row.body = _DIGITS.sub("[code]", row.body)
