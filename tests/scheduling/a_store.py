"""A small service department: valid by default, in memory for the pure tests and in tables for the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from kit.db import Database
from kit.ids import CustomerId, StaffId, new_id
from record.business_hours import BusinessHours, Holiday, Hours
from record.models import Customer, OpeningHours, Rooftop, Staff
from record.models import Holiday as HolidayRow
from scheduling import setup
from scheduling.shop import Advisor, Job, Policy, Shift, Shop, Technician, Transport

PACIFIC = "America/Los_Angeles"
OIL = Job("LOF", "oil_change", "oil and filter change", 30, ("oil change",), "express", waitable=True)
BRAKES = Job("BRKF", "brakes", "front brake pads", 120, ("brakes",), "brakes", price_wording="from $249 per axle")
ALIGNMENT = Job("ALIGN", "alignment", "four wheel alignment", 60, (), "alignment", bay_type="alignment", waitable=True)
WIPERS = Job("WIPE", "wipers", "wiper blades", 15, (), None, waitable=True)
DIAGNOSIS = Job("DIAG", "diagnostic", "diagnosis", 60, (), "diagnosis")
ENGINE = Job("ENG", "engine", "engine replacement", 960, (), "engine")
MENU = (OIL, BRAKES, ALIGNMENT, WIPERS, DIAGNOSIS, ENGINE)
EVERY_SKILL = frozenset({"express", "brakes", "alignment", "diagnosis", "engine"})

WEEKDAYS = tuple(Hours(day, time(7, 30), time(18)) for day in range(5)) + (Hours(5, time(8), time(16)),)
THANKSGIVING = (Holiday(date(2026, 11, 26), "Thanksgiving"), Holiday(date(2026, 11, 27), "Friday", time(8), time(13)))


def pacific(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PACIFIC)).astimezone(UTC)


# A Monday morning before the doors open.
NOW = pacific("2026-11-16T06:00")


def every_day(starts: time = time(7), ends: time = time(18)) -> tuple[Shift, ...]:
    return tuple(Shift(day, starts, ends) for day in range(7))


def a_technician(name: str = "t1", skills: frozenset[str] = EVERY_SKILL, **given: object) -> Technician:
    return Technician(name, skills, **{"shifts": every_day(), **given})  # type: ignore[arg-type]


def an_advisor(name: str = "a1", shifts: tuple[Shift, ...] | None = None) -> Advisor:
    return Advisor(StaffId(name), every_day() if shifts is None else shifts)


def a_shop(**given: object) -> Shop:
    valid: dict[str, object] = {
        "rooftop_id": "r1",
        "slot_key": "a key",
        "hours": BusinessHours(PACIFIC, WEEKDAYS, THANKSGIVING),
        "policy": Policy(),
        "technicians": (a_technician(),),
        "advisors": (an_advisor(),),
    }
    return Shop(**{**valid, **given})  # type: ignore[arg-type]


@dataclass(frozen=True)
class AStore:
    """A stored rooftop that takes appointments."""

    rooftop_id: str
    advisors: tuple[StaffId, ...]
    technicians: tuple[str, ...]
    customers: tuple[CustomerId, ...]


async def a_store(
    database: Database,
    *,
    technicians: int = 2,
    advisors: int = 2,
    customers: int = 2,
    policy: Policy | None = None,
    menu: Sequence[Job] = MENU,
) -> AStore:
    rooftop_id = new_id()
    async with database.across_rooftops("a test's store") as db:
        db.add(
            Rooftop(
                id=rooftop_id,
                created_at=NOW,
                name="Harbor Motors",
                time_zone=PACIFIC,
                address="1 Harbor Way",
                store_phone="+12065550100",
            )
        )
    async with database.writing(rooftop_id) as db:
        db.add_all(
            OpeningHours(department="service", weekday=h.weekday, opens=h.opens, closes=h.closes) for h in WEEKDAYS
        )
        db.add_all(HolidayRow(day=h.date, name=h.name, opens=h.opens, closes=h.closes) for h in THANKSGIVING)
        people = [
            Staff(id=new_id(), name=f"Advisor {n}", role="advisor", department="service") for n in range(advisors)
        ]
        known = [Customer(id=new_id(), first_name="Pat", last_name=f"Number{n}") for n in range(customers)]
        db.add_all([*people, *known])
        await db.flush()
        await setup.open_scheduling(db, policy)
        for job in menu:
            await setup.add_op_code(db, job)
        for person in people:
            await setup.set_advisor_shifts(db, person.id, every_day())
        hands = [await setup.add_technician(db, f"Tech {n}", EVERY_SKILL, every_day()) for n in range(technicians)]
        for day in range(7):
            await setup.limit_transport(db, Transport.LOANER, 1, weekday=day)
        await setup.set_bays(db, "alignment", 1)
    return AStore(
        rooftop_id,
        tuple(StaffId(person.id) for person in people),
        tuple(hands),
        tuple(CustomerId(customer.id) for customer in known),
    )
