"""What delivery needs from others: somebody who takes a file in, and a way out that is checked."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from crm_sync.runs import RunReport


class SourceFailed(Exception):
    """A source gave nothing this time; the message says why, to the person who set it up."""


class Ingest(Protocol):
    """Takes one file or folder in for a rooftop. The same content again changes nothing."""

    async def __call__(self, rooftop_id: str, path: Path, feed: str | None) -> RunReport: ...


class WayOut(Protocol):
    """Knows which addresses may be connected to; `kit.egress.Egress` is one."""

    async def address(self, host: str, port: int) -> str: ...


@dataclass(frozen=True)
class Mark:
    """A file as a server lists it: what tells one delivery of a name from the next."""

    name: str
    size: int
    modified: int


@dataclass(frozen=True)
class Arrival:
    """A whole file on this machine, ready to be taken in, and the folder whose done/ or failed/ it ends in."""

    path: Path
    home: Path
    mark: Mark | None = None


class Place(Protocol):
    """Where one source's files are found."""

    def arrivals(self, now: datetime) -> AsyncIterator[Arrival]:
        """Every file that is whole and new, oldest name first. Raises SourceFailed after giving what there is."""
        ...
