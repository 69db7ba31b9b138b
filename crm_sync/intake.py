"""One file's rows in chunks: read, compared with what was received before, mapped, applied; each chunk whole or not."""

import asyncio
import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import bulk, runs
from crm_sync.applying import apply
from crm_sync.conflicts import Fate, Received, fate
from crm_sync.headers import Feed, FileColumns
from crm_sync.models import RefusedRow, SourceRow
from crm_sync.reading import Cells, Damaged
from crm_sync.run import Item, Run
from crm_sync.runs import Counts
from crm_sync.values import BadCell
from kit.db import Database
from kit.logging import logger

log = logger("ingest")

CHUNK = 2_000
"""Rows of one transaction while most are news; up to eight times as many while hardly any is."""

_LATER = "a later file"
APART = "\x1f"


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row with its key and hash, not yet understood; `fault` when it never can be."""

    line: int
    key: str
    row_hash: bytes
    cells: Sequence[str]
    fault: Damaged | None = None


class Intake:
    """Takes the rows of one file in, from wherever the run stands."""

    def __init__(self, database: Database, feed: Feed, columns: FileColumns, run: Run) -> None:
        self._database = database
        self._feed = feed
        self._columns = columns
        self._run = run
        self._pick = columns.pick()
        places = {field: place for place, field in enumerate(columns.fields)}
        self._key_places = [places[field] for field in feed.key if field in places]
        self._instead = [places[field] for field in feed.instead if field in places]

    async def take(
        self, rows: Iterator[Cells | Damaged], counts: Counts, progress: Callable[[Counts], None] | None
    ) -> Counts:
        """Reads on after `counts.read` rows to the end, and returns the final counts."""
        if counts.read:
            await asyncio.to_thread(lambda: next(islice(rows, counts.read - 1, None), None))
        size = CHUNK
        while chunk := await asyncio.to_thread(self._next, rows, size):
            before, counts = counts, await self._commit(chunk, counts)
            news = counts.new + counts.changed - before.new - before.changed
            size = min(size * 2, CHUNK * 8) if news * 10 < len(chunk) else CHUNK
            if progress:
                progress(counts)
        return counts

    def _next(self, rows: Iterator[Cells | Damaged], size: int) -> list[RawRow]:
        return [self.raw(row) for row in islice(rows, size)]

    def raw(self, row: Cells | Damaged) -> RawRow:
        if isinstance(row, Damaged):
            return RawRow(row.line, "", _hash(row.raw), [row.raw], row)
        texts = self._pick(row.cells)
        parts = [texts[place].strip() for place in self._key_places]
        if not any(parts) and self._instead:
            parts = [texts[place].strip() for place in self._instead]
        key = APART.join(parts) if any(parts) else ""
        row_hash = _hash(APART.join(texts))
        if not key or len(key) > 120:
            why = "is blank" if not key else "is too long"
            named = self._feed.fields[self._feed.key[0]][0]
            fault = Damaged(row.line, named, f"{named} {why}", APART.join(row.cells))
            return RawRow(row.line, "", row_hash, row.cells, fault)
        return RawRow(row.line, key, row_hash, row.cells)

    async def _commit(self, chunk: Sequence[RawRow], before: Counts) -> Counts:
        """The chunk in one transaction; should the database refuse it, its halves, until the bad row stands alone."""
        try:
            async with self._database.writing(self._run.rooftop_id) as db:
                return await self._apply(db, chunk, before)
        except bulk.REFUSED as error:
            if len(chunk) == 1:
                reason = f"the record refuses it ({type(getattr(error, 'orig', None) or error).__name__})"
                log.warning("row_refused", run_id=self._run.id, line=chunk[0].line, error=type(error).__name__)
                bad = replace(chunk[0], fault=Damaged(chunk[0].line, "", reason, ""))
                async with self._database.writing(self._run.rooftop_id) as db:
                    return await self._apply(db, [bad], before)
        half = len(chunk) // 2
        return await self._commit(chunk[half:], await self._commit(chunk[:half], before))

    async def _apply(self, db: AsyncSession, chunk: Sequence[RawRow], before: Counts) -> Counts:
        counts = replace(before, read=before.read + len(chunk))
        await self.settle(db, chunk, counts)
        await runs.advance(db, self._run.id, before.read, counts)
        return counts

    async def settle(
        self, db: AsyncSession, chunk: Sequence[RawRow], counts: Counts, *, by_hand: bool = False
    ) -> list[tuple[RawRow, Damaged]]:
        """Takes in what is news and counts what became of each row; returns those refused. A row given `by_hand`
        stands against another of the same file."""
        await bulk.one_at_a_time(db)
        this_file = "" if by_hand else self._run.id
        kept = await self._kept(db, chunk)
        items: list[Item] = []
        again: list[str] = []
        refused: list[tuple[RawRow, Damaged]] = []
        for row in chunk:
            if row.fault is not None:
                refused.append((row, row.fault))
                continue
            kept_id, last = kept.get(row.key, ("", None))
            match fate(last, row.row_hash, self._run.as_of, this_file):
                case Fate.SAME:
                    counts.same += 1
                    if last is not None and last.as_of < self._run.as_of:
                        again.append(row.key)
                    continue
                case Fate.OLDER:
                    counts.older += 1
                    continue
                case Fate.TWICE:
                    why = Damaged(row.line, "", "the same file says something else of it further up", "")
                    refused.append((row, why))
                    continue
                case outcome:
                    item = self._item(row, kept_id or None)
            if isinstance(item, Damaged):
                refused.append((row, item))
                continue
            items.append(item)
            counts.new += outcome is Fate.NEW
            counts.changed += outcome is Fate.CHANGED
            kept[row.key] = (kept_id, Received(row.row_hash, self._run.as_of, self._run.id))
        counts.refused += len(refused)
        await apply(db, items, self._run)
        seen_again = {"as_of": self._run.as_of, "seen_in_id": self._run.id}
        await bulk.change_where(db, SourceRow, seen_again, "row_key", again, feed=self._feed.name)
        await self._right_at_last(db, [item.key for item in items])
        await self._refuse(db, refused)
        return refused

    async def _kept(self, db: AsyncSession, chunk: Sequence[RawRow]) -> dict[str, tuple[str, Received | None]]:
        columns = ("id", "row_key", "row_hash", "as_of", "seen_in_id")
        keys = {row.key for row in chunk if row.fault is None}
        rows = await bulk.found(db, SourceRow, columns, "row_key", keys, feed=self._feed.name)
        return {row.row_key: (row.id, Received(row.row_hash, row.as_of, row.seen_in_id)) for row in rows}

    def _item(self, row: RawRow, kept_id: str | None) -> Item | Damaged:
        texts = dict(zip(self._columns.fields, self._pick(row.cells), strict=True))
        try:
            seen = self._feed.read(texts, self._run.moment)
        except BadCell as bad:
            named = self._feed.fields.get(bad.field, (bad.field,))[0]
            return Damaged(row.line, named, bad.reason, "")
        return Item(row.line, row.key, row.row_hash, packed(row.cells), seen, kept_id)

    async def _refuse(self, db: AsyncSession, refused: Sequence[tuple[RawRow, Damaged]]) -> None:
        """Each bad row once, however many files bring it again; one a person cleared stays cleared."""
        rows = {
            row.row_hash: {
                "feed": self._feed.name,
                "row_key": row.key,
                "row_hash": row.row_hash,
                "run_id": self._run.id,
                "line": why.line,
                "column": why.column[:120],
                "reason": why.reason[:240],
                "raw": packed(row.cells),
            }
            for row, why in refused
        }
        await bulk.replace(db, RefusedRow, ("feed", "row_hash"), list(rows.values()))
        again = {"state": "open", "settled_at": None, "settled_by": ""}
        keys = {row.key for row, _ in refused if row.key}
        await bulk.change_where(db, RefusedRow, again, "row_key", keys, feed=self._feed.name, settled_by=_LATER)

    async def _right_at_last(self, db: AsyncSession, keys: Sequence[str]) -> None:
        """Rows refused before under a key that was now taken in need nobody any more."""
        settled = {"state": "cleared", "settled_at": self._run.now, "settled_by": _LATER}
        await bulk.change_where(db, RefusedRow, settled, "row_key", keys, feed=self._feed.name, state="open")


def packed(cells: Sequence[str]) -> bytes:
    return zlib.compress(APART.join(cells).encode("utf-8", "surrogatepass"), 1)


def unpacked(raw: bytes) -> list[str]:
    return zlib.decompress(raw).decode("utf-8", "surrogatepass").split(APART)


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
