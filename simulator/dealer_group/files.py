"""Writes the files of a night, a row at a time, and beside them (never in them) who each customer number truly is."""

import csv
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import compress
from pathlib import Path

from simulator.dealer_group import cars, people, sales, shop
from simulator.dealer_group.size import TODAY, Size

DEALER = "DV100"
_LEFT_OUT = {
    "SV_APPT": ("Birth Date", "Email 2", "Customer Last Activity Date"),
    "SOP": ("Opt Out", "Block Email", "Block Phone", "Block Mail", "License Plate"),
}
"""Columns a store never ticked in the export of one feed: missing there, which is not the same as blank."""
_TORN = 4001
"""Every so many rows, one comes out torn or twice, as it does."""


def write_night(folder: Path, *, seed: int, scale: float, night: int) -> list[Path]:
    """The files of one night; a later night is the first with one row in a hundred changed and new repair orders."""
    folder.mkdir(parents=True, exist_ok=True)
    size = Size(seed, scale)
    both = people.COLUMNS + cars.COLUMNS
    kinds: tuple[tuple[str, Sequence[str], Iterable[Sequence[str]]], ...] = (
        ("SV", shop.VISIT + both, shop.repair_orders(size, night, DEALER)),
        ("SV_APPT", shop.APPOINTMENT + both, shop.appointments(size, night)),
        ("SL", sales.DEAL + both, sales.deals(size, night, DEALER)),
        ("SOP", shop.PART + both, shop.special_orders(size, night)),
    )
    stamp = f"{TODAY + timedelta(days=night):%Y%m%d}_0300"
    return [
        _write(folder / f"{DEALER}_{stamp}_{kind}.txt", columns, rows, _LEFT_OUT.get(kind, ()))
        for kind, columns, rows in kinds
    ]


def write_truth(folder: Path, *, seed: int, scale: float) -> Path:
    """`truth.csv`: customer number, person, household."""
    folder.mkdir(parents=True, exist_ok=True)
    size, path = Size(seed, scale), folder / "truth.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("customer_number", "person", "household"))
        for number in range(size.customers):
            who = people.person_of(size, number)
            out.writerow((people.written(size, number, 1)[0], who, people.household_of(size, who)))
    return path


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], left_out: Sequence[str]) -> Path:
    kept = [column not in left_out for column in columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\t".join(compress(columns, kept)) + "\r\n")
        for number, row in enumerate(rows):
            line = "\t".join(compress(row, kept))
            file.write(line + ("\r\n" if number % 97 else "\n"))
            if number % _TORN == _TORN - 1:
                file.write(line + "\r\n")
            if number % _TORN == _TORN - 2:
                file.write(line[: len(line) // 3] + "\r\n")
    return path
