"""Loops of the test store, and the people who work on them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from followup.desk import Person
from followup.loop_models import LoopAlarm, LoopStep
from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.watch import LoopWatch
from kit.db import Database
from kit.ids import StaffId
from record.models import Staff
from tests.builders import ANA, NOW, ROOFTOP, StandingClock, a_store


@dataclass
class Desk:
    """A store with one open loop of Ana's, a clock to move, and the watch that looks at it."""

    database: Database
    clock: StandingClock
    loop_id: str
    mara: Person
    dan: Person

    async def look(self, at: datetime | None = None) -> Loop:
        self.clock.at = at or self.clock.at
        await LoopWatch(self.database, self.clock).look(ROOFTOP, self.loop_id)
        return await self.loop()

    async def due(self) -> list[str]:
        return [loop_id for _, loop_id in await LoopWatch(self.database, self.clock).due(self.clock.at, 50)]

    async def loop(self) -> Loop:
        async with self.database.reading(ROOFTOP) as db:
            return (await db.scalars(select(Loop).where(Loop.id == self.loop_id))).one()

    async def alarms(self) -> list[tuple[str, int]]:
        async with self.database.reading(ROOFTOP) as db:
            rows = await db.scalars(select(LoopAlarm).where(LoopAlarm.cleared_at.is_(None)).order_by(LoopAlarm.since))
            return [(row.kind, row.level) for row in rows]

    async def acts(self) -> list[str]:
        async with self.database.reading(ROOFTOP) as db:
            return list(await db.scalars(select(LoopStep.act).order_by(LoopStep.id)))


async def a_desk(database: Database, **promise: object) -> Desk:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        given = {"source_key": "CA1", "need": "Brake noise", "department": "service", "contact": ANA, **promise}
        owed = await promise_callback(db, Promise(**given), NOW)  # type: ignore[arg-type]
        people = {row.name: Person(StaffId(row.id), row.name) for row in await db.scalars(select(Staff))}
    return Desk(database, StandingClock(NOW), owed.id, people["Mara Field"], people["Dan Osei"])
