"""A store's file into its record: read, map, apply; a bad row stops itself and nothing else."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from crm_sync import codes, runs
from crm_sync.feeds import FEEDS, SINGLE_FILES, UnknownFeed, saved_headers, staff_by_name
from crm_sync.formats import dealervault, dynatron
from crm_sync.headers import Feed, columns_of, lacking, likeliest
from crm_sync.intake import Intake
from crm_sync.reading import Source, Table, Unreadable
from crm_sync.rows import FileMoment
from crm_sync.run import Run
from crm_sync.runs import COUNTERS, Counts, FileSeen, RunReport
from kit.db import Database
from kit.ids import RooftopId
from record.duplicates import PeopleMatcher
from record.rooftops import Store, store

Progress = Callable[[Counts], None]


@dataclass(frozen=True)
class Intaking:
    """What taking in one file needs from outside."""

    database: Database
    home: Store
    saved: Mapping[str, Mapping[str, str]]
    now: datetime
    progress: Progress | None
    matcher: PeopleMatcher

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.home.time_zone)


async def ingest_file(
    database: Database,
    rooftop_id: RooftopId | str,
    path: Path,
    feed: str | None,
    now: datetime,
    progress: Progress | None = None,
) -> RunReport:
    """Takes the file in for one rooftop and says what became of it; a folder or zip is a whole set.

    The same file again changes nothing. One that was interrupted goes on where it stopped. `feed` None means that
    the file's name or its headers tell which it is.
    """
    if feed is not None and feed not in FEEDS:
        raise UnknownFeed(f"'{feed}' is none of {', '.join(sorted(FEEDS))}")
    async with database.reading(rooftop_id) as db:
        home = await store(db, rooftop_id)
        if home is None:
            raise UnknownFeed("no such rooftop")
        work = Intaking(database, home, await saved_headers(db), now, progress, PeopleMatcher())
    file, tables, problem = await asyncio.to_thread(_opened, path, feed, work)
    if problem:
        name = feed or (tables[0][0].name if tables else "unknown")
        async with database.writing(rooftop_id) as db:
            run_id = await runs.unreadable(db, name, file, problem, now)
        return RunReport(run_id, name, path.name, file.as_of, error=problem)
    return _together([await _taken_in(work, file, one, table) for one, table in tables])


async def _taken_in(work: Intaking, file: FileSeen, feed: Feed, table: Source) -> RunReport:
    columns = columns_of(feed, table.headers, work.saved.get(feed.name, {}))
    seen = replace(file, headers=tuple(table.headers), fields=columns.fields)
    async with work.database.writing(work.home.id) as db:
        begun, known = await runs.begin(db, feed.name, seen, work.now)
        run_id, counts = begun.id, runs.counts_of(begun)
        if known:
            return RunReport(run_id, feed.name, file.name, begun.as_of, counts, known=True)
        moment = FileMoment(begun.as_of, work.zone)
        run = Run(run_id, work.home.id, feed.name, moment, work.now, work.matcher,
                  await codes.statuses(db), await staff_by_name(db))  # fmt: skip
    try:
        counts = await Intake(work.database, feed, columns, run).take(table.rows(), counts, work.progress)
    except runs.TakenOver:
        raise
    except Exception as error:
        async with work.database.writing(work.home.id) as db:
            await runs.end(db, run_id, runs.FAILED, work.now, type(error).__name__)
        raise
    async with work.database.writing(work.home.id) as db:
        await runs.end(db, run_id, runs.DONE, work.now)
        refused = await runs.refusals(db, run_id)
    return RunReport(run_id, feed.name, file.name, run.as_of, counts, refused, columns.ignored)


def _opened(path: Path, feed: str | None, work: Intaking) -> tuple[FileSeen, list[tuple[Feed, Source]], str]:
    """The file as it lies there, the tables in it with what they are, or why it cannot be read."""
    try:
        if path.is_dir() or path.suffix.lower() == ".zip":
            drop = dynatron.opened(path)
            file = FileSeen(path.name, drop.sha256(), drop.size, min(drop.written_at, work.now))
            tables: list[tuple[Feed, Source]] = [(dynatron.ORDERS, dynatron.JoinedOrders(drop))]
            if "customers" in drop.members:
                tables.insert(0, (dynatron.CUSTOMERS, dynatron.People(drop)))
            return file, tables, ""
        file = _seen(path, work)
        table = Table(lambda: path.open("rb"))
    except Unreadable as error:
        return _seen(path, work), [], str(error)
    chosen = FEEDS[feed] if feed else dealervault.named(path.name) or likeliest(SINGLE_FILES, table.headers)
    shown = ", ".join(table.headers)[:300]
    if chosen is None:
        return file, [], f"its headers fit no kind of file we know: {shown}"
    missing = lacking(chosen, columns_of(chosen, table.headers, work.saved.get(chosen.name, {})))
    problem = f"no column for {', '.join(missing)}; its headers are {shown}" if missing else ""
    return file, [(chosen, table)], problem


def _seen(path: Path, work: Intaking) -> FileSeen:
    """Name, hash, size and moment of a file. No file speaks of the future."""
    about = path.stat()
    sha256 = ""
    if path.is_file():
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    as_of = dealervault.spoken_in(path.name, work.zone) or datetime.fromtimestamp(about.st_mtime, UTC)
    return FileSeen(path.name, sha256, about.st_size, min(as_of, work.now))


def _together(reports: Sequence[RunReport]) -> RunReport:
    """One report for all tables of a set; it bears the name of the last, the repair orders."""
    counts = Counts(**{name: sum(getattr(report.counts, name) for report in reports) for name in COUNTERS})
    refusals = tuple(refusal for report in reports for refusal in report.refusals)
    known = all(report.known for report in reports)
    return replace(reports[-1], counts=counts, refusals=refusals, known=known)
