"""A store's file into its record: read, map, apply; a bad row stops itself and nothing else."""

import asyncio
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from crm_sync import codes, runs
from crm_sync.feeds import FEEDS, SINGLE_FILES, UnknownFeed, saved_headers, staff_by_name
from crm_sync.formats import dealervault, dynatron
from crm_sync.headers import Feed, columns_of, lacking, likeliest
from crm_sync.intake import Intake
from crm_sync.opening import FeedText, Unpacking, open_feed
from crm_sync.reading import Source, Table, Unreadable
from crm_sync.rows import FileMoment
from crm_sync.run import Run
from crm_sync.runs import COUNTERS, Counts, FileSeen, RunReport
from kit.db import Database
from kit.ids import RooftopId
from record.rooftops import Store, store
from record.strangers import PeopleMatcher

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
    unpacking: Unpacking

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
    unpacking: Unpacking | None = None,
) -> RunReport:
    """Takes the file in for one rooftop and says what became of it; a folder or an archive may be a whole set.

    The same file again changes nothing, packed or not. One that was interrupted goes on where it stopped. `feed` None
    means that the file's name or its headers tell which it is.
    """
    if feed is not None and feed not in FEEDS:
        raise UnknownFeed(f"'{feed}' is none of {', '.join(sorted(FEEDS))}")
    async with database.reading(rooftop_id) as db:
        home = await store(db, rooftop_id)
        if home is None:
            raise UnknownFeed("no such rooftop")
        headers = await saved_headers(db)
    work = Intaking(database, home, headers, now, progress, PeopleMatcher(), unpacking or Unpacking())
    try:
        async with _text_of(path, work.unpacking) as text:
            return _together([await _one(work, part, feed) for part in _parts(text)])
    except Unreadable as error:
        file = await asyncio.to_thread(_seen, FeedText(path, path.name), work)
        return await _unreadable(work, file, feed or "unknown", str(error))


@asynccontextmanager
async def _text_of(path: Path, unpacking: Unpacking) -> AsyncIterator[FeedText]:
    """`open_feed`, whose unpacking may take a while, beside the loop."""
    opening = open_feed(path, unpacking)
    text = await asyncio.to_thread(opening.__enter__)
    try:
        yield text
    finally:
        await asyncio.to_thread(opening.__exit__, None, None, None)


def _parts(text: FeedText) -> list[FeedText]:
    """What is taken in on its own: one file, a set whose files belong together, or each file of a bundle."""
    if not text.path.is_dir() or dynatron.is_set(text.path):
        return [text]
    files = [FeedText(file, file.name) for file in sorted(text.path.iterdir()) if file.is_file()]
    if not files:
        raise Unreadable("no file in it")
    return files


async def _one(work: Intaking, text: FeedText, feed: str | None) -> RunReport:
    file, tables, problem = await asyncio.to_thread(_opened, text, feed, work)
    if problem:
        return await _unreadable(work, file, feed or (tables[0][0].name if tables else "unknown"), problem)
    return _together([await _taken_in(work, file, one, table) for one, table in tables])


async def _unreadable(work: Intaking, file: FileSeen, feed: str, problem: str) -> RunReport:
    async with work.database.writing(work.home.id) as db:
        run_id = await runs.unreadable(db, feed, file, problem, work.now)
    return RunReport(run_id, feed, file.name, file.as_of, error=problem)


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


def _opened(text: FeedText, feed: str | None, work: Intaking) -> tuple[FileSeen, list[tuple[Feed, Source]], str]:
    """The file as it lies there, the tables in it with what they are, or why it cannot be read."""
    try:
        if text.path.is_dir():
            drop = dynatron.opened(text.path, text.name)
            file = FileSeen(drop.name, drop.sha256(), drop.size, min(drop.written_at, work.now))
            tables: list[tuple[Feed, Source]] = [(dynatron.ORDERS, dynatron.JoinedOrders(drop))]
            if "customers" in drop.members:
                tables.insert(0, (dynatron.CUSTOMERS, dynatron.People(drop)))
            return file, tables, ""
        file = _seen(text, work)
        table = Table(lambda: text.path.open("rb"))
    except Unreadable as error:
        return _seen(text, work), [], str(error)
    chosen = FEEDS[feed] if feed else dealervault.named(text.name) or likeliest(SINGLE_FILES, table.headers, work.saved)
    file = replace(file, headers=tuple(table.headers))
    shown = ", ".join(table.headers)[:300]
    if chosen is None:
        return file, [], f"its headers fit no kind of file we know: {shown}"
    missing = lacking(chosen, columns_of(chosen, table.headers, work.saved.get(chosen.name, {})))
    problem = f"no column for {', '.join(missing)}; its headers are {shown}" if missing else ""
    return file, [(chosen, table)], problem


def _seen(text: FeedText, work: Intaking) -> FileSeen:
    """Name, hash, size and moment of a file. No file speaks of the future; no link is followed, no pipe waited for."""
    about = text.path.lstat()
    sha256 = ""
    if stat.S_ISREG(about.st_mode):
        with open(os.open(text.path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    as_of = dealervault.spoken_in(text.name, work.zone) or datetime.fromtimestamp(about.st_mtime, UTC)
    return FileSeen(text.name, sha256, about.st_size, min(as_of, work.now))


def _together(reports: Sequence[RunReport]) -> RunReport:
    """One report for all tables of a set and files of a bundle; it bears the name of the last, and says every error."""
    counts = Counts(**{name: sum(getattr(report.counts, name) for report in reports) for name in COUNTERS})
    refusals = tuple(refusal for report in reports for refusal in report.refusals)
    known = all(report.known for report in reports)
    errors = [
        report.error if len(reports) == 1 else f"{report.file_name}: {report.error}"
        for report in reports
        if report.error
    ]
    return replace(reports[-1], counts=counts, refusals=refusals, known=known, error="; ".join(errors))
