"""What every request passes through: who may see it, what a browser may do with it, and one place for bugs.

Plain ASGI and not the framework's own middleware, because that buffers or detaches streams.
"""

import secrets

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access import Verdict, access
from console.rendering import Pages, Trouble
from console.settings import ConsoleSettings
from kit.logging import logger

log = logger("console")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Edge:
    """Wraps the console: checks access before anything else, and adds the security headers to whatever comes out."""

    def __init__(self, app: ASGIApp, pages: Pages, settings: ConsoleSettings) -> None:
        self._app, self._pages, self._settings = app, pages, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # There is no socket here; one that comes anyway is closed before it is opened.
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        answer = self._refusal(Request(scope)) or self._app
        await answer(scope, receive, send_safely)

    def _refusal(self, request: Request) -> ASGIApp | None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        found = access(self._settings, headers, request.client.host if request.client else None)
        if found.verdict is Verdict.WELCOME:
            return None
        if found.verdict is Verdict.ASK_PASSWORD:
            challenge = {"WWW-Authenticate": 'Basic realm="Lanekeeper", charset="UTF-8"'}
            return self._pages.trouble(Trouble(401, "Please sign in", found.reason, found.remedy), challenge)
        return self._pages.trouble(Trouble(403, "Not from here", found.reason, found.remedy))


class Bugs:
    """Turns a bug into a page with a number to quote; the details go to the log, once."""

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        self._app, self._pages = app, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_on(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except (
            Exception
        ) as error:  # the webhook edge's twin: everything is caught here, and a half-sent page is cut off
            reference = secrets.token_hex(4)
            log.exception("page_failed", reference=reference, error=type(error).__name__)
            if started:
                raise
            await self._pages.trouble(_our_fault(reference))(scope, receive, send)


def _our_fault(reference: str) -> Trouble:
    return Trouble(
        500,
        "That did not work",
        "The page could not be put together. Nothing was lost, and calls are still being answered.",
        "Load the page again. If it happens twice, give whoever runs the server this number.",
        reference,
    )
