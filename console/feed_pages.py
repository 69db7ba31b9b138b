"""`/feeds`: files the store's systems sent, what became of each, rows to correct, and headers to explain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from console import feed_presenter as shown
from console import words
from console.form_body import posted
from console.uploads import Uploads, read_upload
from console.workbench import Workbench, then
from crm_sync import feeds, headers, quarantine, run_views
from crm_sync.delivery.sources import sources
from crm_sync.delivery.upload import UploadTooLarge
from crm_sync.feeds import FEEDS
from crm_sync.headers import Feed

_PAGE = 50

Typed = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True)
class FeedPages:
    """The pages about files. Without `uploads` nothing can be sent through them."""

    bench: Workbench
    uploads: Uploads | None

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/feeds", self.newest, methods=["GET"])
        router.add_api_route("/feeds/upload", self.upload, methods=["POST"])
        router.add_api_route("/feeds/runs/{run_id}", self.run, methods=["GET"])
        router.add_api_route("/feeds/runs/{run_id}/again", self.again, methods=["POST"])
        router.add_api_route("/feeds/runs/{run_id}/headers", self.headers, methods=["GET"])
        router.add_api_route("/feeds/runs/{run_id}/headers", self.map_headers, methods=["POST"])
        router.add_api_route("/feeds/refused", self.refused, methods=["GET"])
        router.add_api_route("/feeds/refused/{refused_id}", self.one_refused, methods=["GET"])
        router.add_api_route("/feeds/refused/{refused_id}/retry", self.retry, methods=["POST"])
        router.add_api_route("/feeds/refused/{refused_id}/clear", self.clear, methods=["POST"])
        return router

    async def newest(self, request: Request, coming: Typed = "") -> Response:
        """Where files come from, the files that came last, and a form to send one."""
        return await self._newest(request, coming=bool(coming))

    async def upload(self, request: Request) -> Response:
        """Takes one file in. What is done soon is shown; what takes longer goes on by itself."""
        if self.uploads is None:
            raise HTTPException(404)
        came = await read_upload(request)
        feed = came.fields.get("feed", "")
        if not came.name or (feed and feed not in FEEDS):
            return await self._newest(request, problem="Choose a file first.")
        store = await self.bench.store()
        try:
            report = await self.uploads.take_in(store.id, came, feed or None)
        except UploadTooLarge as error:
            return await self._newest(request, problem=f"That file is {error}. Nothing of it was kept.", status=413)
        return then(f"/feeds/runs/{report.run_id}" if report else "/feeds?coming=1")

    async def run(self, request: Request, run_id: str, settled: Typed = "") -> Response:
        """One file: counts, what could not be read, and the rows it refused."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            record = await run_views.run_record(db, run_id[:32])
            if record is None:
                raise HTTPException(404)
            frame = await self.bench.frame(db, store)
        at_hand = await self.uploads.rows_of(store.id, record.line.id) if self.uploads else (False, [])
        return self.bench.page(
            request, "feed_run.html", frame, run=shown.run_view(record, now, zone), at_hand=at_hand[0]
        )

    async def again(self, request: Request, run_id: str) -> Response:
        """The same file once more, as its headers are read now."""
        form = await posted(request)
        feed = form.get("feed", "")
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            if await run_views.run_record(db, run_id[:32]) is None or self.uploads is None:
                raise HTTPException(404)
        try:
            report = await self.uploads.take_again(store.id, run_id[:32], feed if feed in FEEDS else None)
        except FileNotFoundError:
            return self.bench.not_done("the file is not kept here; send it again")
        return then(f"/feeds/runs/{report.run_id}" if report else "/feeds?coming=1")

    async def headers(self, request: Request, run_id: str, feed: Typed = "", saved: Typed = "") -> Response:
        return await self._headers(request, run_id, feed, saved=bool(saved))

    async def map_headers(self, request: Request, run_id: str) -> Response:
        """Saves which of our fields each header is, for this kind of file from now on."""
        form = await posted(request)
        feed = form.get("feed", "")
        if feed not in FEEDS:
            raise HTTPException(404)
        chosen = {name: field for name, field in form.items() if field and name[:1] == "h" and name[1:].isdigit()}
        problem = _two_of_one(chosen, FEEDS[feed])
        if problem:
            return await self._headers(request, run_id, feed, typed=form, problem=problem)
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            record = await run_views.run_record(db, run_id[:32])
            if record is None:
                raise HTTPException(404)
            for name, field in chosen.items():
                place = int(name[1:])
                if place < len(record.headers) and field in FEEDS[feed].fields:
                    await feeds.save_header(db, feed, record.headers[place], field, self.bench.person)
        return then(f"/feeds/runs/{run_id}/headers?feed={feed}&saved=1")

    async def refused(self, request: Request) -> Response:
        """Every row nobody has settled, whatever file it came in."""
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            rows = await run_views.waiting_rows(db)
            frame = await self.bench.frame(db, store)
        return self.bench.page(request, "feed_refused.html", frame, rows=[shown.refused_line(row) for row in rows])

    async def one_refused(self, request: Request, refused_id: str) -> Response:
        return await self._refused(request, refused_id)

    async def retry(self, request: Request, refused_id: str) -> Response:
        """Takes the row in with what was corrected, or says again why not."""
        form = await posted(request)
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            record = await run_views.refused_record(db, refused_id[:32])
        if record is None:
            raise HTTPException(404)
        corrected = {
            cell.header: form[f"c{cell.place}"]
            for cell in record.cells
            if f"c{cell.place}" in form and (record.whole or form[f"c{cell.place}"] != cell.value)
        }
        try:
            why = await quarantine.retry(
                self.bench.database, store.id, record.line.id, corrected, self.bench.person, self.bench.clock.now()
            )
        except quarantine.NothingThere:
            return then(f"/feeds/refused/{record.line.id}")
        if why is not None:
            reason = f"{why.column}: {why.reason}" if why.column else why.reason
            async with self.bench.reading(store.id) as db:
                now_waits = await run_views.still_waits(db, record)
            return await self._refused(request, now_waits, typed=form, problem=f"Still refused. {reason}")
        return then(f"/feeds/refused/{record.line.id}")

    async def clear(self, request: Request, refused_id: str) -> Response:
        """The row is not wanted."""
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            if await run_views.refused_record(db, refused_id[:32]) is None:
                raise HTTPException(404)
            try:
                await quarantine.clear(db, refused_id[:32], self.bench.person, self.bench.clock.now())
            except quarantine.NothingThere:
                return then(f"/feeds/refused/{refused_id}")
        return then("/feeds/refused")

    async def _newest(
        self, request: Request, *, coming: bool = False, problem: str = "", status: int = 200
    ) -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            lines = await run_views.newest(db, _PAGE)
            waiting = await run_views.how_many_wait(db)
            places = await sources(db)
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "feeds.html", frame, 422 if problem and status == 200 else status,
            rows=[shown.run_row(line, now, zone) for line in lines], waiting=waiting,
            places=[shown.source_row(place, now, zone) for place in places], kinds=words.FEEDS, problem=problem,
            coming=coming or any(line.state == "running" for line in lines),
            most=self.uploads.most if self.uploads else 0,
        )  # fmt: skip

    async def _headers(
        self, request: Request, run_id: str, feed: str, *, saved: bool = False, typed: Mapping[str, str] | None = None,
        problem: str = "",
    ) -> Response:  # fmt: skip
        store = await self.bench.store()
        at_hand, samples = await self.uploads.rows_of(store.id, run_id[:32]) if self.uploads else (False, [])
        async with self.bench.reading(store.id) as db:
            record = await run_views.run_record(db, run_id[:32])
            if record is None:
                raise HTTPException(404)
            chosen = FEEDS.get(feed) or FEEDS.get(record.line.feed)
            view = None
            if chosen is not None and record.headers:
                known = headers.columns_of(chosen, record.headers, (await feeds.saved_headers(db)).get(chosen.name, {}))
                found = await run_views.headings(db, record.line.id, chosen, samples) or []
                view = shown.mapping_view(record, chosen, found, headers.lacking(chosen, known), typed or {})
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "feed_headers.html", frame, 422 if problem else 200,
            run=record.line, mapping=view, kinds=words.FEEDS, saved=saved, problem=problem, at_hand=at_hand,
            all_headers=record.headers, rows=[row[: len(record.headers)] for row in samples],
        )  # fmt: skip

    async def _refused(
        self, request: Request, refused_id: str, *, typed: Mapping[str, str] | None = None, problem: str = ""
    ) -> Response:
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            record = await run_views.refused_record(db, refused_id[:32])
            if record is None:
                raise HTTPException(404)
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "feed_row.html", frame, 422 if problem else 200,
            row=shown.refused_line(record.line), record=record, problem=problem,
            inputs=shown.whole_or_cells(record, typed or {}),
        )  # fmt: skip


def _two_of_one(chosen: Mapping[str, str], feed: Feed) -> str:
    """Two columns cannot be one field."""
    named: set[str] = set()
    for field in chosen.values():
        if field in named:
            return f"Two columns are chosen as “{shown.field_words(feed, field)}”. Only one of them can be."
        named.add(field)
    return ""
