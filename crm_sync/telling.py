"""What files together last said of one person or car, kept so that only what a system changes reaches the record."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import bulk
from crm_sync.conflicts import differences, stands
from crm_sync.models import SourceRow
from crm_sync.rows import CarSeen, PersonSeen, Said


@dataclass(frozen=True, slots=True)
class Telling:
    """One block after all rows of a chunk spoke: what it says as a whole, and what of it is news.

    `first` says that no file spoke of it before; `dropped` are the values it gave before and gives no more.
    """

    key: str
    said: Said
    news: Said
    spoken_at: datetime
    first: bool
    kept_id: str | None
    dropped: frozenset[str] = frozenset()


async def tellings(db: AsyncSession, feed: str, seen: Iterable[PersonSeen | CarSeen]) -> list[Telling]:
    """Each person or car once, with what is news; a telling older than the last is left out."""
    latest: dict[str, tuple[datetime, Said]] = {}
    for block in sorted(seen, key=lambda one: one.spoken_at):
        earlier = latest.get(block.key)
        latest[block.key] = (block.spoken_at, earlier[1] | block.said if earlier else block.said)
    kept = {
        row.row_key: row
        for row in await bulk.found(db, SourceRow, ("id", "row_key", "row_hash", "as_of"), "row_key", latest, feed=feed)
    }
    doubtful = [key for key, (_, said) in latest.items() if key in kept and kept[key].row_hash != hash_of(said)]
    before = {
        row.row_key: _unpacked(row.raw)
        for row in await bulk.found(db, SourceRow, ("row_key", "raw"), "row_key", doubtful, feed=feed)
    }
    told: list[Telling] = []
    for key, (spoken_at, said) in latest.items():
        last = kept.get(key)
        if last is None:
            told.append(Telling(key, said, differences(None, said), spoken_at, True, None))
        elif stands(last.as_of, spoken_at):
            whole = before[key] | said if key in before else said
            news = differences(before[key], said) if key in before else {}
            if news or spoken_at > last.as_of:
                dropped = frozenset(before.get(key, {}).values()) - set(whole.values())
                told.append(Telling(key, whole, news, spoken_at, False, last.id, dropped))
    return told


async def remember(db: AsyncSession, feed: str, told: Sequence[Telling], run_id: str) -> None:
    """Keeps what was told as the last word."""
    await bulk.add(
        db,
        SourceRow,
        [
            {
                "feed": feed,
                "row_key": one.key,
                "row_hash": hash_of(one.said),
                "raw": _packed(one.said),
                "as_of": one.spoken_at,
                "run_id": run_id,
                "seen_in_id": run_id,
                "line": 0,
            }
            for one in told
            if one.kept_id is None
        ],
    )
    await bulk.change(
        db,
        SourceRow,
        [
            {"id": one.kept_id, "as_of": one.spoken_at}
            | ({"row_hash": hash_of(one.said), "raw": _packed(one.said), "run_id": run_id} if one.news else {})
            for one in told
            if one.kept_id is not None
        ],
    )


def hash_of(said: Mapping[str, str]) -> bytes:
    return hashlib.blake2b(_plain(said), digest_size=16).digest()


def _plain(said: Mapping[str, str]) -> bytes:
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _packed(said: Mapping[str, str]) -> bytes:
    return zlib.compress(_plain(said), 1)


def _unpacked(raw: bytes) -> Said:
    return Said(json.loads(zlib.decompress(raw)))
