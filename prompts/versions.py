"""Drafts become versions, labels say which is live, and every conversation runs on the version it began with."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from prompts.agents import AGENTS, SERVICE_LINE, Agent
from prompts.checks import Finding, findings, may_freeze
from prompts.models import PromptDraft, PromptMove, PromptVersion
from prompts.rendering import library
from prompts.trials import Arm, arm_of
from prompts.tuning_models import PromptExperiment

SHIPPED_BY = "Lanekeeper"
_NAMED = re.compile(r"v(\d{1,6})-([0-9a-f]{8})")


class Label(StrEnum):
    """What a version can be."""

    LIVE = "live"
    CANARY = "canary"
    TRIAL = "trial"


class DraftMoved(Exception):
    """Somebody saved the draft meanwhile; nothing was overwritten."""


class NotFit(Exception):
    """Something found in the text stands in the way of a version."""

    def __init__(self, found: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(f"line {finding.line}: {finding.says}" for finding in found))
        self.found = found


@dataclass(frozen=True)
class Version:
    """One frozen prompt. `id` is "" for a shipped prompt that no row holds yet."""

    id: str
    agent: str
    number: int
    text: str
    why: str
    made_by: str
    made_at: datetime | None

    @property
    def name(self) -> str:
        """What a conversation stores: the number, and the start of the text's hash."""
        return f"v{self.number}-{digest(self.text)[:8]}"


def digest(text: str) -> str:
    """The text's SHA-256, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def shipped(agent: Agent) -> Version:
    """The prompt that came with this release."""
    return Version("", agent.name, 0, library(agent.name), "As shipped", SHIPPED_BY, None)


async def for_conversation(db: AsyncSession, agent: Agent, customer: str) -> Version:
    """The version a new conversation runs on: live, or the canary for its share of customers, or the experiment's for
    its half.

    `customer` is whatever names them for good (their number), so that they stay on the same side.
    """
    moves = await _last_moves(db, agent)
    if Label.TRIAL in moves:
        experiment = await db.scalar(
            select(PromptExperiment).where(PromptExperiment.agent == agent.name, PromptExperiment.ended_at.is_(None))
        )
        if experiment is not None:
            on_trial = arm_of(experiment.id, customer) is Arm.TRIAL
            return await by_id(db, experiment.trial_id if on_trial else experiment.control_id)
    live = moves.get(Label.LIVE)
    canary = moves.get(Label.CANARY)
    if canary is not None and _share(agent, canary.version_id, customer) < canary.percent:
        return await by_id(db, canary.version_id)
    return await by_id(db, live.version_id) if live is not None else shipped(agent)


async def text_of(db: AsyncSession, name: str) -> str:
    """The prompt a conversation began with. A name from before there were versions means the service line's prompt as
    shipped."""
    found = await named(db, name)
    return found.text if found is not None else library(SERVICE_LINE.name)


async def named(db: AsyncSession, name: str) -> Version | None:
    """The version a conversation stores, whichever agent's it is: the hash in its name says which text it was."""
    found = _NAMED.fullmatch(name)
    if found is None:
        return None
    rows = await db.scalars(select(PromptVersion).where(PromptVersion.number == int(found[1])))
    for row in rows:
        if row.sha256.startswith(found[2]):
            return _version(row)
    return next((shipped(agent) for agent in AGENTS.values() if digest(library(agent.name)).startswith(found[2])), None)


async def live(db: AsyncSession, agent: Agent) -> Version:
    """What is live now."""
    move = (await _last_moves(db, agent)).get(Label.LIVE)
    return await by_id(db, move.version_id) if move is not None else shipped(agent)


async def keep_shipped(db: AsyncSession, agent: Agent, now: datetime) -> None:
    """Makes a version of the shipped prompt when this release's is new, so that it can be looked up for ever.

    It goes live where the store has never made a version of its own; otherwise it waits to be compared.
    """
    mine = digest(library(agent.name))
    known = await db.scalar(
        select(PromptVersion.id).where(PromptVersion.agent == agent.name, PromptVersion.sha256 == mine).limit(1)
    )
    if known is not None:
        return
    version = await _add_version(db, agent, library(agent.name), "shipped", "As shipped", SHIPPED_BY, None, [])
    last = await _last_row(db, agent)
    if last is None or last.source == "shipped":
        await put_label(db, agent, Label.LIVE, version.id, SHIPPED_BY, "A new release", now)


