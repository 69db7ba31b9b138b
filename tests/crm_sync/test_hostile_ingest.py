"""Hostile files at the front door: each leaves a run a person can read, and no bad row costs a good one."""

import gzip
import zipfile
from pathlib import Path

from sqlalchemy import select

from crm_sync.ingest import ingest_file
from crm_sync.models import RefusedRow, SyncRun
from crm_sync.opening import Unpacking
from kit.db import Database
from record.models import RepairOrder
from record.visit_models import RepairOrderLine
from tests.builders import NOW, ROOFTOP, a_store
from tests.crm_sync import files
from tests.crm_sync.desk import Desk
from tests.crm_sync.hostile_files import CELL, GOOD, HEADER, corpus


async def test_every_hostile_file_leaves_a_run_with_its_reason_or_its_rows(database: Database, tmp_path: Path) -> None:
    await a_store(database)
    unpacking = Unpacking(tmp_path / "scratch")
    for hostile in corpus():
        path = tmp_path / hostile.name
        hostile.make(path)
        report = await ingest_file(database, ROOFTOP, path, None, NOW, unpacking=unpacking)
        assert report.run_id and hostile.says in report.error, hostile.name
        assert bool(report.error) == bool(hostile.says), (hostile.name, report.error)
        assert report.counts.refused >= hostile.bad, hostile.name
        path.unlink()
    async with database.reading(ROOFTOP) as db:
        runs = list(await db.scalars(select(SyncRun)))
        assert {run.state for run in runs} == {"done", "failed"}
        assert all(run.error for run in runs if run.state == "failed")
        assert all([row.reason for row in await db.scalars(select(RefusedRow))])


async def test_a_ten_megabyte_cell_costs_its_own_row_and_no_other(database: Database, tmp_path: Path) -> None:
    await a_store(database)
    desk, path = Desk(database, tmp_path), tmp_path / "ros.csv"
    rows = [GOOD.replace("6001", number) for number in ("6001", "6002", "6003")]
    path.write_text("\n".join([HEADER, rows[0], rows[1][:-7] + "x" * CELL, rows[2]]))
    report = await desk.take(path)
    assert {row.ro_number for row in await desk.all(RepairOrder)} == {"6001", "6003"}
    [refused] = await desk.all(RefusedRow)
    assert (refused.line, "10,485," in refused.reason or "2,000,000" in refused.reason) == (3, True), refused.reason
    assert (report.error, report.counts.refused) == ("", 1)


async def test_a_formula_in_a_file_is_kept_as_the_text_it_is(database: Database, tmp_path: Path) -> None:
    await a_store(database)
    desk = Desk(database, tmp_path)
    await desk.sees({"Operation Code Descriptions": "=HYPERLINK(1)|@SUM(1+1)"})
    assert {line.description for line in await desk.all(RepairOrderLine)} == {"=HYPERLINK(1)", "@SUM(1+1)"}


async def test_the_same_file_packed_is_the_same_file(database: Database, tmp_path: Path) -> None:
    await a_store(database)
    desk = Desk(database, tmp_path)
    plain = files.sv(tmp_path, {}, at="20261120_0300", kind="SV")
    first = await desk.take(plain)
    packed = tmp_path / f"{plain.name}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    again = await desk.take(packed)
    assert (first.known, again.known, again.run_id) == (False, True, first.run_id)


async def test_a_nights_files_in_one_zip_are_each_taken_in(database: Database, tmp_path: Path) -> None:
    await a_store(database)
    desk = Desk(database, tmp_path)
    order = files.sv(tmp_path, {}, at="20261120_0300", kind="SV")
    other = files.sv(tmp_path, {"RO Number": "6002"}, at="20261120_0300", kind="OPEN_RO")
    with zipfile.ZipFile(tmp_path / "night.zip", "w") as packed:
        for file in (order, other):
            packed.write(file, file.name)
        packed.writestr("readme.csv", "hello\n")
    report = await desk.take(tmp_path / "night.zip")
    assert {row.ro_number for row in await desk.all(RepairOrder)} == {"6001", "6002"}
    assert report.error.startswith("readme.csv: ")
