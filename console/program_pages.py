"""`/programs`: outreach as a manager sees it: what runs, whom it would ask today, and the form that changes it."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from console import program_presenter as shown
from console.form_body import posted
from console.times import day_bounds, moment
from console.workbench import Workbench, then
from followup.programs import figures, keeping, outcomes
from followup.programs.figures import Inside
from followup.programs.keeping import Moved, Program
from followup.programs.kinds import KINDS
from followup.programs.preview import preview
from followup.programs.rules import Rules, read_rules

Typed = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True)
class ProgramPages:
    """The list, one program with its form, and the preview."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/programs", self.everything, methods=["GET"])
        router.add_api_route("/programs/{name}", self.one, methods=["GET"])
        router.add_api_route("/programs/{name}", self.change, methods=["POST"])
        router.add_api_route("/programs/{name}/preview", self.preview, methods=["GET"])
        router.add_api_route("/programs/{name}/{act}", self.switch, methods=["POST"])
        return router

    async def everything(self, request: Request) -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        midnight = day_bounds(now.astimezone(zone).date(), zone)[0]
        async with self.bench.database.reading(store.id) as db:
            programs = await keeping.as_they_stand(db)
            people = await figures.inside(db, midnight)
            came = await outcomes.outcomes(db, programs)
            frame = await self.bench.frame(db, store)
        lines = [shown.line(each, people.get(each.id, Inside()), came[each.kind.name], now, zone) for each in programs]
        offers = [each for each in lines if KINDS[each.name].offers]
        news = [each for each in lines if not KINDS[each.name].offers]
        return self.bench.page(
            request, "programs.html", frame, groups=(("Outreach", offers), ("Visits and parts", news))
        )

    async def one(self, request: Request, name: str) -> Response:
        return await self._show(request, name)

    async def change(self, request: Request, name: str) -> Response:
        """New rules, or with `do=preview` only what they would do. What is wrong is said, what was typed stays."""
        program = await self._program(name)
        form = await posted(request)
        rules, problems = _read(program, form)
        if rules is None:
            return await self._show(request, name, problems=problems, typed=form)
        if form.get("do") == "preview":
            return await self._show(request, name, typed=form, would=rules)
        why = form.get("why", "").strip()
        if not why:
            return await self._show(request, name, problems=["Say what changes and why."], typed=form)
        version = form.get("version", "")
        store = await self.bench.store()
        try:
            async with self.bench.database.writing(store.id) as db:
                number = int(version) if version.isascii() and version.isdecimal() and len(version) < 8 else 0
                await keeping.ensured(db, name, self.bench.clock.now())
                await keeping.edit(db, name, rules, number, self.bench.person, why, self.bench.clock.now())
        except Moved:
            told = [
                "Somebody changed this program meanwhile. Yours is below and not saved; load the page to see theirs."
            ]
            return await self._show(request, name, problems=told, typed=form, status=409)
        return then(f"/programs/{name}")

    async def switch(self, request: Request, name: str, act: str) -> Response:
        """Pause or resume, in force when the answer is here."""
        if act not in ("pause", "resume"):
            raise HTTPException(404)
        await self._program(name)
        why = (await posted(request)).get("why", "").strip()
        store, now = await self.bench.store(), self.bench.clock.now()
        async with self.bench.database.writing(store.id) as db:
            await keeping.ensured(db, name, now)
            await (keeping.pause if act == "pause" else keeping.resume)(db, name, self.bench.person, why, now)
        return then(f"/programs/{name}")

    async def preview(self, request: Request, name: str, does: Typed = "", rule: Typed = "") -> Response:
        """Everybody it would ask today and everybody it would not, with the list behind each count."""
        program = await self._program(name)
        store = await self.bench.store()
        now, _zone = self.bench.times(store)
        async with self.bench.database.reading(store.id) as db:
            seen = await preview(db, program, now)
            frame = await self.bench.frame(db, store)
        view = shown.preview_view(seen, program, does, rule)
        return self.bench.page(request, "program_preview.html", frame, program=program, view=view)

    async def _show(
        self,
        request: Request,
        name: str,
        *,
        problems: list[str] | None = None,
        typed: dict[str, str] | None = None,
        would: Rules | None = None,
        status: int = 0,
    ) -> Response:
        program = await self._program(name)
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        midnight = day_bounds(now.astimezone(zone).date(), zone)[0]
        async with self.bench.database.reading(store.id) as db:
            people = (await figures.inside(db, midnight)).get(program.id, Inside())
            came = (await outcomes.outcomes(db, [program]))[name]
            members = await figures.members(db, program.id)
            changes = await keeping.changes(db, program)
            seen = await preview(db, replace(program, rules=would), now) if would is not None else None
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "program.html", frame, status or (422 if problems else 200),
            program=program, line=shown.line(program, people, came, now, zone),
            steps=shown.fields(program.rules, typed or {}), numbers=shown.numbers(program, typed or {}),
            words=shown.words_sent(program), history=shown.history(changes, now, zone),
            members=[(each, moment(each.next_at, now, zone) if each.next_at else None) for each in members],
            problems=problems or (), why=(typed or {}).get("why", ""),
            would=shown.preview_view(seen, program, "", "") if seen is not None else None,
        )  # fmt: skip

    async def _program(self, name: str) -> Program:
        if name not in KINDS:
            raise HTTPException(404)
        store = await self.bench.store()
        async with self.bench.database.reading(store.id) as db:
            return next(each for each in await keeping.as_they_stand(db) if each.kind.name == name)


def _read(program: Program, form: dict[str, str]) -> tuple[Rules | None, list[str]]:
    kind = program.kind
    form = form if kind.most_holdout else {**form, "holdout_percent": "0"}
    return read_rules(
        form, kind.numbers, before=kind.before, most_holdout=kind.most_holdout, may_be_empty=kind.may_be_empty
    )
