"""Files taken in, as a person looks at them: one run, the rows it refused, and how its headers were read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.feeds import FEEDS, saved_headers
from crm_sync.headers import Feed, columns_of, plain
from crm_sync.intake import unpacked
from crm_sync.models import RefusedRow, SourceRow, SyncRun
from crm_sync.runs import Counts, counts_of

OPEN = "open"
MOST_INPUTS = 40
_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class RunLine:
    """One file in a list."""

    id: str
    feed: str
    file_name: str
    state: str
    error: str
    counts: Counts
    open_rows: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """One refused row: where it stands, why, and who settled it."""

    id: str
    feed: str
    file_name: str
    line: int
    column: str
    reason: str
    state: str
    settled_by: str


@dataclass(frozen=True)
class RunRecord:
    """One file whole: what became of its rows, and which of its headers mean nothing to us."""

    line: RunLine
    as_of: datetime
    size: int
    finished_at: datetime | None
    headers: tuple[str, ...]
    ignored: tuple[str, ...]
    refused: tuple[RefusedLine, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a refused row; `place` is its column's, counted from 0."""

    place: int
    header: str
    value: str
    to_blame: bool


@dataclass(frozen=True)
class RefusedRecord:
    """A refused row to be corrected: the columns we read, the one to blame first. `whole` is the line as it stood where
    it could not be told apart into cells."""

    line: RefusedLine
    run_id: str
    cells: tuple[Cell, ...]
    whole: str


@dataclass(frozen=True, slots=True)
class Heading:
    """One header of a file: which of our fields it is read as (None: nobody knows), and what stands below it."""

    place: int
    header: str
    field: str | None
    samples: tuple[str, ...]


async def newest(db: AsyncSession, limit: int = 50) -> list[RunLine]:
    """The files that came last, the newest first, each with how many of its rows still wait for somebody."""
    rows = await db.scalars(select(SyncRun).order_by(SyncRun.started_at.desc(), SyncRun.id.desc()).limit(limit))
    runs = list(rows)
    waiting = await _open_rows(db, [run.id for run in runs])
    return [_line(run, waiting.get(run.id, 0)) for run in runs]


async def how_many_wait(db: AsyncSession) -> int:
    """Refused rows nobody has settled."""
    return await db.scalar(select(func.count()).select_from(RefusedRow).where(RefusedRow.state == OPEN)) or 0


async def run_record(db: AsyncSession, run_id: str, limit: int = 200) -> RunRecord | None:
    run = await db.scalar(select(SyncRun).where(SyncRun.id == run_id))
    if run is None:
        return None
    rows = await db.scalars(
        select(RefusedRow).where(RefusedRow.run_id == run_id).order_by(RefusedRow.line, RefusedRow.id).limit(limit)
    )
    refused = tuple(_refused(row, run) for row in rows)
    waiting = await _open_rows(db, [run.id])
    feed = FEEDS.get(run.feed)
    ignored: tuple[str, ...] = tuple(run.headers)
    if feed is not None:
        ignored = columns_of(feed, run.headers, (await saved_headers(db)).get(feed.name, {})).ignored
    return RunRecord(
        _line(run, waiting.get(run.id, 0)),
        run.as_of,
        run.size,
        run.finished_at,
        tuple(run.headers),
        tuple(header for header in ignored if header),
        refused,
    )


async def waiting_rows(db: AsyncSession, limit: int = 200) -> list[RefusedLine]:
    """Refused rows nobody has settled, newest first."""
    rows = await db.execute(
        select(RefusedRow, SyncRun)
        .join(SyncRun, SyncRun.id == RefusedRow.run_id)
        .where(RefusedRow.state == OPEN)
        .order_by(RefusedRow.created_at.desc(), RefusedRow.line, RefusedRow.id)
        .limit(limit)
    )
    return [_refused(row, run) for row, run in rows]


