"""A store's own facts as its administrator keeps them: name, zone, hours, holidays, numbers it answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.phone import to_e164
from record.models import Holiday, OpeningHours, PhoneLine, Rooftop

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$")


class NotUsable(ValueError):
    """What was typed cannot be kept; the words say where and why."""


@dataclass(frozen=True)
class StoreFacts:
    """Everything about one store. `hours` is by department and weekday, as "7:30-18:00" or ""."""

    name: str
    time_zone: str
    address: str
    store_phone: str
    record_calls: bool
    recording_days: int
    hours: dict[str, tuple[str, ...]]
    holidays: tuple[tuple[str, date, str], ...]
    lines: tuple[tuple[str, str], ...]


async def facts(db: AsyncSession) -> StoreFacts:
    store = (await db.scalars(select(Rooftop))).one()
    weekly: dict[str, list[str]] = {}
    for row in await db.scalars(select(OpeningHours).order_by(OpeningHours.weekday, OpeningHours.opens)):
        days = weekly.setdefault(row.department, [""] * 7)
        span = f"{_clock(row.opens)}-{_clock(row.closes)}"
        days[row.weekday] = f"{days[row.weekday]}, {span}".removeprefix(", ")
    holidays = await db.scalars(select(Holiday).order_by(Holiday.day))
    lines = await db.scalars(select(PhoneLine).order_by(PhoneLine.department, PhoneLine.e164))
    return StoreFacts(
        store.name, store.time_zone, store.address, store.store_phone, store.record_calls, store.recording_days,
        {department: tuple(days) for department, days in sorted(weekly.items())},
        tuple((row.id, row.day, row.name) for row in holidays), tuple((row.e164, row.department) for row in lines),
    )  # fmt: skip


async def change_store(db: AsyncSession, sent: Mapping[str, str]) -> None:
    """Name, zone, address, phone and recording; raises NotUsable and changes nothing."""
    zone, name, phone = sent.get("time_zone", "").strip(), sent.get("name", "").strip(), to_e164(sent.get("phone", ""))
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise NotUsable(f"“{zone}” is no time zone; for example America/Chicago") from None
    if not 0 < len(name) <= 120:
        raise NotUsable("give the store a name of at most 120 characters")
    if phone is None:
        raise NotUsable("the store’s phone is no number; write it with its area code")
    days = sent.get("recording_days", "")
    if not days.isdigit() or not 1 <= int(days) <= 3650:
        raise NotUsable("recordings are kept from 1 to 3650 days")
    store = (await db.scalars(select(Rooftop))).one()
    store.name, store.time_zone, store.store_phone = name, zone, phone
    store.address, store.recording_days = sent.get("address", "").strip()[:240], int(days)
    store.record_calls = sent.get("record_calls") == "on"


async def set_hours(db: AsyncSession, department: str, week: Mapping[int, str]) -> None:
    """A department's week; an empty day is closed, two spans are parted by a comma. Raises NotUsable."""
    rows = [
        OpeningHours(department=department, weekday=day, opens=opens, closes=closes)
        for day, typed in week.items()
        for opens, closes in _spans(typed, day)
    ]
    if not rows:
        raise NotUsable("a department that never opens owes nobody anything: give it at least one day")
    await db.execute(delete(OpeningHours).where(OpeningHours.department == department))
    db.add_all(rows)


async def add_holiday(db: AsyncSession, day: date, name: str) -> None:
    """Closed all day, every department."""
    if await db.scalar(select(Holiday.id).where(Holiday.day == day, Holiday.department.is_(None))) is None:
        db.add(Holiday(day=day, name=name.strip()[:80] or "Closed"))


async def remove_holiday(db: AsyncSession, holiday_id: str) -> None:
    row = await db.get(Holiday, holiday_id)
    if row is not None:
        await db.delete(row)


def _spans(typed: str, day: int) -> list[tuple[time, time]]:
    found: list[tuple[time, time]] = []
    for part in filter(None, (each.strip() for each in typed.split(","))):
        span = _SPAN.match(part)
        numbers = [int(group) for group in span.groups()] if span else []
        if not numbers or numbers[0] > 23 or numbers[2] > 23 or numbers[1] > 59 or numbers[3] > 59:
            raise NotUsable(f"{DAYS[day]}: write hours as 7:30-18:00, not “{part[:40]}”")
        opens, closes = time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
        if opens >= closes or (found and opens < found[-1][1]):
            raise NotUsable(f"{DAYS[day]}: {part} ends before it begins, or overlaps")
        found.append((opens, closes))
    return found


def _clock(at: time) -> str:
    return f"{at.hour}:{at.minute:02d}"
