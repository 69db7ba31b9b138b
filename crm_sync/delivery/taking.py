"""A whole file is taken in once and put away under its run: done/ or failed/ beside where it arrived.

Killed in between, the file still lies there: it is taken in again, which changes nothing, and then put away.
"""

import asyncio
import shutil
import time
from pathlib import Path

from crm_sync.delivery.names import DONE, FAILED
from crm_sync.delivery.ports import Arrival, Ingest
from crm_sync.runs import RunReport

_FORGOTTEN_SECONDS = 86_400


async def take(ingest: Ingest, rooftop_id: str, arrival: Arrival, feed: str | None) -> RunReport:
    """What became of the file. What ingesting raises leaves it where it is, for the next look."""
    report = await ingest(rooftop_id, arrival.path, feed)
    await asyncio.to_thread(_put_away, arrival, report)
    return report


def forget_old(incoming: Path) -> None:
    """Removes what began to come a day ago and never was whole: its sender still has it, and was told nothing else."""
    for folder in incoming.glob("*"):
        if folder.stat().st_mtime < time.time() - _FORGOTTEN_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _put_away(arrival: Arrival, report: RunReport) -> None:
    folder = arrival.home / (FAILED if report.error else DONE)
    folder.mkdir(parents=True, exist_ok=True)
    arrival.path.rename(_free(folder / f"{report.run_id}-{arrival.path.name}"))
    if arrival.path.parent != arrival.home:
        arrival.path.parent.rmdir()  # it had come into a folder of its own


def _free(place: Path) -> Path:
    """The place itself, or one beside it when the same file has been put away before."""
    taken, number = place, 2
    while taken.exists() or taken.is_symlink():
        taken, number = place.with_name(f"{place.stem}-{number}{place.suffix}"), number + 1
    return taken
