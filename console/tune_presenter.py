"""Prompts as their pages show them."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from console.times import Moment, moment
from prompts import versions
from prompts.agents import Agent
from prompts.models import PromptDraft, PromptMove
from prompts.versions import Version
from record import call_views


@dataclass(frozen=True)
class AgentLine:
    """What is running: `since` is None for a shipped prompt nobody has touched."""

    agent: Agent
    live: Version
    since: Moment | None
    by: str
    why: str
    conversations: int
    drafts: int
    previous: Version | None
    canary: Version | None
    canary_percent: int


@dataclass(frozen=True)
class VersionLine:
    """One version in a list."""

    version: Version
    made: Moment | None
    labels: tuple[str, ...]


@dataclass(frozen=True)
class DraftView:
    """A draft in a list or an editor."""

    id: str
    agent: Agent
    name: str
    revision: int
    by: str
    saved: Moment
    closed: bool


@dataclass(frozen=True)
class Entry:
    """A line of the ledger in words."""

    at: Moment
    by: str
    says: str
    why: str


@dataclass(frozen=True)
class Side:
    """One side of a comparison."""

    title: str
    text: str
    address: str

    @classmethod
    def of_version(cls, version: Version) -> "Side":
        there = f"/tune/{version.agent}/versions/{version.number}" if version.number else f"/tune/{version.agent}"
        return cls(f"v{version.number}" if version.number else "as shipped", version.text, there)

    @classmethod
    def of_draft(cls, draft: PromptDraft) -> "Side":
        return cls(f"draft “{draft.name}”", draft.text, f"/tune/{draft.agent}/drafts/{draft.id}")


async def agent_line(db: AsyncSession, agent: Agent, now: datetime, zone: ZoneInfo) -> AgentLine:
    """Everything one line of `/tune` says."""
    live = await versions.live(db, agent)
    canary = await versions.canary(db, agent)
    move = next((m for m, _ in await versions.moves(db, agent) if m.label == "live"), None)
    return AgentLine(
        agent=agent,
        live=live,
        since=moment(move.at, now, zone) if move else None,
        by=move.by if move else live.made_by,
        why=move.why if move else live.why,
        conversations=await call_views.conversations_on(db, live.name, spoken=agent.spoken),
        drafts=len(await versions.drafts(db, agent)),
        previous=await versions.previous(db, agent),
        canary=canary[0] if canary else None,
        canary_percent=canary[1] if canary else 0,
    )


def version_line(version: Version, line: AgentLine, now: datetime, zone: ZoneInfo) -> VersionLine:
    """A version with the labels it wears."""
    worn = (("live", line.live), (f"canary {line.canary_percent} %", line.canary), ("previous", line.previous))
    labels = tuple(label for label, other in worn if other is not None and other.id == version.id)
    return VersionLine(version, moment(version.made_at, now, zone) if version.made_at else None, labels)


def draft_view(draft: PromptDraft, agent: Agent, now: datetime, zone: ZoneInfo) -> DraftView:
    saved = moment(draft.updated_at, now, zone)
    return DraftView(draft.id, agent, draft.name, draft.revision, draft.updated_by, saved, draft.closed_at is not None)


def ledger(move: PromptMove, number: int, now: datetime, zone: ZoneInfo) -> Entry:
    """A move of a label as a sentence."""
    if move.label == "live":
        says = f"v{number} live"
    elif move.percent:
        says = f"v{number} canary for {move.percent} % of customers"
    else:
        says = f"canary v{number} ended"
    return Entry(moment(move.at, now, zone), move.by, says, move.why)
