"""The store itself: address, lines, hours, holidays, staff, transfer targets, and what the shop can do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from record.models import Holiday, OpeningHours, PhoneLine, Rooftop, Staff, TransferTarget
from scheduling import setup
from scheduling.shop import Job, Policy, SafetyClass, Shift, Transport
from simulator.dealership.chance import Chance

NAME = "Riverside Motors"
ADDRESS = "2400 Northeast Riverside Way, Portland, Oregon 97211"
ZONE = ZoneInfo("America/Los_Angeles")
LINE = "+15035550100"
_LINES = ((LINE, "service"), ("+15035550101", "sales"), ("+15035550102", "parts"))
STORE_PHONE = "+15035550180"
TARGETS = {
    "service": ("Service", "+15035550181"),
    "parts": ("Parts", "+15035550182"),
    "sales": ("Sales", "+15035550183"),
    "cashier": ("Cashier", "+15035550184"),
    "manager": ("the service manager", "+15035550185"),
}
_WEEK = range(5)
_SATURDAY = 5
_SUNDAY = 6
_HOURS = {
    "service": [(day, time(7), time(18)) for day in _WEEK] + [(_SATURDAY, time(8), time(16))],
    "parts": [(day, time(7, 30), time(18)) for day in _WEEK] + [(_SATURDAY, time(8), time(16))],
    "cashier": [(day, time(7, 30), time(18, 30)) for day in _WEEK] + [(_SATURDAY, time(8), time(16))],
    "sales": [(day, time(9), time(20)) for day in range(6)] + [(_SUNDAY, time(11), time(18))],
}
_STAFF = (
    ("Karen Whitfield", "manager", "service"),
    ("Dana Ortiz", "advisor", "service"),
    ("Marcus Bell", "advisor", "service"),
    ("Priya Raman", "advisor", "service"),
    ("Tyler Brooks", "bdc_rep", "bdc"),
    ("Jasmine Cole", "bdc_rep", "bdc"),
    ("Greg Sandoval", "manager", "sales"),
    ("Lou Petrakis", "parts", "parts"),
    ("Nadia Haddad", "cashier", "cashier"),
)
_GENERAL = {"general", "tires", "brakes"}
_TECHNICIANS = (
    ("Sam Kowalski", _GENERAL, 0, 1.1),
    ("Andre Jackson", _GENERAL | {"alignment", "suspension"}, 1, 1.2),
    ("Luis Moreno", _GENERAL | {"electrical", "diagnosis"}, 0, 1.25),
    ("Beth Tran", _GENERAL | {"diagnosis", "air_conditioning", "hybrid"}, 1, 1.15),
    ("Owen Fisk", _GENERAL | {"engine", "transmission", "diagnosis"}, 0, 1.0),
    ("Kayla Boone", {"general", "tires"}, 2, 0.9),
)
# Three patterns of clock hours; the express technician opens the day and works Saturdays.
_SHIFTS = (
    [Shift(day, time(7), time(16)) for day in _WEEK],
    [Shift(day, time(9), time(18)) for day in _WEEK] + [Shift(_SATURDAY, time(8), time(16))],
    [Shift(day, time(7), time(15)) for day in range(1, 5)] + [Shift(_SATURDAY, time(8), time(16))],
)


@dataclass(frozen=True)
class People:
    """Ids of the staff by name."""

    by_name: dict[str, str]

    @property
    def advisors(self) -> list[tuple[str, str]]:
        return [(name, self.by_name[name]) for name, role, _ in _STAFF if role == "advisor"]

    def owner(self, department: str) -> tuple[str, str]:
        """Who answers for a department, as `record.staff.owner_for` decides it."""
        for name, role, where in _STAFF:
            if where == department and role == "manager":
                return name, self.by_name[name]
        name = next((name for name, _, where in _STAFF if where == department), _STAFF[0][0])
        return name, self.by_name[name]


async def open_the_doors(db: AsyncSession, rooftop_id: str, opened: datetime, now: datetime, chance: Chance) -> People:
    """Stores everything about the place; `opened` is when it began to use the product."""
    db.add(
        Rooftop(
            id=rooftop_id,
            created_at=opened,
            name=NAME,
            time_zone=ZONE.key,
            address=ADDRESS,
            store_phone=STORE_PHONE,
        )
    )
    await db.flush()
    db.add_all(PhoneLine(e164=e164, department=department, created_at=opened) for e164, department in _LINES)
    db.add_all(
        TransferTarget(key=key, label=label, e164=e164, valid_from=opened, created_at=opened)
        for key, (label, e164) in TARGETS.items()
    )
    db.add_all(
        OpeningHours(department=department, weekday=weekday, opens=opens, closes=closes, created_at=opened)
        for department, rows in _HOURS.items()
        for weekday, opens, closes in rows
    )
    db.add_all(holidays_around(now, opened))
    ids = {}
    for name, role, department in _STAFF:
        ids[name] = chance.id(opened)
        db.add(Staff(id=ids[name], name=name, role=role, department=department, created_at=opened))
    await db.flush()
    await _set_up_the_shop(db, ids)
    return People(ids)


def holidays_around(now: datetime, opened: datetime) -> list[Holiday]:
    """The store's closed and short days from two months back to six months ahead."""
    first, last = (now - timedelta(days=60)).date(), (now + timedelta(days=180)).date()
    found = []
    for year in range(first.year, last.year + 1):
        for day, name, closes in _days_of(year):
            if first <= day <= last:
                opens = time(8) if closes else None
                found.append(Holiday(day=day, name=name, opens=opens, closes=closes, created_at=opened))
    return found


