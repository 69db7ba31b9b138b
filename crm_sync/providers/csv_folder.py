"""A folder another system collects from: each fact appears in it as one CSV file, exactly once, whatever dies when.

A file is written out of sight, then its receipt, then it is moved into sight in one step. The three states after a
crash tell themselves apart: no receipt, never shown; receipt and hidden file, not shown yet; receipt alone, shown
(even when the collector has taken the file away since).
"""

import asyncio
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crm_sync.csv_out import csv_text
from crm_sync.facts import COLUMNS
from crm_sync.ports import Outgoing
from crm_sync.target_settings import TargetSettings
from kit.errors import ProviderError
from record.subjects import SubjectKind

_SAFE = re.compile(r"[0-9A-Za-z_-]{1,64}")


class CsvFolderSettings(TargetSettings):
    """The folder, on this machine or mounted."""

    folder: str


class CsvFolder:
    """A `WriteBackTarget` on a folder: `<folder>/<rooftop>/<write-back id>.csv` for outcomes of calls, and a folder of
    its own beside them for every other kind of fact, so that all files of a folder have the same columns."""

    readable = True

    def __init__(self, name: str, settings: CsvFolderSettings) -> None:
        self.name = name
        self._folder = Path(settings.folder)

    async def find(self, item: Outgoing) -> str | None:
        return await asyncio.to_thread(self._find, item)

    async def deliver(self, item: Outgoing) -> str:
        try:
            await asyncio.to_thread(self._deliver, item)
        except OSError as error:
            raise ProviderError(f"cannot write to the folder: {error.strerror}", retryable=True) from error
        return "written"

    async def probe(self) -> str:
        try:
            await asyncio.to_thread(self._try_out)
        except OSError as error:
            raise ProviderError(f"cannot write to the folder: {error.strerror}", retryable=True) from error
        return f"the folder {self._folder} can be written to"

    def _find(self, item: Outgoing) -> str | None:
        shown, hidden, receipt = self._places(item)
        if not receipt.exists() or hidden.exists():
            return None
        return str(shown.relative_to(self._folder))

    def _deliver(self, item: Outgoing) -> None:
        shown, hidden, receipt = self._places(item)
        for folder in (shown.parent, hidden.parent, receipt.parent):
            folder.mkdir(parents=True, exist_ok=True)
        # One writer at a time: a slow one whose lease ran out must not show its file after another's was collected.
        with _locked(self._folder / ".lanekeeper" / "lock"):
            if not receipt.exists():
                _write(hidden, csv_text(COLUMNS[item.subject.kind], item.values))
                _write(receipt, "")
            if hidden.exists():
                hidden.rename(shown)
                _sync_folder(shown.parent)
                _sync_folder(hidden.parent)

    def _try_out(self) -> None:
        own = self._folder / ".lanekeeper"
        own.mkdir(parents=True, exist_ok=True)
        _write(own / "test", "")
        (own / "test").unlink()

    def _places(self, item: Outgoing) -> tuple[Path, Path, Path]:
        """Where the file is seen, where it waits unseen (same file system, so that moving is one step), its receipt."""
        for part in (item.id, item.rooftop_id):
            if not _SAFE.fullmatch(part):
                raise ProviderError("an id that cannot be a file name", retryable=False)
        own = self._folder / ".lanekeeper" / item.rooftop_id
        shown = self._folder / item.rooftop_id
        if item.subject.kind is not SubjectKind.DISPOSITION:
            shown /= item.subject.kind
        file = f"{item.id}.csv"
        return shown / file, own / "waiting" / file, own / "receipts" / item.id


def _write(path: Path, text: str) -> None:
    """The whole file under its name and on disk, or no file."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    # The system lets go of it when the process dies, however it dies.
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
