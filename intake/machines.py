"""Leads and logs that other systems post: the store's own key in a header, and 200 only once the message is stored."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response

from followup.lead_deliveries import Arrived, keep
from followup.lead_doors import store_of_machine
from intake.bodies import Refused, body_of, visitor
from intake.settings import IntakeSettings
from kit.clock import Clock
from kit.db import Database
from kit.logging import logger

log = logger("intake.machines")

KEY_HEADER = "X-Lanekeeper-Key"
_ADF_BYTES = 256 * 1024
_ADF_TYPES = ("text/xml", "application/xml", "application/x-adf+xml", "text/plain")
_FILE_TYPES = ("text/csv", "text/plain", "application/csv", "application/vnd.ms-excel")
FILE_KINDS = ("crm_leads", "crm_export", "call_log", "text_log")


def machine_router(database: Database, clock: Clock, settings: IntakeSettings) -> APIRouter:
    """POST /leads/adf, and one route for each kind of file."""

    async def take(request: Request, door: str, most: int, types: tuple[str, ...]) -> str:
        sent_as = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if sent_as not in types:
            raise Refused(415, f"send it as {', '.join(types)}")
        async with database.looking_across("a machine's key decides the rooftop") as db:
            rooftop_id = await store_of_machine(db, request.headers.get(KEY_HEADER, "")[:200])
        if rooftop_id is None:
            raise Refused(401, f"the {KEY_HEADER} header is missing or wrong")
        body = await body_of(request, most)
        if not body.strip():
            raise Refused(422, "is empty")
        async with database.writing(rooftop_id) as db:
            return await keep(db, Arrived(door, body, visitor(request, settings.lead_proxies)), clock.now())

    router = APIRouter(prefix="/leads")
    router.add_api_route("/adf", _route(lambda r: take(r, "adf", _ADF_BYTES, _ADF_TYPES)), methods=["POST"])
    for kind in FILE_KINDS:
        router.add_api_route(f"/{kind}", _route(_file(take, kind, settings.lead_file_bytes)), methods=["POST"])
    return router


Take = Callable[[Request, str, int, tuple[str, ...]], Awaitable[str]]


def _file(take: Take, kind: str, most: int) -> Callable[[Request], Awaitable[str]]:
    return lambda request: take(request, kind, most, _FILE_TYPES)


def _route(take: Callable[[Request], Awaitable[str]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            kept = await take(request)
        except Refused as refused:
            return Response(f"{refused}\n", status_code=refused.status, media_type="text/plain")
        except Exception:
            # The edge: whatever broke, the sender is told to keep the message and try again.
            log.exception("lead_not_kept")
            return Response("cannot be kept now, try again later\n", status_code=503, media_type="text/plain")
        return Response(f"kept {kept}\n", media_type="text/plain")

    return endpoint
