"""Two gated versions side by side: planned before they begin, read only when they are done, stopped early for harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import sqrt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from prompts import release, versions
from prompts.agents import AGENTS, Agent
from prompts.figures import OUTCOMES, Arm, arm
from prompts.trials import Counts, Result, Standing, is_uneven, needed_per_arm, result, weeks_for
from prompts.tuning_models import PromptExperiment
from prompts.versions import Label, Version

_LOOK_BACK = timedelta(days=28)
_WEEKS_BACK = 4
_HARM = 3.1
"""Standard errors: what chance alone brings once in 500 looks."""
_LEAST_TO_HARM = 20


class CannotBegin(Exception):
    """The message says what is missing; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Volume:
    """What the store's own last four weeks say: customers a week and how often the outcome happened."""

    customers_a_week: float
    rate: float


@dataclass(frozen=True, slots=True)
class Size:
    """What an experiment would take. `weeks` is None when nobody calls."""

    per_arm: int
    weeks: int | None


@dataclass(frozen=True)
class Now:
    """An experiment as it stands: counts are shown, the verdict only when it is unlocked."""

    row: PromptExperiment
    control: Version
    trial: Version
    counts: tuple[Arm, Arm]
    result: Result


async def volume(db: AsyncSession, agent: Agent, outcome: str, now: datetime) -> Volume:
    names = [each.name for each in await versions.versions(db, agent)] or [versions.shipped(agent).name]
    past = await arm(db, names, outcome, now - _LOOK_BACK, now)
    rate = past.outcomes / past.customers if past.customers else 0.0
    return Volume(past.customers / _WEEKS_BACK, rate)


def size(rate: float, hoped: float, customers_a_week: float) -> Size:
    """Raises ValueError unless both are rates between 0 and 1, and different."""
    per_arm = needed_per_arm(rate, hoped)
    return Size(per_arm, weeks_for(per_arm, customers_a_week) if customers_a_week >= 1 else None)


async def begin(
    db: AsyncSession,
    agent: Agent,
    name: str,
    trial_id: str,
    outcome: str,
    rate: float,
    hoped: float,
    by: str,
    now: datetime,
) -> PromptExperiment:
    """From now on half of the customers get the trial; both versions have to be through the gate."""
    if not agent.spoken:
        raise CannotBegin("Experiments count calls: an agent that writes has none.")
    if outcome not in OUTCOMES:
        raise CannotBegin("Choose what is counted.")
    if await open_one(db, agent) is not None:
        raise CannotBegin("Another experiment of this agent is under way.")
    if await versions.canary(db, agent) is not None:
        raise CannotBegin("End the canary first: it would take customers from both sides.")
    live = await versions.live(db, agent)
    if not live.id or live.id == trial_id:
        raise CannotBegin("An experiment compares the live version with another one.")
    state = await release.gate_state(db, agent, trial_id)
    if not state.is_open:
        raise CannotBegin(f"The version is not through the gate: {state.says}")
    try:
        planned = needed_per_arm(rate, hoped)
    except ValueError:
        raise CannotBegin("Say how often it happens now, and how often it should: two shares of 100.") from None
    row = PromptExperiment(
        agent=agent.name,
        name=name[:80] or "Experiment",
        control_id=live.id,
        trial_id=trial_id,
        outcome=outcome,
        rate=rate,
        hoped=hoped,
        planned_per_arm=planned,
        by=by[:120],
        started_at=now,
    )
    db.add(row)
    await db.flush()
    await versions.put_label(db, agent, Label.TRIAL, trial_id, by, f"Experiment: {row.name}", now, 50)
    return row


async def open_one(db: AsyncSession, agent: Agent) -> PromptExperiment | None:
    return await db.scalar(
        select(PromptExperiment).where(PromptExperiment.agent == agent.name, PromptExperiment.ended_at.is_(None))
    )


