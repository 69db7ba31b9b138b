"""Hand-offs of a call to a person: asked for, rung, told, accepted or not; each change checked against the moves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallId, HandOffId, RooftopId, StaffId
from record import outbox
from record.hand_off_brief import Brief
from record.hand_off_moves import Happened, Outcome, Stage, moved
from record.models import CallTransfer

HAND_OFF_ENDED = "hand_off_ended"


@dataclass(frozen=True)
class NewHandOff:
    """Whom a caller is to be handed to."""

    key: str
    to_e164: str
    reason: str
    warm: bool = False
    staff_id: StaffId | None = None
    extension: str = ""
    brief: Brief | None = None
    asked_by: str = ""


@dataclass(frozen=True)
class HandOff:
    """One try, as it stands. `asked_by` is the person of the store who took the call over; `handed_back` is what they
    told the agent when they gave it back."""

    id: HandOffId
    rooftop_id: RooftopId
    call_id: CallId
    key: str
    to_e164: str
    extension: str
    staff_id: StaffId | None
    warm: bool
    reason: str
    brief: Brief
    stage: Stage
    outcome: Outcome | None
    accepted_at: datetime | None
    returned_on: int | None
    asked_by: str
    handed_back: str | None


async def ask(db: AsyncSession, call_id: CallId, new: NewHandOff, now: datetime) -> HandOff:
    """Files the wish; an earlier one of the call that was never rung is replaced by it."""
    waiting = await _newest(db, call_id, Stage.ASKED)
    row = waiting or CallTransfer(call_id=call_id, stage=Stage.ASKED, created_at=now)
    row.key, row.to_e164, row.extension = new.key, new.to_e164, new.extension
    row.warm, row.staff_id, row.reason = new.warm, new.staff_id, new.reason
    row.brief, row.asked_by = new.brief.stored() if new.brief else None, new.asked_by
    db.add(row)
    await db.flush()
    return _hand_off(row)


async def hand_off(db: AsyncSession, hand_off_id: HandOffId | str) -> HandOff | None:
    row = await db.get(CallTransfer, hand_off_id)
    return _hand_off(row) if row else None


async def asked(db: AsyncSession, call_id: CallId) -> HandOff | None:
    """The wish of the call that nobody has been rung for yet."""
    row = await _newest(db, call_id, Stage.ASKED)
    return _hand_off(row) if row else None


async def newest(db: AsyncSession, call_id: CallId) -> HandOff | None:
    row = await _newest(db, call_id)
    return _hand_off(row) if row else None


async def tried(db: AsyncSession, call_id: CallId) -> list[HandOff]:
    """Every number rung for the call, oldest first."""
    rows = await db.scalars(
        select(CallTransfer)
        .where(CallTransfer.call_id == call_id, CallTransfer.stage != Stage.ASKED)
        .order_by(CallTransfer.created_at, CallTransfer.id)
    )
    return [_hand_off(row) for row in rows]


async def move(db: AsyncSession, hand_off_id: HandOffId | str, happened: Happened, now: datetime) -> HandOff | None:
    """The hand-off after what happened; None when that cannot happen where it stands, and nothing is changed."""
    row = await db.get(CallTransfer, hand_off_id)
    after = moved(Stage(row.stage), happened) if row else None
    if row is None or after is None:
        return None
    row.stage, outcome = after
    row.outcome = outcome or row.outcome
    if happened is Happened.RUNG:
        row.rung_at = now
    if happened in (Happened.PICKED_UP, Happened.ACCEPTED, Happened.JOINED):
        row.answered_at = row.answered_at or now
    if happened is Happened.ACCEPTED:
        row.accepted_at = now
    if row.stage == Stage.TALKING:
        row.connected_at = now
    if row.outcome == Outcome.DROPPED:
        row.connected_at = None  # they were not with anybody long enough to say what they needed
    if row.stage == Stage.OVER:
        row.ended_at = now
        await _tell(db, row, now)
    return _hand_off(row)


async def caller_left(db: AsyncSession, call_id: CallId, now: datetime) -> None:
    """The call is over: nobody is rung for it any more. Of a talk, the dial's own report is the last word."""
    rows = await db.scalars(
        select(CallTransfer.id).where(
            CallTransfer.call_id == call_id,
            CallTransfer.stage.in_((Stage.ASKED, Stage.RINGING, Stage.BRIEFING)),
        )
    )
    for hand_off_id in rows.all():
        await move(db, hand_off_id, Happened.CALLER_LEFT, now)


