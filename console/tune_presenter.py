"""Prompts as their pages show them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from console.times import Moment, moment
from prompts import release, versions
from prompts.agents import Agent
from prompts.figures import SMALL, Figures, figures
from prompts.models import PromptDraft, PromptMove
from prompts.tuning_models import PromptPlan
from prompts.versions import Version
from record import call_views

_BEFORE = timedelta(days=28)


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


@dataclass(frozen=True)
class WatchPanel:
    """The day after a version went live, beside the one before it."""

    number: int
    before_number: int | None
    since: Moment
    until: Moment
    rows: tuple[tuple[str, str, str], ...]
    calls: tuple[int, int]
    small: bool
    ended: str
    why: str


_WATCHED = (
    ("Hung up within 15 seconds", "hung_up"),
    ("Asked for a person", "asked_for_person"),
    ("Hand-offs that failed", "failed_hand_offs"),
    ("Tool errors", "tool_errors"),
    ("Bookings", "booked"),
)


async def watch_panel(db: AsyncSession, agent: Agent, now: datetime, zone: ZoneInfo) -> WatchPanel | None:
    """The last watch, while it lasts and for a day after it ended."""
    row = await release.last_watch(db, agent)
    if row is None or not agent.spoken or now > row.until + release.WATCHED_FOR:
        return None
    tried = await versions.by_id(db, row.version_id)
    before = await versions.by_id(db, row.before_id) if row.before_id else None
    until = min(now, row.ended_at or row.until)
    mine = await figures(db, tried.name, row.since, until)
    theirs = await figures(db, before.name, row.since - _BEFORE, until) if before else Figures()
    rows = tuple(
        (words, _share(mine, getattr(mine, name)), _share(theirs, getattr(theirs, name))) for words, name in _WATCHED
    )
    flags = ("Claims no tool backed", str(len(mine.flags)), str(len(theirs.flags)))
    return WatchPanel(
        tried.number,
        before.number if before else None,
        moment(row.since, now, zone),
        moment(row.until, now, zone),
        (*rows, flags),
        (mine.calls, theirs.calls),
        min(mine.calls, theirs.calls) < SMALL,
        row.ended,
        row.why,
    )


def _share(of: Figures, count: int) -> str:
    return f"{count} ({of.per_100(count):.0f} per 100)" if of.calls else "–"


async def plan_lines(
    db: AsyncSession, agent: Agent, now: datetime, zone: ZoneInfo
) -> list[tuple[PromptPlan, int, Moment]]:
    """What is to go live by itself: the row, its version's number, when."""
    return [
        (row, (await versions.by_id(db, row.version_id)).number, moment(row.at, now, zone))
        for row in await release.plans(db, agent)
    ]


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
    elif move.label == "trial":
        says = f"v{number} for half of the customers" if move.percent else f"experiment with v{number} ended"
    elif move.percent:
        says = f"v{number} canary for {move.percent} % of customers"
    else:
        says = f"canary v{number} ended"
    return Entry(moment(move.at, now, zone), move.by, says, move.why)
