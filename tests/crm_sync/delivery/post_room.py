"""A store whose files are looked for, with its clock in the test's hand."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from crm_sync.delivery import sources
from crm_sync.delivery.looking import Deliveries
from crm_sync.delivery.sources import Source
from crm_sync.ingest import ingest_file
from crm_sync.models import SyncRun
from crm_sync.opening import Unpacking
from crm_sync.runs import RunReport
from crm_sync.settings import FeedSettings
from followup.models import Loop
from kit.db import Database
from kit.egress import Egress
from record.models import RepairOrder
from tests.builders import ROOFTOP, StandingClock, a_store
from tests.crm_sync import files


class PostRoom:
    """One rooftop's sources, looked at when the test says so."""

    def __init__(self, database: Database, folder: Path, *, allow_loopback: bool = True) -> None:
        self.database = database
        self.folder = folder
        self.clock = StandingClock()
        self.taken: list[str] = []
        self.broken = False
        settings = FeedSettings(folder=str(folder / "feeds"), largest_bytes=1 << 20)
        way_out = Egress(allow_loopback=allow_loopback)
        self.deliveries = Deliveries(database, self.clock, self.ingest, way_out, settings)

    async def ingest(self, rooftop_id: str, path: Path, feed: str | None) -> RunReport:
        if self.broken:
            raise RuntimeError("the database is away")
        self.taken.append(path.name)
        unpacking = Unpacking(self.folder / "unpacking")
        return await ingest_file(self.database, rooftop_id, path, feed, self.clock.now(), unpacking=unpacking)

    async def has(self, kind: str, name: str = "nightly", **settings: object) -> Source:
        """The store gets that source."""
        async with self.database.writing(ROOFTOP) as db:
            return await sources.add_source(db, name, kind, settings, self.clock.now())

    async def watches(self, name: str = "nightly") -> Path:
        folder = self.folder / name
        folder.mkdir()
        await self.has("folder", name, folder=str(folder))
        return folder

    async def looks(self, *, after: timedelta = timedelta(seconds=30), times: int = 1) -> int:
        taken = 0
        for _ in range(times):
            self.clock.at += after
            taken += await self.deliveries.look_for_files()
        return taken

    async def source(self, name: str = "nightly") -> Source:
        async with self.database.reading(ROOFTOP) as db:
            return next(each for each in await sources.sources(db) if each.name == name)

    async def all(self, kind: type[Any]) -> list[Any]:
        async with self.database.reading(ROOFTOP) as db:
            return list(await db.scalars(select(kind)))

    async def orders(self) -> set[str]:
        return {row.ro_number for row in await self.all(RepairOrder)}

    async def runs(self) -> list[SyncRun]:
        return await self.all(SyncRun)

    async def loops(self) -> list[Loop]:
        return [row for row in await self.all(Loop) if row.kind == "feed_stale"]


async def a_post_room(database: Database, folder: Path, *, allow_loopback: bool = True) -> PostRoom:
    await a_store(database)
    return PostRoom(database, folder, allow_loopback=allow_loopback)


def an_order(folder: Path, number: str = "6001", at: str = "20261120_0300", **changes: str) -> Path:
    """A file with one repair order, complete under its name."""
    folder.mkdir(parents=True, exist_ok=True)
    return files.sv(folder, {"RO Number": number, **changes}, at=at, kind="SV")
