"""`/leads`: the list, one lead with its message, what could not be read, and what staff type in themselves."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from console import positions
from console.form_body import body_of
from console.lead_presenter import lead_list, lead_view, message_row
from console.rendering import ShownStore
from console.times import moment
from console.workbench import Workbench, then
from crm_sync.lead_forms import typed_lead
from followup.lead_facts import DEPARTMENTS, Channel, NewLead
from followup.lead_views import LeadFilter, LeadRecord, messages_to_look_at, newest_leads, one_lead
from followup.typed_leads import type_in
from kit.forms import read_form

_PAGE = 50
_CHANNELS = {
    Channel.WALK_IN: "Walked in",
    Channel.PHONE: "Called",
    Channel.CHAT: "Chat",
    Channel.TEXT: "Text",
    Channel.EMAIL: "E-mail",
}


Typed = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True)
class LeadPages:
    """The pages about leads."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/leads", self.newest, methods=["GET"])
        router.add_api_route("/leads/new", self.blank, methods=["GET"])
        router.add_api_route("/leads/new", self.typed, methods=["POST"])
        router.add_api_route("/leads/messages", self.messages, methods=["GET"])
        router.add_api_route("/leads/{lead_id}", self.one, methods=["GET"])
        return router

    async def newest(
        self, request: Request, department: Typed = "", status: Typed = "", unread: Typed = "", before: Typed = ""
    ) -> Response:
        """The list, newest first; every filter is in the address."""
        wanted = LeadFilter(department if department in DEPARTMENTS else "", status, unread == "1")
        place = positions.read(before)
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            lines = await newest_leads(db, wanted, place, _PAGE + 1)
            frame = await self.bench.frame(db, store)
        page = lead_list(lines, wanted, page=_PAGE, now=now, zone=zone, first_page=place is None)
        return self.bench.page(request, "leads.html", frame, page=page)

    async def one(self, request: Request, lead_id: str) -> Response:
        """What was asked, who owns it, what is still to ask, and the message as it came."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            record = await one_lead(db, lead_id[:32])
            if record is None:
                raise HTTPException(404)
            frame = await self.bench.frame(db, store)
        return self.bench.page(request, "lead.html", frame, lead=lead_view(record, now, zone))

    async def messages(self, request: Request) -> Response:
        """Messages that were refused, wait, or could not be read whole."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            rows = await messages_to_look_at(db)
            frame = await self.bench.frame(db, store)
        return self.bench.page(request, "lead_messages.html", frame, rows=[message_row(row, now, zone) for row in rows])

    async def blank(self, request: Request, taken: Annotated[str, Query(max_length=32)] = "") -> Response:
        """An empty form; after one was sent, with who has taken it on and until when."""
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            frame = await self.bench.frame(db, store)
            record = await one_lead(db, taken) if taken else None
        told = self._told(record, store)
        return self.bench.page(request, "lead_new.html", frame, form={}, problem="", channels=_CHANNELS, taken=told)

    async def typed(self, request: Request) -> Response:
        body = await body_of(request)
        form = read_form(body)
        store = await self.bench.store()
        lead = _lead(form)
        if not (lead.person.name or lead.person.phones or lead.person.emails):
            async with self.bench.reading(store.id) as db:
                frame = await self.bench.frame(db, store)
            says = "Give at least a name, a phone number or an e-mail address."
            return self.bench.page(
                request, "lead_new.html", frame, 422, form=form, problem=says, channels=_CHANNELS, taken=None
            )
        async with self.bench.database.writing(store.id) as db:
            taken = await type_in(db, lead, body, self.bench.person, self.bench.clock.now())
        return then(f"/leads/new?taken={taken.lead_id}")

    def _told(self, record: LeadRecord | None, store: ShownStore) -> dict[str, object] | None:
        if record is None:
            return None
        due = record.line.due_at
        return {
            "name": record.line.name or "The lead",
            "owner": record.line.owner,
            "due": moment(due, *self.bench.times(store)) if due else None,
            "missing": record.line.missing,
        }


def _lead(form: dict[str, str]) -> NewLead:
    channel = form.get("channel", "")
    return typed_lead(form, Channel(channel) if channel in _CHANNELS else Channel.WALK_IN, "staff")
