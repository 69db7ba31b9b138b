"""Puts the console together; the composition root mounts it at "/", after every other route."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from agent.rehearsal.rehearsals import Runner
from console.admin_pages import AdminPages
from console.assets import Assets
from console.calendar_pages import CalendarPages
from console.call_pages import CallPages
from console.coaching_pages import CoachingPages
from console.code_pages import CodePages
from console.customer_pages import CustomerPages
from console.desk_pages import DeskPages
from console.door import Door
from console.edge import Bugs, Edge
from console.exception_pages import ExceptionPages
from console.experiment_pages import ExperimentPages
from console.feed_pages import FeedPages
from console.kit_pages import KitPages
from console.lead_pages import LeadPages
from console.live import LiveStreams
from console.live_pages import LivePages
from console.morning_pages import MorningPages
from console.people_pages import PeoplePages
from console.policy_pages import PolicyPages
from console.ports import LiveCalls, SetUp, Suggests
from console.program_pages import ProgramPages
from console.promise_pages import PromisePages
from console.rehearsal_pages import RehearsalPages
from console.rendering import Pages, Trouble
from console.reply_pages import ReplyPages
from console.review_pages import ReviewPages
from console.settings import ConsoleSettings
from console.shift_pages import ShiftPages
from console.shown_store import NoStoreShown, StoreOnScreen
from console.sign_in_pages import SignInPages
from console.store_pages import StorePages
from console.text_pages import TextPages
from console.tune_pages import TunePages
from console.uploads import Uploads
from console.within import only_what_they_see
from console.workbench import Workbench
from kit.bus import Bus
from kit.clock import Clock
from kit.db import Database
from kit.forms import BadForm

_A_YEAR = "public, max-age=31536000, immutable"
_SECTIONS = (
    DeskPages,
    CallPages,
    ReplyPages,
    CustomerPages,
    LeadPages,
    ReviewPages,
    CodePages,
    MorningPages,
    ProgramPages,
    PolicyPages,
    ShiftPages,
    ExceptionPages,
    PromisePages,
    CoachingPages,
    CalendarPages,
    StorePages,
    KitPages,
    TunePages,
)


@dataclass(frozen=True)
class Console:
    """The pages as an ASGI app, and the streams to close before the server can stop."""

    app: ASGIApp
    streams: LiveStreams
    inside: FastAPI
    """The pages without the door in front."""


def create_console(
    database: Database,
    clock: Clock,
    bus: Bus,
    settings: ConsoleSettings,
    *,
    simulated: bool = False,
    uploads: Uploads | None = None,
    live_calls: LiveCalls | None = None,
    suggests: Suggests | None = None,
    setup: SetUp | None = None,
    rehearsed_by: Runner | None = None,
) -> Console:
    """The whole console. `simulated` says on every page that carrier and model are stand-ins on this machine; without
    `uploads` no file can be sent through them, without `live_calls` no call can be taken over, and
    without `suggests` the AI suggests no texts, and without `setup` the program's own checks are not shown."""
    assets = Assets()
    pages = Pages(assets)
    shown = StoreOnScreen(database, settings.console_rooftop)
    streams = LiveStreams(bus, settings)
    door = Door(database, clock, settings)
    bench = Workbench(database, clock, settings, pages, shown, simulated)
    seen = [Depends(only_what_they_see(bench))]
    app = FastAPI(title="Lanekeeper console", docs_url=None, redoc_url=None, openapi_url=None, dependencies=seen)
    app.add_middleware(Bugs, pages=pages)
    app.include_router(SignInPages(door, bus, pages).router())
    app.include_router(PeoplePages(door, pages, shown, simulated).router())
    app.include_router(LivePages(bench, live_calls).router())
    app.include_router(AdminPages(bench, setup).router())
    app.include_router(TextPages(bench, suggests).router())
    app.include_router(RehearsalPages(bench, rehearsed_by or Runner()).router())
    app.include_router(ExperimentPages(bench).router())
    for made in _SECTIONS:
        app.include_router(made(bench).router())
    app.include_router(FeedPages(bench, uploads).router())

    async def live(request: Request) -> Response:
        return streams.response((await shown.store()).id, request.headers.get("last-event-id", "")[:80])

    async def missed(since: Annotated[str, Query(max_length=80)] = "") -> Response:
        return await streams.missed((await shown.store()).id, since)

    async def asset(name: str) -> Response:
        found = assets.asset(name)
        if found is None:
            raise HTTPException(404)
        return Response(found.content, media_type=found.media_type, headers={"Cache-Control": _A_YEAR})

    app.add_api_route("/live", live, methods=["GET"])
    app.add_api_route("/live/changes", missed, methods=["GET"])
    app.add_api_route("/assets/{name}", asset, methods=["GET"])
    _show_troubles(app, pages)
    return Console(Edge(app, pages, door), streams, app)


def _show_troubles(app: FastAPI, pages: Pages) -> None:
    async def refused(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        if status == 413:
            return pages.trouble(Trouble(413, "Too large", "More was sent than this page takes. Nothing was kept.", ""))
        if status == 405:
            return pages.trouble(Trouble(405, "Not possible here", "This page can only be read.", "Go back to calls."))
        return pages.trouble(
            Trouble(
                404,
                "There is nothing here",
                "The address may be mistyped, or what it names belongs to another store.",
                "Look for it in the lists.",
            )
        )

    async def no_store(_: Request, error: Exception) -> Response:
        happened, remedy = (error.happened, error.remedy) if isinstance(error, NoStoreShown) else (str(error), "")
        return pages.trouble(Trouble(503, "No store to show", happened, remedy))

    async def bad_form(_: Request, error: Exception) -> Response:
        return pages.trouble(Trouble(422, "That could not be read", f"What was sent is {error}.", "Please try again."))

    app.add_exception_handler(BadForm, bad_form)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, refused)
    app.add_exception_handler(NoStoreShown, no_store)
