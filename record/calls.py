"""Calls in progress: opened once per CallSid, held by one process under a lease, ended exactly once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallId, CallSid, CustomerId, RooftopId
from record import hand_offs, outbox
from record.models import Call, CallTurn

CALL_ENDED = "call_ended"
LINE_LOST = "line_lost"


@dataclass(frozen=True)
class NewCall:
    """A call as the first webhook tells of it."""

    call_sid: CallSid
    account_sid: str
    rooftop_id: RooftopId
    from_e164: str
    to_e164: str
    department: str
    customer_hint_id: CustomerId | None
    caller_attested: bool
    agent: str
    prompt_version: str
    token_hash: str
    token_expires_at: datetime


@dataclass(frozen=True)
class CallFacts:
    """What the telephone side needs to know of one call."""

    id: CallId
    call_sid: CallSid
    rooftop_id: RooftopId
    account_sid: str
    from_e164: str
    department: str
    agent: str
    customer_id: CustomerId | None
    customer_hint_id: CustomerId | None
    verified_level: int
    resumes: int
    next_step: str
    transfer_key: str | None
    connected: bool
    stream_ended: bool
    line_lost: bool
    last_sign_of_life: datetime
    started_at: datetime
    ended_at: datetime | None
    caller_attested: bool
    prompt_version: str


async def open_call(db: AsyncSession, new: NewCall, now: datetime) -> tuple[CallFacts, bool]:
    """The call's one row and whether it is new; however often the carrier repeats itself."""
    row = await _row(db, new.call_sid)
    if row is not None:
        return _facts(row), False
    row = Call(
        rooftop_id=new.rooftop_id,
        call_sid=new.call_sid,
        account_sid=new.account_sid,
        from_e164=new.from_e164,
        to_e164=new.to_e164,
        department=new.department,
        customer_hint_id=new.customer_hint_id,
        caller_attested=new.caller_attested,
        agent=new.agent,
        prompt_version=new.prompt_version,
        token_hash=new.token_hash,
        token_expires_at=new.token_expires_at,
        heartbeat_at=now,
        started_at=now,
    )
    db.add(row)
    await db.flush()
    return _facts(row), True


async def call(db: AsyncSession, call_sid: CallSid | str) -> CallFacts | None:
    row = await _row(db, call_sid)
    return _facts(row) if row else None


async def in_turn(db: AsyncSession, call_id: CallId) -> None:
    """Copies of one request wait for each other until this transaction ends; SQLite has one writer anyway."""
    await db.execute(select(Call.id).where(Call.id == call_id).with_for_update())


async def is_over(db: AsyncSession, call_id: CallId) -> bool:
    """Whether the call has ended; if not, it does not until this transaction has."""
    return await db.scalar(select(Call.ended_at).where(Call.id == call_id).with_for_update()) is not None


async def call_by_id(db: AsyncSession, call_id: CallId) -> CallFacts | None:
    row = await db.get(Call, call_id)
    return _facts(row) if row else None


async def reissue_token(db: AsyncSession, call_sid: CallSid, token_hash: str, expires_at: datetime) -> int | None:
    """Lets an unfinished call connect once more (drain, lost socket); the number of times it has, or None."""
    row = await _row(db, call_sid)
    if row is None or row.ended_at is not None:
        return None
    row.token_hash, row.token_expires_at, row.token_used_at = token_hash, expires_at, None
    row.resumes += 1
    row.next_step = "human"
    return row.resumes


async def claim_stream(
    db: AsyncSession, *, call_sid: str, account_sid: str, token_hash: str, stream_sid: str, held_by: str, now: datetime
) -> CallFacts | None:
    """Spends a call's one-use token; None unless everything fits, and a second claim never does."""
    result = await db.execute(
        update(Call)
        .where(
            Call.call_sid == call_sid,
            Call.account_sid == account_sid,
            Call.token_hash == token_hash,
            Call.token_used_at.is_(None),
            Call.token_expires_at > now,
            Call.ended_at.is_(None),
        )
        .values(
            token_used_at=now,
            stream_sid=stream_sid,
            held_by=held_by,
            heartbeat_at=now,
            stream_ended_at=None,
            end_reason=None,
            # The disclosure is spoken before the stream is connected: its start proves that it was heard.
            connected_at=func.coalesce(Call.connected_at, now),
            ai_disclosed_at=func.coalesce(Call.ai_disclosed_at, now),
            recording_notice_at=func.coalesce(Call.recording_notice_at, now),
        )
        .execution_options(synchronize_session=False)
    )
    if _count(result) != 1:
        return None
    row = await _row(db, call_sid)
    return _facts(row) if row else None


async def renew_leases(db: AsyncSession, held_by: str, now: datetime) -> int:
    """Says for every call this process holds that somebody is still there."""
    result = await db.execute(
        update(Call)
        .where(Call.held_by == held_by, Call.stream_ended_at.is_(None), Call.ended_at.is_(None))
        .values(heartbeat_at=now)
        .execution_options(synchronize_session=False)
    )
    return _count(result)


