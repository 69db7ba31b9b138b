"""`/desk` and `/loops/{id}`: what I owe, what is late, and everything a person may do about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from console import desk_presenter as shown
from console.at_screen import at_screen
from console.callback_presenter import callback
from console.form_body import posted
from console.workbench import Workbench, then
from followup import assigning, callback_calls, desk, queue_views
from followup.closing import DONE, PARTS, Proof
from followup.desk import NoSuchLoop, Person, Try
from followup.routing import Colleague
from kit.ids import StaffId, new_id
from record.staff import named

_SNOOZES = {"hour": timedelta(hours=1), "tomorrow": timedelta(days=1), "week": timedelta(days=7)}
_CHANNELS = ("call", "voicemail", "text", "email", "note")

Form = dict[str, str]
Change = Callable[[AsyncSession, str, Form, Person, datetime], Awaitable[None]]
Typed = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True)
class DeskPages:
    """The queue, one loop, and the forms that change it."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/desk", self.desk, methods=["GET"])
        router.add_api_route("/loops/{loop_id}", self.loop, methods=["GET"])
        router.add_api_route("/loops/{loop_id}/{act}", self.change, methods=["POST"])
        return router

    async def desk(self, request: Request, view: Typed = "") -> Response:
        """The queue: mine first, or everybody's for somebody who is not on the staff list."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        me = _staff_id()
        chosen = view if view in queue_views.VIEWS else "mine" if me else "all"
        async with self.bench.reading(store.id) as db:
            counts = await queue_views.counts(db, now, me)
            lines = await queue_views.queue(db, chosen, now, me)
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "desk.html", frame,
            header=shown.header(counts), tabs=shown.tabs(counts, chosen),
            rows=[shown.row(line, now, zone) for line in lines], view=chosen,
        )  # fmt: skip

    async def loop(self, request: Request, loop_id: str) -> Response:
        return await self._show(request, loop_id)

    async def change(self, request: Request, loop_id: str, act: str) -> Response:
        """One act. What is in its way is said on the page of the loop, with what was typed kept."""
        change = _CHANGES.get(act)
        if change is None:
            raise HTTPException(404)
        form = await posted(request)
        store = await self.bench.store()
        now = self.bench.clock.now()
        try:
            async with self.bench.database.writing(store.id) as db:
                who = await self._who(db, form)
                await change(db, loop_id[:32], {**form, "zone": store.time_zone}, who, now)
        except NoSuchLoop as error:
            raise HTTPException(404) from error
        except (ValueError, LookupError) as error:
            return await self._show(request, loop_id, problem=str(error), typed=form)
        return then(f"/loops/{loop_id}")

    async def _who(self, db: AsyncSession, form: Form) -> Person:
        """Whoever signed in, as the store's staff list has them; without accounts, whom the form names."""
        staff_id = _staff_id() if at_screen().known else form.get("as", "")
        name = await named(db, staff_id) if staff_id else None
        if name is None or staff_id is None:
            raise LookupError("say who you are: your sign-in belongs to nobody on the staff list")
        return Person(StaffId(staff_id), name)

    async def _show(self, request: Request, loop_id: str, problem: str = "", typed: Form | None = None) -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            found = await queue_views.whole(db, loop_id[:32])
            if found is None:
                raise HTTPException(404)
            calls = await callback_calls.of_loop(db, found.line.id)
            people: list[Colleague] = await assigning.colleagues(db, now)
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "loop.html", frame, 422 if problem else 200,
            owed=shown.page(found, now, zone), loop_id=found.line.id, problem=problem, typed=typed or {},
            calls=[callback(each, now, zone) for each in calls], people=shown.people(people),
            asks_who=at_screen().known is None, key=new_id(), channels=_CHANNELS,
        )  # fmt: skip


def _staff_id() -> str | None:
    known = at_screen().known
    return known.staff_id if known else None


async def _take(db: AsyncSession, loop_id: str, _form: Form, who: Person, now: datetime) -> None:
    await desk.take(db, loop_id, who, now)


