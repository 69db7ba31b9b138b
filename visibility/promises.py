"""Are we keeping our word: every clock of the last four weeks that ended or ran out, each once.

People's answers and the AI's first word are different clocks and are never counted together. A figure is the length of
a list of these rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from followup.closing import INSIDE
from followup.loop_models import LoopAlarm, LoopPromise, LoopStep
from followup.models import Loop
from followup.sla import OWNER
from record.models import Call, Customer, Staff
from record.text_models import TextMessage

PERIOD = timedelta(days=28)
_AI_CALL, _AI_TEXT = timedelta(seconds=10), timedelta(seconds=60)
_STATUS = ("tell_status", "part_arrived", "promise_at_risk")
_ANSWERS = ("try", "promise", "keep", "finish", "close", "acknowledge")


class Clock(StrEnum):
    """What was promised."""

    FIRST_ANSWER = "first_answer"
    CALLBACK = "callback"
    STATUS = "status"
    TEXT = "text"
    AI_CALL = "ai_call"
    AI_TEXT = "ai_text"


PEOPLE = (Clock.FIRST_ANSWER, Clock.CALLBACK, Clock.STATUS, Clock.TEXT)
AI = (Clock.AI_CALL, Clock.AI_TEXT)
TARGETS = {
    Clock.FIRST_ANSWER: 90,
    Clock.CALLBACK: 95,
    Clock.STATUS: 90,
    Clock.TEXT: 90,
    Clock.AI_CALL: 99,
    Clock.AI_TEXT: 95,
}
"""Percent that has to be kept."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One clock that ended. `open` ones ran out and still wait; `took` is what the customer waited, where known."""

    clock: Clock
    department: str
    who: str
    contact: str
    owner: str
    due_at: datetime
    at: datetime
    late: bool
    open: bool
    took: timedelta | None
    loop_id: str = ""
    call_id: str = ""
    thread_id: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A clock's figures. `budget` is how many more may be late before the target is missed."""

    clock: Clock
    total: int
    kept: int
    late: int
    open: int
    budget: int
    waits: tuple[timedelta, timedelta, timedelta] | None


async def ran(db: AsyncSession, now: datetime) -> list[Ran]:
    """Every clock of the period that ended or ran out."""
    since = now - PERIOD
    return [
        *await _loops(db, since, now),
        *await _promises(db, since, now),
        *await _ai_calls(db, since),
        *await _ai_texts(db, since),
    ]


def kept(rows: Iterable[Ran], clock: Clock) -> Kept:
    """The figures of a clock, over exactly those rows."""
    own = [row for row in rows if row.clock is clock]
    late = sum(row.late for row in own)
    allowed = len(own) * (100 - TARGETS[clock]) // 100
    waits = sorted(row.took for row in own if row.took is not None)
    return Kept(
        clock, len(own), len(own) - late, late, sum(row.open for row in own), allowed - late,
        (_nth(waits, 50), _nth(waits, 90), _nth(waits, 99)) if waits else None,
    )  # fmt: skip


def _nth(ordered: Sequence[timedelta], percent: int) -> timedelta:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


async def _loops(db: AsyncSession, since: datetime, now: datetime) -> list[Ran]:
    """The first clock of each need. A store's own tasks are nobody's promise."""
    late = (
        select(LoopAlarm.loop_id, func.min(LoopAlarm.since).label("at"))
        .where(LoopAlarm.kind == "first_contact_late", LoopAlarm.level == OWNER)
        .group_by(LoopAlarm.loop_id)
        .subquery()
    )
    answered = (
        select(LoopStep.loop_id, func.min(LoopStep.at).label("at"))
        .where(LoopStep.act.in_(_ANSWERS))
        .group_by(LoopStep.loop_id)
        .subquery()
    )
    rows = await db.execute(
        select(Loop, Staff.name, Customer.first_name, Customer.last_name, late.c.at, answered.c.at)
        .join(Staff, Staff.id == Loop.owner_id)
        .outerjoin(Customer, Customer.id == Loop.customer_id)
        .outerjoin(late, late.c.loop_id == Loop.id)
        .outerjoin(answered, answered.c.loop_id == Loop.id)
        .where(Loop.created_at >= since, Loop.kind.not_in(INSIDE))
    )
    found = []
    for loop, owner, first, last, ran_out, answer in rows:
        done = answer or loop.closed_at
        ended = ran_out or done
        if ended is None:
            continue
        due = ran_out or loop.first_due_at or loop.due_at
        found.append(
            Ran(
                _clock_of(loop), loop.department, f"{first or ''} {last or ''}".strip(), loop.contact, owner, due,
                ended, ran_out is not None, ran_out is not None and done is None,
                done - loop.created_at if done is not None else None, loop_id=loop.id,
            )
        )  # fmt: skip
    return [row for row in found if row.at <= now]


def _clock_of(loop: Loop) -> Clock:
    if loop.source_key.startswith("text:"):
        return Clock.TEXT
    return Clock.STATUS if loop.kind in _STATUS else Clock.FIRST_ANSWER


async def _promises(db: AsyncSession, since: datetime, now: datetime) -> list[Ran]:
    """Words with a time in them. What was released was not broken."""
    rows = await db.execute(
        select(LoopPromise, Loop, Staff.name, Customer.first_name, Customer.last_name)
        .join(Loop, Loop.id == LoopPromise.loop_id)
        .join(Staff, Staff.id == Loop.owner_id)
        .outerjoin(Customer, Customer.id == Loop.customer_id)
        .where(LoopPromise.made_at >= since, LoopPromise.settled_as != "released")
    )
    return [
        Ran(
            Clock.CALLBACK, loop.department, f"{first or ''} {last or ''}".strip(), loop.contact, owner, each.due_at,
            each.settled_at or each.due_at, each.settled_as != "kept", each.settled_at is None,
            each.settled_at - each.made_at if each.settled_at else None, loop_id=loop.id,
        )
        for each, loop, owner, first, last in rows
        if each.settled_at is not None or each.due_at <= now
    ]  # fmt: skip


async def _ai_calls(db: AsyncSession, since: datetime) -> list[Ran]:
    """From the first ring to the AI's first word; a call it never spoke on is not its clock."""
    rows = await db.scalars(select(Call).where(Call.started_at >= since, Call.first_ai_audio_at.is_not(None)))
    return [_first_word(call, call.first_ai_audio_at) for call in rows if call.first_ai_audio_at is not None]


def _first_word(call: Call, spoke: datetime) -> Ran:
    took = max(spoke - call.started_at, timedelta(0))
    due = call.started_at + _AI_CALL
    return Ran(
        Clock.AI_CALL, call.department, "", call.from_e164, "AI", due, spoke, took > _AI_CALL, False, took,
        call_id=call.id,
    )  # fmt: skip


async def _ai_texts(db: AsyncSession, since: datetime) -> list[Ran]:
    """From a customer's text to the AI's answer to it."""
    theirs = aliased(TextMessage)
    rows = await db.execute(
        select(TextMessage.conversation_id, theirs.from_e164, theirs.at, func.min(TextMessage.at))
        .join(theirs, theirs.id == TextMessage.in_reply_to_id)
        .where(TextMessage.author == "ai", theirs.at >= since)
        .group_by(TextMessage.conversation_id, theirs.id, theirs.from_e164, theirs.at)
    )
    return [
        Ran(
            Clock.AI_TEXT, "", "", number, "AI", came + _AI_TEXT, answered, answered - came > _AI_TEXT, False,
            answered - came, thread_id=thread,
        )
        for thread, number, came, answered in rows
    ]  # fmt: skip
