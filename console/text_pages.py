"""`/texts` and `/texts/{id}`: who wrote, one conversation, and a person's own answers in it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from agent.staff_texts import note_staff_text
from console import positions
from console.at_screen import at_screen
from console.form_body import posted
from console.ports import CannotDo, Suggests
from console.text_presenter import thread_list, thread_view
from console.times import clock
from console.workbench import Workbench, then
from followup import threads
from followup.loop_views import open_on_texts
from kit.ids import ConversationId, TextId
from record import consent_ledger, text_flags, text_outbox, text_views, texts, writing
from record.text_views import Place, ThreadRecord
from record.texts import AI, HUMAN

_PAGE = 50
_LONGEST_TEXT = 1600

Typed = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True)
class TextPages:
    """The pages about texts."""

    bench: Workbench
    suggests: Suggests | None = None

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/texts", self.newest, methods=["GET"])
        router.add_api_route("/texts/{thread_id}/draft", self.draft, methods=["POST"])
        router.add_api_route("/texts/{thread_id}/insert", self.insert, methods=["POST"])
        router.add_api_route("/texts/{thread_id}/suggest", self.suggest, methods=["POST"])
        router.add_api_route("/texts/{thread_id}/undo", self.undo, methods=["POST"])
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
        async with self.bench.reading(store.id) as db:
            lines = await text_views.newest_threads(db, mode, Place(*place) if place else None, _PAGE + 1)
            owed = await open_on_texts(db, [line.id for line in lines])
            frame = await self.bench.frame(db, store)
        page = thread_list(lines, owed, mode, page=_PAGE, now=now, zone=zone, first_page=place is None)
        return self.bench.page(request, "texts.html", frame, page=page)

    async def one(self, request: Request, thread_id: str, sent: Typed = "") -> Response:
        return await self._thread(request, thread_id, sent=sent)

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
                sent = await self._write(db, ConversationId(record.id), body, f"console:{key}")
                await writing.forget_draft(db, record.id, whose_drafts())
                return then(f"/texts/{record.id}{f'?sent={sent}' if sent else ''}#newest")
            await writing.keep_draft(db, record.id, whose_drafts(), body, self.bench.clock.now())
        says = f"{_who_wrote(record)} Read it, then send or change your answer."
        return await self._thread(request, thread_id, draft=body, problem=says, status=409)

    async def draft(self, request: Request, thread_id: str) -> Response:
        """What was typed so far, kept for every device of this person."""
        body = (await posted(request)).get("body", "")[:_LONGEST_TEXT]
        store, now = await self.bench.store(), self.bench.clock.now()
        async with self.bench.database.writing(store.id) as db:
            record = await text_views.thread_record(db, thread_id[:32])
            if record is None:
                raise HTTPException(404)
            await writing.keep_draft(db, record.id, whose_drafts(), body, now)
        if request.headers.get("hx-request") == "true":
            _, zone = self.bench.times(store)
            return PlainTextResponse(f"Draft saved {clock(now.astimezone(zone))}" if body.strip() else "")
        return then(f"/texts/{record.id}#body")

    async def insert(self, request: Request, thread_id: str) -> Response:
        """A canned reply behind what is typed, with what is known filled in; they stack."""
        form = await posted(request)
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            record = await text_views.thread_record(db, thread_id[:32])
            if record is None:
                raise HTTPException(404)
            known = _known(record, store.name, self.bench.person)
            words = await writing.use_canned(db, form.get("canned", "")[:32], whose_drafts(), known)
            body = " ".join(filter(None, (form.get("body", "").strip(), words)))[:_LONGEST_TEXT]
            await writing.keep_draft(db, record.id, whose_drafts(), body, self.bench.clock.now())
        return then(f"/texts/{record.id}#body")

    async def suggest(self, request: Request, thread_id: str) -> Response:
        """What the AI would answer, shown as that and never sent by itself."""
        form = await posted(request)
        store = await self.bench.store()
        if self.suggests is None:
            return self.bench.not_done("there is no text model to ask")
        try:
            words, model = await self.suggests.suggest(store.id, thread_id[:32])
        except CannotDo as error:
            return await self._thread(request, thread_id, draft=form.get("body", ""), problem=f"{error}.", status=409)
        async with self.bench.database.writing(store.id) as db:
            record = await text_views.thread_record(db, thread_id[:32])
            if record is None:
                raise HTTPException(404)
            await writing.keep_draft(
                db, record.id, whose_drafts(), form.get("body", "")[:_LONGEST_TEXT], self.bench.clock.now()
            )
            await writing.keep_suggestion(db, record.id, record.newest, words, model, self.bench.person)
        return then(f"/texts/{record.id}#suggestion")

    async def undo(self, request: Request, thread_id: str) -> Response:
        """Takes a text back that has not left; its words are a draft again."""
        form = await posted(request)
        store, now = await self.bench.store(), self.bench.clock.now()
        async with self.bench.database.writing(store.id) as db:
            words = await threads.take_back(db, thread_id[:32], form.get("text", "")[:32], now)
            if words is not None:
                await writing.keep_draft(db, thread_id[:32], whose_drafts(), words, now)
        if words is None:
            return self.bench.not_done("it has left already, or was not yours")
        return then(f"/texts/{thread_id[:32]}#body")

    async def _write(self, db: AsyncSession, thread_id: ConversationId, body: str, key: str) -> TextId | None:
        """The text, and what it promises or says was done."""
        person, now = self.bench.person, self.bench.clock.now()
        written = await threads.staff_reply(db, thread_id, person, body, key, now)
        thread = await texts.thread(db, thread_id)
        if written is not None and thread is not None:
            await note_staff_text(db, thread, written, body, person, now)
        return written

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
        self, request: Request, thread_id: str, *, draft: str = "", problem: str = "", status: int = 200, sent: str = ""
    ) -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            record = await text_views.thread_record(db, thread_id[:32])
            if record is None:
                raise HTTPException(404)
            owed = (await open_on_texts(db, [record.id]))[record.id]
            standing = await consent_ledger.standing(db, record.number)
            flags = await text_flags.flags_of(db, [line.id for line in record.lines if line.author == "staff"])
            kept = await writing.draft_of(db, record.id, whose_drafts())
            canned = await writing.canned(db, whose_drafts())
            suggested = await writing.suggestion(db, record.id, record.newest)
            frame = await self.bench.frame(db, store)
        view = thread_view(record, owed, now, zone, flags)
        known = _known(record, store.name, self.bench.person)
        saved = f"Draft saved {clock(kept.saved_at.astimezone(zone))}" if kept and not draft else ""
        return self.bench.page(
            request, "thread.html", frame, status,
            thread=view, draft=draft or (kept.body if kept else ""), saved=saved, problem=problem,
            key=secrets.token_hex(16), stopped=standing.opted_out_at is not None, longest=_LONGEST_TEXT,
            canned=[(each.id, each.name, writing.filled(each.body, known)) for each in canned], suggested=suggested,
            may_suggest=self.suggests is not None, undo=_undo(record, sent, now),
        )  # fmt: skip


def whose_drafts() -> str:
    """Whose drafts these are: an account's, or whoever is at this machine."""
    known = at_screen().known
    return known.account_id if known else at_screen().name


def _known(record: ThreadRecord, store: str, person: str) -> dict[str, str]:
    """What a canned reply may say; a name only of somebody who proved who they are."""
    return {"first_name": record.customer.partition(" ")[0], "store": store, "advisor": person.partition(" ")[0]}


def _undo(record: ThreadRecord, sent: str, now: datetime) -> str:
    """The text that was just sent, while it has not left."""
    found = next((line for line in record.lines if line.id == sent and line.state == "pending"), None)
    return found.id if found is not None and now - found.at < threads.UNDO else ""


def _who_wrote(record: ThreadRecord) -> str:
    newest = record.lines[-1] if record.lines else None
    if newest is None or newest.author == "customer":
        return "The customer wrote again; it is above."
    return f"{'The AI' if newest.author == 'ai' else newest.author_name or 'Somebody'} replied meanwhile; it is above."
