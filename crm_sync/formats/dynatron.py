"""Dynatron-style sets: ten CSV files in a folder, joined by repair order into whole rows before they are read.

The files lie next to each other and in any order, so what belongs to one order is gathered in a scratch database on
disk: memory stays flat however long the set.
"""

import hashlib
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from crm_sync import sale_mapping, visit_mapping
from crm_sync.formats.blocks import ADVICE, CAR, PERSON, VISIT
from crm_sync.groups import BETWEEN, INSIDE
from crm_sync.headers import Feed
from crm_sync.reading import Cells, Damaged, Table, Unreadable

PARTS = (
    "ros",
    "lines",
    "techs",
    "parts",
    "misc",
    "complaints",
    "recommendations",
    "customers",
    "vehicles",
    "employees",
)

# Header -> our field, letter by letter: these headers are case-sensitive, and may stand in any order.
_ROS = {
    "RONumber": "ro_number",
    "Status": "ro_status",
    "Department": "department",
    "OpenDate": "opened",
    "CloseDate": "closed",
    "PromiseDate": "promised",
    "PromiseTime": "promised_time",
    "MileageIn": "mileage_in",
    "MileageOut": "mileage_out",
    "TotalAmount": "total",
    "CustomerPayAmount": "customer_total",
    "AppointmentNumber": "appointment_number",
    "Waiter": "waiting",
}
_CUSTOMERS = {
    "CustomerNumber": "customer_number",
    "FirstName": "first_name",
    "MiddleName": "middle_name",
    "LastName": "last_name",
    "FullName": "full_name",
    "CustomerType": "is_business",
    "Address": "street",
    "City": "city",
    "State": "region",
    "Zip": "postal_code",
    "HomePhone": "home_phone",
    "CellPhone": "cell_phone",
    "WorkPhone": "work_phone",
    "Email": "email_1",
    "BirthDate": "birth_date",
    "OptOut": "opt_out",
    "BlockEmail": "block_email",
    "BlockPhone": "block_phone",
    "BlockMail": "block_mail",
}
_VEHICLES = {
    "VIN": "vin",
    "Year": "year",
    "Make": "make",
    "Model": "model",
    "License": "plate",
    "StockNumber": "stock_number",
}
_NEEDED = {
    "ros": ("RONumber", "OpenDate", "CustomerNumber"),
    "lines": ("RONumber", "LineNumber", "OpCode"),
    "techs": ("RONumber", "LineNumber"),
    "parts": ("RONumber", "LineNumber"),
    "misc": ("RONumber",),
    "complaints": ("RONumber", "LineNumber"),
    "recommendations": ("RONumber",),
    "customers": ("CustomerNumber",),
    "vehicles": ("VIN",),
    "employees": ("EmployeeNumber",),
}

ORDERS = Feed(
    "dynatron",
    (),
    ("ro_number",),
    ("ro_number", "opened"),
    {**PERSON, **CAR, **ADVICE, **VISIT},
    visit_mapping.repair_order,
)
CUSTOMERS = Feed("dynatron_people", (), ("customer_number",), ("customer_number",), PERSON, sale_mapping.customer_row)
FEEDS = (ORDERS, CUSTOMERS)


@dataclass(frozen=True)
class DynatronSet:
    """The files of one drop, by what they hold."""

    name: str
    members: Mapping[str, Callable[[], BinaryIO]]
    written_at: datetime
    size: int

    def sha256(self) -> str:
        """One hash for the whole set."""
        whole = hashlib.sha256()
        for kind in sorted(self.members):
            with self.members[kind]() as file:
                while block := file.read(1 << 20):
                    whole.update(block)
            whole.update(kind.encode())
        return whole.hexdigest()


def is_set(folder: Path) -> bool:
    """Whether the files in a folder belong together."""
    return any(_kind(file.name) == "ros" for file in folder.iterdir())


