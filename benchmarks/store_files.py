"""A dealer's nightly files, made up and seeded: repair orders, appointments and deals, DealerVault-style."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from crm_sync.values import vin_fault

FIRST = "MARIA JOSE ANA JAMES ROBERT LINDA DAVID SUSAN KEVIN LAURA PETER NADIA OMAR GRACE HENRY ELENA".split()
LAST = "ALVAREZ SMITH NGUYEN O'BRIEN MCDONALD LEE GARCIA PATEL JOHNSON KIM DE_LA_CRUZ BROWN COHEN ROSSI".split()
CARS = [("HONDA", "CR-V"), ("TOYOTA", "Camry"), ("FORD", "F-150"), ("CHEVROLET", "Tahoe"), ("KIA", "Sorento")]
OPS = ["LOF", "ROT", "MPI", "ALIGN", "BATT", "BRKF", "BRKR", "TIRE", "DIAG", "WIPER", "CABIN", "TRANS"]
TODAY = date(2026, 11, 19)

PERSON = (
    "Customer Number|First Name|Middle Name|Last Name|Individual/Business Flag|Address|City|State|Zip|Home Phone|"
    "Cell Phone|Work Phone|Email 1|Birth Date|Language|Opt Out|Block Email|Block Phone|Block Mail"
).split("|")
CAR = "VIN|Year|Make|Model|Stock Number|New/Used".split("|")
SV = (
    "File Type|DV Dealer ID|Vendor Dealer ID|RO Number|RO Status|RO Department|Open Date|Close Date|Promise Date|"
    "Promise Time|Appointment Number|Service Advisor Number|Service Advisor Name|RO Mileage|Mileage Out|"
    "Payment Method|Operation Codes|Operation Code Descriptions|Operation Sale Types|Tech Number|Tech Name|"
    "Labor Complaint|Labor Correction|Recommended Operation Codes|Recommendations|Labor Bill Hours|Labor Sale|"
    "Parts Sale|Customer Total Sale|Total Sale"
).split("|")
APPOINTMENT = (
    "Appointment Number|Appointment Date|Appointment Time|RO Number|Operation Code|Service Advisor Name|Waiting Flag"
).split("|")
DEAL = (
    "Deal Number|Deal Status|Deal Type|Sale Type|Contract Date|Delivery Date|Salesman 1 Name|Contract Term|"
    "First Payment Date|Co-Buyer Number|Co-Buyer Name"
).split("|")


def write_night(folder: Path, *, seed: int, scale: float, night: int) -> list[Path]:
    """The files of one night; night 2 is night 1 with one row in a hundred changed."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = f"{TODAY + timedelta(days=night):%Y%m%d}_0300"
    size = _Size(seed, scale)
    files = []
    for kind, columns, rows in (
        ("SV", SV + PERSON + CAR, _repair_orders(size, night)),
        ("SV_APPT", APPOINTMENT + PERSON + CAR, _appointments(size, night)),
        ("SL", DEAL + PERSON + CAR, _deals(size, night)),
    ):
        path = folder / f"DV100_{stamp}_{kind}.txt"
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write("\t".join(columns) + "\r\n")
            for row in rows:
                file.write("\t".join(row) + "\r\n")
        files.append(path)
    return files


class _Size:
    def __init__(self, seed: int, scale: float) -> None:
        self.seed = seed
        self.customers = max(20, int(200_000 * scale))
        self.vehicles = max(30, int(300_000 * scale))
        self.orders = max(35, int(350_000 * scale))
        self.appointments = max(5, int(50_000 * scale))
        self.deals = max(10, int(100_000 * scale))


@cache
def _vin(number: int) -> str:
    dice = random.Random(number)
    vin = "1HG" + "".join(dice.choices("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", k=5)) + "0" + f"{number % 10**8:08d}"
    for digit in "0123456789X":
        if not vin_fault(vin[:8] + digit + vin[9:]):
            return vin[:8] + digit + vin[9:]
    raise AssertionError(vin)


def _person(size: _Size, number: int) -> list[str]:
    dice = random.Random(f"{size.seed}:p{number}")
    first, last = dice.choice(FIRST), dice.choice(LAST).replace("_", " ")
    local = f"{200 + number // 10**7 % 700:03d}{2_000_000 + number % 7_999_999:07d}"
    birth = f"{dice.randint(1, 12)}/{dice.randint(1, 28)}/{dice.randint(1940, 2004)}" if dice.random() < 0.6 else ""
    return [
        str(100_000 + number), first, dice.choice("ABCDEFGHIJ"), last, "I", f"{dice.randint(1, 9999)} OAK ST",
        "PORTLAND", "OR", f"97{dice.randint(100, 299)}",
        f"({local[:3]}) {local[3:6]}-{local[6:]}" if dice.random() < 0.8 else "",
        f"503{local[3:]}" if dice.random() < 0.7 else "", "",
        f"{first}.{last}{number}@example.com".replace(" ", "").lower(),
        birth, "English", "N", "Y" if dice.random() < 0.03 else "N", "Y" if dice.random() < 0.02 else "N", "N",
    ]  # fmt: skip


