"""`/exceptions`: what needs a manager now; giving it to somebody, accepting it, muting a rule until a day."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from console.at_screen import at_screen
from console.exception_presenter import exception_page
from console.form_body import posted_many
from console.workbench import Workbench, then
from followup import desk
from followup.desk import NoSuchLoop, Person
from followup.lifecycle import Illegal
from kit.ids import StaffId
from record import audit
from record.staff import everybody
from visibility.exceptions import Rule, answer, exceptions, hear_again

Text = Annotated[str, Query(max_length=80)]
_MOST_AT_ONCE = 100
_ACCEPTED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class ExceptionPages:
    """The page and what is done from it."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/exceptions", self.all, methods=["GET"])
        router.add_api_route("/exceptions/give", self.give, methods=["POST"])
        router.add_api_route("/exceptions/accept", self.accept, methods=["POST"])
        router.add_api_route("/exceptions/mute", self.mute, methods=["POST"])
        router.add_api_route("/exceptions/unmute", self.unmute, methods=["POST"])
        return router

    async def all(
        self, request: Request, rule: Text = "", by: Text = "", cause: Text = "", done: Text = "", problem: Text = ""
    ) -> Response:
        """Every number on the page is the length of the list it leads to."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            found = await exceptions(db, now)
            people = await everybody(db)
            frame = await self.bench.frame(db, store)
        page = exception_page(found, rule, by, cause, now, zone)
        return self.bench.page(
            request, "exceptions.html", frame, page=page, people=people, done=done, problem=problem,
            by=by or "owner", tomorrow=(now.astimezone(zone).date() + timedelta(days=1)).isoformat(),
        )  # fmt: skip

    async def give(self, request: Request) -> Response:
        """The ticked loops go to one person."""
        form = await posted_many(request)
        to, chosen = form.get("to", [""])[0], form.get("loop", [])[:_MOST_AT_ONCE]
        if not chosen or not to:
            return self._back("problem", "Tick what it is about, and choose who gets it")
        store, now = await self.bench.store(), self.bench.clock.now()
        try:
            async with self.bench.database.writing(store.id) as db:
                for loop_id in chosen:
                    await desk.give_to(db, loop_id[:32], to[:32], self._me(), now)
                await audit.note(db, self.bench.person, "gave", "loop", chosen[0][:32], now, f"{len(chosen)} loops")
        except (NoSuchLoop, LookupError, Illegal) as error:
            return self._back("problem", f"Nothing was changed: {error}")
        return self._back("done", f"{len(chosen)} {'loop has' if len(chosen) == 1 else 'loops have'} a new owner")

    async def accept(self, request: Request) -> Response:
        """One exception is all right as it is, for a week."""
        form = await posted_many(request)
        rule, ref, reason = (form.get(name, [""])[0] for name in ("rule", "ref", "reason"))
        return await self._answer(rule, ref, self.bench.clock.now() + _ACCEPTED_FOR, reason, "accepted")

    async def mute(self, request: Request) -> Response:
        """A rule is not heard of until the evening of a day."""
        form = await posted_many(request)
        rule, reason, until = (form.get(name, [""])[0] for name in ("rule", "reason", "until"))
        store = await self.bench.store()
        try:
            ends = datetime.combine(date.fromisoformat(until), time(23, 59), ZoneInfo(store.time_zone))
        except ValueError:
            return self._back("problem", "Choose the day it ends")
        return await self._answer(rule, "", ends, reason, "muted")

    async def unmute(self, request: Request) -> Response:
        form = await posted_many(request)
        store, now = await self.bench.store(), self.bench.clock.now()
        async with self.bench.database.writing(store.id) as db:
            await hear_again(db, form.get("id", [""])[0][:32], now)
            await audit.note(db, self.bench.person, "unmuted", "rule", form.get("id", [""])[0][:32], now)
        return self._back("done", "The rule is heard again")

    async def _answer(self, rule: str, ref: str, until: datetime, reason: str, act: str) -> Response:
        store, now = await self.bench.store(), self.bench.clock.now()
        if rule not in list(Rule) or (act == "accepted" and not ref):
            return self._back("problem", "Choose what it is about")
        try:
            async with self.bench.database.writing(store.id) as db:
                await answer(db, Rule(rule), ref, until, self.bench.person, reason, now)
                await audit.note(db, self.bench.person, act, "rule", rule, now, reason)
        except ValueError as error:
            return self._back("problem", f"Nothing was changed: {error}")
        return self._back("done", f"{act.capitalize()}, until {until:%b} {until.day}")

    def _back(self, kind: str, says: str) -> Response:
        return then(f"/exceptions?{urlencode({kind: says[:80]})}")

    def _me(self) -> Person:
        known = at_screen().known
        return Person(StaffId(known.staff_id or "") if known else StaffId(""), self.bench.person)
