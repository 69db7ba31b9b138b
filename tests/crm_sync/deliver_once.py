"""A process that delivers a store's write-backs, once for each line on stdin, until it is killed."""

import sys
from functools import partial

from crm_sync.settings import CrmSyncSettings
from crm_sync.writeback import WriteBacks
from kit.clock import SystemClock
from kit.db import Database
from kit.jobs import InlineJobs
from lanekeeper.wiring import target_builder
from tests.fakes.mortal import live_again_and_again


async def deliver_all(url: str) -> None:
    database, clock = Database(url), SystemClock()
    # No lease to wait for: whoever comes next may resume at once what this process leaves half done.
    settings = CrmSyncSettings(lease_seconds=0.001, allow_loopback=True)
    work = WriteBacks(database, clock, InlineJobs(clock), target_builder(settings, clock), settings)
    while rows := await work.due(clock.now(), 50):
        for rooftop_id, writeback_id in rows:
            await work.deliver(rooftop_id, writeback_id)
    await database.close()


if __name__ == "__main__":
    live_again_and_again(partial(deliver_all, sys.argv[1]))