def _car(size: _Size, number: int) -> list[str]:
    dice = random.Random(f"{size.seed}:v{number}")
    make, model = dice.choice(CARS)
    return [_vin(number), str(dice.randint(2005, 2026)), make, model, f"S{number}", dice.choice("NU")]


def _owner(size: _Size, vehicle: int) -> int:
    return vehicle % size.customers


def _repair_orders(size: _Size, night: int) -> Iterator[list[str]]:
    for number in range(size.orders):
        dice = random.Random(f"{size.seed}:r{number}")
        vehicle = number % size.vehicles if dice.random() < 0.5 else dice.randrange(size.vehicles)
        opened = TODAY - timedelta(days=int((size.orders - number) / size.orders * 1500))
        is_open = (TODAY - opened).days < 4
        closed = "" if is_open else f"{opened + timedelta(days=dice.randint(0, 3)):%m/%d/%Y}"
        count = dice.choice((1, 2, 3, 3, 4, 5))
        ops = [dice.choice(OPS) for _ in range(count)]
        advice = dice.sample(OPS, dice.choice((0, 0, 1, 2)))
        labor = [f"{dice.randint(20, 400)}.{dice.randint(0, 99):02d}" for _ in ops]
        total = f"{dice.randint(50, 2500)}.00"
        status = dice.choice(("In Shop", "Ready for Pickup", "Waiting on Dispatch")) if is_open else "Closed"
        if night > 1 and number % 100 == 7:
            status, total = ("Ready for Pickup" if is_open else "Closed"), "1.00"
        yield [
            "SV", "DV100", "100", str(600_000 + number), status, "Service", f"{opened:%m/%d/%Y}", closed,
            f"{opened:%m/%d/%Y}", "4:30 PM", "", "12", "OSEI, DAN", str(dice.randint(1000, 150_000)), "", "CASH",
            "|".join(ops), "|".join(f"{op} service as on the menu" for op in ops), "|".join("C" for _ in ops),
            "|".join("7" for _ in ops), "|".join("LEE, SAM" for _ in ops),
            "|".join("customer states noise from front when braking" for _ in ops),
            "|".join("performed and road tested, no fault found" for _ in ops), "|".join(advice),
            "|".join(f"recommend {code}" for code in advice), "|".join("0.5" for _ in ops), "|".join(labor),
            "|".join("12.50" for _ in ops), total, total,
            *_person(size, _owner(size, vehicle)), *_car(size, vehicle),
        ]  # fmt: skip


def _appointments(size: _Size, night: int) -> Iterator[list[str]]:
    for number in range(size.appointments):
        dice = random.Random(f"{size.seed}:a{number}")
        vehicle = dice.randrange(size.vehicles)
        day = TODAY + timedelta(days=dice.randint(-30, 15))
        waiting = "Y" if night > 1 and number % 100 == 7 else "N"
        yield [
            f"A{number}", f"{day:%m/%d/%Y}", f"{dice.randint(7, 11)}:15 AM", "", dice.choice(OPS), "OSEI, DAN", waiting,
            *_person(size, _owner(size, vehicle)), *_car(size, vehicle),
        ]  # fmt: skip


def _deals(size: _Size, night: int) -> Iterator[list[str]]:
    for number in range(size.deals):
        dice = random.Random(f"{size.seed}:d{number}")
        vehicle = (number * 3) % size.vehicles
        day = TODAY - timedelta(days=dice.randint(1, 2000))
        kind = dice.choice(("Retail", "Retail", "Lease", "Wholesale"))
        joint = dice.random() < 0.2
        status = "Unwound" if night > 1 and number % 100 == 7 else "Finalized"
        yield [
            f"D{number}", status, kind, kind, f"{day:%m/%d/%Y}", f"{day:%m/%d/%Y}", "DOE, PAT", "36", f"{day:%m/%d/%Y}",
            f"C{number}" if joint else "", f"{dice.choice(LAST)}, {dice.choice(FIRST)}" if joint else "",
            *_person(size, _owner(size, vehicle)), *_car(size, vehicle),
        ]  # fmt: skip
