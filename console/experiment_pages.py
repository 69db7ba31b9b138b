"""`/tune/{agent}/experiments`: the size asked for first, the verdict locked until it is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from console.at_screen import at_screen
from console.form_body import posted
from console.rehearsal_pages import known
from console.rights import Right
from console.times import moment
from console.workbench import Workbench
from prompts import experiments, release, versions
from prompts.experiments import CannotBegin
from prompts.figures import OUTCOMES

Share = Annotated[float | None, Query(ge=0, le=100)]
_USUAL_GAIN = 5.0


@dataclass(frozen=True)
class ExperimentPages:
    """The pages, and what they need to be made."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/tune/{agent}/experiments", self.experiments, methods=["GET"])
        router.add_api_route("/tune/{agent}/experiments", self.begin, methods=["POST"])
        router.add_api_route("/tune/{agent}/experiments/{experiment}", self.experiment, methods=["GET"])
        router.add_api_route("/tune/{agent}/experiments/{experiment}/end", self.end, methods=["POST"])
        return router

    async def experiments(
        self,
        request: Request,
        agent: str,
        outcome: Annotated[str, Query(max_length=20)] = "booked",
        rate: Share = None,
        hoped: Share = None,
    ) -> Response:
        """What was tried; and what a new one would take at this store's volume, before it is begun."""
        chosen, store = known(agent), await self.bench.store()
        now, zone = self.bench.times(store)
        counted = outcome if outcome in OUTCOMES else "booked"
        async with self.bench.database.reading(store.id) as db:
            volume = await experiments.volume(db, chosen, counted, now)
            live = await versions.live(db, chosen)
            ready = [
                each
                for each in await versions.versions(db, chosen)
                if each.id != live.id and (await release.gate_state(db, chosen, each.id)).is_open
            ]
            past = [
                (await experiments.as_it_stands(db, row, now), moment(row.started_at, now, zone))
                for row in await experiments.all_of(db, chosen)
            ]
            frame = await self.bench.frame(db, store)
        now_rate = rate if rate is not None else round(100 * volume.rate, 1)
        wanted = hoped if hoped is not None else min(now_rate + _USUAL_GAIN, 99.0)
        try:
            size = experiments.size(now_rate / 100, wanted / 100, volume.customers_a_week)
        except ValueError:
            size = None
        return self.bench.page(
            request,
            "tune_experiments.html",
            frame,
            agent=chosen,
            volume=volume,
            outcome=counted,
            outcomes=OUTCOMES,
            rate=now_rate,
            hoped=wanted,
            size=size,
            ready=ready,
            live=live,
            past=past,
            under_way=any(stands.row.ended_at is None for stands, _ in past),
            may_publish=at_screen().may(Right.PUBLISH),
        )

    async def begin(self, request: Request, agent: str) -> Response:
        chosen, sent = known(agent), await posted(request)
        store, now = await self.bench.store(), self.bench.clock.now()
        number = sent.get("number", "")
        try:
            rate, hoped = float(sent.get("rate", "")) / 100, float(sent.get("hoped", "")) / 100
        except ValueError:
            rate = hoped = 0.0
        try:
            async with self.bench.database.writing(store.id) as db:
                trial = await versions.version(db, chosen, int(number[:7])) if number.isdigit() else None
                if trial is None:
                    raise CannotBegin("Choose a version to try.")
                row = await experiments.begin(
                    db,
                    chosen,
                    sent.get("name", "").strip(),
                    trial.id,
                    sent.get("outcome", ""),
                    rate,
                    hoped,
                    self.bench.person,
                    now,
                )
        except CannotBegin as refused:
            return self.bench.not_done(str(refused)[:-1].lower() if str(refused).endswith(".") else str(refused))
        return RedirectResponse(f"/tune/{chosen.name}/experiments/{row.id}", 303)

    async def experiment(self, request: Request, agent: str, experiment: str) -> Response:
        chosen, store = known(agent), await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.database.reading(store.id) as db:
            stands = await experiments.one(db, chosen, experiment[:32], now)
            if stands is None:
                raise HTTPException(404)
            frame = await self.bench.frame(db, store)
        row = stands.row
        return self.bench.page(
            request,
            "tune_experiment.html",
            frame,
            agent=chosen,
            stands=stands,
            began=moment(row.started_at, now, zone),
            ended=moment(row.ended_at, now, zone) if row.ended_at else None,
            outcome=OUTCOMES[row.outcome],
            may_publish=at_screen().may(Right.PUBLISH),
        )

    async def end(self, request: Request, agent: str, experiment: str) -> Response:
        chosen, sent = known(agent), await posted(request)
        store, now = await self.bench.store(), self.bench.clock.now()
        async with self.bench.database.writing(store.id) as db:
            stands = await experiments.one(db, chosen, experiment[:32], now)
            if stands is None:
                raise HTTPException(404)
            if stands.row.ended_at is None:
                why = sent.get("why", "").strip() or "Ended by hand"
                await experiments.end(db, chosen, stands.row, self.bench.person, why, now)
        return RedirectResponse(f"/tune/{chosen.name}/experiments/{experiment}", 303)
