"""The web side as one ASGI app: Twilio's webhooks, leads, health for the proxy, figures for the monitor, the pages."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.types import ASGIApp

from telephony.edge import TwilioEdge
from telephony.webhooks import twilio_router


def create_app(
    edge: TwilioEdge, leads: Sequence[APIRouter], pages: ASGIApp, ready: Callable[[], bool], figures: CollectorRegistry
) -> FastAPI:
    """Routes: Twilio (signed), leads (keyed, limited), health (says nothing), figures, then the console's own door."""
    app = FastAPI(title="Lanekeeper", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(twilio_router(edge))
    for router in leads:
        app.include_router(router)

    async def alive() -> Response:
        return Response("alive\n", media_type="text/plain")

    async def ready_for_calls() -> Response:
        if ready():
            return Response("ready\n", media_type="text/plain")
        return Response("draining\n", status_code=503, media_type="text/plain")

    async def metrics() -> Response:
        return Response(generate_latest(figures), media_type=CONTENT_TYPE_LATEST)

    app.add_api_route("/healthz", alive, methods=["GET"])
    app.add_api_route("/readyz", ready_for_calls, methods=["GET"])
    app.add_api_route("/metrics", metrics, methods=["GET"])
    app.mount("/", pages)
    return app