def _days_of(year: int) -> Iterator[tuple[date, str, time | None]]:
    thanksgiving = _nth_weekday(year, 11, 3, 4)
    yield date(year, 1, 1), "New Year's Day", None
    yield _nth_weekday(year, 6, 0, 1) - timedelta(days=7), "Memorial Day", None
    yield date(year, 7, 4), "Independence Day", None
    yield _nth_weekday(year, 9, 0, 1), "Labor Day", None
    yield thanksgiving, "Thanksgiving", None
    yield date(year, 12, 24), "Christmas Eve", time(13)
    yield date(year, 12, 25), "Christmas Day", None
    yield date(year, 12, 31), "New Year's Eve", time(13)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


# Op code, months, miles: the store's maintenance schedule for any car.
_INTERVALS: tuple[tuple[str, int | None, int | None], ...] = (
    ("LOF", 6, 5_000),
    ("ROT", 6, 7_500),
    ("BRKINSP", 12, 15_000),
    ("ALIGN", 24, 30_000),
    ("CABIN", 12, 15_000),
    ("COOL", 60, 60_000),
    ("30K", None, 30_000),
    ("60K", None, 60_000),
)


async def _set_up_the_shop(db: AsyncSession, staff: dict[str, str]) -> None:
    await setup.open_scheduling(db, Policy())
    for job in MENU:
        await setup.add_op_code(db, job)
    for code, months, miles in _INTERVALS:
        await setup.set_interval(db, code, months=months, miles=miles)
    for name, skills, pattern, efficiency in _TECHNICIANS:
        await setup.add_technician(db, name, skills, _SHIFTS[pattern], efficiency)
    for index, name in enumerate(name for name, role, _ in _STAFF if role == "advisor"):
        shifts = [Shift(day, time(7), time(18)) for day in _WEEK]
        if index != 1:
            shifts.append(Shift(_SATURDAY, time(8), time(16)))
        await setup.set_advisor_shifts(db, staff[name], shifts)
    for weekday in range(6):
        await setup.limit_transport(db, Transport.SHUTTLE, 8, weekday=weekday, last_run=time(16, 30))
        await setup.limit_transport(db, Transport.LOANER, 3, weekday=weekday, min_job_minutes=120)
        await setup.limit_transport(db, Transport.PICKUP, 2, weekday=weekday)
    await setup.set_bays(db, "alignment", 1)


