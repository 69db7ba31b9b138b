"""Files taken in: begun, resumed where they stopped, ended; and what is told of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.models import RefusedRow, SourceRow, SyncRun

RUNNING, DONE, FAILED = "running", "done", "failed"
_SHOWN = 200


class TakenOver(Exception):
    """Another process is taking in the same file; this one stops."""


@dataclass(frozen=True)
class FileSeen:
    """A file as it lies there."""

    name: str
    sha256: str
    size: int
    as_of: datetime
    headers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass
class Counts:
    """How many rows were read, and what became of them."""

    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    refused: int = 0


COUNTERS = ("read", "new", "changed", "same", "older", "refused")


@dataclass(frozen=True)
class Refusal:
    """One row that was not taken in: where, and why."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class RunReport:
    """What became of one file. `error` says why it could not be read at all; `known` that it was here before."""

    run_id: str
    feed: str
    file_name: str
    as_of: datetime | None
    counts: Counts = field(default_factory=Counts)
    refusals: tuple[Refusal, ...] = ()
    ignored_headers: tuple[str, ...] = ()
    error: str = ""
    known: bool = False


@dataclass(frozen=True)
class RunSeen:
    """A run as it stands: its report so far, whether it is running, done or failed, and when."""

    report: RunReport
    state: str
    started_at: datetime
    finished_at: datetime | None


async def begin(db: AsyncSession, feed: str, file: FileSeen, now: datetime) -> tuple[SyncRun, bool]:
    """The run of this file, and whether there is nothing left to do.

    A file whose like was taken in is done, unless newer files of the feed spoke in between, or its headers are read
    otherwise now: then it is news again. A run that was interrupted is gone on with.
    """
    for run in await _like(db, feed, file):
        if run.state != DONE:
            if run.as_of != file.as_of:
                continue
            run.state, run.error = RUNNING, ""
            return run, False
        if file.as_of <= run.as_of:
            return run, True
        if not await _spoken_between(db, feed, run, file):
            await _seen_again(db, feed, run, file.as_of)
            return run, True
    run = SyncRun(
        feed=feed,
        file_name=file.name[:255],
        sha256=file.sha256,
        as_of=file.as_of,
        size=file.size,
        headers=list(file.headers),
        fields=list(file.fields),
        state=RUNNING,
        started_at=now,
    )
    db.add(run)
    await db.flush()
    return run, False


async def advance(db: AsyncSession, run_id: str, was: int, counts: Counts) -> None:
    """Moves the run on in the transaction that holds its rows; one process at a time."""
    moved = await db.scalar(
        update(SyncRun)
        .where(SyncRun.id == run_id, SyncRun.position == was)
        .values(position=counts.read, **{name: getattr(counts, name) for name in COUNTERS})
        .returning(SyncRun.id)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise TakenOver("another process is taking in this file")


async def end(db: AsyncSession, run_id: str, state: str, now: datetime, error: str = "") -> None:
    await db.execute(
        update(SyncRun).where(SyncRun.id == run_id).values(state=state, finished_at=now, error=error[:2000])
    )


async def unreadable(db: AsyncSession, feed: str, file: FileSeen, error: str, now: datetime) -> str:
    """A file of which not one row could be read, kept for a person to see."""
    run, _ = await begin(db, feed, file, now)
    await end(db, run.id, FAILED, now, error)
    return run.id


async def newest(db: AsyncSession, limit: int = 50) -> list[RunSeen]:
    """The files that came last, the newest first, each without its refused rows."""
    rows = await db.scalars(select(SyncRun).order_by(SyncRun.started_at.desc(), SyncRun.id.desc()).limit(limit))
    return [_seen(run, ()) for run in rows]


async def seen(db: AsyncSession, run_id: str) -> RunSeen | None:
    """One run with the first of the rows it refused; a run that goes on says how far it is."""
    run = await db.scalar(select(SyncRun).where(SyncRun.id == run_id))
    return _seen(run, await refusals(db, run_id)) if run is not None else None


async def refusals(db: AsyncSession, run_id: str) -> tuple[Refusal, ...]:
    rows = await db.scalars(
        select(RefusedRow).where(RefusedRow.run_id == run_id).order_by(RefusedRow.line).limit(_SHOWN)
    )
    return tuple(Refusal(row.line, row.column, row.reason) for row in rows)


def counts_of(run: SyncRun) -> Counts:
    return Counts(**{name: getattr(run, name) for name in COUNTERS})


def _seen(run: SyncRun, refused: tuple[Refusal, ...]) -> RunSeen:
    report = RunReport(run.id, run.feed, run.file_name, run.as_of, counts_of(run), refused, error=run.error)
    return RunSeen(report, run.state, run.started_at, run.finished_at)


async def _like(db: AsyncSession, feed: str, file: FileSeen) -> Sequence[SyncRun]:
    runs = await db.scalars(
        select(SyncRun)
        .where(SyncRun.feed == feed, SyncRun.sha256 == file.sha256)
        .order_by(SyncRun.as_of.desc(), SyncRun.id.desc())
    )
    return [run for run in runs if tuple(run.fields) == file.fields]


async def _spoken_between(db: AsyncSession, feed: str, run: SyncRun, file: FileSeen) -> bool:
    between = select(SyncRun.id).where(
        SyncRun.feed == feed, SyncRun.id != run.id, SyncRun.as_of >= run.as_of, SyncRun.as_of <= file.as_of
    )
    return await db.scalar(between.limit(1)) is not None


async def _seen_again(db: AsyncSession, feed: str, run: SyncRun, as_of: datetime) -> None:
    """The same rows, said again later: an older file must not speak against them."""
    await db.execute(
        update(SourceRow)
        .where(SourceRow.feed == feed, SourceRow.as_of == run.as_of)
        .values(as_of=as_of)
        .execution_options(synchronize_session=False)
    )
    run.as_of = as_of
