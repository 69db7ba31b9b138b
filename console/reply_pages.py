"""`/replies`: the store's canned replies, and one's own."""

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from console.at_screen import at_screen
from console.form_body import posted
from console.rights import Right
from console.text_pages import whose_drafts
from console.workbench import Workbench, then
from record import writing


@dataclass(frozen=True)
class ReplyPages:
    """The list and its two forms."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/replies", self.all, methods=["GET"])
        router.add_api_route("/replies", self.add, methods=["POST"])
        router.add_api_route("/replies/{reply_id}/remove", self.remove, methods=["POST"])
        return router

    async def all(self, request: Request) -> Response:
        return await self._page(request)

    async def add(self, request: Request) -> Response:
        """The store's are for whoever runs it to write; everybody has their own."""
        form = await posted(request)
        own = form.get("for") != "store" or not at_screen().may(Right.RUN)
        store = await self.bench.store()
        try:
            async with self.bench.database.writing(store.id) as db:
                by = whose_drafts() if own else ""
                await writing.add_canned(db, form.get("name", ""), form.get("body", ""), by)
        except ValueError as error:
            return await self._page(request, form, f"{str(error).capitalize()}.")
        return then("/replies")

    async def remove(self, reply_id: str) -> Response:
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            stores = at_screen().may(Right.RUN)
            if not await writing.remove_canned(db, reply_id[:32], whose_drafts(), also_the_stores=stores):
                raise HTTPException(404)
        return then("/replies")

    async def _page(self, request: Request, form: dict[str, str] | None = None, problem: str = "") -> Response:
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            replies = await writing.canned(db, whose_drafts())
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "replies.html", frame, 422 if problem else 200,
            replies=replies, form=form or {}, problem=problem, runs=at_screen().may(Right.RUN),
        )  # fmt: skip
