"""`/tune`: what the agents are told, who changed it when, and the way from a draft to live and back."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from console.at_screen import at_screen
from console.form_body import posted
from console.rendering import Trouble
from console.rights import Right
from console.tune_presenter import Side, agent_line, draft_view, ledger, plan_lines, version_line, watch_panel
from console.workbench import Workbench
from prompts import experiments, release, scenario_store, sections, versions
from prompts.agents import AGENTS, Agent
from prompts.checks import LONGEST_PROMPT, findings
from prompts.diffs import changes
from prompts.versions import DraftMoved, NotFit

# Three bytes for each of a prompt's, as forms are encoded, and what stands around it.
_LONGEST_FORM = 4 * LONGEST_PROMPT
Number = Annotated[int, Query(ge=0, le=1_000_000)]


@dataclass(frozen=True)
class TunePages:
    """The pages, and what they need to be made."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/tune", self.agents, methods=["GET"])
        router.add_api_route("/tune/prompt/{name}", self.prompt, methods=["GET"])
        router.add_api_route("/tune/{agent}", self.agent, methods=["GET"])
        router.add_api_route("/tune/{agent}/drafts", self.start, methods=["POST"])
        router.add_api_route("/tune/{agent}/drafts/{draft_id}", self.draft, methods=["GET"])
        router.add_api_route("/tune/{agent}/drafts/{draft_id}", self.save, methods=["POST"])
        router.add_api_route("/tune/{agent}/versions/{number}", self.version, methods=["GET"])
        router.add_api_route("/tune/{agent}/diff", self.diff, methods=["GET"])
        router.add_api_route("/tune/{agent}/publish", self.publish, methods=["POST"])
        router.add_api_route("/tune/{agent}/plans/{plan}", self.cancel_plan, methods=["POST"])
        router.add_api_route("/tune/{agent}/roll-back", self.roll_back, methods=["POST"])
        return router

    async def agents(self, request: Request) -> Response:
        """What is running, since when, and the way back."""
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            lines = [await agent_line(db, agent, *self.bench.times(store)) for agent in AGENTS.values()]
            frame = await self.bench.frame(db, store)
        return self.bench.page(request, "tune.html", frame, agents=lines, may_publish=_may_publish())

    async def prompt(self, name: str) -> Response:
        """The version a conversation stores by its name, whichever agent's it is."""
        store = await self.bench.store()
        async with self.bench.database.reading(store.id) as db:
            found = await versions.named(db, name[:40])
        if found is None:
            raise HTTPException(404)
        there = f"/versions/{found.number}" if found.number else ""
        return RedirectResponse(f"/tune/{found.agent}{there}", 303)

    async def agent(self, request: Request, agent: str) -> Response:
        """One agent: its versions, drafts and ledger."""
        chosen = _known(agent)
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            line = await agent_line(db, chosen, now, zone)
            made = [version_line(each, line, now, zone) for each in await versions.versions(db, chosen)]
            entries = [ledger(move, number, now, zone) for move, number in await versions.moves(db, chosen)]
            drafts = [draft_view(draft, chosen, now, zone) for draft in await versions.drafts(db, chosen)]
            watched = await watch_panel(db, chosen, now, zone)
            planned = await plan_lines(db, chosen, now, zone)
            trying = await experiments.open_one(db, chosen)
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request,
            "tune_agent.html",
            frame,
            line=line,
            versions=made,
            ledger=entries,
            drafts=drafts,
            watch=watched,
            plans=planned,
            trying=trying,
            may_publish=_may_publish(),
        )

    async def start(self, request: Request, agent: str) -> Response:
        chosen, sent = _known(agent), await posted(request)
        store = await self.bench.store()
        name = sent.get("name", "").strip() or "Draft"
        async with self.bench.database.writing(store.id) as db:
            draft = await versions.start_draft(db, chosen, name, self.bench.person, self.bench.clock.now())
        return RedirectResponse(f"/tune/{chosen.name}/drafts/{draft.id}", 303)

    async def draft(self, request: Request, agent: str, draft_id: str) -> Response:
        return await self._draft(request, _known(agent), draft_id)

    async def save(self, request: Request, agent: str, draft_id: str) -> Response:
        """Saves; with `do` also freezes, adds a section or puts the draft away. Nobody's words are ever overwritten."""
        chosen, sent = _known(agent), await posted(request, _LONGEST_FORM)
        store, now, by = await self.bench.store(), self.bench.clock.now(), self.bench.person
        what, why = sent.get("do", ""), sent.get("why", "").strip()
        text = _composed(sent)
        try:
            async with self.bench.database.writing(store.id) as db:
                if await versions.draft(db, chosen, draft_id[:32]) is None:
                    raise HTTPException(404)
                if what == "discard":
                    await versions.discard(db, draft_id, now)
                    return RedirectResponse(f"/tune/{chosen.name}", 303)
                await versions.save_draft(db, draft_id, text, _revision(sent), by, now)
                # In one transaction: what is frozen is what was just read, and nobody saves in between. A text that is
                # not fit is saved all the same.
                made = await self._frozen(db, chosen, draft_id, why, now) if what == "freeze" and why else None
        except DraftMoved:
            return await self._draft(request, chosen, draft_id, mine=text, status=409)
        if what != "freeze":
            return RedirectResponse(f"/tune/{chosen.name}/drafts/{draft_id}#saved", 303)
        if made is None:
            problem = "What is marked below stands in the way of a version." if why else "Say what changes and why."
            return await self._draft(request, chosen, draft_id, problem=problem, why=why, status=422)
        return RedirectResponse(f"/tune/{chosen.name}/versions/{made.number}", 303)

    async def _frozen(
        self, db: AsyncSession, agent: Agent, draft_id: str, why: str, now: datetime
    ) -> versions.Version | None:
        try:
            return await versions.freeze(db, agent, draft_id, why, self.bench.person, now)
        except NotFit:
            return None

    async def version(self, request: Request, agent: str, number: int) -> Response:
        """A version as it was frozen: the exact words of every conversation that names it."""
        chosen = _known(agent)
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            found = await versions.version(db, chosen, number)
            if found is None:
                raise HTTPException(404)
            line = await agent_line(db, chosen, now, zone)
            gate = await release.gate_state(db, chosen, found.id)
            waived = await release.waivers_of(db, found.id)
            scenarios = len(await scenario_store.of_agent(db, chosen.name))
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request,
            "tune_version.html",
            frame,
            line=line,
            version=version_line(found, line, now, zone),
            sections=sections.sections_of(found.text),
            advice=findings(found.text, spoken=chosen.spoken),
            gate=gate,
            waived=waived,
            scenarios=scenarios,
            may_publish=_may_publish(),
        )

    async def diff(
        self,
        request: Request,
        agent: str,
        before: Annotated[int, Query(alias="from", ge=0, le=1_000_000)] = 0,
        to: Number = 0,
        draft: Annotated[str, Query(max_length=32)] = "",
    ) -> Response:
        """Two versions, or live and a draft, section by section and word by word."""
        chosen = _known(agent)
        store = await self.bench.store()
        async with self.bench.reading(store.id) as db:
            old = await versions.version(db, chosen, before) if before else await versions.live(db, chosen)
            new = await self._other_side(db, chosen, to, draft)
            if old is None or new is None:
                raise HTTPException(404)
            frame = await self.bench.frame(db, store)
        # Comparing long texts takes a while: not where live calls are served.
        told = await asyncio.to_thread(changes, old.text, new.text)
        return self.bench.page(
            request, "tune_diff.html", frame, agent=chosen, old=Side.of_version(old), new=new, changes=told
        )

    async def publish(self, request: Request, agent: str) -> Response:
        chosen, sent = _known(agent), await posted(request)
        store, why = await self.bench.store(), sent.get("why", "").strip()
        number, percent = sent.get("number", ""), sent.get("percent", "100")
        if not why or not number.isdigit() or percent not in ("10", "25", "50", "100"):
            says = "Say what changes and why: it stays in the ledger beside your name."
            return self.bench.pages.trouble(Trouble(422, "Not published", says, "Go back and fill it in."))
        at = _moment(sent.get("at", ""), ZoneInfo(store.time_zone))
        if sent.get("at") and (at is None or at <= self.bench.clock.now()):
            says = "The time lies behind us, or could not be read."
            return self.bench.pages.trouble(Trouble(422, "Not planned", says, "Go back and choose a later one."))
        try:
            async with self.bench.database.writing(store.id) as db:
                found = await versions.version(db, chosen, int(number[:7]))
                if found is None:
                    raise HTTPException(404)
                now, by = self.bench.clock.now(), self.bench.person
                if at is not None:
                    await release.plan(db, chosen, found.id, at, by, why, percent=int(percent))
                else:
                    await release.publish(db, chosen, found.id, by, why, now, percent=int(percent))
        except release.NotThroughTheGate as refused:
            there = refused.state.rehearsal_id
            remedy = "Look at the rehearsal." if there else "Rehearse it first, on the version's page."
            return self.bench.pages.trouble(Trouble(409, "Not through the gate", refused.state.says, remedy))
        except IntegrityError:
            return self._too_late()
        return RedirectResponse(f"/tune/{chosen.name}", 303)

    async def cancel_plan(self, request: Request, agent: str, plan: str) -> Response:
        chosen, store = _known(agent), await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            await release.cancel_plan(db, chosen, plan[:32], self.bench.person, self.bench.clock.now())
        return RedirectResponse(f"/tune/{chosen.name}", 303)

    async def roll_back(self, request: Request, agent: str) -> Response:
        chosen, sent = _known(agent), await posted(request)
        store, why = await self.bench.store(), sent.get("why", "").strip() or "Rolled back; no reason given yet"
        try:
            async with self.bench.database.writing(store.id) as db:
                tried = await versions.canary(db, chosen)
                now_on = tried[0] if tried else await versions.live(db, chosen)
                if sent.get("from") != str(now_on.number):
                    return self._too_late()
                await release.roll_back(db, chosen, self.bench.person, why, self.bench.clock.now())
        except IntegrityError:
            return self._too_late()
        return RedirectResponse(f"/tune/{chosen.name}", 303)

    async def _other_side(self, db: AsyncSession, agent: Agent, number: int, draft_id: str) -> Side | None:
        if draft_id:
            draft = await versions.draft(db, agent, draft_id)
            return Side.of_draft(draft) if draft is not None else None
        found = await versions.version(db, agent, number) if number else await versions.live(db, agent)
        return Side.of_version(found) if found is not None else None

    async def _draft(
        self,
        request: Request,
        agent: Agent,
        draft_id: str,
        *,
        mine: str | None = None,
        problem: str = "",
        why: str = "",
        status: int = 200,
    ) -> Response:
        """The editor. With `mine`, somebody saved meanwhile: their text stands above, what was typed is untouched."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            found = await versions.draft(db, agent, draft_id[:32])
            if found is None:
                raise HTTPException(404)
            live = await versions.live(db, agent)
            frame = await self.bench.frame(db, store)
        shown = mine if mine is not None else found.text
        told = await asyncio.to_thread(changes, live.text, shown)
        return self.bench.page(
            request,
            "tune_draft.html",
            frame,
            status,
            draft=draft_view(found, agent, now, zone),
            sections=sections.sections_of(shown),
            found=findings(shown, spoken=agent.spoken),
            changed=[change for change in told if change.change != "same"],
            theirs=sections.sections_of(found.text) if mine is not None else (),
            problem=problem,
            why=why,
        )

    def _too_late(self) -> Response:
        says = "Somebody else moved a label in the same moment. Nothing of yours was done."
        return self.bench.pages.trouble(
            Trouble(409, "Somebody was first", says, "Look at what is live now, then decide.")
        )


def _known(name: str) -> Agent:
    if name not in AGENTS:
        raise HTTPException(404)
    return AGENTS[name]


def _moment(given: str, zone: ZoneInfo) -> datetime | None:
    """A moment as a form sends it, in the store's own time."""
    try:
        return datetime.fromisoformat(given).replace(tzinfo=zone) if given else None
    except ValueError:
        return None


def _may_publish() -> bool:
    return at_screen().may(Right.PUBLISH)


def _revision(sent: dict[str, str]) -> int:
    given = sent.get("revision", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _composed(sent: dict[str, str]) -> str:
    """The prompt a form of sections makes; an emptied title takes its section away, a new title adds one."""
    parts = []
    for number in range(sections.MOST_SECTIONS + 1):
        title = " ".join(sent.get(f"title_{number}", "").split()).lstrip("# ")[:80]
        text = sections.without_titles(sent.get(f"text_{number}", "").replace("\r\n", "\n").strip())
        if title and (text or title != sections.OPENING):
            parts.append(sections.Section(title, text, 0))
    return sections.composed(tuple(parts))
