"""The scenarios of a store: the shipped ones, its own, and its own forms of shipped ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from prompts.scenarios import Scenario, from_dict, shipped, to_dict
from prompts.tuning_models import PromptScenario, Rehearsal, RehearsalRun

SHIPPED = "shipped"


@dataclass(frozen=True)
class Kept:
    """A scenario as the store has it. `changed`: a shipped one the store words its own way."""

    scenario: Scenario
    source: str
    by: str = ""
    from_call_id: str | None = None
    off: bool = False
    changed: bool = False


async def all_of(db: AsyncSession) -> list[Kept]:
    """Every scenario, in the order of the shipped ones and then of the store's own; those taken out are marked."""
    rows = {row.key: row for row in await db.scalars(select(PromptScenario).order_by(PromptScenario.created_at))}
    made = [_kept(rows.pop(each.key), changed=True) if each.key in rows else Kept(each, SHIPPED) for each in shipped()]
    return made + [_kept(row) for row in rows.values()]


async def of_agent(db: AsyncSession, agent: str, tag: str = "") -> list[Scenario]:
    """What a version of this agent is rehearsed with; with a tag, the suite of that name."""
    return [
        kept.scenario
        for kept in await all_of(db)
        if not kept.off and kept.scenario.for_agent(agent) and (not tag or tag in kept.scenario.tags)
    ]


async def one(db: AsyncSession, key: str) -> Kept | None:
    return next((kept for kept in await all_of(db) if kept.scenario.key == key), None)


async def save(
    db: AsyncSession, scenario: Scenario, by: str, now: datetime, source: str = "hand", from_call_id: str | None = None
) -> None:
    """Stores a scenario, new or in place of the one with its key."""
    row = await db.scalar(select(PromptScenario).where(PromptScenario.key == scenario.key).with_for_update())
    if row is None:
        row = PromptScenario(key=scenario.key, source=source, from_call_id=from_call_id)
        db.add(row)
    row.data, row.updated_by, row.updated_at, row.off_at = to_dict(scenario), by[:120], now, None
    await db.flush()


async def take_in(db: AsyncSession, scenarios: Iterable[Scenario], by: str, now: datetime) -> int:
    """Stores those of a file that are new or differ; returns how many."""
    known = {kept.scenario.key: kept.scenario for kept in await all_of(db) if not kept.off}
    changed = [each for each in scenarios if known.get(each.key) != each]
    for each in changed:
        await save(db, each, by, now, "file")
    return len(changed)


async def take_out(db: AsyncSession, key: str, by: str, now: datetime) -> None:
    """From now on nothing is rehearsed with it; what was is kept."""
    kept = await one(db, key)
    if kept is None:
        return
    await save(db, kept.scenario, by, now)
    row = await db.scalar(select(PromptScenario).where(PromptScenario.key == key))
    if row is not None:
        row.off_at = now


@dataclass(frozen=True, slots=True)
class Lately:
    """How a scenario did on the live version before: passed of how many, and its last five results, newest first."""

    passed: int
    runs: int
    last: tuple[bool, ...]

    @property
    def rate(self) -> float:
        return self.passed / self.runs if self.runs else 1.0


async def lately(db: AsyncSession, agent: str) -> dict[str, Lately]:
    """The live side's runs in this agent's rehearsals, by scenario."""
    counted = await db.execute(
        select(RehearsalRun.scenario_key, func.count(), func.coalesce(func.sum(cast(RehearsalRun.passed, Integer)), 0))
        .join(Rehearsal, Rehearsal.id == RehearsalRun.rehearsal_id)
        .where(Rehearsal.agent == agent, Rehearsal.kind == "gate", RehearsalRun.side == "live")
        .group_by(RehearsalRun.scenario_key)
    )
    totals = {key: (runs, passed) for key, runs, passed in counted}
    newest = await db.scalar(
        select(Rehearsal.id)
        .where(Rehearsal.agent == agent, Rehearsal.kind == "gate", Rehearsal.state == "done")
        .order_by(Rehearsal.asked_at.desc())
        .limit(1)
    )
    last: dict[str, list[bool]] = {}
    rows = await db.execute(
        select(RehearsalRun.scenario_key, RehearsalRun.passed)
        .where(RehearsalRun.rehearsal_id == (newest or ""), RehearsalRun.side == "live")
        .order_by(RehearsalRun.number.desc())
    )
    for key, passed in rows:
        last.setdefault(key, []).append(passed)
    return {key: Lately(passed, runs, tuple(last.get(key, ())[:5])) for key, (runs, passed) in totals.items()}


def _kept(row: PromptScenario, *, changed: bool = False) -> Kept:
    return Kept(from_dict(row.data), row.source, row.updated_by, row.from_call_id, row.off_at is not None, changed)
