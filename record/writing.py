"""What helps a person write a text: what they had typed, the store's canned replies, and what the AI would say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from record.text_models import CannedReply, TextDraft, TextSuggestion

LONGEST_NAME, LONGEST_BODY = 60, 1000
_MOST = 200
_NAMED = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Draft:
    body: str
    saved_at: datetime


@dataclass(frozen=True)
class Canned:
    """`own` is somebody's; the others are the store's."""

    id: str
    name: str
    body: str
    own: bool
    uses: int


@dataclass(frozen=True)
class Suggestion:
    """What the AI would answer to the newest text; a person reads it, changes it and sends it, or does not."""

    body: str
    model: str
    at: datetime


async def draft_of(db: AsyncSession, conversation_id: str, by: str) -> Draft | None:
    row = await _draft(db, conversation_id, by)
    return Draft(row.body, row.saved_at) if row is not None else None


async def keep_draft(db: AsyncSession, conversation_id: str, by: str, body: str, now: datetime) -> None:
    """Kept until it is sent or emptied."""
    if not body.strip():
        await forget_draft(db, conversation_id, by)
        return
    row = await _draft(db, conversation_id, by)
    if row is None:
        row = TextDraft(conversation_id=conversation_id, by=by)
        db.add(row)
    row.body, row.saved_at = body, now


async def forget_draft(db: AsyncSession, conversation_id: str, by: str) -> None:
    await db.execute(delete(TextDraft).where(TextDraft.conversation_id == conversation_id, TextDraft.by == by))


async def canned(db: AsyncSession, by: str) -> list[Canned]:
    """The store's and one's own, the most used first."""
    rows = await db.scalars(
        select(CannedReply)
        .where(or_(CannedReply.by == "", CannedReply.by == by))
        .order_by(CannedReply.uses.desc(), CannedReply.name, CannedReply.id)
        .limit(_MOST)
    )
    return [Canned(row.id, row.name, row.body, row.by != "", row.uses) for row in rows]


async def add_canned(db: AsyncSession, name: str, body: str, by: str) -> None:
    """`by` "" is the store's; raises ValueError."""
    name, body = " ".join(name.split()), body.strip()
    if not name or not body or len(name) > LONGEST_NAME or len(body) > LONGEST_BODY:
        raise ValueError(f"give a name of at most {LONGEST_NAME} and words of at most {LONGEST_BODY:,} characters")
    db.add(CannedReply(name=name, body=body, by=by))


async def remove_canned(db: AsyncSession, canned_id: str, by: str, *, also_the_stores: bool) -> bool:
    """One's own, or the store's for whoever runs it."""
    row = await db.get(CannedReply, canned_id)
    if row is None or not (row.by == by or (also_the_stores and row.by == "")):
        return False
    await db.delete(row)
    return True


async def use_canned(db: AsyncSession, canned_id: str, by: str, known: Mapping[str, str]) -> str | None:
    """Its words with the names in braces filled in; what is not known stays in brackets, to be seen."""
    row = await db.get(CannedReply, canned_id)
    if row is None or row.by not in ("", by):
        return None
    row.uses += 1
    return filled(row.body, known)


def filled(body: str, known: Mapping[str, str]) -> str:
    return _NAMED.sub(lambda name: known.get(name[1]) or f"[{name[1].replace('_', ' ')}]", body)


async def suggestion(db: AsyncSession, conversation_id: str, newest: str) -> Suggestion | None:
    """The one made after the newest text; an older one is void."""
    row = await db.scalar(
        select(TextSuggestion).where(
            TextSuggestion.conversation_id == conversation_id, TextSuggestion.after_id == newest
        )
    )
    return Suggestion(row.body, row.model, row.created_at) if row is not None else None


async def keep_suggestion(db: AsyncSession, conversation_id: str, newest: str, body: str, model: str, by: str) -> None:
    """One per newest text, whoever asked first."""
    if await suggestion(db, conversation_id, newest) is None:
        row = {"conversation_id": conversation_id, "after_id": newest, "body": body, "model": model}
        db.add(TextSuggestion(**row, asked_by=by))


async def _draft(db: AsyncSession, conversation_id: str, by: str) -> TextDraft | None:
    found: TextDraft | None = await db.scalar(
        select(TextDraft).where(TextDraft.conversation_id == conversation_id, TextDraft.by == by)
    )
    return found