async def start_draft(db: AsyncSession, agent: Agent, name: str, by: str, now: datetime) -> PromptDraft:
    """A draft of what is live."""
    await keep_shipped(db, agent, now)
    base = await live(db, agent)
    draft = PromptDraft(
        agent=agent.name, name=name[:80], text=base.text, based_on_id=base.id, updated_by=by[:120], updated_at=now
    )
    db.add(draft)
    await db.flush()
    return draft


async def save_draft(db: AsyncSession, draft_id: str, text: str, revision: int, by: str, now: datetime) -> PromptDraft:
    """Saves what somebody wrote on top of `revision`; raises DraftMoved when that is no longer the last."""
    draft = await db.scalar(
        select(PromptDraft).where(PromptDraft.id == draft_id, PromptDraft.closed_at.is_(None)).with_for_update()
    )
    if draft is None or draft.revision != revision:
        raise DraftMoved(draft_id)
    draft.text, draft.revision, draft.updated_by, draft.updated_at = text, revision + 1, by[:120], now
    return draft


async def freeze(db: AsyncSession, agent: Agent, draft_id: str, why: str, by: str, now: datetime) -> Version:
    """A draft as a version, with the sentence that says what and why; raises NotFit with what stands in the way."""
    draft = await db.scalar(
        select(PromptDraft).where(PromptDraft.id == draft_id, PromptDraft.closed_at.is_(None)).with_for_update()
    )
    if draft is None:
        raise DraftMoved(draft_id)
    found = findings(draft.text, spoken=agent.spoken)
    if not may_freeze(found):
        raise NotFit(found)
    advice = [{"line": finding.line, "says": finding.says} for finding in found]
    row = await _add_version(db, agent, draft.text, "store", why, by, draft.based_on_id, advice)
    draft.closed_at = now
    return _version(row)


async def discard(db: AsyncSession, draft_id: str, now: datetime) -> None:
    """Puts a draft away; its text stays in the record."""
    await db.execute(update(PromptDraft).where(PromptDraft.id == draft_id).values(closed_at=now))


async def publish(
    db: AsyncSession, agent: Agent, version_id: str, by: str, why: str, now: datetime, *, percent: int = 100
) -> None:
    """New conversations run on it from now on: all of them, or `percent` of the customers as a canary."""
    if percent >= 100:
        await _end_canary(db, agent, by, "Everybody is on one version", now)
        await put_label(db, agent, Label.LIVE, version_id, by, why, now)
    else:
        await put_label(db, agent, Label.CANARY, version_id, by, why, now, percent)


async def roll_back(db: AsyncSession, agent: Agent, by: str, why: str, now: datetime) -> Version | None:
    """What was tried last ends: the canary where there is one, else the version that is live, for the one before it.

    Returns what is live then; None when there was nothing to take back.
    """
    if await canary(db, agent) is not None:
        await _end_canary(db, agent, by, why, now)
        return await live(db, agent)
    before = await previous(db, agent)
    if before is None:
        return None
    await put_label(db, agent, Label.LIVE, before.id, by, why, now)
    return before


async def previous(db: AsyncSession, agent: Agent) -> Version | None:
    """What was live before the version that is; the one before that, after a return to it."""
    moves = (
        await db.scalars(
            select(PromptMove)
            .where(PromptMove.agent == agent.name, PromptMove.label == Label.LIVE)
            .order_by(PromptMove.seq.desc())
            .limit(50)
        )
    ).all()
    other = next((move for move in moves if move.version_id != moves[0].version_id), None)
    return await by_id(db, other.version_id) if other is not None else None


async def canary(db: AsyncSession, agent: Agent) -> tuple[Version, int] | None:
    """The canary and its percentage."""
    move = (await _last_moves(db, agent)).get(Label.CANARY)
    return (await by_id(db, move.version_id), move.percent) if move is not None else None


async def version(db: AsyncSession, agent: Agent, number: int) -> Version | None:
    row = await db.scalar(
        select(PromptVersion).where(PromptVersion.agent == agent.name, PromptVersion.number == number)
    )
    return _version(row) if row is not None else None


