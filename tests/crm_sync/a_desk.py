"""A store whose facts are written out: what happened, where it goes, and what became of it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from crm_sync.planning import Planner
from crm_sync.ports import Outgoing, TargetBuilder
from crm_sync.settings import CrmSyncSettings
from crm_sync.writeback import WriteBacks
from followup.models import Loop
from kit.db import Database
from kit.errors import ProviderError
from kit.jobs import InlineJobs
from record import writeback_targets
from record.models import Call, Disposition, WriteBack
from record.subjects import SubjectKind
from tests.builders import ANA, LINE, NOW, ROOFTOP, StandingClock

EVERYTHING = frozenset(SubjectKind)


class FakeTarget:
    """A system that remembers what it was given, and fails as told."""

    name = "fake"

    def __init__(self, *, readable: bool = True) -> None:
        self.readable = readable
        self.has: Counter[str] = Counter()
        self.order: list[int] = []
        self.script: list[str] = []
        self.lost = asyncio.Event()

    async def find(self, item: Outgoing) -> str | None:
        return f"ref-{item.id}" if self.has[item.id] else None

    async def deliver(self, item: Outgoing) -> str:
        step = self.script.pop(0) if self.script else "ok"
        if step in ("ok", "lost answer"):
            self.has[item.id] += 1
            self.order.append(item.subject.version)
        if step == "lost answer":
            self.lost.set()
            await asyncio.Event().wait()
        if step == "refused":
            raise ProviderError("bad customer number", retryable=False)
        if step == "bug":
            raise KeyError("a fault of ours")
        if step == "down":
            raise ProviderError("not answering", retryable=True)
        return "250 thank you"

    async def probe(self) -> str:
        return "here"


class Desk:
    """The store's write-backs under a clock of ours, with adapters as `build` makes them."""

    def __init__(
        self, database: Database, build: TargetBuilder, *, seconds: float = 15, allow_loopback: bool = True
    ) -> None:
        self.database = database
        self.clock = StandingClock()
        self.settings = CrmSyncSettings(lease_seconds=60, deliver_seconds=seconds, allow_loopback=allow_loopback)
        self.planner = Planner(self.settings)
        self.work = WriteBacks(database, self.clock, InlineJobs(self.clock), build, self.settings)

    async def plan(self, disposition_id: str) -> list[WriteBack]:
        async with self.database.writing(ROOFTOP) as db:
            await self.planner.on_disposition(db, {"disposition_id": disposition_id}, self.clock.at)
        return await rows(self.database)

    async def plan_one(self, disposition_id: str) -> str:
        return (await self.plan(disposition_id))[-1].id

    async def deliver_all(self) -> None:
        """One round: everything that is due now."""
        while due := await self.work.due(self.clock.now(), 50):
            for rooftop_id, writeback_id in due:
                await self.work.deliver(rooftop_id, writeback_id)

    async def until_settled(self) -> None:
        """Round after round on the schedule, the clock jumping to the next due time."""
        while True:
            await self.deliver_all()
            times = [row.next_try_at for row in await rows(self.database) if row.next_try_at]
            later = [at for at in times if at > self.clock.at]
            if not later:
                return
            self.clock.at = min(later)


def desk_for(database: Database, system: Any) -> Desk:
    """A desk with one system, under the name every store has without naming any."""
    return Desk(database, lambda _target: system, seconds=0.05)


async def a_target(
    database: Database,
    name: str,
    kind: str = "fake",
    settings: dict[str, Any] | None = None,
    subjects: frozenset[SubjectKind] = EVERYTHING,
) -> None:
    async with database.writing(ROOFTOP) as db:
        await writeback_targets.add(db, name, kind, settings or {}, subjects, NOW - timedelta(days=1))


async def a_disposition(
    database: Database,
    number: int = 0,
    code: str = "appointment_set",
    note: str = "",
    change: Callable[[Call], None] = lambda call: None,
) -> str:
    async with database.writing(ROOFTOP) as db:
        call = Call(
            call_sid=f"CA{number:032d}",
            account_sid="AC1",
            from_e164=ANA,
            to_e164=LINE,
            started_at=NOW,
            ended_at=NOW + timedelta(minutes=2),
        )
        change(call)
        db.add(call)
        await db.flush()
        row = Disposition(call_id=call.id, code=code, contact_outcome="spoke_customer", note=note, created_at=NOW)
        db.add(row)
        await db.flush()
        return row.id


async def rows(database: Database) -> list[WriteBack]:
    async with database.reading(ROOFTOP) as db:
        return list(await db.scalars(select(WriteBack).order_by(WriteBack.id)))


async def loops(database: Database) -> list[Loop]:
    async with database.reading(ROOFTOP) as db:
        return list(await db.scalars(select(Loop).order_by(Loop.id)))
