"""`/shifts`: who is there now, everybody's week and days off, and what they hold going to somebody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from console.form_body import posted
from console.presenters import Badge
from console.times import clock, moment
from console.words import plain
from console.workbench import Workbench, then
from followup import shifts
from followup.shifts import Day, NotPossible, OnShift

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_THERE = {
    True: Badge("ok", "✓", "There now"),
    False: Badge("waiting", "■", "Not there"),
    None: Badge("info", "–", "No hours set"),
}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person of the page."""

    id: str
    name: str
    department: str
    badge: Badge
    week: str
    hours: tuple[tuple[str, str, str], ...]
    away: tuple[tuple[str, str, str], ...]
    load: int


@dataclass(frozen=True)
class ShiftPages:
    """The page and its four forms."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/shifts", self.page, methods=["GET"])
        router.add_api_route("/shifts/{staff_id}/{act}", self.change, methods=["POST"])
        return router

    async def page(self, request: Request) -> Response:
        return await self._show(request)

    async def change(self, request: Request, staff_id: str, act: str) -> Response:
        """A week, a time away, its end, or a handing on of everything; what is impossible is said."""
        form = await posted(request)
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        try:
            async with self.bench.database.writing(store.id) as db:
                if act == "week":
                    await shifts.set_week(db, staff_id[:32], _week(form), now)
                elif act == "away":
                    await shifts.take_off(db, staff_id[:32], _at(form, "from", zone), _at(form, "until", zone), now)
                elif act == "back":
                    await shifts.bring_back(db, form.get("away", "")[:32], now)
                elif act == "reassign":
                    await shifts.reassign(db, staff_id[:32], form.get("to", "")[:32], self.bench.person, now)
                else:
                    raise HTTPException(404)
        except NotPossible as error:
            return await self._show(request, f"Nothing was changed: {error}.")
        return then("/shifts")

    async def _show(self, request: Request, problem: str = "") -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.database.reading(store.id) as db:
            people = await shifts.everybody(db, now)
            frame = await self.bench.frame(db, store)
        lines = [_line(each, now, zone) for each in people]
        return self.bench.page(
            request, "shifts.html", frame, 422 if problem else 200, people=lines, problem=problem,
            there=sum(each.who.there is True for each in people),
        )  # fmt: skip


def _post(role: str, department: str) -> str:
    """ "Advisor, service"; the department alone where the role says no more."""
    return plain(department) if role.startswith(department) else f"{plain(role)}, {department}"


def _line(each: OnShift, now: datetime, zone: ZoneInfo) -> PersonLine:
    by_day = {day.weekday: day for day in each.week}
    return PersonLine(
        each.who.id,
        each.who.name,
        _post(each.who.role, each.who.department),
        _THERE[each.who.there],
        _week_words(each.week),
        tuple(
            (
                name,
                f"{by_day[at].starts:%H:%M}" if at in by_day else "",
                f"{by_day[at].ends:%H:%M}" if at in by_day else "",
            )
            for at, name in enumerate(WEEKDAYS)
        ),
        tuple(
            (away.id, moment(away.starts_at, now, zone).words, moment(away.ends_at, now, zone).words)
            for away in each.away
        ),
        each.who.load,
    )


def _week_words(week: Sequence[Day]) -> str:
    """ "Mon 8:00 am – 5:00 pm, Tue ..."."""
    return ", ".join(f"{WEEKDAYS[day.weekday][:3]} {_clock(day.starts)} – {_clock(day.ends)}" for day in week)


def _clock(at: time) -> str:
    return clock(datetime.combine(datetime(2000, 1, 1).date(), at))  # noqa: DTZ001 - a time of day alone


def _week(form: dict[str, str]) -> list[Day]:
    days = []
    for at, name in enumerate(WEEKDAYS):
        starts, ends = form.get(f"starts_{at}", "").strip(), form.get(f"ends_{at}", "").strip()
        if not starts and not ends:
            continue
        try:
            days.append(Day(at, time.fromisoformat(starts), time.fromisoformat(ends)))
        except ValueError as error:
            raise NotPossible(f"{name} needs both its times, for example 08:00 and 17:00") from error
    return days


def _at(form: dict[str, str], name: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(form.get(name, "")).replace(tzinfo=zone)
    except ValueError as error:
        raise NotPossible(f"say {name} when") from error
