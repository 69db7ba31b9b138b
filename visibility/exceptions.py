"""What breaks a rule right now, one row each: found by one question per rule, answered by a person.

The number beside a rule is the length of its list: both are the same rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.loop_models import LoopAlarm, LoopStep
from followup.loops import COMPLAINT, FEED_STALE, WRITEBACK_FAILED
from followup.models import Loop
from followup.sla import LATE, MANAGER
from record.models import Call, CallTransfer, ClaimFlag, Customer, Staff
from record.staff_models import StaffAway
from record.text_models import Conversation, TextMessage
from visibility.models import ExceptionAnswer

_DAY = timedelta(hours=24)
_TIMES_PUT_OFF = 2
LONGEST_MUTE = timedelta(days=28)


class Rule(StrEnum):
    """Everything that needs a manager."""

    LATE = "late"
    UNOWNED = "unowned"
    AWAY = "owner_away"
    PUT_OFF = "put_off_twice"
    SNOOZED = "snoozed_past_due"
    NO_RECORD = "said_not_done"
    REPEAT = "repeat_caller"
    NOT_REACHED = "hand_off_failed"
    TEXT_FAILED = "text_failed"
    UPSET = "upset"
    STALE = "system_stale"


@dataclass(frozen=True)
class Broken:
    """One rule broken once. `ref` names it for good, so that it can be accepted; `size` says by how much, in words."""

    rule: Rule
    ref: str
    who: str
    contact: str
    what: str
    size: timedelta | int
    since: datetime
    department: str
    source: str
    owner_id: str = ""
    owner: str = ""
    due_at: datetime | None = None
    loop_id: str = ""
    call_id: str = ""
    thread_id: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Mute:
    """A rule nobody wants to hear of until then, and why."""

    id: str
    rule: str
    until: datetime
    by: str
    reason: str


@dataclass(frozen=True)
class Exceptions:
    """All of them, oldest first; `open_loops` is how many are watched."""

    rows: tuple[Broken, ...]
    mutes: tuple[Mute, ...]
    open_loops: int

    def of(self, rule: str) -> tuple[Broken, ...]:
        return tuple(row for row in self.rows if rule in ("", row.rule))


async def exceptions(db: AsyncSession, now: datetime) -> Exceptions:
    """Everything that breaks a rule at this moment and was not answered."""
    loops = await _open_loops(db, now)
    found = [
        *_by_alarm(loops, await _alarms(db)),
        *_put_off(loops, await _times_put_off(db)),
        *_by_loop(loops, now),
        *await _claims(db, now - _DAY),
        *await _repeat_callers(db, now - _DAY),
        *await _not_reached(db, now - _DAY),
        *await _failed_texts(db, now - _DAY),
    ]
    answers = list(await db.scalars(select(ExceptionAnswer).where(ExceptionAnswer.until > now)))
    muted = {each.rule for each in answers if not each.ref}
    accepted = {(each.rule, each.ref) for each in answers}
    rows = [row for row in found if row.rule not in muted and (row.rule, row.ref) not in accepted]
    mutes = tuple(Mute(each.id, each.rule, each.until, each.by, each.reason) for each in answers if not each.ref)
    return Exceptions(tuple(sorted(rows, key=lambda row: (row.since, row.ref))), mutes, len(loops))


async def answer(db: AsyncSession, rule: Rule, ref: str, until: datetime, by: str, reason: str, now: datetime) -> None:
    """Mutes a rule (no `ref`) or accepts one exception, until a time within four weeks; raises ValueError."""
    if not reason.strip():
        raise ValueError("say why")
    if not now < until <= now + LONGEST_MUTE:
        raise ValueError("choose an end within four weeks")
    db.add(ExceptionAnswer(rule=rule, ref=ref[:80], until=until, by=by, reason=reason.strip()[:200]))


async def hear_again(db: AsyncSession, answer_id: str, now: datetime) -> None:
    """Ends a mute before its time."""
    row = await db.get(ExceptionAnswer, answer_id)
    if row is not None:
        row.until = now


@dataclass(frozen=True)
class _Open:
    loop: Loop
    owner: str
    who: str
    owner_away_since: datetime | None

    def broken(self, rule: Rule, size: timedelta | int, since: datetime) -> Broken:
        loop = self.loop
        return Broken(
            rule, f"loop:{loop.id}", self.who, loop.contact, loop.need, size, since, loop.department, loop.source,
            loop.owner_id, self.owner, loop.due_at, loop_id=loop.id, kind=loop.kind,
        )  # fmt: skip


async def _open_loops(db: AsyncSession, now: datetime) -> list[_Open]:
    """With its owner, and since when they are away."""
    away = (
        select(StaffAway.staff_id, func.min(StaffAway.starts_at).label("since"))
        .where(StaffAway.starts_at <= now, StaffAway.ends_at > now)
        .group_by(StaffAway.staff_id)
        .subquery()
    )
    rows = await db.execute(
        select(Loop, Staff.name, Customer.first_name, Customer.last_name, away.c.since)
        .join(Staff, Staff.id == Loop.owner_id)
        .outerjoin(Customer, Customer.id == Loop.customer_id)
        .outerjoin(away, away.c.staff_id == Loop.owner_id)
        .where(Loop.closed_at.is_(None))
    )
    return [
        _Open(loop, owner, f"{first or ''} {last or ''}".strip(), since) for loop, owner, first, last, since in rows
    ]


async def _alarms(db: AsyncSession) -> dict[str, list[LoopAlarm]]:
    """What stands at the manager's level or above, by loop."""
    found = defaultdict(list)
    for alarm in await db.scalars(
        select(LoopAlarm).where(LoopAlarm.cleared_at.is_(None), LoopAlarm.level >= MANAGER).order_by(LoopAlarm.since)
    ):
        found[alarm.loop_id].append(alarm)
    return found