async def _try(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    if form.get("channel") not in _CHANNELS:
        raise ValueError("say how it was tried")
    minutes = form.get("minutes", "").strip() or "0"
    if not minutes.isdecimal() or int(minutes) > 600:
        raise ValueError("how long you talked is a number of minutes")
    spoke = form.get("spoke") == "yes" and form["channel"] == "call"
    did = Try(
        form["channel"],
        "spoke_customer" if spoke else "no_answer" if form["channel"] == "call" else "",
        max(int(minutes) * 60, 20 if spoke and int(minutes) == 0 else 0),
        form.get("note", "")[:1000],
        next_step=form.get("next_step", ""),
    )
    await desk.tried(db, loop_id, did, who, form.get("key", ""), now)


async def _call(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    """Their own phone rings first."""
    await callback_calls.ask(db, loop_id, who, _needed(form, "key", "press the button again"), now)


async def _spoke(db: AsyncSession, loop_id: str, form: Form, _who: Person, now: datetime) -> None:
    mine = {each.id for each in await callback_calls.of_loop(db, loop_id)}
    if form.get("call") not in mine:
        raise ValueError("there was no such call")
    await callback_calls.confirmed(db, form["call"], form.get("spoke") == "yes", now)


async def _promise(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    await desk.promised(db, loop_id, _needed(form, "words", "say what was promised"), _moment(form), who, now)


async def _keep(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    proof = _proof(form, "promise")
    if proof is None:
        raise ValueError("say how it was kept")
    await desk.kept(db, loop_id, proof, who, now)


async def _snooze(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    ahead = _SNOOZES.get(form.get("until", ""), timedelta(hours=1))
    await desk.snooze(db, loop_id, now + ahead, _needed(form, "why", "say why"), who, now)


async def _hand_over(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    facts = {name: form.get(name, "") for name in ("customer", "contact", "vehicle", "next_step")}
    await desk.hand_over(db, loop_id, form.get("to", ""), facts, who, now)


async def _accept(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    await desk.answer_handoff(db, loop_id, who, now, accept=True, says=form.get("says", ""))


async def _decline(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    says = _needed(form, "says", "say why not")
    await desk.answer_handoff(db, loop_id, who, now, accept=False, says=says)


async def _confirm(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    await desk.acknowledge(db, loop_id, who, form.get("says", ""), now)


async def _send_back(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    await desk.send_back(db, loop_id, _needed(form, "says", "say what is wrong"), who, now)


async def _finish(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    outcome = _needed(form, "outcome", "choose an outcome")
    parts = PARTS if outcome == DONE else ("why",)
    proofs = [proof for part in parts if (proof := _proof(form, part)) is not None]
    await desk.finish(db, loop_id, outcome, proofs, who, now)


async def _reopen(db: AsyncSession, loop_id: str, form: Form, who: Person, now: datetime) -> None:
    await desk.reopen(db, loop_id, _needed(form, "says", "say why"), who, now)


_CHANGES: dict[str, Change] = {
    "take": _take,
    "try": _try,
    "call": _call,
    "spoke": _spoke,
    "promise": _promise,
    "keep": _keep,
    "snooze": _snooze,
    "hand-over": _hand_over,
    "accept": _accept,
    "decline": _decline,
    "confirm": _confirm,
    "send-back": _send_back,
    "finish": _finish,
    "reopen": _reopen,
}


def _proof(form: Form, part: str) -> Proof | None:
    """What the form gives for one part: a row, the person's own note, or that no estimate was wanted."""
    kind, _, ref = form.get(f"proof_{part}", "").partition(":")
    says = form.get(f"says_{part}", "").strip()[:500]
    if ref:
        return Proof(part, kind, ref, says)
    if says:
        return Proof(part, "none_wanted" if kind == "none_wanted" else "note", says=says)
    return None


def _needed(form: Form, name: str, otherwise: str) -> str:
    words = form.get(name, "").strip()
    if not words:
        raise ValueError(otherwise)
    return words[:600]


def _moment(form: Form) -> datetime:
    """The store's own clock, as a form sends it."""
    try:
        return datetime.fromisoformat(form.get("due", "")).replace(tzinfo=ZoneInfo(form["zone"]))
    except ValueError as error:
        raise ValueError("say by when") from error
