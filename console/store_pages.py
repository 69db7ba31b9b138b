"""`/admin/rooftops` and `/admin/phones`: the store's facts and hours; its numbers and what it is connected to."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from console import words
from console.form_body import posted
from console.presenters import Badge
from console.rendering import ShownStore
from console.times import moment
from console.workbench import Workbench, then
from kit.phone import spoken, to_e164
from record import audit, phone_book, store_care
from record.phone_book import Entry, NobodyOfThatName
from record.staff import everybody
from record.store_care import DAYS, NotUsable
from record.writeback_targets import Target, targets

_LONGEST_KEY = 30


@dataclass(frozen=True)
class StorePages:
    """Both pages and their forms."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/admin/rooftops", self.store, methods=["GET"])
        router.add_api_route("/admin/rooftops", self.change_store, methods=["POST"])
        router.add_api_route("/admin/rooftops/hours", self.change_hours, methods=["POST"])
        router.add_api_route("/admin/rooftops/holidays", self.change_holidays, methods=["POST"])
        router.add_api_route("/admin/phones", self.phones, methods=["GET"])
        router.add_api_route("/admin/phones", self.put_phone, methods=["POST"])
        router.add_api_route("/admin/phones/remove", self.remove_phone, methods=["POST"])
        return router

    # ---- the store ----

    async def store(self, request: Request) -> Response:
        return await self._store(request)

    async def change_store(self, request: Request) -> Response:
        form = await posted(request)
        store, now = await self.bench.store(), self.bench.clock.now()
        try:
            async with self.bench.database.writing(store.id) as db:
                before = await store_care.facts(db)
                await store_care.change_store(db, form)
                after = {"name": form["name"], "zone": form["time_zone"], "phone": form["phone"]}
                was = {"name": before.name, "zone": before.time_zone, "phone": before.store_phone}
                says = "; ".join(f"{key}: {was[key]} → {after[key]}" for key in was if was[key] != after[key])
                await audit.note(db, self.bench.person, "changed", "store", store.id, now, says)
        except NotUsable as error:
            return await self._store(request, f"Nothing was changed: {error}.")
        self.bench.shown.forget(store.id)
        return then("/admin/rooftops?done=1")

    async def change_hours(self, request: Request) -> Response:
        form = await posted(request)
        store, now = await self.bench.store(), self.bench.clock.now()
        department = form.get("department", "")
        if department not in words.DEPARTMENT_NAMES:
            return await self._store(request, "Nothing was changed: choose a department.")
        week = {day: form.get(f"day{day}", "")[:60] for day in range(7)}
        try:
            async with self.bench.database.writing(store.id) as db:
                await store_care.set_hours(db, department, week)
                says = ", ".join(f"{DAYS[day][:3]} {typed or 'closed'}" for day, typed in week.items())
                await audit.note(db, self.bench.person, "set hours", "department", department, now, says)
        except NotUsable as error:
            return await self._store(request, f"Nothing was changed: {error}.")
        return then("/admin/rooftops?done=1")

    async def change_holidays(self, request: Request) -> Response:
        form = await posted(request)
        store, now = await self.bench.store(), self.bench.clock.now()
        async with self.bench.database.writing(store.id) as db:
            if form.get("remove"):
                await store_care.remove_holiday(db, form["remove"][:32])
                await audit.note(db, self.bench.person, "removed", "holiday", form["remove"][:32], now)
            else:
                day = _date(form.get("day", ""))
                if day is None:
                    return await self._store(request, "Nothing was changed: choose the day.")
                await store_care.add_holiday(db, day, form.get("name", ""))
                await audit.note(db, self.bench.person, "added", "holiday", day.isoformat(), now, form.get("name", ""))
        return then("/admin/rooftops?done=1")

    async def _store(self, request: Request, problem: str = "") -> Response:
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            facts = await store_care.facts(db)
            frame = await self.bench.frame(db, store)
        weeks = {each: facts.hours.get(each, ("",) * 7) for each in words.DEPARTMENT_NAMES}
        return self.bench.page(
            request, "rooftop.html", frame, 422 if problem else 200,
            facts=facts, weeks=weeks, days=DAYS, names=words.DEPARTMENT_NAMES, problem=problem,
            done=request.query_params.get("done") == "1",
        )  # fmt: skip

    # ---- its numbers, and what it is connected to ----

    async def phones(self, request: Request) -> Response:
        return await self._phones(request)

    async def put_phone(self, request: Request) -> Response:
        """A number on the list, in place of what its key was."""
        form = await posted(request)
        key, number = (
            form.get("key", "").strip().lower().replace(" ", "_")[:_LONGEST_KEY],
            to_e164(form.get("number", "")),
        )
        if not key or number is None:
            return await self._phones(request, "Nothing was changed: give a key and a number with its area code.", form)
        label = form.get("label", "").strip()[:80] or key.replace("_", " ").capitalize()
        entry = Entry(key, label, number, cold=form.get("cold") == "on")
        entry = replace(entry, person=form.get("person", ""), extension=form.get("extension", "")[:20])
        store, now = await self.bench.store(), self.bench.clock.now()
        try:
            async with self.bench.database.writing(store.id) as db:
                await phone_book.put(db, entry, now)
                await audit.note(db, self.bench.person, "put on the list", "phone", key, now, f"{label} {number}")
        except NobodyOfThatName:
            return await self._phones(request, "Nothing was changed: nobody of that name works here.", form)
        return then("/admin/phones?done=1")

    async def remove_phone(self, request: Request) -> Response:
        key = (await posted(request)).get("key", "")[:_LONGEST_KEY]
        store, now = await self.bench.store(), self.bench.clock.now()
        async with self.bench.database.writing(store.id) as db:
            if await phone_book.take_off(db, key, now):
                await audit.note(db, self.bench.person, "took off the list", "phone", key, now)
        return then("/admin/phones?done=1")

    async def _phones(self, request: Request, problem: str = "", form: dict[str, str] | None = None) -> Response:
        store = await self.bench.store()
        now, _ = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            listed = await phone_book.entries(db, now)
            facts = await store_care.facts(db)
            people = await everybody(db)
            systems = [_system(each) for each in await targets(db)]
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "phones.html", frame, 422 if problem else 200,
            listed=[(each, spoken(each.e164), _away(each, now, store)) for each in listed],
            lines=[(spoken(number), words.plain(department)) for number, department in facts.lines],
            people=people, systems=systems, problem=problem, form=form or {},
            done=request.query_params.get("done") == "1",
        )  # fmt: skip


def _away(each: Entry, now: datetime, store: ShownStore) -> str:
    return moment(each.away_until, now, ZoneInfo(store.time_zone)).words if each.away_until else ""


def _system(target: Target) -> tuple[str, str, Badge, str]:
    kind = words.TARGETS.get(target.kind, words.plain(target.kind))
    if not target.active:
        return target.name, kind, Badge("late", "▲", "Paused"), target.pause_reason
    if target.failing_since is not None:
        return target.name, kind, Badge("soon", "▲", "Failing"), "It is tried again by itself."
    return target.name, kind, Badge("ok", "✓", "On"), ""


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
