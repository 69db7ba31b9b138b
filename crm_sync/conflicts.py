"""Two tellings of one thing: which one stands. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_sync.rows import Said


class Fate(StrEnum):
    """What becomes of a row, given what was last received under its key."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    OLDER = "older"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Received:
    """A row as last received: its hash, the newest moment it was seen at, and the file that showed it then."""

    row_hash: bytes
    as_of: datetime
    seen_in: str


def fate(last: Received | None, row_hash: bytes, as_of: datetime, run_id: str) -> Fate:
    """An older file never overwrites a newer one; one file that says two things of one key is doubtful."""
    if last is None:
        return Fate.NEW
    if last.row_hash == row_hash:
        return Fate.SAME
    if as_of < last.as_of:
        return Fate.OLDER
    return Fate.TWICE if last.seen_in == run_id else Fate.CHANGED


def stands(last_as_of: datetime | None, as_of: datetime) -> bool:
    """Whether what is said as of a moment may replace what was said before."""
    return last_as_of is None or as_of >= last_as_of


def spoken_at(as_of: datetime, last_activity: Iterable[datetime | None], *, current: bool) -> datetime:
    """The moment the customer block of a row speaks of.

    An open order's is current. A closed one may carry the address of the day it was closed, however new the file.
    """
    known = [at for at in last_activity if at is not None]
    return as_of if current or not known else min(as_of, max(known))


def differences(before: Mapping[str, str] | None, now: Said) -> Said:
    """What a system says differently from last time; what it repeats stays as the record has it, corrections and all.

    Told for the first time, everything that is not blank counts.
    """
    if before is None:
        return {name: value for name, value in now.items() if value}
    return {name: value for name, value in now.items() if before.get(name, "") != value}


_NEVER_BLANKED = frozenset({"first_name", "last_name", "owner", "vin", "make", "model", "year"})


def applied(changes: Said) -> Said:
    """The differences that may reach the record: names, cars and owners are replaced, never emptied."""
    return {name: value for name, value in changes.items() if value or name not in _NEVER_BLANKED}


def filled(changes: Said, ours: Mapping[str, str]) -> Said:
    """For a record the system never spoke of before: it fills what we do not know, and changes nothing we do."""
    return {name: value for name, value in changes.items() if value and not ours.get(name)}


CHANNELS_BLOCKED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "opt_out": (("all", "marketing"),),
    "block_email": (("email", "all"),),
    "block_phone": (("call", "all"), ("text", "all")),
    "block_mail": (("mail", "all"),),
}
"""Channel and scope each flag closes. There is no entry that opens anything: flags only ever tighten."""
