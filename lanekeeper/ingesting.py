"""Takes store files in from the command line, and shows what became of each."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from crm_sync.ingest import ingest_file
from crm_sync.opening import Unpacking
from crm_sync.runs import Counts, RunReport
from kit.clock import SystemClock
from kit.db import Database
from kit.errors import ConfigurationError
from record import rooftops

_SHOWN = 20


async def take_in(
    url: str, files: Sequence[Path], rooftop: str, feed: str | None, unpacking: Unpacking, out: Console
) -> bool:
    """Takes the files in one after the other; False when one of them could not be read at all."""
    database = Database(url)
    try:
        rooftop_id = await _rooftop(database, rooftop)
        reports = [await _with_progress(database, rooftop_id, path, feed, unpacking, out) for path in files]
    finally:
        await database.close()
    return not any(report.error for report in reports)


async def _with_progress(
    database: Database, rooftop_id: str, path: Path, feed: str | None, unpacking: Unpacking, out: Console
) -> RunReport:
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=out, transient=True) as shown:
        task = shown.add_task(escape(path.name), total=None)

        def moved(counts: Counts) -> None:
            shown.update(task, description=f"{escape(path.name)}: {counts.read:,} rows")

        now = SystemClock().now()
        report = await ingest_file(database, rooftop_id, path, feed, now, moved, unpacking=unpacking)
    show(report, out)
    return report


def show(report: RunReport, out: Console) -> None:
    """What was read, new, changed, the same, refused; each refused row with its line, column and reason."""
    name = f"[bold]{escape(report.file_name)}[/]"
    if report.error:
        out.print(f"{name}: [red]could not be read[/]: {escape(report.error)}", highlight=False)
        return
    if report.known:
        out.print(f"{name}: taken in before; nothing changed", highlight=False)
        return
    counts = report.counts
    says = f"{counts.read:,} read, {counts.new:,} new, {counts.changed:,} changed, {counts.same:,} the same"
    says += f", {counts.older:,} older than what is known" if counts.older else ""
    out.print(f"{name} ({report.feed}): {says}, {counts.refused:,} refused", highlight=False)
    if report.ignored_headers:
        out.print(f"  columns left alone: {escape(', '.join(report.ignored_headers[:12]))}", highlight=False)
    if report.refusals:
        table = Table("Line", "Column", "Why")
        for refusal in report.refusals[:_SHOWN]:
            table.add_row(str(refusal.line), escape(refusal.column), escape(refusal.reason))
        out.print(table)
        if counts.refused > _SHOWN:
            out.print(f"  and {counts.refused - min(_SHOWN, len(report.refusals)):,} more")


async def _rooftop(database: Database, named: str) -> str:
    async with database.looking_across("the store a person named on the command line") as db:
        known = await rooftops.stores(db)
    fitting = [home.id for home in known if named.casefold() in (home.name.casefold(), home.id.casefold())]
    if len(fitting) != 1:
        names = ", ".join(sorted({home.name for home in known})) or "none; add one with lanekeeper add-store"
        raise ConfigurationError(f"no store is called '{named}'; there are: {names}")
    return fitting[0]
