"""How many hand-offs reached a person: the figure a store should know before its callers tell it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from record.hand_off_moves import Outcome
from record.models import CallTransfer


@dataclass(frozen=True)
class HandOffFigures:
    """Finished tries by outcome. A caller who gives up while it rings was not reached either."""

    by_outcome: Mapping[str, int]

    @property
    def tried(self) -> int:
        return sum(self.by_outcome.values())

    @property
    def reached(self) -> int:
        return self.by_outcome.get(Outcome.CONNECTED, 0)

    @property
    def percent(self) -> int | None:
        """None while nothing was tried: no figure is better than a made-up one."""
        return round(100 * self.reached / self.tried) if self.tried else None


async def hand_off_figures(db: AsyncSession, since: datetime) -> HandOffFigures:
    rows = await db.execute(
        select(CallTransfer.outcome, func.count())
        .where(CallTransfer.outcome.is_not(None), CallTransfer.created_at >= since)
        .group_by(CallTransfer.outcome)
    )
    return HandOffFigures({str(outcome): number for outcome, number in rows})
