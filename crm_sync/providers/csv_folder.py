"""A folder another system collects from: each outcome appears in it as one CSV file, exactly once, whatever dies when.

A file is written out of sight, then its receipt, then it is moved into sight in one step. The three states after a
crash tell themselves apart: no receipt, never shown; receipt and hidden file, not shown yet; receipt alone, shown
(even when the collector has taken the file away since).
"""

import asyncio
import csv
import fcntl
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from crm_sync.ports import OutgoingOutcome
from kit.errors import ProviderError

_SAFE = re.compile(r"[0-9A-Za-z_-]{1,64}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class CsvFolder:
    """A `WriteBackTarget` on a local (or mounted) folder: `<folder>/<rooftop>/<write-back id>.csv`."""

    name = "csv_folder"

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self._folder = folder
        self._columns = tuple(columns)

    async def find(self, outcome: OutgoingOutcome) -> str | None:
        return await asyncio.to_thread(self._find, outcome)

    async def deliver(self, outcome: OutgoingOutcome) -> None:
        try:
            await asyncio.to_thread(self._deliver, outcome)
        except OSError as error:
            raise ProviderError(f"cannot write to the folder: {error.strerror}", retryable=True) from error

    def _find(self, outcome: OutgoingOutcome) -> str | None:
        shown, hidden, receipt = self._places(outcome)
        if not receipt.exists() or hidden.exists():
            return None
        return str(shown.relative_to(self._folder))

    def _deliver(self, outcome: OutgoingOutcome) -> None:
        shown, hidden, receipt = self._places(outcome)
        for folder in (shown.parent, hidden.parent, receipt.parent):
            folder.mkdir(parents=True, exist_ok=True)
        # One writer at a time: a slow one whose lease ran out must not show its file after another's was collected.
        with _locked(self._folder / ".lanekeeper" / "lock"):
            if not receipt.exists():
                _write(hidden, csv_text(self._columns, outcome.values))
                _write(receipt, "")
            if hidden.exists():
                hidden.rename(shown)
                _sync_folder(shown.parent)
                _sync_folder(hidden.parent)

    def _places(self, outcome: OutgoingOutcome) -> tuple[Path, Path, Path]:
        """Where the file is seen, where it waits unseen (same file system, so that moving is one step), its receipt."""
        for part in (outcome.id, outcome.rooftop_id):
            if not _SAFE.fullmatch(part):
                raise ProviderError("an id that cannot be a file name", retryable=False)
        own = self._folder / ".lanekeeper" / outcome.rooftop_id
        file = f"{outcome.id}.csv"
        return self._folder / outcome.rooftop_id / file, own / "waiting" / file, own / "receipts" / outcome.id


def csv_text(columns: Sequence[str], values: Mapping[str, str]) -> str:
    """A header and one line, as spreadsheets and importers read them (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerow([cell(values.get(column, "")) for column in columns])
    return text.getvalue()


def cell(value: str) -> str:
    """The value on one line, and never a formula: a caller can say anything, and a spreadsheet would run it."""
    plain = _CONTROL.sub(" ", value).strip()
    return f"'{plain}" if plain.startswith(_FORMULA) else plain


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
