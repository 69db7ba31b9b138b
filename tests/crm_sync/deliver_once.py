"""A process that delivers a store's write-backs until it is killed; the parent restarts it."""

import asyncio
import os
import sys

from crm_sync.settings import CrmSyncSettings
from crm_sync.writeback import WriteBacks
from kit.clock import SystemClock
from kit.db import Database
from kit.jobs import InlineJobs
from lanekeeper.wiring import target_builder


async def main(url: str) -> None:
    database, clock = Database(url), SystemClock()
    # No lease to wait for: whoever comes next may resume at once what this process leaves half done.
    settings = CrmSyncSettings(lease_seconds=0.001, allow_loopback=True)
    work = WriteBacks(database, clock, InlineJobs(clock), target_builder(settings, clock), settings)
    os.write(1, b"ready\n")
    while rows := await work.due(clock.now(), 50):
        for rooftop_id, writeback_id in rows:
            await work.deliver(rooftop_id, writeback_id)
    await database.close()
    os.write(1, b"finished\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
