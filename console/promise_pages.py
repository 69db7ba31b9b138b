"""`/promises`: are we keeping our word; every figure leads to the list it is the length of."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from console.promise_presenter import promise_page
from console.workbench import Workbench
from record.hours import hours_of
from visibility.promises import ran

Text = Annotated[str, Query(max_length=30)]


@dataclass(frozen=True)
class PromisePages:
    """The page."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/promises", self.page, methods=["GET"])
        return router

    async def page(self, request: Request, department: Text = "", clock: Text = "", outcome: Text = "") -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            rows = await ran(db, now)
            hours = await hours_of(db, department or "service")
            frame = await self.bench.frame(db, store)
        page = promise_page(rows, department, clock, outcome, hours, now, zone)
        return self.bench.page(request, "promises.html", frame, page=page)