async def returned(db: AsyncSession, hand_off_id: HandOffId, connection: int) -> None:
    """The caller goes back to the agent, on the agent's next connection."""
    row = await db.get_one(CallTransfer, hand_off_id)
    row.returned_on = connection


async def came_back_from(db: AsyncSession, call_id: CallId, connection: int) -> HandOff | None:
    """The hand-off that failed and brought the caller back on this connection of the agent."""
    row = await db.scalar(
        select(CallTransfer).where(CallTransfer.call_id == call_id, CallTransfer.returned_on == connection)
    )
    return _hand_off(row) if row else None


async def is_with_a_person(db: AsyncSession, call_id: CallId) -> bool:
    """Whether somebody is being rung or talked to and nobody has said how it ended."""
    going_on = select(CallTransfer.id).where(
        CallTransfer.call_id == call_id, CallTransfer.stage.not_in((Stage.ASKED, Stage.OVER))
    )
    return await db.scalar(going_on.limit(1)) is not None


async def is_taken_over(db: AsyncSession, call_id: CallId) -> bool:
    """Whether somebody at the store has asked for this call and nobody has said how that ended."""
    going_on = select(CallTransfer.id).where(
        CallTransfer.call_id == call_id, CallTransfer.stage != Stage.OVER, CallTransfer.asked_by != ""
    )
    return await db.scalar(going_on.limit(1)) is not None


async def reached_a_person(db: AsyncSession, call_id: CallId) -> bool:
    """Whether somebody at the store took this caller."""
    talked = select(CallTransfer.id).where(CallTransfer.call_id == call_id, CallTransfer.connected_at.is_not(None))
    return await db.scalar(talked.limit(1)) is not None


async def rung_since(db: AsyncSession, since: datetime) -> dict[str, int]:
    """How often each person's phone was rung since then."""
    rows = await db.execute(
        select(CallTransfer.staff_id, func.count())
        .where(CallTransfer.staff_id.is_not(None), CallTransfer.rung_at >= since)
        .group_by(CallTransfer.staff_id)
    )
    return {staff_id: number for staff_id, number in rows if staff_id}


async def _newest(db: AsyncSession, call_id: CallId, stage: Stage | None = None) -> CallTransfer | None:
    query = select(CallTransfer).where(CallTransfer.call_id == call_id)
    if stage is not None:
        query = query.where(CallTransfer.stage == stage)
    found: CallTransfer | None = await db.scalar(
        query.order_by(CallTransfer.created_at.desc(), CallTransfer.id.desc()).limit(1)
    )
    return found


async def _tell(db: AsyncSession, row: CallTransfer, now: datetime) -> None:
    told: dict[str, Any] = {"hand_off_id": row.id, "call_id": row.call_id, "outcome": row.outcome}
    await outbox.add(db, HAND_OFF_ENDED, f"{HAND_OFF_ENDED}:{row.id}", told, now)


def _hand_off(row: CallTransfer) -> HandOff:
    return HandOff(
        HandOffId(row.id),
        RooftopId(row.rooftop_id),
        CallId(row.call_id),
        row.key,
        row.to_e164,
        row.extension,
        StaffId(row.staff_id) if row.staff_id else None,
        row.warm,
        row.reason,
        Brief.of(row.brief),
        Stage(row.stage),
        Outcome(row.outcome) if row.outcome else None,
        row.accepted_at,
        row.returned_on,
        row.asked_by,
        row.handed_back,
    )
