"""The store's own numbers for being in touch: read where they count, changed with a name and a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from record.consent import Limits
from record.contact_models import ContactPolicyRow

_OURS = Limits()
# What a store may choose: lowest, highest, and what one who chose nothing has. Hours are minutes of the day.
NUMBERS: Mapping[str, tuple[int, int, int]] = {
    "offers_week": (0, 3, _OURS.offers_week),
    "offers_month": (0, 8, _OURS.offers_month),
    "touches_week": (1, 5, 1),
    "touches_month": (1, 12, 3),
    "texts_day": (1, 12, _OURS.texts_day),
    "offers_open": (9 * 60, 14 * 60, _OURS.offers_open),
    "offers_close": (15 * 60, 20 * 60, _OURS.offers_close),
}


class NotAllowed(ValueError):
    """A number outside what a store may choose, or no reason given."""


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """The numbers in force. Touches are those of all outreach programs together, whatever the channel."""

    limits: Limits = Limits()
    touches_week: int = NUMBERS["touches_week"][2]
    touches_month: int = NUMBERS["touches_month"][2]


@dataclass(frozen=True, slots=True)
class PolicyChange:
    at: datetime
    by: str
    why: str
    numbers: Mapping[str, int]


async def in_force(db: AsyncSession) -> ContactPolicy:
    row = await db.scalar(select(ContactPolicyRow).order_by(ContactPolicyRow.number.desc()).limit(1))
    if row is None:
        return ContactPolicy()
    limits = Limits(row.offers_week, row.offers_month, row.texts_day, row.offers_open, row.offers_close)
    return ContactPolicy(limits, row.touches_week, row.touches_month)


async def numbers_in_force(db: AsyncSession) -> dict[str, int]:
    """The same by name, for a form."""
    row = await db.scalar(select(ContactPolicyRow).order_by(ContactPolicyRow.number.desc()).limit(1))
    return {name: default if row is None else getattr(row, name) for name, (_, _, default) in NUMBERS.items()}


async def change(db: AsyncSession, numbers: Mapping[str, int], by: str, why: str, now: datetime) -> None:
    """New numbers from now on; raises NotAllowed and changes nothing."""
    if not why.strip():
        raise NotAllowed("say why")
    for name, (low, high, _) in NUMBERS.items():
        if not low <= numbers[name] <= high:
            raise NotAllowed(f"{name.replace('_', ' ')} is between {low} and {high}")
    if numbers["touches_week"] > numbers["touches_month"] or numbers["offers_week"] > numbers["offers_month"]:
        raise NotAllowed("a week has no more than its month")
    last = await db.scalar(select(ContactPolicyRow.number).order_by(ContactPolicyRow.number.desc()).limit(1)) or 0
    db.add(ContactPolicyRow(number=last + 1, **{name: numbers[name] for name in NUMBERS}, by=by, why=why[:400], at=now))
    await db.flush()


async def history(db: AsyncSession, limit: int = 20) -> list[PolicyChange]:
    """The newest first."""
    rows = await db.scalars(select(ContactPolicyRow).order_by(ContactPolicyRow.number.desc()).limit(limit))
    return [PolicyChange(row.at, row.by, row.why, {name: getattr(row, name) for name in NUMBERS}) for row in rows]
