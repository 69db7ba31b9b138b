"""A process that delivers write-backs until it is killed; the parent restarts it."""

import asyncio
import os
import sys
from pathlib import Path

from crm_sync.outcomes import COLUMNS

from crm_sync.providers.csv_folder import CsvFolder
from crm_sync.settings import CrmSyncSettings
from crm_sync.writeback import WriteBacks
from kit.clock import SystemClock
from kit.db import Database
from kit.jobs import InlineJobs


async def main(url: str, folder: Path) -> None:
    database, clock = Database(url), SystemClock()
    # No lease to wait for: whoever comes next may resume at once what this process leaves half done.
    settings = CrmSyncSettings(lease_seconds=0.001)
    work = WriteBacks(database, clock, InlineJobs(clock), [CsvFolder(folder, COLUMNS)], settings)
    os.write(1, b"ready\n")
    while rows := await work.due(clock.now(), 50):
        for rooftop_id, writeback_id in rows:
            await work.deliver(rooftop_id, writeback_id)
    await database.close()
    os.write(1, b"finished\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
