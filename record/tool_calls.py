"""Uses of the agent's tools on a call or in a text conversation: stored in the tool's own transaction, each once."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallId, ConversationId, CustomerId
from record import calls, texts
from record.models import Call, ToolCall
from record.text_models import Conversation


@dataclass(frozen=True)
class Occasion:
    """Where the agent works for somebody: one call, or one session of a text conversation, `since` it began."""

    call_id: CallId | None = None
    conversation_id: ConversationId | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class ToolUse:
    """One use as stored; `result` is exactly what the model was told."""

    tool_call_id: str
    tool: str
    arguments: dict[str, Any]
    decision: str
    result: dict[str, Any]
    required_level: int = 0
    verified_level: int = 0
    subject_customer_id: CustomerId | None = None
    started_ms: int = 0
    took_ms: int = 0


async def stored_use(db: AsyncSession, at: Occasion, tool_call_id: str) -> ToolUse | None:
    """The earlier use under that id, when there was one: its result is the answer again."""
    row = await db.scalar(select(ToolCall).where(_of(at), ToolCall.tool_call_id == tool_call_id))
    return _use(row) if row else None


async def spoken_name(db: AsyncSession, call_id: CallId | str) -> str:
    """The name the caller last gave on a call, "" when they gave none."""
    named = ("find_customer", "book_appointment", "promise_callback", "take_message")
    rows = await db.scalars(
        select(ToolCall.arguments)
        .where(ToolCall.call_id == call_id, ToolCall.tool.in_(named), ToolCall.decision == "allowed")
        .order_by(ToolCall.started_ms.desc(), ToolCall.id.desc())
    )
    return next((str(each["name"]) for each in rows if each.get("name")), "")


async def store_use(db: AsyncSession, at: Occasion, use: ToolUse, now: datetime) -> None:
    db.add(
        ToolCall(
            call_id=at.call_id,
            conversation_id=at.conversation_id,
            tool_call_id=use.tool_call_id,
            tool=use.tool,
            arguments=use.arguments,
            decision=use.decision,
            required_level=use.required_level,
            verified_level=use.verified_level,
            subject_customer_id=use.subject_customer_id,
            result=use.result,
            started_ms=use.started_ms,
            took_ms=use.took_ms,
            created_at=now,
        )
    )


async def store_if_new(db: AsyncSession, at: Occasion, use: ToolUse, now: datetime) -> None:
    """Stores a use that could not be stored when it happened, unless it was after all."""
    if await stored_use(db, at, use.tool_call_id) is None:
        await store_use(db, at, use, now)
        await db.flush()


async def uses_so_far(db: AsyncSession, at: Occasion) -> Counter[str]:
    """How often each tool has been used on this occasion, by whichever process held it."""
    rows = await db.execute(select(ToolCall.tool, func.count()).where(_within(at)).group_by(ToolCall.tool))
    return Counter({tool: number for tool, number in rows})


async def uses_of(db: AsyncSession, at: Occasion) -> list[ToolUse]:
    """Every use on an occasion, in order."""
    rows = await db.scalars(select(ToolCall).where(_within(at)).order_by(ToolCall.created_at, ToolCall.id))
    return [_use(row) for row in rows]


async def uses_of_call(db: AsyncSession, call_id: CallId) -> list[ToolUse]:
    """Every use on a call, in order."""
    return await uses_of(db, Occasion(call_id))


async def wrong_facts(db: AsyncSession, from_e164: str, since: datetime) -> int:
    """Identity facts that did not fit, on all recent calls and texts from a number: redialling does not start over.

    A use that was refused for its arguments or its limit was no guess.
    """
    results = await db.scalars(
        select(ToolCall.result)
        .outerjoin(Call, Call.id == ToolCall.call_id)
        .outerjoin(Conversation, Conversation.id == ToolCall.conversation_id)
        .where(
            ToolCall.tool.in_(("confirm_identity", "find_customer")),
            ToolCall.decision == "refused",
            ToolCall.created_at >= since,
            or_(Call.from_e164 == from_e164, Conversation.customer_e164 == from_e164),
        )
    )
    return sum(said.get("result") == "noted" or said.get("reason") == "locked" for said in results)


async def know_customer(db: AsyncSession, at: Occasion, customer_id: CustomerId | None, level: int) -> None:
    """Stores who is there, and how surely, where the occasion is stored."""
    if at.call_id is not None:
        await calls.know_caller(db, at.call_id, customer_id, level)
    if at.conversation_id is not None:
        await texts.know_customer(db, at.conversation_id, customer_id, level)


def _of(at: Occasion) -> ColumnElement[bool]:
    if at.conversation_id is not None:
        return ToolCall.conversation_id == at.conversation_id
    return ToolCall.call_id == at.call_id


def _within(at: Occasion) -> ColumnElement[bool]:
    return _of(at) if at.since is None else and_(_of(at), ToolCall.created_at >= at.since)


def _use(row: ToolCall) -> ToolUse:
    return ToolUse(
        row.tool_call_id,
        row.tool,
        row.arguments,
        row.decision,
        row.result,
        row.required_level,
        row.verified_level,
        CustomerId(row.subject_customer_id) if row.subject_customer_id else None,
        row.started_ms,
        row.took_ms,
    )
