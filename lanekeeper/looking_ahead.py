"""What nobody reports: promise times that come near, visits to remind of, visits nobody came to, customers who went
quiet. Every store in turn, each in a transaction of its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import promise_times, visit_messages, win_back
from kit.clock import Clock
from kit.db import Database
from kit.logging import logger
from record.models import Rooftop
from record.staff import NobodyWorksHere

log = logger("looking_ahead")

Look = Callable[[AsyncSession, datetime], Awaitable[int]]
SOON: tuple[Look, ...] = (promise_times.look, visit_messages.remind, visit_messages.look_for_no_shows)
DAILY: tuple[Look, ...] = (win_back.look,)


@dataclass(frozen=True)
class LookingAhead:
    """Two duties of the worker: one every minute, one every hour."""

    database: Database
    clock: Clock

    async def soon(self) -> int:
        return await self._look(SOON)

    async def daily(self) -> int:
        return await self._look(DAILY)

    async def _look(self, looks: tuple[Look, ...]) -> int:
        async with self.database.looking_across("which stores there are") as db:
            stores = list(await db.scalars(select(Rooftop.id)))
        found = 0
        for rooftop_id in stores:
            for look in looks:
                try:
                    async with self.database.writing(rooftop_id) as db:
                        found += await look(db, self.clock.now())
                except NobodyWorksHere:
                    log.error("nobody_to_own", rooftop_id=rooftop_id)
        return found
