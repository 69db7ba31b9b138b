"""`/review`: what a person must decide: records that may be one, findings to clear, codes nobody has explained."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from console import customer_presenter, positions
from console import review_presenter as shown
from console.form_body import posted
from console.review_presenter import Side
from console.workbench import Workbench, then
from record import customer_views, hygiene, merging, pair_reviews
from record.hygiene import Place
from record.pair_reviews import Pair

_PAGE = 50

Id = Annotated[str, Query(max_length=32)]
Typed = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True)
class ReviewPages:
    """The pages about doubtful pairs, findings and what was joined."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/review", self.pairs, methods=["GET"])
        router.add_api_route("/review/pairs/{pair_id}", self.one, methods=["GET"])
        router.add_api_route("/review/pairs/{pair_id}/join", self.join, methods=["POST"])
        router.add_api_route("/review/pairs/{pair_id}/apart", self.apart, methods=["POST"])
        router.add_api_route("/review/pairs/{pair_id}/again", self.again, methods=["POST"])
        router.add_api_route("/review/findings", self.findings, methods=["GET"])
        router.add_api_route("/review/findings/{finding_id}/clear", self.clear, methods=["POST"])
        router.add_api_route("/review/joined", self.joined, methods=["GET"])
        return router

    async def pairs(self, request: Request, done: Id = "") -> Response:
        """Pairs that wait, the likeliest first."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            lines = await pair_reviews.waiting(db, _PAGE)
            told = await pair_reviews.pair(db, done) if done else None
            counts = await review_counts(db)
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "review_pairs.html", frame,
            tabs=shown.tabs("pairs", counts), rows=[shown.pair_row(line) for line in lines],
            told=shown.decided_on(told, now, zone) if told else None,
        )  # fmt: skip

    async def one(self, request: Request, pair_id: str, done: Id = "") -> Response:
        """Both records side by side, why they may be one, and the two answers."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            pair = await pair_reviews.pair(db, pair_id[:32])
            if pair is None:
                raise HTTPException(404)
            one, other = await _sides(db, pair)
            around = await pair_reviews.neighbours(db, pair)
            told = await pair_reviews.pair(db, done) if done else None
            frame = await self.bench.frame(db, store)
        view = shown.pair_view(pair, one, other, around, now=now, zone=zone)
        return self.bench.page(
            request, "review_pair.html", frame, pair=view, told=shown.decided_on(told, now, zone) if told else None
        )

    async def join(self, request: Request, pair_id: str) -> Response:
        """One person: the other record is absorbed by the one that is kept."""
        form = await posted(request)
        take = frozenset(name.removeprefix("take_") for name, value in form.items() if _taken(name, value, form))
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            pair = await pair_reviews.pair(db, pair_id[:32])
            if pair is None:
                raise HTTPException(404)
            _, after = await pair_reviews.neighbours(db, pair)
            keep = pair.other_id if form.get("keep") == "other" else pair.one_id
            try:
                await pair_reviews.join(db, pair.id, keep, take, self.bench.person, self.bench.clock.now())
            except pair_reviews.Decided:
                return then(f"/review/pairs/{pair.id}")
            except merging.CannotJoin as error:
                return self.bench.not_done(str(error))
        return _on_to(after, pair.id)

    async def apart(self, request: Request, pair_id: str) -> Response:
        """Two people: nobody asks about them again."""
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            pair = await pair_reviews.pair(db, pair_id[:32])
            if pair is None:
                raise HTTPException(404)
            _, after = await pair_reviews.neighbours(db, pair)
            try:
                await pair_reviews.keep_apart(db, pair.id, self.bench.person, self.bench.clock.now())
            except pair_reviews.Decided:
                return then(f"/review/pairs/{pair.id}")
        return _on_to(after, pair.id)

    async def again(self, request: Request, pair_id: str) -> Response:
        """Takes the last answer back: a joined pair is taken apart, and both wait for another answer."""
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            pair = await pair_reviews.pair(db, pair_id[:32])
            if pair is None:
                raise HTTPException(404)
            if pair.merge_id is not None:
                try:
                    await merging.undo(db, pair.merge_id, self.bench.person, self.bench.clock.now())
                except merging.CannotUndo as error:
                    return self.bench.not_done(str(error))
            await pair_reviews.ask_again(db, pair.id)
        return then(f"/review/pairs/{pair_id}")

    async def findings(self, request: Request, kind: Typed = "", before: Typed = "", done: Id = "") -> Response:
        """What is wrong in the record, newest first; each is cleared with a reason."""
        return await self._findings(request, kind, before, done)

    async def clear(self, request: Request, finding_id: str) -> Response:
        form = await posted(request)
        reason, kind = form.get("reason", ""), form.get("kind", "")
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            if await hygiene.finding(db, finding_id[:32]) is None:
                raise HTTPException(404)
            try:
                await hygiene.clear(db, finding_id[:32], self.bench.person, reason, self.bench.clock.now())
            except hygiene.ReasonNeeded:
                reason = ""
        if not reason:
            return await self._findings(request, kind, "", "", asked=finding_id)
        kept = {"kind": kind} if kind else {}
        return then(f"/review/findings?{urlencode({**kept, 'done': finding_id})}")

    async def joined(self, request: Request) -> Response:
        """Which records were joined, by whom and why; each can be taken apart."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            lines = await customer_views.joinings(db, limit=_PAGE)
            counts = await review_counts(db)
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "review_joined.html", frame,
            tabs=shown.tabs("joined", counts),
            joined=[customer_presenter.join_line(one, now, zone) for one in lines],
        )  # fmt: skip

    async def _findings(self, request: Request, kind: str, before: str, done: str, asked: str = "") -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        place = positions.read(before)
        async with self.bench.reading(store.id) as db:
            rows = await hygiene.open_findings(db, kind or None, Place(*place) if place else None, _PAGE + 1)
            kinds = await hygiene.open_counts(db)
            cleared = await hygiene.finding(db, done) if done else None
            counts = {"pairs": await pair_reviews.how_many(db), **_counted(kinds)}
            frame = await self.bench.frame(db, store)
        last = rows[_PAGE - 1] if len(rows) > _PAGE else None
        return self.bench.page(
            request, "review_findings.html", frame, 422 if asked else 200,
            tabs=shown.tabs("findings", counts), kinds=shown.finding_kinds(kinds, kind), kind=kind,
            rows=[shown.finding_row(row, now, zone) for row in rows[:_PAGE]], asked=asked,
            cleared=cleared, older=shown.further_findings(kind, last), first_page=place is None,
        )  # fmt: skip


async def review_counts(db: AsyncSession) -> dict[str, int]:
    """What waits under each tab."""
    return {"pairs": await pair_reviews.how_many(db), **_counted(await hygiene.open_counts(db))}


def _counted(kinds: dict[str, int]) -> dict[str, int]:
    return {"findings": sum(kinds.values()), "codes": kinds.get(hygiene.UNMAPPED_STATUS, 0)}


async def _sides(db: AsyncSession, pair: Pair) -> tuple[Side, Side]:
    ids = (pair.one_id, pair.other_id)
    heads = await customer_views.heads(db, ids)
    reaches = await customer_views.reaches(db, ids)
    cars = await customer_views.cars(db, ids)
    one, other = (Side(heads[each], reaches[each], cars[each]) for each in ids)
    return one, other


def _taken(name: str, value: str, form: dict[str, str]) -> bool:
    """A field counts as picked when it is to come from the record that is not kept."""
    kept = "other" if form.get("keep") == "other" else "one"
    return name.startswith("take_") and value in ("one", "other") and value != kept


def _on_to(after: str | None, done: str) -> Response:
    """The next pair, with word of what became of the last."""
    return then(f"/review/pairs/{after}?done={done}" if after else f"/review?done={done}")
