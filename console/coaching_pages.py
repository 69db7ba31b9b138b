"""`/coaching`: moments to talk through; a manager sees all, everybody else what was shared with them."""

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from console.at_screen import at_screen
from console.coaching_presenter import coaching_page
from console.form_body import posted
from console.rights import Right
from console.workbench import Workbench, then
from record import audit
from record.staff import everybody
from visibility import coaching
from visibility.coaching import FLAGS, Kind, NoSuchTurn


@dataclass(frozen=True)
class CoachingPages:
    """The page, and what is done with a moment."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/coaching", self.page, methods=["GET"])
        router.add_api_route("/calls/{call_id}/flag", self.flag, methods=["POST"])
        router.add_api_route("/coaching/share/{moment_id}", self.share, methods=["POST"])
        router.add_api_route("/coaching/settle/{moment_id}", self.settle, methods=["POST"])
        router.add_api_route("/coaching/{moment_id}/reply", self.reply, methods=["POST"])
        return router

    async def page(self, request: Request) -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        runs = at_screen().may(Right.RUN)
        async with self.bench.reading(store.id) as db:
            kept = await coaching.moments(db, now, None if runs else _me() or "nobody")
            suggested = await coaching.suggested(db, now) if runs else []
            people = await everybody(db) if runs else []
            frame = await self.bench.frame(db, store)
        page = coaching_page(kept, suggested, now, zone)
        return self.bench.page(request, "coaching.html", frame, page=page, people=people, runs=runs, me=_me() or "")

    async def flag(self, request: Request, call_id: str) -> Response:
        """A turn of a call goes on the list."""
        form = await posted(request)
        kind, turn = form.get("kind", ""), form.get("turn", "")
        if kind not in [*FLAGS, Kind.LATE_PROMISE] or not turn.isdigit() or len(turn) > 6:
            return self.bench.not_done("choose a turn and what was good or bad about it")
        store, now = await self.bench.store(), self.bench.clock.now()
        about = form.get("about", "")[:32] or None
        try:
            async with self.bench.database.writing(store.id) as db:
                said = form.get("comment", "").strip()
                await coaching.flag(db, call_id[:32], int(turn), Kind(kind), about, self.bench.person, said, now)
        except NoSuchTurn:
            raise HTTPException(404) from None
        return then("/coaching" if form.get("back") == "coaching" else f"/calls/{call_id[:32]}#turn-{int(turn)}")

    async def share(self, request: Request, moment_id: str) -> Response:
        form = await posted(request)
        store, now = await self.bench.store(), self.bench.clock.now()
        try:
            async with self.bench.database.writing(store.id) as db:
                await coaching.share(
                    db, moment_id[:32], form.get("with", "")[:32], form.get("comment", "").strip(), now
                )
                await audit.note(db, self.bench.person, "shared", "moment", moment_id[:32], now)
        except LookupError as error:
            return self.bench.not_done(str(error))
        return then("/coaching")

    async def settle(self, moment_id: str) -> Response:
        store, now = await self.bench.store(), self.bench.clock.now()
        async with self.bench.database.writing(store.id) as db:
            await coaching.settle(db, moment_id[:32], now)
        return then("/coaching")

    async def reply(self, request: Request, moment_id: str) -> Response:
        """The person it is about answers."""
        form = await posted(request)
        store = await self.bench.store()
        try:
            async with self.bench.database.writing(store.id) as db:
                await coaching.reply(db, moment_id[:32], _me() or "nobody", form.get("words", "").strip())
        except LookupError as error:
            return self.bench.not_done(str(error))
        return then("/coaching")


def _me() -> str | None:
    known = at_screen().known
    return known.staff_id if known else None
