"""What became of a store's files can be read afterwards, and while one is still being taken in."""

from pathlib import Path

import pytest

from crm_sync import intake, runs
from crm_sync.ingest import ingest_file
from crm_sync.runs import Counts, RunSeen
from kit.db import Database
from tests.builders import NOW, ROOFTOP, a_store
from tests.crm_sync import files
from tests.crm_sync.desk import Desk


async def seen(database: Database, run_id: str) -> RunSeen:
    async with database.reading(ROOFTOP) as db:
        found = await runs.seen(db, run_id)
        assert found is not None and await runs.seen(db, "no such run") is None
        return found


async def test_a_report_is_read_again_as_it_was_told(database: Database, tmp_path: Path) -> None:
    await a_store(database)
    desk = Desk(database, tmp_path)
    told = await desk.sees({}, {"RO Number": "6002", "Open Date": "soon"})
    run = await seen(database, told.run_id)
    assert (run.state, run.report.counts, run.report.refusals) == ("done", told.counts, told.refusals)
    assert [(one.line, one.column) for one in run.report.refusals] == [(3, "Open Date")]
    (tmp_path / "notes.csv").write_text("hello,there\n1,2\n", encoding="utf-8")
    failed = await desk.take(tmp_path / "notes.csv")
    async with database.reading(ROOFTOP) as db:
        newest = await runs.newest(db, limit=1)
    assert [(one.state, one.report.error) for one in newest] == [("failed", failed.error)]


async def test_a_long_file_says_how_far_it_is(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_store(database)
    monkeypatch.setattr(intake, "CHUNK", 2)
    told: list[int] = []
    path = files.sv(tmp_path, *({"RO Number": str(number)} for number in range(6001, 6006)), kind="SV")
    await ingest_file(database, ROOFTOP, path, None, NOW, lambda counts: told.append(counts.read))
    assert told == [2, 4, 5]
    async with database.reading(ROOFTOP) as db:
        [run] = await runs.newest(db)
    assert run.report.counts == Counts(read=5, new=5)
