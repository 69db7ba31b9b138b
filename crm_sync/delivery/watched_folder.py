"""A folder others put files into: each is picked up when it has stopped growing or was renamed into place."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from crm_sync.delivery.names import DONE, FAILED, is_unfinished
from crm_sync.delivery.ports import Arrival, SourceFailed
from crm_sync.delivery.stillness import Stillness

MOST_NAMES = 10_000


class FolderSettings(BaseModel):
    """`folder` is on this machine or mounted; a folder inside it is a set whose files belong together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: str = Field(min_length=1)
    still_seconds: float = Field(default=10.0, ge=0)
    feed: str | None = None


class WatchedFolder:
    """A `Place` on this machine. Links are never followed; what is put away lies in done/ and failed/ inside it."""

    def __init__(self, settings: FolderSettings, stillness: Stillness) -> None:
        self._folder = Path(settings.folder)
        self._still_for = timedelta(seconds=settings.still_seconds)
        self._stillness = stillness

    async def arrivals(self, now: datetime) -> AsyncIterator[Arrival]:
        for path in await asyncio.to_thread(self._whole, now):
            yield Arrival(path, self._folder)

    def _whole(self, now: datetime) -> list[Path]:
        try:
            found = [place for place in os.scandir(self._folder) if place.name not in (DONE, FAILED)]
        except OSError as error:
            raise SourceFailed(f"cannot read the folder {self._folder}: {error.strerror}") from error
        if len(found) > MOST_NAMES:
            raise SourceFailed(f"more than {MOST_NAMES:,} files in the folder {self._folder}")
        whole, keys = [], set()
        for place in found:
            try:
                key, looks = _looks(place)
            except FileNotFoundError:
                continue  # taken away again meanwhile
            keys.add(key)
            still = self._stillness.is_still(key, looks, now, self._still_for)
            if still and not is_unfinished(place.name):
                whole.append(Path(place.path))
        self._stillness.forget_all_but(keys)
        return sorted(whole)


def _looks(place: os.DirEntry[str]) -> tuple[str, object]:
    """Which file it is, by its node so that a rename keeps it the same, and everything that writing would change."""
    about = place.stat(follow_symlinks=False)
    looks: list[tuple[str, int, int]] = [("", about.st_size, about.st_mtime_ns)]
    if stat.S_ISDIR(about.st_mode):
        for inner in os.scandir(place.path):
            within = inner.stat(follow_symlinks=False)
            looks.append((inner.name, within.st_size, within.st_mtime_ns))
    return f"{about.st_dev}:{about.st_ino}", sorted(looks)
