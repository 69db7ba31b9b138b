"""A set of ten files is read as the repair orders it tells of."""

import zipfile
from pathlib import Path

import pytest

from kit.db import Database
from record.contact_models import HygieneFinding
from record.models import Customer, RepairOrder, Vehicle
from record.visit_models import Recommendation, RepairOrderLine
from tests.builders import a_store
from tests.crm_sync import files
from tests.crm_sync.desk import Desk

SET = {
    "ros": [
        {"CustomerNumber": "7", "RONumber": "900", "OpenDate": "2026-11-02", "CloseDate": "2026-11-03",
         "VIN": files.VIN, "Status": "Closed", "AdvisorNumber": "12", "TotalAmount": "120.00"},
        {"CustomerNumber": "7", "RONumber": "901", "OpenDate": "2026-11-19", "CloseDate": "", "VIN": files.VIN,
         "Status": "In Shop", "AdvisorNumber": "12", "TotalAmount": ""},
    ],
    "lines": [
        {"RONumber": "900", "LineNumber": "2", "OpCode": "ROT", "Description": "Rotate | balance", "LaborAmount": "20"},
        {"RONumber": "900", "LineNumber": "1", "OpCode": "LOF", "Description": "Oil", "LaborAmount": "30"},
        {"RONumber": "901", "LineNumber": "1", "OpCode": "DIAG", "Description": "Noise", "LaborAmount": ""},
    ],
    "techs": [
        {"RONumber": "900", "LineNumber": "1", "TechName": "Sam Lee"},
        {"RONumber": "900", "LineNumber": "1", "TechName": "Kim Roe"},
    ],
    "parts": [
        {"RONumber": "900", "LineNumber": "1", "PartNumber": "F1", "Amount": "7.50"},
        {"RONumber": "900", "LineNumber": "1", "PartNumber": "O5", "Amount": "22.50"},
    ],
    "misc": [{"RONumber": "900", "Description": "Shop supplies", "Amount": "3"}],
    "complaints": [{"RONumber": "901", "LineNumber": "1", "Complaint": "Grinding when braking", "Correction": ""}],
    "recommendations": [
        {"RONumber": "900", "OpCode": "BRKF", "Description": "Front brakes", "Status": "Declined", "Amount": "410"}
    ],
    "customers": [
        {"CustomerNumber": "7", "FirstName": "ANA", "LastName": "REYES", "CellPhone": "5035550123"},
        {"CustomerNumber": "8", "FirstName": "NO", "LastName": "VISIT", "CellPhone": "5035550124"},
    ],
    "vehicles": [{"VIN": files.VIN, "Year": "2003", "Make": "HONDA", "Model": "Accord"}],
    "employees": [{"EmployeeNumber": "12", "Name": "Dan Osei"}],
}  # fmt: skip


def a_set(folder: Path, **instead: list[dict[str, str]]) -> Path:
    folder.mkdir()
    for kind, rows in {**SET, **instead}.items():
        files.write(folder / f"{kind}.csv", rows, delimiter=",", headers=reversed(rows[0]))
    return folder


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in folder.iterdir():
            packed.write(file, f"drop/2026_{file.name}")
    return path


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    await a_store(database)
    return Desk(database, tmp_path)


@pytest.mark.parametrize("as_zip", [False, True])
async def test_ten_files_become_whole_repair_orders(desk: Desk, as_zip: bool) -> None:
    folder = a_set(desk.folder / "drop")
    report = await desk.take(zipped(folder) if as_zip else folder)
    assert (report.error, report.counts.new, report.counts.refused) == ("", 4, 0)
    order = await desk.one(RepairOrder, ro_number="900")
    lines = sorted(await desk.all(RepairOrderLine, repair_order_id=order.id), key=lambda line: line.position)
    assert [(line.op_code, line.technician, line.labor_cents, line.parts_cents) for line in lines] == [
        ("LOF", "Sam Lee, Kim Roe", 3000, 3000),
        ("ROT", "", 2000, None),
    ]
    assert order.advisor_id is not None
    advice = await desk.one(Recommendation)
    assert (advice.state, advice.presented, advice.price_low_cents) == ("declined", True, 41000)
    assert (await desk.one(RepairOrder, ro_number="901")).concern == "Grinding when braking"
    assert (await desk.one(Vehicle, vin=files.VIN)).make == "Honda"
    assert {person.last_name for person in await desk.all(Customer)} == {"Ortega", "Reyes", "Visit"}
    assert await desk.all(HygieneFinding, kind="uneven_groups") == []


async def test_headers_of_a_set_are_case_sensitive(desk: Desk) -> None:
    wrong = [{name.lower(): text for name, text in row.items()} for row in SET["lines"]]
    report = await desk.take(a_set(desk.folder / "drop", lines=wrong))
    assert "lines.csv" in report.error and "RONumber" in report.error
    assert await desk.all(RepairOrder) == []


async def test_the_same_set_again_changes_nothing(desk: Desk) -> None:
    folder = a_set(desk.folder / "drop")
    await desk.take(folder)
    assert (await desk.take(folder)).known


async def test_a_back_dated_close_in_a_later_set_is_seen(desk: Desk) -> None:
    await desk.take(a_set(desk.folder / "drop"))
    closed = [SET["ros"][0], {**SET["ros"][1], "CloseDate": "2026-11-01", "Status": "Closed"}]
    later = await desk.take(a_set(desk.folder / "later", ros=closed))
    assert (later.counts.changed, later.counts.same) == (1, 3)
    assert (await desk.one(RepairOrder, ro_number="901")).status == "closed"


async def test_a_zip_that_is_none_is_named(desk: Desk) -> None:
    path = desk.folder / "drop.zip"
    path.write_bytes(b"PK not really")
    assert "zip" in (await desk.take(path)).error
