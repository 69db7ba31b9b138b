"""Real conversations as something to play again: what was said to us, in order, with every detail masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent.rehearsal import masking
from prompts import versions
from prompts.agents import AGENTS, SERVICE_LINE, TEXTS, Agent
from prompts.scenarios import Check, Scenario, key_of
from record.hours import is_open
from record.models import Call, CallTransfer, CallTurn, Customer, Disposition
from record.text_models import Conversation, TextMessage


@dataclass(frozen=True)
class Recalled:
    """A conversation that was held: with whom of ours, what was said to it, and how it ended then."""

    agent: Agent
    lines: tuple[str, ...]
    when: str
    call_id: str | None
    began_on: str
    ended: str
    transferred: bool


async def call(db: AsyncSession, call_id: str) -> Recalled | None:
    """A phone call; None when there is none or nothing was said."""
    row = await db.get(Call, call_id)
    if row is None:
        return None
    said = await db.scalars(
        select(CallTurn.text).where(CallTurn.call_id == row.id, CallTurn.speaker == "caller").order_by(CallTurn.seq)
    )
    lines = masking.masked(list(said), await _names(db, (row.customer_id, row.customer_hint_id)))
    if not lines:
        return None
    code = await db.scalar(
        select(Disposition.code).where(Disposition.call_id == row.id, Disposition.superseded_by.is_(None))
    )
    handed = await db.scalar(select(CallTransfer.id).where(CallTransfer.call_id == row.id).limit(1))
    when = "open" if await is_open(db, row.department, row.started_at) else "closed"
    agent = await _agent_of(db, row.prompt_version, SERVICE_LINE)
    return Recalled(agent, lines, when, row.id, row.prompt_version, code or "", handed is not None)


async def thread(db: AsyncSession, conversation_id: str) -> Recalled | None:
    """A text conversation: the last session's texts."""
    row = await db.get(Conversation, conversation_id)
    if row is None:
        return None
    texts = (
        await db.execute(
            select(TextMessage.body, TextMessage.direction, TextMessage.prompt_version)
            .where(TextMessage.conversation_id == row.id, TextMessage.turn >= row.first_turn)
            .order_by(TextMessage.at)
        )
    ).all()
    said = [text.body for text in texts if text.direction == "inbound" and text.body]
    lines = masking.masked(said, await _names(db, (row.customer_id, row.customer_hint_id)))
    if not lines:
        return None
    began_on = next((text.prompt_version for text in texts if text.prompt_version), "")
    return Recalled(await _agent_of(db, began_on, TEXTS), lines, "open", None, began_on, "", False)


def scenario(recalled: Recalled, name: str, taken: Sequence[str], must: Sequence[Check] = ()) -> Scenario:
    """It as a scenario: what always has to hold, and whatever is asked for besides."""
    checks = tuple(must) or (Check("never_said", "system prompt"),)
    return Scenario(
        key=key_of(name, taken),
        name=name[:120],
        persona="A caller of ours, every detail made up.",
        goal="What they wanted on the call this was made from.",
        caller=masking.PHONE,
        lines=recalled.lines,
        must=checks,
        tags=("from_a_call",),
        when=recalled.when,
        agents=(recalled.agent.name,),
    )


async def _names(db: AsyncSession, customer_ids: Sequence[str | None]) -> list[str]:
    known = [each for each in customer_ids if each]
    rows = await db.scalars(select(Customer).where(Customer.id.in_(known)))
    return [f"{row.first_name} {row.middle_name} {row.last_name}" for row in rows]


async def _agent_of(db: AsyncSession, version_name: str, otherwise: Agent) -> Agent:
    found = await versions.named(db, version_name)
    return AGENTS[found.agent] if found is not None else otherwise
