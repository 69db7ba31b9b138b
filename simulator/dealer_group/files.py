"""Writes the files of a night, a row at a time, and beside them (never in them) who each customer number truly is."""

import csv
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from simulator.dealer_group import cars, people, sales, shop
from simulator.dealer_group.size import TODAY, Size

DEALER = "DV100"
_TORN = 4001
"""Every so many rows, one comes out torn or twice, as it does."""


def write_night(folder: Path, *, seed: int, scale: float, night: int) -> list[Path]:
    """The files of one night; a later night is the first with one row in a hundred changed."""
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
    return [_write(folder / f"{DEALER}_{stamp}_{kind}.txt", columns, rows) for kind, columns, rows in kinds]


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


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\t".join(columns) + "\r\n")
        for number, row in enumerate(rows):
            line = "\t".join(row)
            file.write(line + ("\r\n" if number % 97 else "\n"))
            if number % _TORN == _TORN - 1:
                file.write(line + "\r\n")
            if number % _TORN == _TORN - 2:
                file.write(line[: len(line) // 3] + "\r\n")
    return path