MENU = (
    Job(
        "LOF",
        "oil_change",
        "synthetic oil and filter change",
        30,
        ("oil change",),
        "general",
        None,
        "89 dollars and 95 cents with up to 5 quarts",
        waitable=True,
    ),
    Job(
        "LOFHM",
        "oil_change",
        "high mileage oil and filter change",
        30,
        ("high mileage",),
        "general",
        None,
        "104 dollars and 95 cents with up to 5 quarts",
        waitable=True,
    ),
    Job(
        "LOFD",
        "oil_change",
        "diesel oil and filter change",
        45,
        ("diesel",),
        "general",
        None,
        "159 dollars and 95 cents",
        waitable=True,
    ),
    Job("ROT", "tire_rotation", "tire rotation", 30, (), "tires", None, "29 dollars and 95 cents", waitable=True),
    Job(
        "ROTBAL",
        "tire_rotation",
        "tire rotation and balance",
        60,
        ("balance",),
        "tires",
        None,
        "89 dollars and 95 cents",
        waitable=True,
    ),
    Job("TIRE4", "tires", "four new tires, mounted and balanced", 90, ("new tires", "four tires"), "tires"),
    Job(
        "FLAT",
        "tires",
        "flat tire repair",
        30,
        ("flat", "nail", "puncture"),
        "tires",
        None,
        "39 dollars and 95 cents if it can be repaired",
        SafetyClass.URGENT,
        waitable=True,
    ),
    Job(
        "BRKINSP",
        "brakes",
        "brake inspection",
        45,
        ("brake check", "squeal", "squealing"),
        "brakes",
        None,
        "free of charge",
        SafetyClass.URGENT,
        waitable=True,
    ),
    Job(
        "BRKF",
        "brakes",
        "front brake pads and rotors",
        120,
        ("front brakes", "front pads"),
        "brakes",
        None,
        "starting at 349 dollars and 95 cents; the advisor confirms it after an inspection",
        SafetyClass.URGENT,
    ),
    Job(
        "BRKR",
        "brakes",
        "rear brake pads and rotors",
        120,
        ("rear brakes", "rear pads"),
        "brakes",
        None,
        "starting at 329 dollars and 95 cents; the advisor confirms it after an inspection",
        SafetyClass.URGENT,
    ),
    Job(
        "BRKFL",
        "brakes",
        "brake fluid exchange",
        45,
        ("brake fluid",),
        "brakes",
        None,
        "129 dollars and 95 cents",
        waitable=True,
    ),
    Job(
        "ALIGN",
        "alignment",
        "four wheel alignment",
        60,
        (),
        "alignment",
        "alignment",
        "139 dollars and 95 cents",
        waitable=True,
    ),
    Job(
        "BATT",
        "battery",
        "battery test and replacement",
        45,
        ("battery",),
        "electrical",
        None,
        "the test is free; a battery starts at 219 dollars installed",
        waitable=True,
    ),
    Job(
        "NOSTART",
        "no_start",
        "no start diagnosis",
        60,
        (),
        "electrical",
        None,
        "165 dollars for the first hour",
        SafetyClass.DO_NOT_DRIVE,
    ),
    Job(
        "DIAG",
        "diagnostic",
        "diagnosis",
        60,
        ("diagnose", "look at it"),
        "diagnosis",
        None,
        "165 dollars for the first hour",
    ),
    Job(
        "CEL",
        "check_engine",
        "check engine light diagnosis",
        60,
        ("check engine", "engine light"),
        "diagnosis",
        None,
        "165 dollars for the first hour",
        SafetyClass.URGENT,
    ),
    Job(
        "AC",
        "air_conditioning",
        "air conditioning check and recharge",
        90,
        (),
        "air_conditioning",
        None,
        "starting at 189 dollars",
    ),
    Job("COOL", "coolant", "coolant exchange", 75, (), "general", None, "169 dollars and 95 cents"),
    Job(
        "TRANS", "transmission", "transmission fluid exchange", 90, (), "transmission", None, "starting at 249 dollars"
    ),
    Job(
        "SUSP",
        "suspension",
        "suspension and steering inspection",
        60,
        (),
        "suspension",
        None,
        "165 dollars for the first hour",
        SafetyClass.URGENT,
    ),
    Job(
        "MPI",
        "multipoint_inspection",
        "multi-point inspection",
        30,
        (),
        "general",
        None,
        "free of charge",
        waitable=True,
    ),
    Job(
        "30K",
        "maintenance",
        "30,000 mile service",
        120,
        ("30 thousand", "30k"),
        "general",
        None,
        "starting at 329 dollars",
    ),
    Job(
        "60K",
        "maintenance",
        "60,000 mile service",
        180,
        ("60 thousand", "60k"),
        "general",
        None,
        "starting at 549 dollars",
    ),
    Job(
        "RECALL",
        "recall",
        "recall repair",
        90,
        ("recall", "airbag recall"),
        "general",
        None,
        "no charge to you; we check by VIN that it is open and that parts are here",
    ),
    Job("WIPER", "wipers", "wiper blades", 30, (), "general", None, "starting at 44 dollars", waitable=True),
    Job(
        "CABIN",
        "filters",
        "cabin and engine air filters",
        30,
        ("air filter", "cabin filter"),
        "general",
        None,
        "starting at 79 dollars",
        waitable=True,
    ),
)
