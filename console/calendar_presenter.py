"""A day's visits in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from console import words
from console.presenters import Badge
from console.times import clock, day_words
from scheduling.calendar_views import Visit

_BADGES = {
    "booked": ("info", "●"),
    "confirmed": ("info", "●"),
    "arrived": ("ok", "✓"),
    "fulfilled": ("ok", "✓"),
    "cancelled": ("waiting", "■"),
    "no_show": ("late", "▲"),
    "missed": ("late", "▲"),
}


@dataclass(frozen=True, slots=True)
class Row:
    time: str
    badge: Badge
    who: str
    address: str
    car: str
    work: str
    advisor: str
    more: str


@dataclass(frozen=True, slots=True)
class CalendarPage:
    title: str
    day: str
    is_today: bool
    headline: str
    rows: tuple[Row, ...]


def calendar_page(found: Sequence[Visit], day: date, today: date, zone: ZoneInfo) -> CalendarPage:
    coming = [visit for visit in found if visit.state not in ("cancelled", "no_show")]
    ours = sum(visit.ours for visit in coming)
    headline = f"{len(coming)} {'visit' if len(coming) == 1 else 'visits'}"
    headline += f", {ours} booked here" if ours else ""
    return CalendarPage(
        f"{day:%A}, {day_words(day, today)}", day.isoformat(), day == today, headline if found else "",
        tuple(_row(visit, zone) for visit in found),
    )  # fmt: skip


def _row(visit: Visit, zone: ZoneInfo) -> Row:
    kind, shape = _BADGES.get(visit.state, ("waiting", "◔"))
    more = [
        "waits here"
        if visit.waiting
        else words.plain(visit.transport).lower()
        if visit.transport not in ("", "none")
        else ""
    ]
    more.append(f"code {visit.code}" if visit.ours else f"store’s number {visit.code}")
    who = visit.customer or "Nobody named"
    return Row(
        clock(visit.at.astimezone(zone)), Badge(kind, shape, words.plain(visit.state)), who,
        f"/customers/{visit.customer_id}" if visit.customer_id else "", visit.car, visit.work, visit.advisor,
        " · ".join(filter(None, more)),
    )  # fmt: skip
