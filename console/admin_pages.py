"""`/admin/audit`, `/admin/health` and `/setup`: who changed what; what is missing or wrong; what is left to set up."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse, Response

from console import positions
from console.form_body import posted
from console.ports import CannotDo, SetUp
from console.presenters import Badge
from console.setup_presenter import Step, steps
from console.shown_store import NoStoreShown
from console.times import day_bounds, moment
from console.workbench import Workbench, then
from record import accounts, audit, phone_book, store_care
from record.audit import Wanted

_PAGE = 50
_EXPORT = 5000
_BADGES = {"ok": ("ok", "✓", "Fine"), "warning": ("soon", "▲", "Look"), "error": ("late", "▲", "Fix")}

Text = Annotated[str, Query(max_length=120)]


@dataclass(frozen=True)
class AdminPages:
    """The pages. Without `setup` nothing can be checked or set up from here."""

    bench: Workbench
    setup: SetUp | None = None

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/admin/audit", self.log, methods=["GET"])
        router.add_api_route("/admin/audit.csv", self.export, methods=["GET"])
        router.add_api_route("/admin/health", self.health, methods=["GET"])
        router.add_api_route("/setup", self.first_run, methods=["GET"])
        router.add_api_route("/setup", self.add_store, methods=["POST"])
        return router

    # ---- the log ----

    async def log(
        self, request: Request, by: Text = "", kind: Text = "", act: Text = "", day: Text = "", before: Text = ""
    ) -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        wanted, place = _wanted(by, kind, act, day, zone), positions.read(before)
        async with self.bench.reading(store.id) as db:
            found = await audit.lines(db, wanted, place, _PAGE + 1)
            who, kinds = await audit.choices(db)
            frame = await self.bench.frame(db, store)
        kept = {name: value for name, value in (("by", by), ("kind", kind), ("act", act), ("day", day)) if value}
        last = found[_PAGE - 1] if len(found) > _PAGE else None
        older = f"/admin/audit?{urlencode({**kept, 'before': positions.written(last.at, last.id)})}" if last else None
        return self.bench.page(
            request, "audit.html", frame, rows=[(line, moment(line.at, now, zone)) for line in found[:_PAGE]],
            who=who, kinds=kinds, by=by, kind=kind, act=act, day=day, older=older, first_page=place is None,
            export=f"/admin/audit.csv?{urlencode(kept)}", addresses=_ADDRESSES,
        )  # fmt: skip

    async def export(self, by: Text = "", kind: Text = "", act: Text = "", day: Text = "") -> Response:
        """The newest lines as a file; a spreadsheet must not take any of it for a formula."""
        store = await self.bench.store()
        _, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            found = await audit.lines(db, _wanted(by, kind, act, day, zone), None, _EXPORT)
        out = io.StringIO()
        rows = csv.writer(out)
        rows.writerow(("at", "by", "act", "object", "id", "says", "address"))
        for line in found:
            told = (line.by, line.act, line.of_kind, line.of_id, line.says, line.address)
            rows.writerow((line.at.isoformat(), *(_plain(each) for each in told)))
        headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
        return PlainTextResponse(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

    # ---- health ----

    async def health(self, request: Request) -> Response:
        """The same checks as `lanekeeper doctor`, made now."""
        store = await self.bench.store()
        found = await self.setup.checks() if self.setup is not None else []
        async with self.bench.reading(store.id) as db:
            frame = await self.bench.frame(db, store)
        rows = [(Badge(*_BADGES[check.level]), check.code, check.says) for check in found]
        wrong = sum(check.level != "ok" for check in found)
        return self.bench.page(request, "health.html", frame, rows=rows, wrong=wrong)

    # ---- first run ----

    async def first_run(self, request: Request) -> Response:
        return await self._set_up(request)

    async def add_store(self, request: Request) -> Response:
        """The first store, from a few answers."""
        form = await posted(request)
        if self.setup is None:
            return self.bench.not_done("this server cannot add a store")
        try:
            await self.setup.add_store(form)
        except CannotDo as error:
            return await self._set_up(request, form, f"{error}.")
        return then("/setup")

    async def _set_up(self, request: Request, form: dict[str, str] | None = None, problem: str = "") -> Response:
        found = await self.setup.checks() if self.setup is not None else []
        try:
            store = await self.bench.store()
        except NoStoreShown:
            made = self.bench.pages.bare(
                "setup_first.html", 422 if problem else 200, form=form or {}, problem=problem, checks=found
            )
            return made
        done: tuple[Step, ...]
        async with self.bench.reading(store.id) as db:
            facts = await store_care.facts(db)
            listed = await phone_book.entries(db, self.bench.clock.now())
            people = await accounts.people(db)
            frame = await self.bench.frame(db, store)
        done = steps(facts, listed, people, found)
        return self.bench.page(request, "setup.html", frame, steps=done, left=sum(not step.done for step in done))


_ADDRESSES = {"call": "/calls/", "loop": "/loops/"}


def _wanted(by: str, kind: str, act: str, day: str, zone: ZoneInfo) -> Wanted:
    since, until = _bounds(day, zone)
    return Wanted(by, kind, act, since, until)


def _bounds(day: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    try:
        given = date.fromisoformat(day)
    except ValueError:
        return None, None
    return day_bounds(given, zone) if 2000 <= given.year < 2100 else (None, None)


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
