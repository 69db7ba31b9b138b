"""`/leads/new`: what staff type in for somebody who walked in, called or wrote."""

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from console.at_screen import at_screen
from console.form_body import body_of
from console.presenters import live_pill
from console.rendering import Frame, Pages, ShownStore
from console.settings import ConsoleSettings
from console.shown_store import StoreOnScreen
from console.times import moment
from crm_sync.lead_forms import typed_lead
from followup.lead_facts import Channel, NewLead
from followup.lead_views import LeadRecord, one_lead
from followup.typed_leads import type_in
from kit.clock import Clock
from kit.db import Database
from kit.forms import read_form
from record import call_views

_CHANNELS = {
    Channel.WALK_IN: "Walked in",
    Channel.PHONE: "Called",
    Channel.CHAT: "Chat",
    Channel.TEXT: "Text",
    Channel.EMAIL: "E-mail",
}


@dataclass(frozen=True)
class LeadPages:
    """The page, and what it needs to be made."""

    database: Database
    clock: Clock
    settings: ConsoleSettings
    pages: Pages
    shown: StoreOnScreen
    simulated: bool

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/leads/new", self.blank, methods=["GET"])
        router.add_api_route("/leads/new", self.typed, methods=["POST"])
        return router

    async def blank(self, request: Request, taken: Annotated[str, Query(max_length=32)] = "") -> Response:
        """An empty form; after one was sent, with who has taken it on and until when."""
        store = await self.shown.store()
        async with self.database.reading(store.id) as db:
            frame = await self._frame(db, store)
            record = await one_lead(db, taken) if taken else None
        return self.pages.page(
            request, "lead_new.html", frame, form={}, problem="", channels=_CHANNELS, taken=self._told(record, store)
        )

    async def typed(self, request: Request) -> Response:
        store = await self.shown.store()
        body = await body_of(request)
        form = read_form(body)
        lead = _lead(form)
        if not (lead.person.name or lead.person.phones or lead.person.emails):
            async with self.database.reading(store.id) as db:
                frame = await self._frame(db, store)
            says = "Give at least a name, a phone number or an e-mail address."
            page = self.pages.page(
                request, "lead_new.html", frame, form=form, problem=says, channels=_CHANNELS, taken=None
            )
            page.status_code = 422
            return page
        async with self.database.writing(store.id) as db:
            taken = await type_in(db, lead, body, at_screen().name, self.clock.now())
        return RedirectResponse(f"/leads/new?taken={taken.lead_id}", status_code=303)

    def _told(self, record: LeadRecord | None, store: ShownStore) -> dict[str, object] | None:
        if record is None:
            return None
        due = record.line.due_at
        return {
            "name": record.line.name or "The lead",
            "owner": record.line.owner,
            "due": moment(due, self.clock.now(), ZoneInfo(store.time_zone)) if due else None,
            "missing": record.line.missing,
        }

    async def _frame(self, db: AsyncSession, store: ShownStore) -> Frame:
        return Frame(store.name, live_pill(await call_views.live_call_ids(db)), self.simulated)


def _lead(form: dict[str, str]) -> NewLead:
    channel = form.get("channel", "")
    return typed_lead(form, Channel(channel) if channel in _CHANNELS else Channel.WALK_IN, "staff")
