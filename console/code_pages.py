"""`/review/codes`: status and op codes of the store's systems that nobody has explained, and a form for each."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from console import review_presenter, words
from console.form_body import posted
from console.review_pages import review_counts
from console.workbench import Workbench, then
from crm_sync import code_review, codes
from scheduling.shop import SafetyClass
from scheduling.vocabulary import FAMILY_PHRASES

_LONGEST_CODE = 40
_MOST_HOURS = 100.0


@dataclass(frozen=True)
class CodePages:
    """The page of codes."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/review/codes", self.listed, methods=["GET"])
        router.add_api_route("/review/codes/status", self.map_status, methods=["POST"])
        router.add_api_route("/review/codes/op", self.map_op_code, methods=["POST"])
        return router

    async def listed(self, request: Request, done: Annotated[str, Query(max_length=_LONGEST_CODE)] = "") -> Response:
        return await self._listed(request, done=done)

    async def map_status(self, request: Request) -> Response:
        """Says what a status code means; every repair order that carries it gets the status."""
        form = await posted(request)
        code, means = form.get("code", "").strip()[:_LONGEST_CODE], form.get("means", "")
        if not code or means not in codes.CANONICAL:
            return await self._listed(request, problem=f"Choose what “{code}” means.")
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            await codes.map_status(db, code, means, self.bench.person, self.bench.clock.now())
        return then(_shown(code))

    async def map_op_code(self, request: Request) -> Response:
        """Says which service an op code is, and what it takes."""
        form = await posted(request)
        code, family = form.get("code", "").strip()[:_LONGEST_CODE], form.get("family", "")
        hours, fits = _hours(form.get("hours", ""))
        if not code or family not in FAMILY_PHRASES:
            return await self._listed(request, problem=f"Choose which service “{code}” is.")
        if not fits:
            return await self._listed(request, problem=f"Write the hours of “{code}” as a number, such as 1.5.")
        safety = form.get("safety_class", "")
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            await codes.map_op_code(
                db, code, family, self.bench.person,
                hours=hours, skill=form.get("skill", "").strip()[:30],
                safety_class=safety if safety in set(SafetyClass) else "",
            )  # fmt: skip
        return then(_shown(code))

    async def _listed(self, request: Request, *, done: str = "", problem: str = "") -> Response:
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            found = await code_review.review(db)
            counts = await review_counts(db)
            frame = await self.bench.frame(db, store)
        known = {one.code.casefold(): one for one in (*found.mapped_statuses, *found.mapped_op_codes)}
        return self.bench.page(
            request, "review_codes.html", frame, 422 if problem else 200,
            tabs=review_presenter.tabs("codes", counts), codes=found, problem=problem,
            done=known.get(done.casefold()), status_words=words.RO_STATUSES,
            families={family: words.plain(family) for family in sorted(FAMILY_PHRASES)},
            safety={each.value: words.plain(each.value) for each in SafetyClass},
        )  # fmt: skip


def _shown(code: str) -> str:
    return f"/review/codes?{urlencode({'done': code})}"


def _hours(text: str) -> tuple[float | None, bool]:
    """The hours, and whether what was typed is any; nothing typed is nothing known."""
    if not text.strip():
        return None, True
    try:
        hours = float(text)
    except ValueError:
        return None, False
    return hours, 0 <= hours <= _MOST_HOURS