async def versions(db: AsyncSession, agent: Agent) -> list[Version]:
    """Every version, newest first."""
    rows = await db.scalars(
        select(PromptVersion).where(PromptVersion.agent == agent.name).order_by(PromptVersion.number.desc()).limit(200)
    )
    return [_version(row) for row in rows]


async def moves(db: AsyncSession, agent: Agent) -> Sequence[tuple[PromptMove, int]]:
    """The ledger, newest first, each with its version's number."""
    rows = await db.execute(
        select(PromptMove, PromptVersion.number)
        .join(PromptVersion, PromptVersion.id == PromptMove.version_id)
        .where(PromptMove.agent == agent.name)
        .order_by(PromptMove.seq.desc())
        .limit(200)
    )
    return [(move, number) for move, number in rows]


async def drafts(db: AsyncSession, agent: Agent) -> Sequence[PromptDraft]:
    """The drafts somebody is working on, last touched first."""
    return (
        await db.scalars(
            select(PromptDraft)
            .where(PromptDraft.agent == agent.name, PromptDraft.closed_at.is_(None))
            .order_by(PromptDraft.updated_at.desc())
            .limit(50)
        )
    ).all()


async def draft(db: AsyncSession, agent: Agent, draft_id: str) -> PromptDraft | None:
    return await db.scalar(select(PromptDraft).where(PromptDraft.id == draft_id, PromptDraft.agent == agent.name))


def _share(agent: Agent, version_id: str, customer: str) -> int:
    """0 to 99, the same for a customer and a version always."""
    return int(hashlib.sha256(f"{agent.name}\0{version_id}\0{customer}".encode()).hexdigest()[:8], 16) % 100


def _version(row: PromptVersion) -> Version:
    return Version(row.id, row.agent, row.number, row.text, row.why, row.made_by, row.created_at)


async def by_id(db: AsyncSession, version_id: str) -> Version:
    """One that is known to be there."""
    return _version(await db.get_one(PromptVersion, version_id))


async def _last_row(db: AsyncSession, agent: Agent) -> PromptVersion | None:
    """The version that is live, as a row."""
    move = (await _last_moves(db, agent)).get(Label.LIVE)
    return None if move is None else await db.get(PromptVersion, move.version_id)


async def _last_moves(db: AsyncSession, agent: Agent) -> dict[Label, PromptMove]:
    last = select(func.max(PromptMove.seq)).where(PromptMove.agent == agent.name).group_by(PromptMove.label)
    rows = await db.scalars(select(PromptMove).where(PromptMove.agent == agent.name, PromptMove.seq.in_(last)))
    return {Label(move.label): move for move in rows if move.percent}


async def _end_canary(db: AsyncSession, agent: Agent, by: str, why: str, now: datetime) -> None:
    move = (await _last_moves(db, agent)).get(Label.CANARY)
    if move is not None:
        await put_label(db, agent, Label.CANARY, move.version_id, by, why, now, 0)


async def put_label(
    db: AsyncSession, agent: Agent, label: Label, version_id: str, by: str, why: str, now: datetime, percent: int = 100
) -> None:
    """One entry more. Two at once cannot both be the next: the second fails on its number, and nothing of it stays."""
    seq = await db.scalar(select(func.coalesce(func.max(PromptMove.seq), 0)).where(PromptMove.agent == agent.name))
    db.add(
        PromptMove(
            agent=agent.name,
            seq=(seq or 0) + 1,
            label=label,
            version_id=version_id,
            percent=percent,
            by=by[:120],
            why=why[:400],
            at=now,
        )
    )
    await db.flush()


async def _add_version(
    db: AsyncSession,
    agent: Agent,
    text: str,
    source: str,
    why: str,
    by: str,
    based_on_id: str | None,
    advice: list[dict[str, object]],
) -> PromptVersion:
    last = await db.scalar(
        select(func.coalesce(func.max(PromptVersion.number), 0)).where(PromptVersion.agent == agent.name)
    )
    row = PromptVersion(
        agent=agent.name,
        number=(last or 0) + 1,
        text=text,
        sha256=digest(text),
        source=source,
        why=why[:400],
        made_by=by[:120],
        based_on_id=based_on_id,
        advice=advice,
    )
    db.add(row)
    await db.flush()
    return row
