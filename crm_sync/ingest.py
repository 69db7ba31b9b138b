"""A store's file into its record: read, map, apply; a bad row stops itself and nothing else."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from crm_sync import codes, runs
from crm_sync.exact_matching import ExactMatcher
from crm_sync.feeds import FEEDS, UnknownFeed, saved_headers, staff_by_name
from crm_sync.formats import dealervault
from crm_sync.headers import Columns, Feed, columns_of, lacking, likeliest
from crm_sync.intake import Intake
from crm_sync.ports import PeopleMatcher
from crm_sync.reading import Table, Unreadable
from crm_sync.rows import FileMoment
from crm_sync.run import Run
from crm_sync.runs import Counts, FileSeen, RunReport
from kit.db import Database
from kit.ids import RooftopId
from record.rooftops import store

Progress = Callable[[Counts], None]


async def ingest_file(
    database: Database,
    rooftop_id: RooftopId | str,
    path: Path,
    feed: str | None,
    now: datetime,
    progress: Progress | None = None,
    matcher: PeopleMatcher | None = None,
) -> RunReport:
    """Takes the file in for one rooftop and says what became of it.

    The same file again changes nothing. One that was interrupted goes on where it stopped. `feed` None means that
    the file's name or its headers tell which it is.
    """
    if feed is not None and feed not in FEEDS:
        raise UnknownFeed(f"'{feed}' is none of {', '.join(sorted(FEEDS))}")
    async with database.reading(rooftop_id) as db:
        home = await store(db, rooftop_id)
        if home is None:
            raise UnknownFeed("no such rooftop")
        saved = await saved_headers(db)
    zone = ZoneInfo(home.time_zone)
    file, table, problem = await asyncio.to_thread(_opened, path, zone, now)
    chosen = FEEDS[feed] if feed else None
    if table is not None:
        chosen = chosen or dealervault.named(path.name) or likeliest(tuple(FEEDS.values()), table.headers)
        problem = problem or _problem(chosen, table, saved)
    if table is None or chosen is None or problem:
        name = chosen.name if chosen else feed or "unknown"
        async with database.writing(rooftop_id) as db:
            run_id = await runs.unreadable(db, name, file, problem, now)
        return RunReport(run_id, name, path.name, file.as_of, error=problem)
    columns = columns_of(chosen, table.headers, saved.get(chosen.name, {}))
    return await _taken_in(database, home.id, path.name, file, table, chosen, columns, zone, now, progress, matcher)


async def _taken_in(
    database: Database,
    rooftop_id: str,
    name: str,
    file: FileSeen,
    table: Table,
    feed: Feed,
    columns: Columns,
    zone: ZoneInfo,
    now: datetime,
    progress: Progress | None,
    matcher: PeopleMatcher | None,
) -> RunReport:
    async with database.writing(rooftop_id) as db:
        begun, known = await runs.begin(db, feed.name, file, now)
        run_id, counts = begun.id, runs.counts_of(begun)
        if known:
            return RunReport(run_id, feed.name, name, begun.as_of, counts, known=True)
        run = Run(
            run_id,
            rooftop_id,
            feed.name,
            FileMoment(begun.as_of, zone),
            now,
            matcher or ExactMatcher(),
            await codes.statuses(db),
            await staff_by_name(db),
        )
    try:
        counts = await Intake(database, feed, columns, run).take(table.rows(), counts, progress)
    except Exception as error:
        async with database.writing(rooftop_id) as db:
            await runs.end(db, run_id, runs.FAILED, now, type(error).__name__)
        raise
    async with database.writing(rooftop_id) as db:
        await runs.end(db, run_id, runs.DONE, now)
        refused = await runs.refusals(db, run_id)
    return RunReport(run_id, feed.name, name, run.as_of, counts, refused, columns.ignored)


def _opened(path: Path, zone: ZoneInfo, now: datetime) -> tuple[FileSeen, Table | None, str]:
    """The file as it lies there, its table, or why it is none. No file speaks of the future."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    about = path.stat()
    as_of = dealervault.spoken_in(path.name, zone) or datetime.fromtimestamp(about.st_mtime, UTC)
    seen = FileSeen(path.name, sha256, about.st_size, min(as_of, now), ())
    try:
        table = Table(lambda: path.open("rb"))
    except Unreadable as error:
        return seen, None, str(error)
    return FileSeen(seen.name, sha256, seen.size, seen.as_of, tuple(table.headers)), table, ""


def _problem(feed: Feed | None, table: Table, saved: dict[str, dict[str, str]]) -> str:
    shown = ", ".join(table.headers)[:300]
    if feed is None:
        return f"its headers fit no kind of file we know: {shown}"
    missing = lacking(feed, columns_of(feed, table.headers, saved.get(feed.name, {})))
    return f"no column for {', '.join(missing)}; its headers are {shown}" if missing else ""
