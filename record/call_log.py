"""What was said, timed, spent and noticed on calls, written in batches and replaced as more is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import insert, upsert
from record.models import Call, CallCost, CallNote, CallTurn, TurnTiming


async def put_turns(db: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Turns keyed by (call, item); within one batch the last version of a turn counts."""
    latest = {(row["call_id"], row["item_id"]): row for row in rows}
    await upsert(db, CallTurn, ("call_id", "item_id"), list(latest.values()))


async def put_timings(db: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    latest = {(row["call_id"], row["turn"]): row for row in rows}
    await upsert(db, TurnTiming, ("call_id", "turn"), list(latest.values()))


async def add_costs(db: AsyncSession, rows: Sequence[dict[str, Any]], prices_as_of: date) -> None:
    """Adds quantities and money to what the call has cost in that modality so far."""
    summed: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["call_id"], row["model"], row["modality"])
        total = summed.setdefault(key, {**row, "quantity": 0.0, "microdollars": 0, "prices_as_of": prices_as_of})
        total["quantity"] += row["quantity"]
        total["microdollars"] += row["microdollars"]
    keys = ("call_id", "model", "modality")
    await upsert(db, CallCost, keys, list(summed.values()), adding=("quantity", "microdollars"))


@dataclass(frozen=True)
class SoFar:
    """Where an earlier socket of the same call left its record; the next one counts on from here."""

    turns: int = 0
    timings: int = 0
    ms: int = 0


async def so_far(db: AsyncSession, call_id: str, now: datetime) -> SoFar:
    """How far the record of a call has come, with the milliseconds since its first socket opened."""
    turns = await db.scalar(select(func.max(CallTurn.seq)).where(CallTurn.call_id == call_id))
    timings = await db.scalar(select(func.max(TurnTiming.turn)).where(TurnTiming.call_id == call_id))
    connected_at = await db.scalar(select(Call.connected_at).where(Call.id == call_id))
    since = round((now - connected_at).total_seconds() * 1000) if connected_at else 0
    return SoFar(turns or 0, timings or 0, max(0, since))


async def note(db: AsyncSession, call_id: str, kind: str, data: dict[str, Any]) -> None:
    await add_notes(db, [{"call_id": call_id, "kind": kind, "data": data}])


async def add_notes(db: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """What was noticed, each with its call, its kind and its data."""
    await insert(db, CallNote, rows)