def opened(folder: Path, name: str) -> DynatronSet:
    """The set in a folder. Unreadable when it has no repair orders in it."""
    files = {kind: file for file in sorted(folder.iterdir()) if (kind := _kind(file.name))}
    if "ros" not in files:
        raise Unreadable("no ros.csv in it")
    written = max(file.stat().st_mtime for file in files.values())
    size = sum(file.stat().st_size for file in files.values())
    members = {kind: _opens(file) for kind, file in files.items()}
    return DynatronSet(name, members, datetime.fromtimestamp(written, UTC), size)


class JoinedOrders:
    """The set as a table with one row for each repair order; it reads like any other file."""

    headers: Sequence[str]

    def __init__(self, drop: DynatronSet) -> None:
        self._drop = drop
        self._tables = {kind: Table(opens) for kind, opens in drop.members.items()}
        for kind, table in self._tables.items():
            missing = [header for header in _NEEDED[kind] if header not in table.headers]
            if missing:
                raise Unreadable(f"{kind}.csv has no column {', '.join(missing)}; headers are case-sensitive")
        fields = {_ROS[header] for header in self._tables["ros"].headers if header in _ROS} | {"customer_number"}
        for kind, names in (("customers", _CUSTOMERS), ("vehicles", _VEHICLES)):
            if kind in self._tables:
                fields |= {names[header] for header in self._tables[kind].headers if header in names}
        fields |= {"vin"} if "VIN" in self._tables["ros"].headers else set()
        fields |= {"advisor"} if "employees" in self._tables else set()
        for kind, joined in _JOINED.items():
            if kind in self._tables:
                fields |= set(joined)
        self.headers = sorted(fields)

    def rows(self) -> Iterator[Cells | Damaged]:
        """Each order whole. A damaged line of another file of the set is a damaged row of its own."""
        with tempfile.TemporaryDirectory(prefix="lanekeeper-set-") as folder:
            scratch = sqlite3.connect(Path(folder) / "set.db")
            try:
                yield from self._gather(scratch)
                for row in self._tables["ros"].rows():
                    if isinstance(row, Damaged):
                        yield row
                        continue
                    said = dict(zip(self._tables["ros"].headers, row.cells, strict=True))
                    texts = self._order(scratch, said)
                    yield Cells(row.line, [texts.get(field, "") for field in self.headers])
            finally:
                scratch.close()

    def _gather(self, scratch: sqlite3.Connection) -> Iterator[Damaged]:
        scratch.execute("pragma journal_mode=off")
        scratch.execute("pragma synchronous=off")
        scratch.execute("create table held (kind text, key text, place integer, said text)")
        keys = {"customers": "CustomerNumber", "vehicles": "VIN", "employees": "EmployeeNumber"}
        for kind, table in self._tables.items():
            if kind in ("ros", "misc"):
                continue
            key = keys.get(kind, "RONumber")
            for row in table.rows():
                if isinstance(row, Damaged):
                    yield Damaged(row.line, f"{kind}.csv {row.column}".strip(), row.reason, row.raw)
                    continue
                said = dict(zip(table.headers, row.cells, strict=True))
                place = said.get("LineNumber", "").strip()
                values = (kind, said[key].strip(), int(place) if place.isdigit() else row.line, json.dumps(said))
                scratch.execute("insert into held values (?, ?, ?, ?)", values)
        scratch.execute("create index held_by_key on held (kind, key, place)")
        scratch.commit()

    def _order(self, scratch: sqlite3.Connection, said: Mapping[str, str]) -> dict[str, str]:
        texts = {field: said[header] for header, field in _ROS.items() if header in said}
        number = said["RONumber"].strip()
        for key, kind, names in (("CustomerNumber", "customers", _CUSTOMERS), ("VIN", "vehicles", _VEHICLES)):
            for one in self._held(scratch, kind, said.get(key, "").strip())[:1]:
                texts |= {field: one[header] for header, field in names.items() if header in one}
        texts["customer_number"] = said["CustomerNumber"]
        if "VIN" in said:
            texts["vin"] = said["VIN"]
        for one in self._held(scratch, "employees", said.get("AdvisorNumber", "").strip())[:1]:
            texts["advisor"] = one.get("Name", "")
        lines = self._held(scratch, "lines", number)
        texts |= {
            "op_codes": _between(one["OpCode"] for one in lines),
            "op_descriptions": _between(one.get("Description", "") for one in lines),
            "op_statuses": _between(one.get("Status", "") for one in lines),
            "sale_types": _between(one.get("PayType", "") for one in lines),
            "bill_hours": _between(one.get("Hours", "") for one in lines),
            "labor_sales": _between(one.get("LaborAmount", "") for one in lines),
            "technicians": self._by_line(scratch, "techs", number, lines, "TechName"),
            "parts_sales": self._by_line(scratch, "parts", number, lines, "Amount"),
            "complaints": self._by_line(scratch, "complaints", number, lines, "Complaint"),
            "corrections": self._by_line(scratch, "complaints", number, lines, "Correction"),
        }
        advice = self._held(scratch, "recommendations", number)
        for field, header in _JOINED["recommendations"].items():
            texts[field] = _between(one.get(header, "") for one in advice)
        return texts

    def _by_line(
        self, scratch: sqlite3.Connection, kind: str, number: str, lines: Sequence[Mapping[str, str]], header: str
    ) -> str:
        """One group for each operation, by line number: what belongs to no line is nobody's."""
        by_line: dict[str, list[str]] = {}
        for one in self._held(scratch, kind, number):
            by_line.setdefault(one["LineNumber"].strip(), []).append(_inner(one.get(header, "")))
        return BETWEEN.join(INSIDE.join(by_line.get(line["LineNumber"].strip(), [])) for line in lines)

    def _held(self, scratch: sqlite3.Connection, kind: str, key: str) -> list[dict[str, str]]:
        if not key or kind not in self._tables:
            return []
        rows = scratch.execute("select said from held where kind = ? and key = ? order by place, rowid", (kind, key))
        return [json.loads(said) for (said,) in rows]


