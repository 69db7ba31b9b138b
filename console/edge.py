"""What every request passes through: who may see it, what a browser may do with it, and one place for bugs.

Plain ASGI and not the framework's own middleware, because that buffers or detaches streams.
"""

import secrets
from urllib.parse import quote

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access import Access, Verdict
from console.at_screen import Person, somebody_looks
from console.door import Door
from console.rendering import Pages, Trouble
from console.rights import Right, asked_for, who_can
from console.same_origin import is_ours
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

    def __init__(self, app: ASGIApp, pages: Pages, door: Door) -> None:
        self._app, self._pages, self._door = app, pages, door

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

        answer = await self._refusal(Request(scope)) or self._app
        await answer(scope, receive, send_safely)

    async def _refusal(self, request: Request) -> ASGIApp | None:
        found = await self._door.who(request)
        if isinstance(found, Access):
            return self._not_from_here(found)
        somebody_looks(found)
        if request.method not in ("GET", "HEAD") and not is_ours(request.headers):
            return self._pages.trouble(
                Trouble(403, "Not from here", "That form was sent from another site.", "Open the page and try again.")
            )
        right = asked_for(request.method, request.url.path)
        if right is not None and right in found.rights:
            return None
        return self._not_yours(found, right) if found.may(Right.SEE) else _to_sign_in(request)

    def _not_from_here(self, found: Access) -> ASGIApp:
        if found.verdict is Verdict.ASK_PASSWORD:
            challenge = {"WWW-Authenticate": 'Basic realm="Lanekeeper", charset="UTF-8"'}
            return self._pages.trouble(Trouble(401, "Please sign in", found.reason, found.remedy), challenge)
        return self._pages.trouble(Trouble(403, "Not from here", found.reason, found.remedy))

    def _not_yours(self, person: Person, right: Right | None) -> ASGIApp:
        if right is None:
            return self._pages.trouble(
                Trouble(404, "There is nothing here", "The address may be mistyped.", "Start again from the calls.")
            )
        return self._pages.trouble(
            Trouble(
                403,
                "Not for you",
                f"You are signed in as {person.name}, and this needs {who_can(right)}.",
                "An administrator of the store can change what you may do.",
            )
        )


def _to_sign_in(request: Request) -> ASGIApp:
    """The way in; what was asked for is kept when it was a page to look at."""
    if request.headers.get("hx-request") == "true" or request.method not in ("GET", "HEAD"):
        return PlainTextResponse("Signed out. Load the page again to sign in.", 401, {"HX-Redirect": "/login"})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(wanted, safe='')}" if wanted != "/" else "/login", 303)


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
