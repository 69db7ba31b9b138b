"""`/calendar`: a day's visits, ours and those of the store's own system."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from console.calendar_presenter import calendar_page
from console.times import day_bounds
from console.workbench import Workbench
from scheduling.calendar_views import visits


@dataclass(frozen=True)
class CalendarPages:
    """The page."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/calendar", self.day, methods=["GET"])
        return router

    async def day(self, request: Request, day: Annotated[str, Query(max_length=10)] = "") -> Response:
        """Today, or the day in the address; a date that is none shows today."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        today = now.astimezone(zone).date()
        shown = _date(day) or today
        since, until = day_bounds(shown, zone)
        async with self.bench.reading(store.id) as db:
            found = await visits(db, since, until)
            frame = await self.bench.frame(db, store)
        page = calendar_page(found, shown, today, zone)
        around = [shown + timedelta(days=step) for step in (-1, 1)]
        return self.bench.page(
            request, "calendar.html", frame, page=page, before=around[0].isoformat(), after=around[1].isoformat()
        )


def _date(text: str) -> date | None:
    try:
        given = date.fromisoformat(text)
    except ValueError:
        return None
    return given if 2000 <= given.year < 2100 else None