_JOINED: Mapping[str, Mapping[str, str]] = {
    "lines": {
        "op_codes": "",
        "op_descriptions": "",
        "op_statuses": "",
        "sale_types": "",
        "bill_hours": "",
        "labor_sales": "",
    },
    "techs": {"technicians": ""},
    "parts": {"parts_sales": ""},
    "complaints": {"complaints": "", "corrections": ""},
    "recommendations": {
        "advised_codes": "OpCode",
        "advised_names": "Description",
        "advised_states": "Status",
        "advised_reasons": "Reason",
        "advised_colours": "Color",
        "advised_prices": "Amount",
        "advised_until": "DeferredDate",
        "advised_miles": "DeferredMileage",
    },
}


class People:
    """The set's customers as a table, for those without a repair order in it."""

    headers: Sequence[str]

    def __init__(self, drop: DynatronSet) -> None:
        self._table = Table(drop.members["customers"])
        self.headers = [_CUSTOMERS.get(header, header) for header in self._table.headers]

    def rows(self) -> Iterator[Cells | Damaged]:
        return self._table.rows()


def _kind(file_name: str) -> str:
    """ros for ros.csv, 123_ros.csv and 20261120-ros.csv."""
    stem, _, ending = file_name.rpartition("/")[2].lower().rpartition(".")
    word = stem.replace("-", "_").rpartition("_")[2]
    return word if ending in ("csv", "txt") and word in PARTS else ""


def _between(texts: Iterator[str]) -> str:
    return BETWEEN.join(_inner(text) for text in texts)


def _inner(text: str) -> str:
    return text.replace(BETWEEN, "/").replace(INSIDE, " ").strip()


def _opens(file: Path) -> Callable[[], BinaryIO]:
    return lambda: file.open("rb")