def _by_alarm(loops: Sequence[_Open], alarms: dict[str, list[LoopAlarm]]) -> Iterable[Broken]:
    for each in loops:
        standing = alarms.get(each.loop.id, [])
        late = next((alarm for alarm in standing if alarm.kind.endswith(LATE)), None)
        if late is not None:
            yield each.broken(Rule.LATE, late.raised_at - late.since, late.since)
        nobody = next((alarm for alarm in standing if alarm.kind == "unowned"), None)
        if nobody is not None:
            yield each.broken(Rule.UNOWNED, nobody.raised_at - nobody.since, nobody.since)


async def _times_put_off(db: AsyncSession) -> dict[str, tuple[int, datetime]]:
    """Loops put off more than once, how often, and when last."""
    rows = await db.execute(
        select(LoopStep.loop_id, func.count(), func.max(LoopStep.at))
        .join(Loop, Loop.id == LoopStep.loop_id)
        .where(LoopStep.act == "snooze", Loop.closed_at.is_(None))
        .group_by(LoopStep.loop_id)
        .having(func.count() >= _TIMES_PUT_OFF)
    )
    return {loop_id: (times, last) for loop_id, times, last in rows}


def _put_off(loops: Sequence[_Open], often: dict[str, tuple[int, datetime]]) -> Iterable[Broken]:
    for each in loops:
        if each.loop.id in often:
            times, last = often[each.loop.id]
            yield each.broken(Rule.PUT_OFF, times, last)


def _by_loop(loops: Sequence[_Open], now: datetime) -> Iterable[Broken]:
    for each in loops:
        loop = each.loop
        if each.owner_away_since is not None:
            yield each.broken(Rule.AWAY, 0, each.owner_away_since)
        if loop.snoozed_until is not None and loop.snoozed_until > now and loop.due_at <= now:
            yield each.broken(Rule.SNOOZED, now - loop.due_at, loop.due_at)
        if loop.kind == COMPLAINT:
            yield each.broken(Rule.UPSET, now - loop.created_at, loop.created_at)
        if loop.kind in (FEED_STALE, WRITEBACK_FAILED):
            yield each.broken(Rule.STALE, now - loop.created_at, loop.created_at)


async def _claims(db: AsyncSession, since: datetime) -> list[Broken]:
    """What the AI said it had done and the record does not show."""
    rows = await db.execute(
        select(ClaimFlag, Call, Customer.first_name, Customer.last_name)
        .join(Call, Call.id == ClaimFlag.call_id)
        .outerjoin(Customer, Customer.id == Call.customer_id)
        .where(Call.started_at >= since)
    )
    return [
        Broken(
            Rule.NO_RECORD, f"claim:{flag.id}", f"{first or ''} {last or ''}".strip(), call.from_e164, flag.words, 0,
            call.started_at, call.department, "call", call_id=call.id,
        )
        for flag, call, first, last in rows
    ]  # fmt: skip


async def _repeat_callers(db: AsyncSession, since: datetime) -> list[Broken]:
    rows = await db.execute(
        select(Call.from_e164, func.count(), func.max(Call.started_at), func.max(Call.id), func.max(Call.department))
        .where(Call.started_at >= since, Call.from_e164.startswith("+"), Call.direction == "inbound")
        .group_by(Call.from_e164)
        .having(func.count() > 1)
    )
    return [
        Broken(Rule.REPEAT, f"number:{number}:{call}", "", number, "Called again within a day", times, last, where,
               "call", call_id=call)
        for number, times, last, call, where in rows
    ]  # fmt: skip


async def _not_reached(db: AsyncSession, since: datetime) -> list[Broken]:
    rows = await db.execute(
        select(CallTransfer, Call, Staff.name)
        .join(Call, Call.id == CallTransfer.call_id)
        .outerjoin(Staff, Staff.id == CallTransfer.staff_id)
        .where(CallTransfer.created_at >= since, CallTransfer.outcome != "connected", CallTransfer.stage == "over")
    )
    return [
        Broken(
            Rule.NOT_REACHED, f"hand-off:{row.id}", "", call.from_e164, row.reason, 0, row.created_at, row.key, "call",
            owner=name or "", call_id=call.id,
        )
        for row, call, name in rows
    ]  # fmt: skip


async def _failed_texts(db: AsyncSession, since: datetime) -> list[Broken]:
    """Ours that did not arrive and nothing after them did."""
    later = (
        select(TextMessage.conversation_id, func.max(TextMessage.at).label("at"))
        .where(TextMessage.direction == "outbound", TextMessage.status.in_(("delivered", "read")))
        .where(TextMessage.at >= since)
        .group_by(TextMessage.conversation_id)
        .subquery()
    )
    rows = await db.execute(
        select(TextMessage, Conversation)
        .join(Conversation, Conversation.id == TextMessage.conversation_id)
        .outerjoin(later, later.c.conversation_id == TextMessage.conversation_id)
        .where(
            TextMessage.direction == "outbound",
            TextMessage.at >= since,
            TextMessage.status.in_(("failed", "undelivered")),
            (later.c.at.is_(None)) | (later.c.at < TextMessage.at),
        )
    )
    return [
        Broken(
            Rule.TEXT_FAILED, f"text:{text.id}", "", talk.customer_e164, text.body, 0, text.at, talk.department, "text",
            thread_id=talk.id,
        )
        for text, talk in rows
    ]  # fmt: skip
