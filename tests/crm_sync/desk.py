"""A store that takes files in, and what a test asks its record."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from crm_sync.ingest import ingest_file
from crm_sync.runs import RunReport
from kit.db import Database
from tests.builders import NOW, ROOFTOP
from tests.crm_sync import files


class Desk:
    """One rooftop's imports; files are written where the test may look at them."""

    def __init__(self, database: Database, folder: Path, rooftop_id: str = ROOFTOP) -> None:
        self.database = database
        self.folder = folder
        self.rooftop_id = rooftop_id

    async def take(self, path: Path, feed: str | None = None, now: datetime = NOW) -> RunReport:
        return await ingest_file(self.database, self.rooftop_id, path, feed, now)

    async def sees(
        self, *changes: Mapping[str, str], at: str = "20261120_0300", kind: str = "SV", now: datetime = NOW
    ) -> RunReport:
        """A DealerVault-style file of that moment with these rows comes in."""
        return await self.take(files.sv(self.folder, *changes, at=at, kind=kind), None, now)

    async def all(self, kind: type[Any], /, **equal: object) -> list[Any]:
        async with self.database.reading(self.rooftop_id) as db:
            query = select(kind).filter_by(**equal).order_by(kind.id)
            return list(await db.scalars(query))

    async def one(self, kind: type[Any], /, **equal: object) -> Any:
        [row] = await self.all(kind, **equal)
        return row