async def stream_ended(
    db: AsyncSession, call_id: CallId, *, reason: str, next_step: str, transfer_key: str | None, now: datetime
) -> None:
    """The agent's part is over; `next_step` is what the carrier will be told when it asks."""
    row = await db.get(Call, call_id)
    if row is None or row.ended_at is not None:
        return
    row.stream_ended_at = now
    row.held_by = None
    row.heartbeat_at = now
    row.end_reason = reason
    row.next_step = next_step
    row.transfer_key = transfer_key


async def told_next(db: AsyncSession, call_id: CallId, next_step: str, transfer_key: str | None = None) -> None:
    """Somebody at the store decided what the carrier is told when it asks next."""
    row = await db.get_one(Call, call_id)
    row.next_step, row.transfer_key = next_step, transfer_key


async def line_lost(db: AsyncSession, call_id: CallId, now: datetime) -> None:
    """The carrier's socket broke without a word: the caller may still be there, and nobody here holds the call."""
    row = await db.get(Call, call_id)
    if row is not None and row.ended_at is None:
        row.held_by = None
        row.heartbeat_at = now
        row.end_reason = LINE_LOST


async def end_call(
    db: AsyncSession, call_sid: CallSid | str, *, reason: str, status: str, seconds: int | None, now: datetime
) -> bool:
    """Marks the call over, once; files the fact that wrap-up waits for. True when this is what ended it."""
    row = await _row(db, call_sid)
    if row is None:
        return False
    if status:
        row.carrier_status = status
    if seconds is not None:
        row.duration_seconds = seconds
    if row.ended_at is not None:
        return False
    row.ended_at = now
    row.held_by = None
    row.end_reason = row.end_reason or reason
    if row.duration_seconds is None:
        row.duration_seconds = max(0, round((now - row.started_at).total_seconds()))
    await hand_offs.caller_left(db, CallId(row.id), now)
    payload: dict[str, Any] = {"call_id": row.id, "rooftop_id": row.rooftop_id}
    db.add(outbox.event(row.rooftop_id, CALL_ENDED, f"{CALL_ENDED}:{row.id}", payload, due_at=now))
    return True


async def story_so_far(db: AsyncSession, call_id: CallId) -> list[tuple[str, str]]:
    """Who said what, as it was heard, for a process that takes the call on."""
    rows = await db.scalars(select(CallTurn).where(CallTurn.call_id == call_id).order_by(CallTurn.seq))
    return [(row.speaker, row.heard if row.speaker == "agent" else row.text) for row in rows]


async def deserted(db: AsyncSession, now: datetime, silent_for: timedelta) -> list[CallFacts]:
    """Unfinished calls nobody has vouched for lately: their process died, or the carrier's last word was lost."""
    rows = await db.scalars(
        select(Call)
        .where(
            Call.ended_at.is_(None),
            or_(Call.heartbeat_at.is_(None), Call.heartbeat_at < now - silent_for),
        )
        .order_by(Call.started_at)
        .limit(500)
    )
    return [_facts(row) for row in rows]


async def live_calls(db: AsyncSession) -> list[CallFacts]:
    """Calls under way, as any process may see them, oldest first."""
    rows = await db.scalars(select(Call).where(Call.ended_at.is_(None)).order_by(Call.started_at))
    return [_facts(row) for row in rows]


async def know_caller(db: AsyncSession, call_id: CallId, customer_id: CustomerId | None, level: int) -> None:
    """Stores who is calling and how surely. For one customer a level is never lowered; for another it starts anew."""
    row = await db.get(Call, call_id)
    if row is None:
        return
    if row.customer_id == customer_id:
        row.verified_level = max(row.verified_level, level)
    else:
        row.customer_id, row.verified_level = customer_id, level


async def first_words_heard(db: AsyncSession, call_id: CallId, now: datetime) -> None:
    await db.execute(
        update(Call)
        .where(and_(Call.id == call_id, Call.first_ai_audio_at.is_(None)))
        .values(first_ai_audio_at=now)
        .execution_options(synchronize_session=False)
    )


async def _row(db: AsyncSession, call_sid: str) -> Call | None:
    found: Call | None = await db.scalar(select(Call).where(Call.call_sid == call_sid))
    return found


def _facts(row: Call) -> CallFacts:
    return CallFacts(
        CallId(row.id),
        CallSid(row.call_sid),
        RooftopId(row.rooftop_id),
        row.account_sid,
        row.from_e164,
        row.department,
        row.agent,
        CustomerId(row.customer_id) if row.customer_id else None,
        CustomerId(row.customer_hint_id) if row.customer_hint_id else None,
        row.verified_level,
        row.resumes,
        row.next_step,
        row.transfer_key,
        row.connected_at is not None,
        row.stream_ended_at is not None,
        row.end_reason == LINE_LOST,
        row.heartbeat_at or row.started_at,
        row.started_at,
        row.ended_at,
        row.caller_attested,
        prompt_version=row.prompt_version,
    )


def _count(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
