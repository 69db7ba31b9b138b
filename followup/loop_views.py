"""What is owed because of a call or on a conversation, for those who read about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.models import Loop
from kit.ids import CallId, LoopId
from record.models import Staff


@dataclass(frozen=True)
class Owed:
    """One loop of a call; closed ones keep the reason they closed with."""

    id: LoopId
    call_id: CallId
    kind: str
    need: str
    department: str
    owner: str
    due_at: datetime
    closed_at: datetime | None
    close_reason: str | None


@dataclass(frozen=True)
class OpenOn:
    """One open loop of a text conversation."""

    need: str
    owner: str
    due_at: datetime


async def open_on_texts(db: AsyncSession, conversation_ids: Sequence[str]) -> dict[str, list[OpenOn]]:
    """What is open on those conversations, the earliest due first."""
    found: dict[str, list[OpenOn]] = {one: [] for one in conversation_ids}
    if not found:
        return found
    keys = {f"text:{one}": one for one in conversation_ids}
    rows = await db.execute(
        select(Loop, Staff.name)
        .join(Staff, Staff.id == Loop.owner_id)
        .where(or_(*(Loop.source_key.startswith(key, autoescape=True) for key in keys)), Loop.closed_at.is_(None))
        .order_by(Loop.due_at, Loop.id)
    )
    for loop, owner in rows:
        found[keys[loop.source_key.partition("+")[0]]].append(OpenOn(loop.need, owner, loop.due_at))
    return found


async def owed_from_calls(db: AsyncSession, call_ids: Sequence[CallId]) -> dict[CallId, list[Owed]]:
    """Every loop those calls left, open ones first, the earliest due first."""
    found: dict[CallId, list[Owed]] = {call_id: [] for call_id in call_ids}
    if not call_ids:
        return found
    rows = await db.execute(
        select(Loop, Staff.name)
        .join(Staff, Staff.id == Loop.owner_id)
        .where(Loop.call_id.in_(call_ids))
        .order_by(Loop.closed_at.is_not(None), Loop.due_at, Loop.id)
    )
    for loop, owner in rows:
        call_id = CallId(loop.call_id or "")
        found[call_id].append(
            Owed(
                LoopId(loop.id),
                call_id,
                loop.kind,
                loop.need,
                loop.department,
                owner,
                loop.due_at,
                loop.closed_at,
                loop.close_reason,
            )
        )
    return found
