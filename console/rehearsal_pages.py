"""`/tune/{agent}/scenarios` and `/runs`: what a version is tried with, how it did beside live, and the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from agent.rehearsal import recalled, rehearsals
from agent.rehearsal.rehearsals import Candidate, Runner
from console.at_screen import at_screen
from console.form_body import posted
from console.rehearsal_presenter import check_words, compared, matrix, run_line, scenario_line
from console.rendering import Trouble
from console.rights import Right
from console.workbench import Workbench
from prompts import release, scenario_store, scenarios, versions
from prompts.agents import AGENTS, Agent
from prompts.scenarios import NotAScenario, Scenario
from prompts.tuning_models import JudgeLabel, Rehearsal, RehearsalRun

_LONGEST_FILE = 256 * 1024
_NEW = "new"
_TEXTS = ("name", "persona", "goal", "caller", "when", "tags", "agents")
_LISTS = ("openings", "then", "lines", "must", "judged")
_EMPTY = dict.fromkeys((*_TEXTS, *_LISTS, *(f"knows_{topic}" for topic in scenarios.TOPICS)), "")


@dataclass(frozen=True)
class RehearsalPages:
    """The pages; `runner` is who plays the agent in a rehearsal."""

    bench: Workbench
    runner: Runner

    def router(self) -> APIRouter:
        router = APIRouter()
        add = router.add_api_route
        add("/tune/replay", self.choose, methods=["GET"])
        add("/tune/{agent}/scenarios", self.scenarios, methods=["GET"])
        add("/tune/{agent}/scenarios.toml", self.export, methods=["GET"])
        add("/tune/{agent}/scenarios/import", self.take_in, methods=["POST"])
        add("/tune/{agent}/scenarios/from-call", self.from_call, methods=["POST"])
        add("/tune/{agent}/scenarios/{key}", self.scenario, methods=["GET"])
        add("/tune/{agent}/scenarios/{key}", self.save, methods=["POST"])
        add("/tune/{agent}/runs", self.runs, methods=["GET"])
        add("/tune/{agent}/runs", self.start, methods=["POST"])
        add("/tune/{agent}/replay", self.replay, methods=["POST"])
        add("/tune/{agent}/runs/{run}", self.run, methods=["GET"])
        add("/tune/{agent}/runs/{run}/cancel", self.cancel, methods=["POST"])
        add("/tune/{agent}/runs/{run}/go-on", self.go_on, methods=["POST"])
        add("/tune/{agent}/runs/{run}/waive", self.waive, methods=["POST"])
        add("/tune/{agent}/runs/{run}/label", self.label, methods=["POST"])
        add("/tune/{agent}/runs/{run}/{key}", self.compare, methods=["GET"])
        return router

    # ---- scenarios ----

    async def scenarios(self, request: Request, agent: str, tag: Annotated[str, Query(max_length=60)] = "") -> Response:
        """What the agent is tried with, and how live did on each lately."""
        return await self._scenarios(request, known(agent), tag)

    async def export(self, agent: str) -> Response:
        """All of them as a file, for a store's own git."""
        chosen, store = known(agent), await self.bench.store()
        async with self.bench.database.reading(store.id) as db:
            text = scenarios.to_file(await scenario_store.of_agent(db, chosen.name))
        headers = {"Content-Disposition": f'attachment; filename="{chosen.name}.scenarios.toml"'}
        return PlainTextResponse(text, headers=headers)

    async def take_in(self, request: Request, agent: str) -> Response:
        chosen, sent = known(agent), await posted(request, _LONGEST_FILE)
        try:
            given = scenarios.from_file(sent.get("file", ""))
        except NotAScenario as refused:
            return await self._scenarios(request, chosen, problem=str(refused), file=sent.get("file", ""))
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            await scenario_store.take_in(db, given, self.bench.person, self.bench.clock.now())
        return RedirectResponse(f"/tune/{chosen.name}/scenarios", 303)

    async def from_call(self, request: Request, agent: str) -> Response:
        """A call as a scenario, its details masked, ready to be given checks."""
        sent = await posted(request)
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            found = await recalled.call(db, sent.get("call", "")[:32])
            if found is None:
                return self.bench.not_done("nothing was said on that call")
            taken = [kept.scenario.key for kept in await scenario_store.all_of(db)]
            name = sent.get("name", "").strip() or f"Call: {found.lines[0]}"
            made = recalled.scenario(found, name[:80], taken)
            await scenario_store.save(db, made, self.bench.person, self.bench.clock.now(), "call", found.call_id)
        return RedirectResponse(f"/tune/{found.agent.name}/scenarios/{made.key}", 303)

    async def scenario(self, request: Request, agent: str, key: str) -> Response:
        return await self._scenario(request, known(agent), key)

    async def save(self, request: Request, agent: str, key: str) -> Response:
        chosen, sent = known(agent), await posted(request, _LONGEST_FILE)
        store, now, by = await self.bench.store(), self.bench.clock.now(), self.bench.person
        async with self.bench.database.writing(store.id) as db:
            kept = await scenario_store.one(db, key) if key != _NEW else None
            if kept is None and key != _NEW:
                raise HTTPException(404)
            if sent.get("do") == "out":
                await scenario_store.take_out(db, key, by, now)
                return RedirectResponse(f"/tune/{chosen.name}/scenarios", 303)
            taken = [each.scenario.key for each in await scenario_store.all_of(db)]
            made, problem = _from_form(sent, key if key != _NEW else scenarios.key_of(sent.get("name", ""), taken))
            if made is not None:
                await scenario_store.save(db, made, by, now)
        if made is None:
            return await self._scenario(request, chosen, key, sent=sent, problem=problem)
        return RedirectResponse(f"/tune/{chosen.name}/scenarios#{made.key}", 303)

    # ---- rehearsals ----

    async def runs(self, request: Request, agent: str) -> Response:
        """Every rehearsal of an agent, newest first."""
        chosen, store = known(agent), await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.database.reading(store.id) as db:
            lines = [await run_line(db, row, now, zone) for row in await rehearsals.of_agent(db, chosen.name)]
            frame = await self.bench.frame(db, store)
        return self.bench.page(request, "tune_runs.html", frame, agent=chosen, lines=lines)

    async def start(self, request: Request, agent: str) -> Response:
        """A version or a draft against live, in the background."""
        chosen, sent = known(agent), await posted(request)
        store, now = await self.bench.store(), self.bench.clock.now()
        async with self.bench.database.writing(store.id) as db:
            await versions.keep_shipped(db, chosen, now)
            candidate = await self._candidate(db, chosen, sent)
            live = await versions.live(db, chosen)
            played = await scenario_store.of_agent(db, chosen.name, sent.get("tag", "")[:60])
            row = await rehearsals.ask(db, chosen, candidate, live, played, self.runner, self.bench.person, now)
        return RedirectResponse(f"/tune/{chosen.name}/runs/{row.id}", 303)

    async def choose(
        self,
        request: Request,
        call: Annotated[str, Query(max_length=32)] = "",
        thread: Annotated[str, Query(max_length=32)] = "",
    ) -> Response:
        """A real conversation, and which prompt to say it to again."""
        store = await self.bench.store()
        async with self.bench.database.reading(store.id) as db:
            found = await (recalled.call(db, call) if call else recalled.thread(db, thread))
            if found is None:
                raise HTTPException(404)
            drafts = await versions.drafts(db, found.agent)
            made = await versions.versions(db, found.agent)
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request,
            "tune_replay.html",
            frame,
            agent=found.agent,
            lines=found.lines,
            drafts=drafts,
            versions=made,
            call=call,
            thread=thread,
            back=f"/calls/{call}" if call else f"/texts/{thread}",
        )

    async def replay(self, request: Request, agent: str) -> Response:
        """A real call or text thread against a draft or a version: once each, no gate."""
        chosen, sent = known(agent), await posted(request)
        store, now = await self.bench.store(), self.bench.clock.now()
        async with self.bench.database.writing(store.id) as db:
            if sent.get("thread"):
                found = await recalled.thread(db, sent["thread"][:32])
            else:
                found = await recalled.call(db, sent.get("call", "")[:32])
            if found is None:
                return self.bench.not_done("nothing was said to us in that conversation")
            candidate = await self._candidate(db, chosen, sent)
            live = await versions.live(db, chosen)
            played = recalled.scenario(found, "The conversation as it was held", ())
            row = await rehearsals.ask(
                db,
                chosen,
                candidate,
                live,
                [played],
                self.runner,
                self.bench.person,
                now,
                replay_of=found.call_id,
                is_replay=True,
            )
        return RedirectResponse(f"/tune/{chosen.name}/runs/{row.id}", 303)

    async def run(self, request: Request, agent: str, run: str, all: bool = False) -> Response:  # noqa: A002
        """Matrix first, worst on top; the gate above it."""
        chosen, store = known(agent), await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.database.reading(store.id) as db:
            row = await _found(db, chosen, run)
            gate = await rehearsals.gate_of(db, row)
            lines = await matrix(db, row, gate)
            line = await run_line(db, row, now, zone)
            waived = await rehearsals.waivers(db, row.id)
            number = await self._number(db, row)
            frame = await self.bench.frame(db, store)
        shown = [each for each in lines if all or each.changed or line.going_on] or lines
        return self.bench.page(
            request,
            "tune_run.html",
            frame,
            agent=chosen,
            line=line,
            gate=gate,
            rows=shown,
            hidden=len(lines) - len(shown),
            worse=sum(each.badge[1] == "▼ worse" for each in lines),
            better=sum(each.badge[1] == "▲ better" for each in lines),
            total=len(lines),
            waived=waived,
            waivable=[label for label in gate.waivable if label not in {each.label for each in waived}],
            number=number,
            may_waive=at_screen().may(Right.SET_UP),
            may_publish=at_screen().may(Right.PUBLISH),
        )

    async def compare(
        self, request: Request, agent: str, run: str, key: str, number: Annotated[int | None, Query(ge=0, le=99)] = None
    ) -> Response:
        """Both transcripts of one run, aligned, with the tools and every check."""
        chosen, store = known(agent), await self.bench.store()
        async with self.bench.database.reading(store.id) as db:
            row = await _found(db, chosen, run)
            told = await compared(db, row, key[:60], number)
            frame = await self.bench.frame(db, store)
        scenario = next((each for each in rehearsals.scenarios_of(row) if each.key == key), None)
        if told is None or scenario is None:
            raise HTTPException(404)
        return self.bench.page(request, "tune_compare.html", frame, agent=chosen, row=row, scenario=scenario, told=told)

    async def cancel(self, request: Request, agent: str, run: str) -> Response:
        chosen, store = known(agent), await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            await rehearsals.cancel(db, (await _found(db, chosen, run)).id, self.bench.clock.now())
        return RedirectResponse(f"/tune/{chosen.name}/runs/{run}", 303)

    async def go_on(self, request: Request, agent: str, run: str) -> Response:
        chosen, store = known(agent), await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            await _found(db, chosen, run)
            await rehearsals.go_on(db, run, self.bench.clock.now())
        return RedirectResponse(f"/tune/{chosen.name}/runs/{run}", 303)

    async def waive(self, request: Request, agent: str, run: str) -> Response:
        """An administrator lets a fault pass that live has too, with a reason that stays on the version."""
        chosen, sent = known(agent), await posted(request)
        store, now = await self.bench.store(), self.bench.clock.now()
        async with self.bench.database.writing(store.id) as db:
            row = await _found(db, chosen, run)
            label, reason = sent.get("label", "")[:300], sent.get("reason", "").strip()
            if not await rehearsals.waive(db, row, label, reason, self.bench.person, now):
                says = "Only a fault that the live version has as often can be let pass, and only with a reason."
                return self.bench.pages.trouble(Trouble(422, "Not let pass", says, "Go back and look at the gate."))
        return RedirectResponse(f"/tune/{chosen.name}/runs/{run}", 303)

    async def label(self, request: Request, agent: str, run: str) -> Response:
        """A person's own opinion beside the judge's: 50 that agree make the judge count."""
        chosen, sent = known(agent), await posted(request)
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            row = await _found(db, chosen, run)
            played = await db.get(RehearsalRun, sent.get("played", "")[:32])
            said = next((each for each in (played.results if played else []) if each["name"] == sent.get("says")), None)
            if played is None or played.rehearsal_id != row.id or said is None or said["must"]:
                raise HTTPException(404)
            db.add(
                JudgeLabel(
                    run_id=played.id,
                    says=said["name"][:200],
                    judge=row.runner,
                    judge_said=bool(said["passed"]),
                    person_said=sent.get("holds") == "yes",
                    by=self.bench.person[:120],
                )
            )
            key, number = played.scenario_key, played.number
        return RedirectResponse(f"/tune/{chosen.name}/runs/{run}/{key}?number={number}", 303)

    # ---- parts ----

    async def _candidate(self, db: AsyncSession, agent: Agent, sent: dict[str, str]) -> Candidate:
        kind, _, chosen = sent.get("against", "").partition(":")
        sent = {**sent, kind: chosen} if kind in ("draft", "number") else sent
        if sent.get("draft"):
            draft = await versions.draft(db, agent, sent["draft"][:32])
            if draft is None:
                raise HTTPException(404)
            return Candidate(f"draft “{draft.name}”", draft.text)
        number = sent.get("number", "")
        found = await versions.version(db, agent, int(number[:7])) if number.isdigit() else None
        if found is None:
            raise HTTPException(404)
        return Candidate(f"v{found.number}", found.text, found.id)

    async def _number(self, db: AsyncSession, row: Rehearsal) -> int | None:
        """The number of the version that was rehearsed, when it may be published from here."""
        if row.version_id is None:
            return None
        state = await release.gate_state(db, AGENTS[row.agent], row.version_id)
        return (await versions.by_id(db, row.version_id)).number if state.is_open else None

    async def _scenarios(
        self, request: Request, agent: Agent, tag: str = "", *, problem: str = "", file: str = ""
    ) -> Response:
        store = await self.bench.store()
        async with self.bench.database.reading(store.id) as db:
            lately = await scenario_store.lately(db, agent.name)
            every = [kept for kept in await scenario_store.all_of(db) if kept.scenario.for_agent(agent.name)]
            frame = await self.bench.frame(db, store)
        tags = sorted({each for kept in every for each in kept.scenario.tags})
        shown = [
            scenario_line(kept, lately.get(kept.scenario.key)) for kept in every if not tag or tag in kept.scenario.tags
        ]
        return self.bench.page(
            request,
            "tune_scenarios.html",
            frame,
            422 if problem else 200,
            agent=agent,
            lines=[line for line in shown if not line.kept.off],
            out=[line for line in shown if line.kept.off],
            tags=tags,
            tag=tag,
            problem=problem,
            file=file,
        )

    async def _scenario(
        self, request: Request, agent: Agent, key: str, *, sent: dict[str, str] | None = None, problem: str = ""
    ) -> Response:
        store = await self.bench.store()
        async with self.bench.database.reading(store.id) as db:
            kept = await scenario_store.one(db, key) if key != _NEW else None
            if kept is None and key != _NEW:
                raise HTTPException(404)
            frame = await self.bench.frame(db, store)
        form = _EMPTY | (sent if sent is not None else _as_form(kept.scenario if kept else None, agent))
        return self.bench.page(
            request,
            "tune_scenario.html",
            frame,
            422 if problem else 200,
            agent=agent,
            key=key,
            kept=kept,
            form=form,
            problem=problem,
            kinds=scenarios.KINDS,
            topics=scenarios.TOPICS,
            check_words=check_words,
        )


