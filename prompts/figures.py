"""How a version does on real calls, and what makes it go back by itself. Reading here, deciding in pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from record.hand_off_moves import Outcome
from record.models import Call, CallTransfer, ClaimFlag, Disposition, ToolCall

SHORT_SECONDS = 15
MOST_FAILED_HAND_OFFS, WITHIN_CALLS = 4, 40
SMALL = 100
"""Below so many calls the figures show breakage, not quality."""
MUST_PASS_CLAIMS = ("said_booked", "said_moved", "said_cancelled", "said_price", "made_commitment", "denied_being_ai")
"""What wrap-up flags on a real call that a must-pass check forbids in a rehearsal."""
_FAILED = (Outcome.BUSY, Outcome.NO_ANSWER, Outcome.FAILED, Outcome.DROPPED)
_BOOKED = "appointment_set"


@dataclass(frozen=True, slots=True)
class Figures:
    """Calls that began on a version within a stretch of time. `recent_failed` is of the last 40 of them."""

    calls: int = 0
    hung_up: int = 0
    asked_for_person: int = 0
    failed_hand_offs: int = 0
    recent_failed: int = 0
    tool_errors: int = 0
    booked: int = 0
    flags: tuple[str, ...] = ()

    def per_100(self, count: int) -> float:
        return 100 * count / self.calls if self.calls else 0.0


def goes_back(figures: Figures) -> str:
    """Why a version may not stay live; "" when it may."""
    if figures.flags:
        return f"On a call it {_FLAG_WORDS.get(figures.flags[0], figures.flags[0])}"
    if figures.recent_failed >= MOST_FAILED_HAND_OFFS:
        return f"{figures.recent_failed} hand-offs failed within {min(figures.calls, WITHIN_CALLS)} calls"
    return ""


async def figures(db: AsyncSession, version_name: str, since: datetime, until: datetime) -> Figures:
    """Everything the watch panel shows, of one version."""
    mine = (Call.prompt_version == version_name, Call.started_at >= since, Call.started_at <= until)
    calls = (
        await db.execute(select(Call.id, Call.duration_seconds).where(*mine).order_by(Call.started_at.desc()))
    ).all()
    ids = select(Call.id).where(*mine)
    transfers = (
        await db.execute(select(CallTransfer.call_id, CallTransfer.outcome).where(CallTransfer.call_id.in_(ids)))
    ).all()
    failed = [call_id for call_id, outcome in transfers if outcome in _FAILED]
    recent = {call.id for call in calls[:WITHIN_CALLS]}
    flags = await db.scalars(
        select(ClaimFlag.kind).where(ClaimFlag.call_id.in_(ids), ClaimFlag.kind.in_(MUST_PASS_CLAIMS))
    )
    return Figures(
        calls=len(calls),
        hung_up=sum(call.duration_seconds is not None and call.duration_seconds < SHORT_SECONDS for call in calls),
        asked_for_person=len({call_id for call_id, _ in transfers}),
        failed_hand_offs=len(failed),
        recent_failed=sum(call_id in recent for call_id in failed),
        tool_errors=await _count(
            db, ToolCall.call_id, ToolCall.call_id.in_(ids), ToolCall.decision.in_(("failed", "timed_out"))
        ),
        booked=await _count(db, Disposition.call_id, Disposition.call_id.in_(ids), *_current(_BOOKED)),
        flags=tuple(flags),
    )


@dataclass(frozen=True, slots=True)
class Arm:
    """One version's customers in an experiment, each counted once, and what happened to how many of them."""

    customers: int = 0
    outcomes: int = 0
    hung_up: int = 0
    failed_hand_offs: int = 0
    flagged: int = 0


OUTCOMES = {"booked": "bookings", "settled": "settled without a person"}
"""What an experiment can count, and how its result is worded."""


async def arm(db: AsyncSession, names: Sequence[str], outcome: str, since: datetime, until: datetime) -> Arm:
    """Customers by the number they call from; a withheld number is nobody and is left out."""
    mine = (
        Call.prompt_version.in_(names),
        Call.started_at >= since,
        Call.started_at <= until,
        Call.from_e164.like("+%"),
        Call.wrapped_up_at.is_not(None),
    )
    ids = select(Call.id).where(*mine)

    async def people(*where: ColumnElement[bool]) -> int:
        query = select(func.count(func.distinct(Call.from_e164))).where(*mine, *where)
        return await db.scalar(query) or 0

    booked = select(Disposition.call_id).where(Disposition.call_id.in_(ids), *_current(_BOOKED))
    handed = select(CallTransfer.call_id).where(CallTransfer.call_id.in_(ids))
    failed = handed.where(CallTransfer.outcome.in_(_FAILED))
    flagged = select(ClaimFlag.call_id).where(ClaimFlag.call_id.in_(ids), ClaimFlag.kind.in_(MUST_PASS_CLAIMS))
    customers = await people()
    happened = (
        await people(Call.id.in_(booked)) if outcome == "booked" else customers - await people(Call.id.in_(handed))
    )
    return Arm(
        customers,
        happened,
        await people(Call.duration_seconds < SHORT_SECONDS),
        await people(Call.id.in_(failed)),
        await people(Call.id.in_(flagged)),
    )


_FLAG_WORDS = {
    "said_booked": "said that a visit is booked, and none was",
    "said_moved": "said that a visit was moved, and none was",
    "said_cancelled": "said that a visit was cancelled, and none was",
    "said_price": "named a price no tool returned",
    "made_commitment": "made a promise about money or cover",
    "denied_being_ai": "denied being automated",
}


def _current(code: str) -> tuple[ColumnElement[bool], ...]:
    return (Disposition.code == code, Disposition.superseded_by.is_(None))


async def _count(db: AsyncSession, what: Any, *where: ColumnElement[bool]) -> int:
    return await db.scalar(select(func.count(func.distinct(what))).where(*where)) or 0
