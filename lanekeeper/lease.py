"""Tells the database, every couple of seconds, which calls this process still holds."""

import asyncio
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from kit.clock import Clock
from kit.db import Database
from kit.logging import logger
from lanekeeper.reaper import Reaper
from record import calls

_log = logger("lease")


async def keep_leases(database: Database, clock: Clock, held_by: str, every: timedelta) -> None:
    """Renews for ever; a database that is away costs a warning, not a call."""
    while True:
        try:
            async with database.across_rooftops("this process's calls, whichever store's") as db:
                await calls.renew_leases(db, held_by, clock.now())
        except (SQLAlchemyError, OSError) as error:
            _log.warning("lease_not_renewed", error=type(error).__name__)
        await asyncio.sleep(every.total_seconds())


async def reap(reaper: Reaper, every: timedelta) -> None:
    """Looks for deserted calls for ever, from the start on: those that a dead process left are the first.

    A database that was away has nobody's lease renewed: whoever lives gets the time to say so before anyone is reaped.
    """
    while True:
        wait = every
        try:
            await reaper.run_once()
        except (SQLAlchemyError, OSError) as error:
            _log.warning("reaper_failed", error=type(error).__name__)
            wait = max(every, reaper.lease)
        await asyncio.sleep(wait.total_seconds())
