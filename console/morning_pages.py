"""`/morning`: who was let down yesterday, whether anyone is on it, and what it may be worth."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from console.morning_presenter import morning_view
from console.workbench import Workbench
from visibility.morning import morning, yesterday


@dataclass(frozen=True)
class MorningPages:
    """The page, and what it needs to be made."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/morning", self.page, methods=["GET"])
        return router

    async def page(self, request: Request, day: Annotated[str, Query(max_length=10)] = "") -> Response:
        """Yesterday, or another day by its date; a date that is none shows yesterday."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        latest = yesterday(now, zone)
        wanted = min(_date(day) or latest, latest)
        async with self.bench.reading(store.id) as db:
            found = await morning(db, wanted, zone, now)
            frame = await self.bench.frame(db, store)
        return self.bench.page(request, "morning.html", frame, page=morning_view(found, now, zone, latest))


def _date(text: str) -> date | None:
    try:
        given = date.fromisoformat(text)
    except ValueError:
        return None
    return given if given.year >= 2000 else None
