"""The duty of looking at every source: what is new and whole is taken in, and what is wrong is known to somebody."""

from dataclasses import dataclass, field
from pathlib import Path

from crm_sync.delivery import sources
from crm_sync.delivery.ports import Arrival, Ingest, Mark, Place, SourceFailed, WayOut
from crm_sync.delivery.sftp import SftpPlace, SftpSettings
from crm_sync.delivery.sources import Source
from crm_sync.delivery.stillness import Stillness
from crm_sync.delivery.taking import take
from crm_sync.delivery.watched_folder import FolderSettings, WatchedFolder
from crm_sync.runs import TakenOver
from crm_sync.settings import FeedSettings
from kit.clock import Clock
from kit.db import Database
from kit.errors import ConfigurationError, ProviderError
from kit.logging import logger

log = logger("feeds")


@dataclass
class _Look:
    """What one look at one source came to."""

    taken: int = 0
    unread: list[str] = field(default_factory=list)
    trouble: str = ""


class Deliveries:
    """Looks at the active sources of every store, one after the other."""

    def __init__(
        self, database: Database, clock: Clock, ingest: Ingest, way_out: WayOut, settings: FeedSettings
    ) -> None:
        self._database = database
        self._clock = clock
        self._ingest = ingest
        self._way_out = way_out
        self._settings = settings
        self._stillness: dict[str, Stillness] = {}

    async def look_for_files(self) -> int:
        """How many files were taken in. One source's failure is its own."""
        async with self._database.looking_across("where files come from, whichever store's") as db:
            active = [source for source in await sources.sources(db) if source.active]
        self._stillness = {source.id: self._stillness.get(source.id, Stillness()) for source in active}
        taken = 0
        for source in active:
            try:
                taken += await self.look_at(source)
            except Exception:
                log.exception("look_failed", rooftop_id=source.rooftop_id, source_id=source.id)
        return taken

    async def look_at(self, source: Source) -> int:
        """Looks at one source, unless another process does."""
        async with self._database.writing(source.rooftop_id) as db:
            if not await sources.claim(db, source.id, self._clock.now()):
                return 0
            known = await sources.taken_before(db, source.id)
        look = _Look()
        try:
            settings = sources.checked(source.kind, source.settings)
            place = self._place(source, settings, known)
            async for arrival in place.arrivals(self._clock.now()):
                await self._take(source, arrival, settings.feed, look)
        except (SourceFailed, ConfigurationError, ProviderError) as error:
            look.trouble = look.trouble or str(error)
        except Exception as error:
            log.exception("source_failed", rooftop_id=source.rooftop_id, source_id=source.id)
            look.trouble = look.trouble or f"it could not be looked at ({type(error).__name__})"
        async with self._database.writing(source.rooftop_id) as db:
            await sources.looked(db, source.id, look.trouble, "; ".join(look.unread), self._clock.now())
        return look.taken

    async def _take(self, source: Source, arrival: Arrival, feed: str | None, look: _Look) -> None:
        """One file; what is wrong with it stops no other."""
        try:
            report = await take(self._ingest, source.rooftop_id, arrival, feed)
        except (TakenOver, FileNotFoundError):
            return  # another process was quicker
        except Exception as error:
            log.exception("file_failed", rooftop_id=source.rooftop_id, source_id=source.id)
            look.trouble = f"{arrival.path.name} could not be taken in ({type(error).__name__})"
            return
        look.taken += 1
        if report.error:
            look.unread.append(f"{arrival.path.name}: {report.error}")
        async with self._database.writing(source.rooftop_id) as db:
            await sources.took(db, source.id, arrival.mark, report.run_id, self._clock.now())

    def _place(self, source: Source, settings: FolderSettings | SftpSettings, known: dict[str, Mark]) -> Place:
        stillness = self._stillness.setdefault(source.id, Stillness())
        if isinstance(settings, SftpSettings):
            home = Path(self._settings.folder) / source.rooftop_id / source.id
            return SftpPlace(settings, home, known, self._way_out, stillness, self._settings.largest_bytes)
        return WatchedFolder(settings, stillness)
