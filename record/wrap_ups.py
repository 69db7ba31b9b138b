"""The outcome of a finished call: stored once, with its one disposition (invariant I01)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallId
from record.call_briefs import CallBrief
from record.models import Call, ClaimFlag, Disposition


@dataclass(frozen=True)
class WrapUp:
    """What wrap-up found. `summary` lines are `{"text", "at_ms", "turn"}`; `flags` are (turn, kind, words)."""

    code: str
    contact_outcome: str
    note: str
    summary: tuple[dict[str, Any], ...]
    flags: tuple[tuple[int, str, str], ...]
    source: str = "agent"
    brief: CallBrief | None = None


async def wrapped_up(db: AsyncSession, call_id: CallId) -> str | None:
    """The id of the call's current disposition, None before wrap-up."""
    found: str | None = await db.scalar(
        select(Disposition.id).where(Disposition.call_id == call_id, Disposition.superseded_by.is_(None))
    )
    return found


async def store_wrap_up(db: AsyncSession, call_id: CallId, found: WrapUp, now: datetime) -> str | None:
    """Files the outcome unless the call has one already; the new disposition's id, None when nothing was to do."""
    row = await db.get(Call, call_id)
    if row is None or await wrapped_up(db, call_id) is not None:
        return None
    disposition = Disposition(
        rooftop_id=row.rooftop_id,
        call_id=call_id,
        code=found.code,
        contact_outcome=found.contact_outcome,
        note=found.note,
        source=found.source,
        created_at=now,
    )
    db.add(disposition)
    _add_flags(db, row, found.flags, now)
    row.summary = list(found.summary)
    row.brief = found.brief.stored() if found.brief else None
    row.wrapped_up_at = now
    await db.flush()
    return disposition.id


async def keep_brief(db: AsyncSession, call_id: CallId, brief: CallBrief) -> None:
    """The same call in better words."""
    row = await db.get(Call, call_id)
    if row is not None:
        row.brief = brief.stored()


def _add_flags(db: AsyncSession, row: Call, flags: Sequence[tuple[int, str, str]], now: datetime) -> None:
    db.add_all(
        ClaimFlag(rooftop_id=row.rooftop_id, call_id=row.id, turn=turn, kind=kind, words=words, created_at=now)
        for turn, kind, words in flags
    )
