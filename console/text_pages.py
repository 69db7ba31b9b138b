"""`/texts` and `/texts/{id}`: who wrote, one conversation, and a person's own answers in it."""

import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from agent.staff_texts import note_staff_text
from console import positions
from console.form_body import posted
from console.text_presenter import thread_list, thread_view
from console.workbench import Workbench, then
from followup import threads
from followup.loop_views import open_on_texts
from kit.ids import ConversationId
from record import consent_ledger, text_flags, text_outbox, text_views, texts
from record.text_views import Place
from record.texts import AI, HUMAN

_PAGE = 50
_LONGEST_TEXT = 1600

Typed = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True)
class TextPages:
    """The pages about texts."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/texts", self.newest, methods=["GET"])
        router.add_api_route("/texts/{thread_id}", self.one, methods=["GET"])
        router.add_api_route("/texts/{thread_id}/reply", self.reply, methods=["POST"])
        router.add_api_route("/texts/{thread_id}/take-over", self.take_over, methods=["POST"])
        router.add_api_route("/texts/{thread_id}/hand-back", self.hand_back, methods=["POST"])
        return router

    async def newest(self, request: Request, answering: Typed = "", before: Typed = "") -> Response:
        """Conversations, the last to write first."""
        mode, place = answering if answering in (AI, HUMAN) else "", positions.read(before)
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.database.reading(store.id) as db:
            lines = await text_views.newest_threads(db, mode, Place(*place) if place else None, _PAGE + 1)
            owed = await open_on_texts(db, [line.id for line in lines])
            frame = await self.bench.frame(db, store)
        page = thread_list(lines, owed, mode, page=_PAGE, now=now, zone=zone, first_page=place is None)
        return self.bench.page(request, "texts.html", frame, page=page)

    async def one(self, request: Request, thread_id: str) -> Response:
        return await self._thread(request, thread_id)

    async def reply(self, request: Request, thread_id: str) -> Response:
        """A person's text; it takes the conversation over. Whoever has not read the newest text is shown it first."""
        form = await posted(request)
        body, key = form.get("body", "").strip(), form.get("key", "")[:40]
        if not body or len(body) > _LONGEST_TEXT:
            says = "Write something first." if not body else f"A text holds at most {_LONGEST_TEXT:,} characters."
            return await self._thread(request, thread_id, draft=body, problem=says, status=422)
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            record = await text_views.thread_record(db, thread_id[:32])
            if record is None:
                raise HTTPException(404)
            has_read = record.newest == form.get("seen", "")
            if has_read or await text_outbox.is_written(db, f"console:{key}"):
                await self._write(db, ConversationId(record.id), body, f"console:{key}")
                return then(f"/texts/{record.id}#newest")
        says = "There is something new above. Read it, then send or change your answer."
        return await self._thread(request, thread_id, draft=body, problem=says, status=409)

    async def _write(self, db: AsyncSession, thread_id: ConversationId, body: str, key: str) -> None:
        """The text, and what it promises or says was done."""
        person, now = self.bench.person, self.bench.clock.now()
        written = await threads.staff_reply(db, thread_id, person, body, key, now)
        thread = await texts.thread(db, thread_id)
        if written is not None and thread is not None:
            await note_staff_text(db, thread, written, body, person, now)

    async def take_over(self, request: Request, thread_id: str) -> Response:
        return await self._change(request, thread_id, to=HUMAN)

    async def hand_back(self, request: Request, thread_id: str) -> Response:
        return await self._change(request, thread_id, to=AI)

    async def _change(self, request: Request, thread_id: str, *, to: str) -> Response:
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            record = await text_views.thread_record(db, thread_id[:32])
            if record is None:
                raise HTTPException(404)
            if record.mode != to:
                change = threads.take_over if to == HUMAN else threads.hand_back
                await change(db, ConversationId(record.id), self.bench.person, self.bench.clock.now())
        return then(f"/texts/{record.id}")

    async def _thread(
        self, request: Request, thread_id: str, *, draft: str = "", problem: str = "", status: int = 200
    ) -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.database.reading(store.id) as db:
            record = await text_views.thread_record(db, thread_id[:32])
            if record is None:
                raise HTTPException(404)
            owed = (await open_on_texts(db, [record.id]))[record.id]
            standing = await consent_ledger.standing(db, record.number)
            flags = await text_flags.flags_of(db, [line.id for line in record.lines if line.author == "staff"])
            frame = await self.bench.frame(db, store)
        view = thread_view(record, owed, now, zone, flags)
        return self.bench.page(
            request, "thread.html", frame, status,
            thread=view, draft=draft, problem=problem, key=secrets.token_hex(16),
            stopped=standing.opted_out_at is not None, longest=_LONGEST_TEXT,
        )  # fmt: skip
