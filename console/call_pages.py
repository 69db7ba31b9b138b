"""`/calls` and `/calls/{id}`: the list, one call, and its recording."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from console import positions
from console.at_screen import at_screen
from console.call_presenter import call_view
from console.coaching_presenter import CHOICES
from console.live_presenter import card, phones
from console.presenters import call_list, filter_form, hand_off_line
from console.rights import Right
from console.times import day_bounds
from console.workbench import Workbench
from followup.loop_views import owed_from_calls
from record import call_views, live_views
from record.call_views import CallFilter, Position
from record.hand_off_figures import hand_off_figures
from record.rooftops import destinations

_PAGE = 50
_HAND_OFF_DAYS = timedelta(days=7)
_AUDIO_TYPES = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg"}

Text = Annotated[str, Query(max_length=60)]
Id = Annotated[str, Query(max_length=32)]


@dataclass(frozen=True)
class CallPages:
    """The pages about calls."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/", self.home, methods=["GET"])
        router.add_api_route("/calls", self.newest, methods=["GET"])
        router.add_api_route("/calls/{call_id}", self.one, methods=["GET"])
        router.add_api_route("/calls/{call_id}/recording", self.recording, methods=["GET", "HEAD"])
        return router

    async def home(self) -> Response:
        """Each role's first page: whoever runs the store sees yesterday, whoever works in it what is due."""
        person = at_screen()
        if person.known is None:
            return RedirectResponse("/calls", status_code=303)
        return RedirectResponse("/morning" if person.may(Right.RUN) else "/desk", status_code=303)

    async def newest(
        self, request: Request, disposition: Text = "", live: Text = "", date: Text = "", before: Text = ""
    ) -> Response:
        """The list. Every filter is in the address, so that a view can be kept and shared."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        day, problem = _day(date)
        after = _position(before)
        since, until = _bounds(day, zone)
        wanted = CallFilter(disposition or None, live == "1", since, until)
        form = filter_form(disposition, live == "1", date, problem)
        async with self.bench.reading(store.id) as db:
            page = await call_views.newest_calls(db, wanted, after, _PAGE)
            owed = await owed_from_calls(db, [line.id for line in page.calls])
            figures = await hand_off_figures(db, now - _HAND_OFF_DAYS)
            frame = await self.bench.frame(db, store)
        shown = call_list(page, owed, form, now=now, zone=zone, first_page=after is None)
        return self.bench.page(request, "calls.html", frame, page=shown, hand_offs=hand_off_line(figures))

    async def one(self, request: Request, call_id: str, t: Annotated[int | None, Query(ge=0)] = None) -> Response:
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            record = await call_views.call_record(db, call_id[:32])
            if record is None:
                raise HTTPException(404)
            owed = await owed_from_calls(db, [record.line.id])
            now, zone = self.bench.times(store)
            live = await live_views.one(db, record.line.id) if record.line.ended_at is None else None
            listed = phones(await destinations(db, now), _my_staff_id()) if live else []
            frame = await self.bench.frame(db, store)
        view = call_view(record, owed[record.line.id], now=now, zone=zone, at_s=t)
        now_live = card(live, now, zone) if live else None
        return self.bench.page(
            request, "call.html", frame, call=view, live=now_live, phones=listed, flag_choices=CHOICES
        )

    async def recording(self, call_id: str, clip: Id = "") -> Response:
        """The stored file, whole or the part a player asks for."""
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            clips = await call_views.clips_of(db, call_id[:32])
        found = next((c for c in clips if c.path and c.deleted_at is None and clip in ("", c.id)), None)
        path = _inside(self.bench.settings.recordings_folder, found.path) if found and found.path else None
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, media_type=_AUDIO_TYPES.get(path.suffix.lower(), "application/octet-stream"))


def _my_staff_id() -> str | None:
    known = at_screen().known
    return known.staff_id if known else None


def _inside(folder: Path, stored: str) -> Path | None:
    """The recording's file; None unless it exists inside the folder of recordings, whatever the row says."""
    root = folder.resolve()
    path = (root / stored).resolve()
    return path if path.is_relative_to(root) and path.is_file() else None


def _day(text: str) -> tuple[date | None, str]:
    if not text:
        return None, ""
    try:
        given = date.fromisoformat(text)
        if not 2000 <= given.year < 2100:
            raise ValueError(text)
        return given, ""
    except ValueError:
        return None, "That is no date; write it as 2026-11-21. All days are shown."


def _bounds(day: date | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    return day_bounds(day, zone) if day else (None, None)


def _position(text: str) -> Position | None:
    found = positions.read(text)
    return Position(*found) if found else None
