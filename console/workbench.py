"""What every page is made with."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from console.at_screen import at_screen
from console.presenters import live_pill
from console.rendering import Frame, Pages, ShownStore, Trouble
from console.settings import ConsoleSettings
from console.shown_store import StoreOnScreen
from followup.seen_by import limits
from kit.clock import Clock
from kit.db import Database
from kit.ids import RooftopId
from record import call_views


@dataclass(frozen=True)
class Workbench:
    """The store on screen, its record, and the templates."""

    database: Database
    clock: Clock
    settings: ConsoleSettings
    pages: Pages
    shown: StoreOnScreen
    simulated: bool

    @property
    def person(self) -> str:
        """The name of who is at the screen, for what they change."""
        return at_screen().name

    async def store(self) -> ShownStore:
        return await self.shown.store()

    def times(self, store: ShownStore) -> tuple[datetime, ZoneInfo]:
        """Now, and the store's own zone."""
        return self.clock.now(), ZoneInfo(store.time_zone)

    def reading(self, rooftop_id: RooftopId) -> AbstractAsyncContextManager[AsyncSession]:
        """A session that shows what the person at the screen may see, and nothing else."""
        person = at_screen()
        if not person.departments:
            return self.database.reading(rooftop_id)
        staff_id = person.known.staff_id if person.known else None
        limited = limits(person.departments, staff_id)
        return self.database.reading(rooftop_id, limits=limited, departments=person.departments)

    async def frame(self, db: AsyncSession, store: ShownStore) -> Frame:
        return Frame(store.name, live_pill(await call_views.live_call_ids(db)), self.simulated)

    def page(self, request: Request, template: str, frame: Frame, status: int = 200, **values: object) -> HTMLResponse:
        made = self.pages.page(request, template, frame, **values)
        made.status_code = status
        return made

    def not_done(self, why: str) -> HTMLResponse:
        """A change that is impossible as things stand now; nothing was changed."""
        return self.pages.trouble(
            Trouble(409, "That could not be done", f"Nothing was changed: {why}.", "Go back and load the page again.")
        )


def then(address: str) -> Response:
    """After a change: the browser asks for the page that shows it, so that loading again changes nothing."""
    return RedirectResponse(address, status_code=303)
