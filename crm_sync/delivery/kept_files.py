"""Files that were uploaded and taken in, kept under the number of their run: looked at, and taken in once more."""

import asyncio
import shutil
from itertools import islice
from pathlib import Path

from crm_sync.delivery.names import DONE, FAILED
from crm_sync.delivery.ports import Arrival
from crm_sync.opening import Unpacking, open_feed
from crm_sync.reading import Cells, Table, Unreadable
from kit.ids import new_id

_LOOKED_AT = 5


def kept(folder: Path, run_id: str) -> Path | None:
    """The file of a run, as it was sent; None when it did not come by upload."""
    for place in (FAILED, DONE):
        for path in sorted((folder / place).glob(f"{run_id}-*")):
            if path.is_file() and not path.is_symlink():
                return path
    return None


async def first_rows(path: Path, unpacking: Unpacking) -> list[list[str]]:
    """Its first few rows, below the header; none when it cannot be read."""
    return await asyncio.to_thread(_first_rows, path, unpacking)


async def arrive_again(path: Path, run_id: str, folder: Path) -> Arrival:
    """The same file as if it were sent now, under its own name."""
    place = folder / "incoming" / new_id() / path.name.removeprefix(f"{run_id}-")
    await asyncio.to_thread(_copied, path, place)
    return Arrival(place, folder)


def _copied(path: Path, place: Path) -> None:
    place.parent.mkdir(parents=True)
    shutil.copy2(path, place)


def _first_rows(path: Path, unpacking: Unpacking) -> list[list[str]]:
    try:
        with open_feed(path, unpacking) as text:
            if text.path.is_dir():
                return []
            table = Table(lambda: text.path.open("rb"))
            return [row.cells for row in islice(table.rows(), _LOOKED_AT) if isinstance(row, Cells)]
    except (Unreadable, OSError):
        return []
