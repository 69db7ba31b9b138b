"""What happens to prompts by the clock: plans carried out, versions watched and taken back, experiments ended."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.loops import Promise, promise_callback
from kit.clock import Clock
from kit.db import Database
from kit.logging import logger
from prompts import experiments, release, versions
from prompts.agents import AGENTS
from prompts.figures import figures, goes_back
from prompts.tuning_models import PromptWatch
from record import staff
from record.models import Rooftop

log = logger("prompt_watch")

PROMPT_RETURNED = "prompt_returned"


@dataclass(frozen=True)
class PromptDuties:
    """One duty of the worker; every store in a transaction of its own."""

    database: Database
    clock: Clock

    async def look(self) -> int:
        async with self.database.looking_across("which stores there are") as db:
            stores = list(await db.scalars(select(Rooftop.id)))
        done = 0
        for rooftop_id in stores:
            async with self.database.writing(rooftop_id) as db:
                now = self.clock.now()
                done += await release.carry_out_plans(db, now)
                done += await take_back(db, now)
                done += await experiments.look(db, now)
        return done


async def take_back(db: AsyncSession, now: datetime) -> int:
    """Every watched version that broke something returns to the one before, and whoever published it owes a look."""
    taken = 0
    for watch in await release.watches(db, now):
        tried = await versions.by_id(db, watch.version_id)
        why = goes_back(await figures(db, tried.name, watch.since, now))
        if not why:
            continue
        agent = AGENTS[watch.agent]
        canary = await versions.canary(db, agent)
        now_on = canary[0] if canary is not None else await versions.live(db, agent)
        if now_on.id != tried.id:
            watch.ended_at, watch.ended = now, "replaced"
            continue
        await release.roll_back(db, agent, release.WATCHER, why, now)
        await _tell_the_publisher(db, watch, f"v{tried.number} of {agent.title} went back by itself. {why}.", now)
        log.warning("prompt_returned", agent=agent.name, version=tried.name)
        taken += 1
    return taken


async def _tell_the_publisher(db: AsyncSession, watch: PromptWatch, need: str, now: datetime) -> None:
    publisher = await staff.called(db, watch.by)
    promise = Promise(
        source_key=f"prompt-watch:{watch.id}",
        need=need,
        department="service",
        contact="",
        kind=PROMPT_RETURNED,
        urgent=True,
        advisor_id=publisher.id if publisher is not None else None,
        made_by=release.WATCHER,
    )
    await promise_callback(db, promise, now)
