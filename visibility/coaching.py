"""Moments worth talking through: flagged by people in calls, or suggested from what the record shows; never ranked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.loop_models import LoopPromise
from followup.models import Loop
from record.models import Call, CallTransfer, CallTurn, ClaimFlag, Staff
from visibility.models import Moment

WEEK = timedelta(days=7)
_SHOWN = timedelta(days=28)
MOST_A_WEEK = 5


class Kind(StrEnum):
    """What somebody saw in a turn."""

    GREAT = "great"
    WRONG_FACT = "wrong_fact"
    RUDE = "rude"
    MISSED_REQUEST = "missed_request"
    SHOULD_HAND_OFF = "should_hand_off"
    LATE_PROMISE = "late_promise"


FLAGS = (Kind.GREAT, Kind.WRONG_FACT, Kind.RUDE, Kind.MISSED_REQUEST, Kind.SHOULD_HAND_OFF)
RUBRIC = (
    "Did the customer get what they asked for?",
    "Was everything said true and on record?",
    "Was the next step clear, with a time?",
    "Was the customer treated as they would wish?",
    "Was it handed on at the right moment, with what is known?",
)


class NoSuchTurn(LookupError):
    """There is no such call or turn in this store."""


@dataclass(frozen=True)
class Suggested:
    """A place the record points to; `staff_id` whose it is, "" the AI's."""

    call_id: str
    turn: int
    kind: Kind
    staff_id: str
    who: str
    at: datetime
    why: str


@dataclass(frozen=True)
class Kept:
    """A moment on the list, with the words it is about."""

    id: str
    call_id: str
    turn: int
    kind: str
    staff_id: str
    who: str
    by: str
    at: datetime
    words: str
    comment: str
    shared_at: datetime | None
    reply: str
    settled: bool


async def flag(
    db: AsyncSession, call_id: str, turn: int, kind: Kind, staff_id: str | None, by: str, comment: str, now: datetime
) -> None:
    """Puts a moment on the list; the same place and kind twice is once."""
    found = await db.scalar(select(CallTurn.id).where(CallTurn.call_id == call_id, CallTurn.seq == turn))
    if found is None:
        raise NoSuchTurn(call_id)
    known = select(Moment.id).where(Moment.call_id == call_id, Moment.turn == turn, Moment.kind == kind)
    if await db.scalar(known) is None:
        db.add(Moment(call_id=call_id, turn=turn, kind=kind, staff_id=staff_id, by=by, at=now, comment=comment[:1000]))


async def share(db: AsyncSession, moment_id: str, staff_id: str, comment: str, now: datetime) -> None:
    """The person it is about sees it from now on; raises LookupError."""
    row = await db.get(Moment, moment_id)
    if row is None or await db.scalar(select(Staff.id).where(Staff.id == staff_id)) is None:
        raise LookupError("there is no such moment or person")
    row.staff_id, row.shared_at, row.comment = staff_id, now, comment[:1000] or row.comment


async def reply(db: AsyncSession, moment_id: str, staff_id: str, words: str) -> None:
    """What the person it is about says to it; raises LookupError for anybody else."""
    row = await db.get(Moment, moment_id)
    if row is None or row.staff_id != staff_id or row.shared_at is None:
        raise LookupError("that moment is not yours")
    row.reply = words[:1000]


async def settle(db: AsyncSession, moment_id: str, now: datetime) -> None:
    """Talked through."""
    row = await db.get(Moment, moment_id)
    if row is not None:
        row.settled_at = now


async def moments(db: AsyncSession, now: datetime, only: str | None = None) -> list[Kept]:
    """Of the last four weeks, great ones first; `only` shows what was shared with one person."""
    query = (
        select(Moment, Staff.name, CallTurn.text)
        .outerjoin(Staff, Staff.id == Moment.staff_id)
        .outerjoin(CallTurn, (CallTurn.call_id == Moment.call_id) & (CallTurn.seq == Moment.turn))
        .where(Moment.at >= now - _SHOWN)
        .order_by(Moment.kind != Kind.GREAT, Moment.at.desc(), Moment.id)
    )
    if only is not None:
        query = query.where(Moment.staff_id == only, Moment.shared_at.is_not(None))
    return [
        Kept(
            row.id, row.call_id, row.turn, row.kind, row.staff_id or "", name or "The AI", row.by, row.at, text or "",
            row.comment, row.shared_at, row.reply, row.settled_at is not None,
        )
        for row, name, text in await db.execute(query)
    ]  # fmt: skip


async def suggested(db: AsyncSession, now: datetime) -> list[Suggested]:
    """At most five a person of this week, great ones first; what is on the list already is not suggested again."""
    since = now - WEEK
    found = [*await _taken(db, since), *await _late_promises(db, since), *await _claims(db, since)]
    known = {(row.call_id, row.kind) for row in await db.scalars(select(Moment).where(Moment.at >= since))}
    return _few_each(each for each in found if (each.call_id, each.kind) not in known)


def _few_each(found: Iterable[Suggested]) -> list[Suggested]:
    ordered = sorted(found, key=lambda each: (each.kind is not Kind.GREAT, each.at, each.call_id))
    per_person: dict[str, int] = defaultdict(int)
    chosen = []
    for each in ordered:
        per_person[each.staff_id] += 1
        if per_person[each.staff_id] <= MOST_A_WEEK:
            chosen.append(each)
    return chosen


async def _taken(db: AsyncSession, since: datetime) -> list[Suggested]:
    """Somebody picked a caller up who had asked for a person."""
    rows = await db.execute(
        select(CallTransfer, Staff.name)
        .join(Staff, Staff.id == CallTransfer.staff_id)
        .where(CallTransfer.accepted_at >= since, CallTransfer.outcome == "connected")
    )
    return [
        Suggested(
            row.call_id, 1, Kind.GREAT, row.staff_id or "", name, row.created_at, f"Took the caller: {row.reason}"
        )
        for row, name in rows
    ]


async def _late_promises(db: AsyncSession, since: datetime) -> list[Suggested]:
    rows = await db.execute(
        select(LoopPromise, Loop, Staff.name)
        .join(Loop, Loop.id == LoopPromise.loop_id)
        .join(Staff, Staff.id == Loop.owner_id)
        .join(Call, Call.id == Loop.call_id)
        .where(LoopPromise.due_at >= since, LoopPromise.settled_as.in_(("late", "broken")))
    )
    return [
        Suggested(loop.call_id or "", 1, Kind.LATE_PROMISE, loop.owner_id, name, made.due_at, made.words)
        for made, loop, name in rows
    ]


async def _claims(db: AsyncSession, since: datetime) -> list[Suggested]:
    rows = await db.execute(
        select(ClaimFlag, Call.started_at).join(Call, Call.id == ClaimFlag.call_id).where(Call.started_at >= since)
    )
    return [
        Suggested(str(row.call_id), row.turn, Kind.WRONG_FACT, "", "The AI", at, f"Said, not on record: {row.words}")
        for row, at in rows
    ]
