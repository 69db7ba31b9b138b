"""Rehearsals as rows: asked for, played run by run, cancelled, resumed, and what the gate says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from agent import prices
from agent.rehearsal import judges, planning
from agent.rehearsal.gate import FIRST_RUNS, Gate, Tally
from agent.rehearsal.planning import Ran
from agent.rehearsal.played import Result, RunDone
from agent.rehearsal.sandbox import pinned_day
from kit.db import upsert
from prompts import scenario_store
from prompts.agents import Agent
from prompts.scenarios import Scenario, from_dict, to_dict
from prompts.tuning_models import PromptWaiver, Rehearsal, RehearsalRun
from prompts.versions import Version

JOB = "rehearse"
HOUSE = "house"
WAITING, RUNNING, PAUSED, CANCELLED, DONE = "waiting", "running", "paused", "cancelled", "done"
UNFINISHED = (WAITING, RUNNING, PAUSED)
_HOUSE_SECONDS, _MODEL_SECONDS = 0.3, 12.0
_MODEL_TOKENS_IN, _MODEL_TOKENS_OUT = 60_000, 1_200


@dataclass(frozen=True, slots=True)
class Runner:
    """Who plays the agent: the house agent or a model's name. `serves` says that it is who answers real customers here:
    only then are its runs evidence."""

    name: str = HOUSE
    serves: bool = True

    @property
    def is_model(self) -> bool:
        return self.name != HOUSE


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is tried: a frozen version, or a draft, which no gate opens for."""

    label: str
    text: str
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a rehearsal will take, said before it is begun. `microdollars` is None where no price is known."""

    runs: int
    seconds: int
    microdollars: int | None


@dataclass(frozen=True)
class Progress:
    """How far one has come."""

    done: int
    planned: int
    seconds: float
    tokens_in: int
    tokens_out: int


def estimate(scenarios: Sequence[Scenario], runner: Runner, runs: int = FIRST_RUNS) -> Estimate:
    """The first stage; a second one is only known when the first is played."""
    total = len(scenarios) * runs * 2
    each = _MODEL_SECONDS / 4 if runner.is_model else _HOUSE_SECONDS
    tokens = (_MODEL_TOKENS_IN * total, _MODEL_TOKENS_OUT * total) if runner.is_model else (0, 0)
    return Estimate(total, max(1, round(total * each)), cost(runner.name, *tokens))


def cost(runner: str, tokens_in: int, tokens_out: int) -> int | None:
    """Millionths of a dollar; None for a model without a list price."""
    if runner == HOUSE:
        return 0
    if not prices.has_price(runner, "text_in"):
        return None
    return prices.microdollars(runner, "text_in", tokens_in) + prices.microdollars(runner, "text_out", tokens_out)


async def ask(
    db: AsyncSession,
    agent: Agent,
    candidate: Candidate,
    live: Version,
    scenarios: Sequence[Scenario],
    runner: Runner,
    by: str,
    now: datetime,
    *,
    is_replay: bool = False,
    replay_of: str | None = None,
) -> Rehearsal:
    """Files a rehearsal; a worker begins it at once. A replay is one real conversation, played once on each side."""
    foreseen = estimate(scenarios, runner, 1 if is_replay else FIRST_RUNS)
    row = Rehearsal(
        agent=agent.name,
        kind="replay" if is_replay else "gate",
        version_id=candidate.version_id,
        candidate=candidate.label[:120],
        candidate_text=candidate.text,
        live_version_id=live.id or None,
        live=f"v{live.number}" if live.number else "as shipped",
        live_text=live.text,
        scenarios=[to_dict(each) for each in scenarios],
        runner=runner.name,
        evidence=runner.serves,
        pinned_at=await pinned_day(db, now),
        asked_by=by[:120],
        asked_at=now,
        next_look_at=now,
        runs_planned=foreseen.runs,
        seconds_estimate=foreseen.seconds,
        microdollars_estimate=foreseen.microdollars or 0,
        from_call_id=replay_of,
    )
    db.add(row)
    await db.flush()
    return row


async def one(db: AsyncSession, rehearsal_id: str) -> Rehearsal | None:
    return await db.scalar(select(Rehearsal).where(Rehearsal.id == rehearsal_id))


async def of_agent(db: AsyncSession, agent: str, limit: int = 20) -> Sequence[Rehearsal]:
    """Newest first."""
    return (
        await db.scalars(
            select(Rehearsal).where(Rehearsal.agent == agent).order_by(Rehearsal.asked_at.desc()).limit(limit)
        )
    ).all()


async def cancel(db: AsyncSession, rehearsal_id: str, now: datetime) -> None:
    """What is under way is not counted; what was played stays to be read."""
    await db.execute(
        update(Rehearsal)
        .where(Rehearsal.id == rehearsal_id, Rehearsal.state.in_(UNFINISHED))
        .values(state=CANCELLED, ended_at=now, next_look_at=None)
    )


async def go_on(db: AsyncSession, rehearsal_id: str, now: datetime) -> Rehearsal | None:
    """A cancelled or paused rehearsal goes on where it was: what was played counts once."""
    row = await db.scalar(select(Rehearsal).where(Rehearsal.id == rehearsal_id).with_for_update())
    if row is not None and row.state in (CANCELLED, PAUSED):
        row.state, row.ended_at, row.next_look_at, row.trouble = WAITING, None, now, ""
    return row


def scenarios_of(row: Rehearsal) -> list[Scenario]:
    """As they were when the rehearsal was asked for."""
    return [from_dict(each) for each in row.scenarios]


async def keep(db: AsyncSession, rehearsal_id: str, owed: planning.Owed, done: RunDone) -> None:
    """Stores one run; a second copy of it replaces the first and so counts once."""
    values = {
        "rehearsal_id": rehearsal_id,
        "scenario_key": owed.key,
        "side": owed.side,
        "number": owed.number,
        "passed": all(each["passed"] for each in done.results),
        "results": done.results,
        "turns": done.turns,
        "seconds": done.seconds,
        "tokens_in": done.tokens_in,
        "tokens_out": done.tokens_out,
    }
    await upsert(db, RehearsalRun, ("rehearsal_id", "scenario_key", "side", "number"), [values])


async def ran(db: AsyncSession, row: Rehearsal) -> list[Ran]:
    """Every run as deciding needs it: opinions only of judges people agree with."""
    counts = row.runner == HOUSE or await judges.counts(db, row.runner)
    found = await db.execute(
        select(RehearsalRun.scenario_key, RehearsalRun.side, RehearsalRun.number, RehearsalRun.results).where(
            RehearsalRun.rehearsal_id == row.id
        )
    )
    made = []
    for key, side, number, results in found:
        told = [Result(**each) for each in results]
        opinions = tuple(each for each in told if not each.must and (counts or not each.why.startswith(judges.MARK)))
        made.append(Ran(key, side, number, tuple(each for each in told if each.must), opinions))
    return made


async def progress(db: AsyncSession, row: Rehearsal) -> Progress:
    sums = (
        await db.execute(
            select(
                func.count(),
                func.coalesce(func.sum(RehearsalRun.seconds), 0.0),
                func.coalesce(func.sum(RehearsalRun.tokens_in), 0),
                func.coalesce(func.sum(RehearsalRun.tokens_out), 0),
            ).where(RehearsalRun.rehearsal_id == row.id)
        )
    ).one()
    return Progress(sums[0], max(row.runs_planned, sums[0]), float(sums[1]), int(sums[2]), int(sums[3]))


async def waivers(db: AsyncSession, rehearsal_id: str) -> Sequence[PromptWaiver]:
    return (await db.scalars(select(PromptWaiver).where(PromptWaiver.rehearsal_id == rehearsal_id))).all()


async def gate_of(db: AsyncSession, row: Rehearsal) -> Gate:
    """What the gate says, by what is played so far and what was let pass."""
    lately = await scenario_store.lately(db, row.agent)
    history = {key: Tally(each.passed, each.runs) for key, each in lately.items()}
    waived = frozenset(each.label for each in await waivers(db, row.id))
    return planning.gate(scenarios_of(row), await ran(db, row), history=history, evidence=row.evidence, waived=waived)


async def settle(db: AsyncSession, row: Rehearsal, now: datetime) -> Gate:
    """The end of a rehearsal: what the gate says is kept."""
    decided = await gate_of(db, row)
    row.gate, row.open = asdict(decided), decided.open and row.kind == "gate"
    if row.state != DONE:
        row.state, row.ended_at, row.next_look_at = DONE, now, None
    return decided


async def waive(db: AsyncSession, row: Rehearsal, label: str, reason: str, by: str, now: datetime) -> bool:
    """Lets one fault pass that live has too, no more often; False for any other: a new failure is never waived."""
    decided = await gate_of(db, row)
    if label not in decided.waivable or row.version_id is None or not reason.strip():
        return False
    known = {each.label for each in await waivers(db, row.id)}
    if label not in known:
        db.add(
            PromptWaiver(
                rehearsal_id=row.id, version_id=row.version_id, label=label, reason=reason[:400], by=by[:120], at=now
            )
        )
        await db.flush()
    await settle(db, row, now)
    return True


async def claim(
    db: AsyncSession, rehearsal_id: str, now: datetime, leases: Mapping[bool, timedelta]
) -> Rehearsal | None:
    """The row, for one worker alone; None when another has it or nothing is left to do."""
    row = await db.scalar(select(Rehearsal).where(Rehearsal.id == rehearsal_id).with_for_update())
    if row is None or row.state not in (WAITING, RUNNING, PAUSED):
        return None
    if row.lease_until is not None and row.lease_until > now:
        return None
    row.state, row.started_at = RUNNING, row.started_at or now
    row.lease_until = row.next_look_at = now + leases[row.runner != HOUSE]
    return row


async def due(db: AsyncSession, before: datetime, limit: int) -> list[tuple[str, str]]:
    """Rehearsals nobody is playing although they should be."""
    rows = await db.execute(
        select(Rehearsal.rooftop_id, Rehearsal.id)
        .where(Rehearsal.state.in_(UNFINISHED), Rehearsal.next_look_at <= before)
        .order_by(Rehearsal.next_look_at)
        .limit(limit)
    )
    return [(rooftop, row) for rooftop, row in rows]
