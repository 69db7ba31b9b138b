"""`/kit`: every part the templates are made of, in each state, for whoever changes them."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from console.presenters import Badge
from console.times import moment
from console.workbench import Workbench

_BADGES = (
    Badge("late", "▲", "Late 42 min"),
    Badge("soon", "◔", "Due 12 min"),
    Badge("info", "●", "New"),
    Badge("waiting", "■", "Waiting"),
    Badge("waiting", "❚❚", "Paused until 7:30 am"),
    Badge("ok", "✓", "Closed"),
    Badge("ok", "✓", "Closed", True),
    Badge("ai", "◆", "AI"),
    Badge("ai", "◆", "Closed by AI", True),
)


@dataclass(frozen=True)
class KitPages:
    """The page."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/kit", self.kit, methods=["GET"])
        return router

    async def kit(self, request: Request) -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            frame = await self.bench.frame(db, store)
        return self.bench.page(request, "kit.html", frame, badges=_BADGES, now=moment(now, now, zone))
