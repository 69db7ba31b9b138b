"""A department's numbers for its clocks: the defaults, and what the store set instead. There is no number for "off"."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.loop_models import LoopPolicyRow
from followup.sla import SlaPolicy, default_policy
from kit.db import upsert

_MINUTES = {
    "first_contact_minutes": "first_contact",
    "hot_minutes": "hot",
    "second_from_minutes": "second_from",
    "second_to_minutes": "second_to",
    "idle_minutes": "idle",
    "accept_minutes": "accept_handoff",
    "confirm_ai_minutes": "confirm_ai",
}
_DAYS = {"director_days": "director_after", "close_days": "close_days"}
_NUMBERS = {
    "warn_percent": "warn_percent",
    "review_after_attempts": "review_after_attempts",
    "close_attempts": "close_attempts",
    "call_seconds": "call_seconds",
    "high_value_cents": "high_value_cents",
    "average_order_cents": "average_order_cents",
}
# What a store may choose, lowest and highest: a clock can be made slower, never taken off the wall.
LIMITS = {
    "first_contact_minutes": (1, 480),
    "hot_minutes": (1, 120),
    "second_from_minutes": (1, 960),
    "second_to_minutes": (5, 1440),
    "warn_percent": (1, 90),
    "review_after_attempts": (1, 10),
    "idle_minutes": (30, 4800),
    "director_days": (1, 14),
    "close_attempts": (2, 20),
    "close_days": (1, 120),
    "call_seconds": (5, 120),
    "accept_minutes": (1, 240),
    "confirm_ai_minutes": (5, 960),
    "high_value_cents": (1, 100_000_000),
    "average_order_cents": (0, 100_000_000),
}


class NotAllowed(ValueError):
    """A number outside what a store may choose."""


async def policy_of(db: AsyncSession, department: str) -> SlaPolicy:
    """The numbers in force for a department of this store."""
    policy = default_policy(department)
    row = await db.scalar(select(LoopPolicyRow).where(LoopPolicyRow.department == department))
    if row is None:
        return policy
    said: dict[str, Any] = {}
    for table, unit in ((_MINUTES, "minutes"), (_DAYS, "days"), (_NUMBERS, "")):
        for column, name in table.items():
            value = getattr(row, column)
            if value is not None:
                said[name] = timedelta(**{unit: value}) if unit else value
    return replace(policy, **said)


async def set_policy(db: AsyncSession, department: str, **numbers: int) -> None:
    """A department's own numbers; raises NotAllowed for one that would end the enforcement."""
    for name, value in numbers.items():
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise NotAllowed(f"{name.replace('_', ' ')} is between {low} and {high}")
    if numbers.get("second_from_minutes", 0) > numbers.get("second_to_minutes", LIMITS["second_to_minutes"][1]):
        raise NotAllowed("the second attempt's window ends before it begins")
    await upsert(db, LoopPolicyRow, ("rooftop_id", "department"), [{"department": department, **numbers}])
