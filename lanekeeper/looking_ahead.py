"""What nobody reports: promise times that come near. Every store in turn, each in a transaction of its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import promise_times
from kit.clock import Clock
from kit.db import Database
from kit.logging import logger
from record.models import Rooftop
from record.staff import NobodyWorksHere

log = logger("looking_ahead")

Look = Callable[[AsyncSession, datetime], Awaitable[int]]
SOON: tuple[Look, ...] = (promise_times.look,)


@dataclass(frozen=True)
class LookingAhead:
    """A duty of the worker, every minute."""

    database: Database
    clock: Clock

    async def soon(self) -> int:
        async with self.database.looking_across("which stores there are") as db:
            stores = list(await db.scalars(select(Rooftop.id)))
        found = 0
        for rooftop_id in stores:
            for look in SOON:
                try:
                    async with self.database.writing(rooftop_id) as db:
                        found += await look(db, self.clock.now())
                except NobodyWorksHere:
                    log.error("nobody_to_own", rooftop_id=rooftop_id)
        return found