async def refused_record(db: AsyncSession, refused_id: str) -> RefusedRecord | None:
    found = (
        await db.execute(
            select(RefusedRow, SyncRun)
            .join(SyncRun, SyncRun.id == RefusedRow.run_id)
            .where(RefusedRow.id == refused_id)
        )
    ).first()
    if found is None:
        return None
    row, run = found
    cells = unpacked(row.raw)
    whole = "" if len(cells) == len(run.headers) else " ".join(cells)
    values = cells if not whole else [""] * len(run.headers)
    feed = FEEDS.get(row.feed)
    places = _places(feed, run.headers, (await saved_headers(db)).get(row.feed, {}), row.column) if feed else []
    shown = tuple(
        Cell(place, run.headers[place], values[place], _is_to_blame(feed, run.headers[place], row.column))
        for place in places
    )
    return RefusedRecord(_refused(row, run), run.id, shown, whole)


async def still_waits(db: AsyncSession, was: RefusedRecord) -> str:
    """The row that waits in its place: one that was corrected and is still refused is filed anew, as it reads now."""
    newer = select(RefusedRow.id).where(
        RefusedRow.run_id == was.run_id, RefusedRow.line == was.line.line, RefusedRow.state == OPEN
    )
    return await db.scalar(newer.order_by(RefusedRow.created_at.desc()).limit(1)) or was.line.id


async def headings(
    db: AsyncSession, run_id: str, feed: Feed, samples: Sequence[Sequence[str]] = ()
) -> list[Heading] | None:
    """The headers of a file as that feed reads them. `samples` are its first rows, where the file is at hand; else rows
    of it that were received."""
    run = await db.scalar(select(SyncRun).where(SyncRun.id == run_id))
    if run is None:
        return None
    columns = columns_of(feed, run.headers, (await saved_headers(db)).get(feed.name, {}))
    read_as = dict(zip(columns.places, columns.fields, strict=True))
    rows = list(samples) or await _received(db, run)
    return [
        Heading(
            place,
            header,
            read_as.get(place),
            tuple(dict.fromkeys(row[place][:60] for row in rows if place < len(row) and row[place].strip()))[:3],
        )
        for place, header in enumerate(run.headers)
        if header
    ]


async def _received(db: AsyncSession, run: SyncRun) -> list[list[str]]:
    rows = await db.scalars(
        select(SourceRow.raw).where(SourceRow.run_id == run.id).order_by(SourceRow.line).limit(_SAMPLES)
    )
    return [cells for cells in map(unpacked, rows) if len(cells) == len(run.headers)]


async def _open_rows(db: AsyncSession, run_ids: Sequence[str]) -> dict[str, int]:
    if not run_ids:
        return {}
    rows = await db.execute(
        select(RefusedRow.run_id, func.count())
        .where(RefusedRow.run_id.in_(run_ids), RefusedRow.state == OPEN)
        .group_by(RefusedRow.run_id)
    )
    return {run_id: number for run_id, number in rows}


def _places(feed: Feed, headers: Sequence[str], saved: Mapping[str, str], blamed: str) -> list[int]:
    """Columns worth correcting, the one to blame first, then what makes the row's key and what it cannot do without."""
    columns = columns_of(feed, headers, saved)
    first = (*feed.key, *feed.required, *feed.any_of)
    ranked = sorted(
        zip(columns.fields, columns.places, strict=True),
        key=lambda found: (
            not _is_to_blame(feed, headers[found[1]], blamed),
            first.index(found[0]) if found[0] in first else len(first),
            found[1],
        ),
    )
    return [place for _, place in ranked[:MOST_INPUTS]]


def _is_to_blame(feed: Feed | None, header: str, blamed: str) -> bool:
    """A reason names a column by our usual header for it, or by the file's own."""
    if not blamed or feed is None:
        return False
    alike = {plain(blamed)}
    for field, words in feed.fields.items():
        if plain(blamed) in {plain(word) for word in (field, *words)}:
            alike |= {plain(word) for word in (field, *words)}
    return plain(header) in alike


def _line(run: SyncRun, waiting: int) -> RunLine:
    return RunLine(run.id, run.feed, run.file_name, run.state, run.error, counts_of(run), waiting, run.started_at)


def _refused(row: RefusedRow, run: SyncRun) -> RefusedLine:
    return RefusedLine(row.id, row.feed, run.file_name, row.line, row.column, row.reason, row.state, row.settled_by)
