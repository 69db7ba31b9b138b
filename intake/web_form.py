"""The store's lead form: a page of its own or inside another site's frame, without JavaScript."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crm_sync.lead_forms import CONSENT_WORDS, OURS, problem_with
from followup import lead_doors
from followup.lead_deliveries import Arrived, how_many, keep
from followup.lead_doors import Door
from intake.bodies import Refused, body_of, visitor
from intake.form_token import age_of, form_token
from intake.settings import IntakeSettings
from kit.clock import Clock
from kit.db import Database
from kit.forms import BadForm, read_form
from kit.logging import logger
from kit.phone import spoken, to_e164

log = logger("intake.web_form")

_MOST_BYTES = 16 * 1024
_DOOR = "web_form"
_FOLDER = Path(__file__).parent / "templates"
_STYLE = (_FOLDER / "lead_form.css").read_text(encoding="utf-8")
_HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors *",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class WebForm:
    """The page and what happens when it is sent."""

    database: Database
    clock: Clock
    settings: IntakeSettings

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/lead/{store_key}", self.show, methods=["GET"])
        router.add_api_route("/lead/{store_key}", self.send, methods=["POST"])
        return router

    async def show(self, store_key: str) -> Response:
        found = await self._door(store_key)
        return self._form(found, {}, "", 200) if found else _page("gone.html", 404)

    async def send(self, request: Request, store_key: str) -> Response:
        """Keeps what was sent and says so; what looks like a machine's is kept apart, and answered the same."""
        try:
            found = await self._door(store_key)
            if found is None:
                return _page("gone.html", 404)
            form = read_form(await body_of(request, _MOST_BYTES))
            return await self._sent(request, found, form)
        except (Refused, BadForm) as refused:
            status = refused.status if isinstance(refused, Refused) else 422
            return Response(f"{refused}\n", status_code=status, media_type="text/plain", headers=_HEADERS)
        except Exception:
            # The edge: the visitor must know that nothing was stored, and whom to call instead.
            log.exception("form_not_kept")
            return _page("failed.html", 503, phone=spoken(found.store.store_phone) if found else "")

    async def _sent(self, request: Request, found: Door, form: dict[str, str]) -> Response:
        now = self.clock.now()
        age = age_of(found.form_key, form.get("token", ""), now)
        problem = problem_with(form)
        if age is None:
            problem = "This page was open for too long. Please check what you wrote and send it again."
        if problem:
            return self._form(found, form, problem, 422)
        number = to_e164(form.get("phone", "")[:40]) or ""
        arrived = Arrived(
            _DOOR, _as_kept(form, found), visitor(request, self.settings.lead_proxies), "", number, found.store.id
        )
        async with self.database.writing(found.store.id) as db:
            since, day = now - timedelta(hours=1), now - timedelta(days=1)
            too_many = await how_many(db, _DOOR, since, sender=arrived.sender) >= self.settings.lead_form_per_visitor
            if number:
                most = self.settings.lead_form_per_number
                too_many = too_many or await how_many(db, _DOOR, day, contact=number) >= most
            if not too_many:
                await keep(db, arrived, now, refused=self._machine_made(form, age))
        if too_many:
            return _page("failed.html", 429, phone=spoken(found.store.store_phone))
        return _page("thanks.html", 200, store=found.store.name)

    def _machine_made(self, form: dict[str, str], age: timedelta | None) -> str:
        if form.get("website", "").strip():
            return "a field people do not see was filled in"
        if age is not None and age < timedelta(seconds=self.settings.lead_form_seconds):
            return f"sent {age.total_seconds():.0f} s after the page was opened"
        return ""

    async def _door(self, store_key: str) -> Door | None:
        async with self.database.looking_across("a form's key decides the rooftop") as db:
            return await lead_doors.door(db, store_key[:40])

    def _form(self, found: Door, form: dict[str, str], problem: str, status: int) -> HTMLResponse:
        return _page(
            "lead_form.html",
            status,
            store=found.store.name,
            store_key=found.store_key,
            token=form_token(found.form_key, self.clock.now()),
            words=CONSENT_WORDS.format(store=found.store.name),
            form=form,
            problem=problem,
        )


def _as_kept(form: dict[str, str], found: Door) -> bytes:
    """What was sent, with the words that were shown: those are ours to say, not the sender's."""
    said = {name: value for name, value in form.items() if not name.startswith(OURS) and name != "token"}
    ours = {f"{OURS}words": CONSENT_WORDS.format(store=found.store.name), f"{OURS}store_key": found.store_key}
    return urlencode({**said, **ours}).encode()


_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def _page(name: str, status: int, **values: object) -> HTMLResponse:
    rendered = _TEMPLATES.get_template(name).render(style=_STYLE, **values)
    return HTMLResponse(rendered, status_code=status, headers=_HEADERS)
