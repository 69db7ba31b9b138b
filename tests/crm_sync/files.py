"""Small store files for tests: valid by default, each says only what matters to it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

VIN = "1HGCM82633A004352"

PERSON = {
    "Customer Number": "1001",
    "First Name": "MARIA",
    "Last Name": "ALVAREZ",
    "Address": "12 OAK ST",
    "City": "PORTLAND",
    "State": "OR",
    "Zip": "97201",
    "Home Phone": "(503) 555-0112",
    "Cell Phone": "",
    "Email 1": "Maria@Example.com",
    "Opt Out": "N",
    "Block Email": "N",
    "Block Phone": "N",
    "Block Mail": "N",
}
CAR = {"VIN": VIN, "Year": "2003", "Make": "HONDA", "Model": "Accord"}

RO = {
    "RO Number": "6001",
    "RO Status": "In Shop",
    "Open Date": "11/10/2026",
    "Close Date": "",
    "Promise Date": "11/20/2026",
    "Promise Time": "4:30 PM",
    "Service Advisor Name": "Dan Osei",
    "RO Mileage": "81,200",
    "Operation Codes": "LOF|ROT",
    "Operation Code Descriptions": "Oil and filter|Rotate tires",
    "Labor Sale": "39.95|25.00",
    "Labor Bill Hours": "0.3|0.4",
    "Recommended Operation Codes": "BRKF",
    "Recommendations": "Front brake pads",
    "Total Sale": "$84.90",
    **PERSON,
    **CAR,
}
APPOINTMENT = {
    "Appointment Number": "A77",
    "Appointment Date": "11/23/2026",
    "Appointment Time": "8:15 AM",
    "Operation Code": "LOF|BRKF",
    "Waiting Flag": "Y",
    "RO Number": "",
    **PERSON,
    **CAR,
}
DEAL = {
    "Deal Number": "D9",
    "Deal Status": "Finalized",
    "Deal Type": "Lease",
    "Sale Type": "Retail",
    "Contract Date": "01/31/2026",
    "First Payment Date": "03/31/2026",
    "Contract Term": "35",
    "Co-Buyer Number": "1002",
    "Co-Buyer Name": "ALVAREZ, JOSE",
    **PERSON,
    **CAR,
}
PART = {
    "Special Order Number": "S1",
    "Part Number": "45022-S9A",
    "Part Description": "PAD SET, FR",
    "Quantity Ordered": "1",
    "Quantity Received": "0",
    "Order Date": "11/10/2026",
    "Received Date": "",
    "RO Number": "6001",
    **PERSON,
}


def write(path: Path, rows: Sequence[Mapping[str, str]], *, delimiter: str = "\t", headers: Iterable[str] = ()) -> Path:
    """The rows as a delimited file; columns are those of the first row unless named."""
    names = list(headers) or list(rows[0])
    lines = [delimiter.join(names), *(delimiter.join(row.get(name, "") for name in names) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def sv(folder: Path, *changes: Mapping[str, str], at: str = "20261120_0300", kind: str = "SV") -> Path:
    """A DealerVault-style file with one row for each set of changes to the usual repair order."""
    usual = {"SV": RO, "SV_APPT": APPOINTMENT, "SL": DEAL, "SOP": PART, "OPEN_RO": RO}[kind]
    return write(folder / f"DV1_{at}_{kind}.txt", [{**usual, **one} for one in changes or ({},)])