async def all_of(db: AsyncSession, agent: Agent) -> Sequence[PromptExperiment]:
    """Newest first."""
    return (
        await db.scalars(
            select(PromptExperiment)
            .where(PromptExperiment.agent == agent.name)
            .order_by(PromptExperiment.started_at.desc())
            .limit(50)
        )
    ).all()


async def one(db: AsyncSession, agent: Agent, experiment_id: str, now: datetime) -> Now | None:
    row = await db.scalar(
        select(PromptExperiment).where(PromptExperiment.id == experiment_id, PromptExperiment.agent == agent.name)
    )
    return await as_it_stands(db, row, now) if row is not None else None


async def as_it_stands(db: AsyncSession, row: PromptExperiment, now: datetime) -> Now:
    control, trial = await versions.by_id(db, row.control_id), await versions.by_id(db, row.trial_id)
    until = row.ended_at or now
    arms = (
        await arm(db, [control.name], row.outcome, row.started_at, until),
        await arm(db, [trial.name], row.outcome, row.started_at, until),
    )
    told = Result(**row.result) if row.result else _told(row, arms)
    return Now(row, control, trial, arms, told)


async def end(db: AsyncSession, agent: Agent, row: PromptExperiment, by: str, why: str, now: datetime) -> None:
    """Everybody is on the live version again; what came of it is kept, unlocked only when the planned size is there."""
    stands = await as_it_stands(db, row, now)
    row.ended_at, row.ended_by = now, by[:120]
    row.result = asdict(_ended(stands.result, row.harm))
    await versions.put_label(db, agent, Label.TRIAL, row.trial_id, by, why, now, 0)


async def look(db: AsyncSession, now: datetime) -> int:
    """Ends every experiment that is done, does harm, or is split so unevenly that nobody may read it."""
    rows = await db.scalars(select(PromptExperiment).where(PromptExperiment.ended_at.is_(None)).with_for_update())
    ended = 0
    for row in rows.all():
        stands = await as_it_stands(db, row, now)
        row.harm = harm(*stands.counts)
        if row.harm or stands.result.standing is not Standing.RUNNING:
            why = row.harm or stands.result.words
            await end(db, AGENTS[row.agent], row, release.WATCHER, why[:400], now)
            ended += 1
    return ended


def harm(control: Arm, trial: Arm) -> str:
    """The guardrail that the trial breaks, in words; "" when it breaks none."""
    for count, words in (
        ("flagged", "customers were told what was not so"),
        ("failed_hand_offs", "hand-offs failed"),
        ("hung_up", "customers hung up within 15 seconds"),
    ):
        worse = _worse(control.customers, getattr(control, count), trial.customers, getattr(trial, count))
        if worse:
            return f"Stopped for harm: more {words} ({getattr(trial, count)} against {getattr(control, count)})"
    return ""


def _worse(n0: int, bad0: int, n1: int, bad1: int) -> bool:
    if min(n0, n1) < _LEAST_TO_HARM:
        return False
    pooled = (bad0 + bad1) / (n0 + n1)
    spread = sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1))
    return spread > 0 and (bad1 / n1 - bad0 / n0) / spread > _HARM


def _told(row: PromptExperiment, arms: tuple[Arm, Arm]) -> Result:
    control, trial = (Counts(each.customers, each.outcomes) for each in arms)
    if not control.customers or not trial.customers:
        if is_uneven(control.customers, trial.customers):
            return Result(Standing.INVALID, "Invalid: all customers are on one side.")
        return Result(Standing.RUNNING, f"Locked until {row.planned_per_arm:,} customers per arm.")
    return result(control, trial, row.planned_per_arm, OUTCOMES[row.outcome])


def _ended(told: Result, harm: str) -> Result:
    """Ended before the planned size there is no verdict, and never will be."""
    if harm:
        return Result(Standing.LOSES, harm)
    if told.standing is Standing.RUNNING:
        return Result(Standing.NOT_PROVEN, "Ended before the planned size: nothing can be said.")
    return told
