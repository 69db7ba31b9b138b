"""A worker process for the kill -9 trials: handles outbox rows slowly, and says each step on its standard output."""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from kit.clock import SystemClock
from kit.db import Database
from kit.dbos_jobs import DbosJobs
from kit.jobs import JobTimes
from record.models import OutboxEvent

FAST = JobTimes(poll=timedelta(milliseconds=50), adoption=timedelta(milliseconds=200))


async def main(url: str, seconds_each: float) -> None:
    database = Database(url)
    jobs = DbosJobs(database, SystemClock(), FAST, claimed=4)

    async def handle(rooftop_id: str, row_id: str) -> None:
        note(f"START {row_id} {os.getpid()}")
        await asyncio.sleep(seconds_each)
        async with database.writing(rooftop_id) as db:
            done = await db.execute(
                update(OutboxEvent)
                .where(OutboxEvent.id == row_id, OutboxEvent.handled_at.is_(None))
                .values(handled_at=datetime.now(UTC), attempts=OutboxEvent.attempts + 1)
                .returning(OutboxEvent.id)
            )
            first = done.first() is not None
        note(f"{'DONE' if first else 'AGAIN'} {row_id} {os.getpid()}")

    def note(line: str) -> None:
        os.write(1, (line + "\n").encode())

    jobs.on("handle", handle)
    await jobs.start()
    note(f"READY - {os.getpid()}")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
