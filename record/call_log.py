"""What was said, timed, spent and noticed on calls, written in batches and replaced as more is known."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import upsert
from record.models import CallCost, CallNote, CallTurn, TurnTiming


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


async def note(db: AsyncSession, call_id: str, kind: str, data: dict[str, Any]) -> None:
    db.add(CallNote(call_id=call_id, kind=kind, data=data))