def known(name: str) -> Agent:
    """An agent there is, else 404."""
    if name not in AGENTS:
        raise HTTPException(404)
    return AGENTS[name]


async def _found(db: AsyncSession, agent: Agent, run: str) -> Rehearsal:
    row = await rehearsals.one(db, run[:32])
    if row is None or row.agent != agent.name:
        raise HTTPException(404)
    return row


def _as_form(scenario: Scenario | None, agent: Agent) -> dict[str, str]:
    """A scenario as the fields of its form; lists are lines."""
    if scenario is None:
        return {"caller": "+15035550199", "when": "open", "agents": agent.name}
    told = scenarios.to_dict(scenario)
    return {
        **{name: str(told.get(name, "")) for name in ("name", "persona", "goal", "caller", "when")},
        **{name: "\n".join(told.get(name, ())) for name in _LISTS},
        "tags": ", ".join(told.get("tags", ())),
        "agents": ", ".join(told.get("agents", ())),
        **{f"knows_{topic}": said for topic, said in scenario.knows.items()},
    }


def _from_form(sent: dict[str, str], key: str) -> tuple[Scenario | None, str]:
    """The scenario a form describes, or what is wrong with it."""

    def lines(name: str) -> list[str]:
        return [line.strip() for line in sent.get(name, "").splitlines() if line.strip()]

    knows = {topic: sent.get(f"knows_{topic}", "").strip() for topic in scenarios.TOPICS}
    given = {
        "key": key,
        **{name: sent.get(name, "").strip() for name in ("name", "persona", "goal", "caller", "when")},
        **{name: lines(name) for name in _LISTS},
        "tags": [tag.strip() for tag in sent.get("tags", "").split(",") if tag.strip()],
        "agents": [each.strip() for each in sent.get("agents", "").split(",") if each.strip()],
        "knows": {topic: said for topic, said in knows.items() if said},
    }
    try:
        return scenarios.from_dict(given), ""
    except NotAScenario as refused:
        return None, str(refused)
