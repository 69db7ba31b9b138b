"""What every step of taking in one file needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crm_sync.rows import FileMoment, Seen
from record.strangers import PeopleMatcher


@dataclass(frozen=True)
class Run:
    """One file being taken in: whose, which feed, when it speaks, and what codes and names mean at that store."""

    id: str
    rooftop_id: str
    feed: str
    moment: FileMoment
    now: datetime
    matcher: PeopleMatcher
    statuses: Mapping[str, str]
    staff: Mapping[str, str]

    @property
    def as_of(self) -> datetime:
        return self.moment.as_of


@dataclass(frozen=True, slots=True)
class Item:
    """A row that is news: where it stands, its key and hash, itself as received, and what it says."""

    line: int
    key: str
    row_hash: bytes
    raw: bytes
    seen: Seen
    kept_id: str | None
