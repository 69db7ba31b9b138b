"""What every page is made with, and what every form goes through before it changes anything."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from console.presenters import live_pill
from console.rendering import Frame, Pages, ShownStore, Trouble
from console.same_origin import is_ours
from console.settings import ConsoleSettings
from console.shown_store import StoreOnScreen
from kit.clock import Clock
from kit.db import Database
from kit.forms import read_form
from record import call_views

_MOST_BYTES = 64 * 1024


class Foreign(Exception):
    """A form that was sent from another site; nothing of it was done."""


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
        """Who is at the keyboard: one name for the whole store, until people sign in."""
        return self.settings.console_user

    async def store(self) -> ShownStore:
        return await self.shown.store()

    def times(self, store: ShownStore) -> tuple[datetime, ZoneInfo]:
        """Now, and the store's own zone."""
        return self.clock.now(), ZoneInfo(store.time_zone)

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

    async def form(self, request: Request, most: int = _MOST_BYTES) -> dict[str, str]:
        """The fields of a form of ours; raises Foreign for anybody else's."""
        return read_form(await self.body(request, most))

    async def body(self, request: Request, most: int = _MOST_BYTES) -> bytes:
        self.only_ours(request)
        received = bytearray()
        async for chunk in request.stream():
            received += chunk
            if len(received) > most:
                raise HTTPException(413)
        return bytes(received)

    def only_ours(self, request: Request) -> None:
        if not is_ours(request.headers):
            raise Foreign


def then(address: str) -> Response:
    """After a change: the browser asks for the page that shows it, so that loading again changes nothing."""
    return RedirectResponse(address, status_code=303)
