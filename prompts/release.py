"""The way from a version to live: through the gate, now or at a time, watched for a day, and back by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from prompts import scenario_store, versions
from prompts.agents import AGENTS, Agent
from prompts.models import PromptMove
from prompts.scenarios import to_dict
from prompts.tuning_models import PromptExperiment, PromptPlan, PromptWaiver, PromptWatch, Rehearsal
from prompts.versions import Label, Version

WATCHED_FOR = timedelta(hours=24)
WATCHER = "Lanekeeper (watch)"


class Gate(StrEnum):
    """Where a version stands before the gate."""

    OPEN = "open"
    RETURN = "return"
    RUNNING = "running"
    BLOCKED = "blocked"
    STALE = "stale"
    NOT_REHEARSED = "not_rehearsed"


@dataclass(frozen=True, slots=True)
class GateState:
    """`says` is the sentence for people; `rehearsal_id` what it stands on."""

    gate: Gate
    says: str
    rehearsal_id: str = ""

    @property
    def is_open(self) -> bool:
        return self.gate in (Gate.OPEN, Gate.RETURN)


class NotThroughTheGate(Exception):
    """The version may not go live as things stand; nothing was changed."""

    def __init__(self, state: GateState) -> None:
        super().__init__(state.says)
        self.state = state


async def gate_state(db: AsyncSession, agent: Agent, version_id: str) -> GateState:
    """Whether a version may go live, and if not, what is missing."""
    if await _was_live(db, agent, version_id):
        return GateState(Gate.RETURN, "It was live before: going back to it needs no rehearsal.")
    row = await db.scalar(
        select(Rehearsal)
        .where(Rehearsal.agent == agent.name, Rehearsal.version_id == version_id, Rehearsal.kind == "gate")
        .order_by(Rehearsal.asked_at.desc())
        .limit(1)
    )
    if row is None:
        return GateState(Gate.NOT_REHEARSED, "Not rehearsed yet.")
    if row.state != "done":
        words = {"cancelled": "Its rehearsal was cancelled.", "paused": "Its rehearsal is paused."}
        return GateState(Gate.RUNNING, words.get(row.state, "Its rehearsal is under way."), row.id)
    if not row.open:
        return GateState(Gate.BLOCKED, "Blocked by its rehearsal.", row.id)
    live = await versions.live(db, agent)
    if (row.live_version_id or "") != live.id:
        return GateState(Gate.STALE, "Another version went live since it was rehearsed: rehearse it again.", row.id)
    wanted = {each.key: to_dict(each) for each in await scenario_store.of_agent(db, agent.name)}
    played = {each["key"]: each for each in row.scenarios}
    if any(played.get(key) != each for key, each in wanted.items()):
        return GateState(Gate.STALE, "Scenarios were added or changed since: rehearse it again.", row.id)
    return GateState(Gate.OPEN, "Passed its rehearsal.", row.id)


async def publish(
    db: AsyncSession, agent: Agent, version_id: str, by: str, why: str, now: datetime, *, percent: int = 100
) -> None:
    """Puts a version live, for all or as a canary, and has it watched; raises NotThroughTheGate."""
    state = await gate_state(db, agent, version_id)
    if not state.is_open:
        raise NotThroughTheGate(state)
    before = await versions.live(db, agent)
    await _end_experiment(db, agent, by, now)
    await versions.publish(db, agent, version_id, by, why, now, percent=percent)
    await _end_watches(db, agent, "replaced", "Another version followed", now)
    db.add(
        PromptWatch(
            agent=agent.name,
            version_id=version_id,
            before_id=before.id or None,
            by=by[:120],
            since=now,
            until=now + WATCHED_FOR,
        )
    )
    await db.flush()


async def roll_back(db: AsyncSession, agent: Agent, by: str, why: str, now: datetime) -> Version | None:
    """What was tried last ends, and with it its watch."""
    await _end_experiment(db, agent, by, now)
    back = await versions.roll_back(db, agent, by, why, now)
    if back is not None:
        await _end_watches(db, agent, "returned", why, now)
    return back


async def waivers_of(db: AsyncSession, version_id: str) -> Sequence[PromptWaiver]:
    """What was let pass for a version, and why: shown on it for ever."""
    return (
        await db.scalars(select(PromptWaiver).where(PromptWaiver.version_id == version_id).order_by(PromptWaiver.at))
    ).all()


# ---- at a time -----------------------------------------------------------------------------------------------------


async def plan(
    db: AsyncSession, agent: Agent, version_id: str, at: datetime, by: str, why: str, *, percent: int = 100
) -> PromptPlan:
    """Files a version to go live at a time; it has to be through the gate now, and again then."""
    state = await gate_state(db, agent, version_id)
    if not state.is_open:
        raise NotThroughTheGate(state)
    row = PromptPlan(agent=agent.name, version_id=version_id, percent=percent, at=at, by=by[:120], why=why[:400])
    db.add(row)
    await db.flush()
    return row


async def plans(db: AsyncSession, agent: Agent) -> Sequence[PromptPlan]:
    """What is to go live and has not yet."""
    return (
        await db.scalars(
            select(PromptPlan)
            .where(PromptPlan.agent == agent.name, PromptPlan.done_at.is_(None))
            .order_by(PromptPlan.at)
        )
    ).all()


async def cancel_plan(db: AsyncSession, agent: Agent, plan_id: str, by: str, now: datetime) -> None:
    await db.execute(
        update(PromptPlan)
        .where(PromptPlan.id == plan_id, PromptPlan.agent == agent.name, PromptPlan.done_at.is_(None))
        .values(done_at=now, outcome=f"Cancelled by {by[:100]}")
    )


async def carry_out_plans(db: AsyncSession, now: datetime) -> int:
    """Everything whose time has come: live, or told why not."""
    due = (
        await db.scalars(
            select(PromptPlan)
            .where(PromptPlan.done_at.is_(None), PromptPlan.at <= now)
            .order_by(PromptPlan.at)
            .with_for_update()
        )
    ).all()
    for row in due:
        row.done_at = now
        try:
            await publish(db, AGENTS[row.agent], row.version_id, row.by, row.why, now, percent=row.percent)
            row.outcome = "Published"
        except NotThroughTheGate as refused:
            row.outcome = f"Not published: {refused}"[:300]
    return len(due)


# ---- the day after ---------------------------------------------------------------------------------------------------


async def watches(db: AsyncSession, now: datetime) -> Sequence[PromptWatch]:
    """Every version that is being watched; one whose day is over is closed."""
    rows = (await db.scalars(select(PromptWatch).where(PromptWatch.ended_at.is_(None)).with_for_update())).all()
    for row in rows:
        if row.until <= now:
            row.ended_at, row.ended = now, "over"
    return [row for row in rows if row.ended_at is None]


async def last_watch(db: AsyncSession, agent: Agent) -> PromptWatch | None:
    return await db.scalar(
        select(PromptWatch).where(PromptWatch.agent == agent.name).order_by(PromptWatch.since.desc()).limit(1)
    )


async def _end_watches(db: AsyncSession, agent: Agent, how: str, why: str, now: datetime) -> None:
    await db.execute(
        update(PromptWatch)
        .where(PromptWatch.agent == agent.name, PromptWatch.ended_at.is_(None))
        .values(ended_at=now, ended=how, why=why[:300])
    )


async def _end_experiment(db: AsyncSession, agent: Agent, by: str, now: datetime) -> None:
    """What is live changes under it: whatever it counted means nothing from here on."""
    row = await db.scalar(
        select(PromptExperiment).where(PromptExperiment.agent == agent.name, PromptExperiment.ended_at.is_(None))
    )
    if row is None:
        return
    row.ended_at, row.ended_by = now, by[:120]
    row.result = {"standing": "not_proven", "words": "Ended because what is live changed: nothing can be said."}
    await versions.put_label(db, agent, Label.TRIAL, row.trial_id, by, "Another version went live", now, 0)


async def _was_live(db: AsyncSession, agent: Agent, version_id: str) -> bool:
    found = await db.scalar(
        select(PromptMove.id)
        .where(PromptMove.agent == agent.name, PromptMove.label == Label.LIVE, PromptMove.version_id == version_id)
        .limit(1)
    )
    return found is not None
