"""`/calls/live`: the calls that go on now; and taking one over, giving it back, ending it."""

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from console.at_screen import at_screen
from console.form_body import posted
from console.live_presenter import live_page, phone_key, phones
from console.ports import CannotDo, LiveCalls
from console.workbench import Workbench, then
from kit.ids import CallId
from record import live_views
from record.rooftops import Destination, destinations

_LONGEST_WORDS = 300


@dataclass(frozen=True)
class LivePages:
    """The page of all of them, and what may be done with one. Without `calls` they can only be read."""

    bench: Workbench
    calls: LiveCalls | None

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/calls/live", self.all, methods=["GET"])
        router.add_api_route("/calls/{call_id}/take-over", self.take_over, methods=["POST"])
        router.add_api_route("/calls/{call_id}/hand-back", self.give_back, methods=["POST"])
        router.add_api_route("/calls/{call_id}/end", self.end, methods=["POST"])
        return router

    async def all(self, request: Request) -> Response:
        """Loading it again shows what changed; a script does so by itself."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            calls = await live_views.going_on(db)
            listed = await destinations(db, now)
            frame = await self.bench.frame(db, store)
        page = live_page(calls, now, zone)
        return self.bench.page(request, "live.html", frame, page=page, phones=phones(listed, _my_staff_id()))

    async def take_over(self, request: Request, call_id: str) -> Response:
        """Rings the chosen phone; the caller is told who comes, and the AI stops."""
        form = await posted(request)
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            listed = await destinations(db, self.bench.clock.now())
        ring = _chosen(listed, form.get("ring", ""))
        if ring is None:
            return self.bench.not_done("that phone is not on the list of numbers calls may be handed to")
        try:
            await self._acts().take_over(store.id, CallId(call_id[:32]), ring, self.bench.person)
        except CannotDo as error:
            return self.bench.not_done(str(error))
        return then(f"/calls/{call_id[:32]}")

    async def give_back(self, request: Request, call_id: str) -> Response:
        """The AI has the caller again; one line tells it where things stand."""
        form = await posted(request)
        store = await self.bench.store()
        try:
            said = " ".join(form.get("words", "").split())[:_LONGEST_WORDS]
            await self._acts().give_back(store.id, CallId(call_id[:32]), said, self.bench.person)
        except CannotDo as error:
            return self.bench.not_done(str(error))
        return then(f"/calls/{call_id[:32]}")

    async def end(self, request: Request, call_id: str) -> Response:
        """Hangs up; asked for twice, because nothing brings a caller back."""
        form = await posted(request)
        store = await self.bench.store()
        if form.get("sure") != "yes":
            return self.bench.not_done("tick the box to say that the call is to end")
        try:
            await self._acts().end(store.id, CallId(call_id[:32]), self.bench.person)
        except CannotDo as error:
            return self.bench.not_done(str(error))
        return then(f"/calls/{call_id[:32]}")

    def _acts(self) -> LiveCalls:
        if self.calls is None:
            raise HTTPException(404)
        return self.calls


def _chosen(listed: list[Destination], key: str) -> Destination | None:
    return next((each for each in listed if phone_key(each) == key), None)


def _my_staff_id() -> str | None:
    known = at_screen().known
    return known.staff_id if known else None
