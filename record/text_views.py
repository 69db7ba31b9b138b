"""Text conversations as a reader wants them: who waits, and one thread with everything said. No writes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from record.models import Customer
from record.text_models import Conversation, TextMedia, TextMessage

LONGEST_THREAD = 300


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One conversation in a list. `customer` proved who they are; `on_file` only has that number."""

    id: str
    number: str
    customer: str
    on_file: str
    mode: str
    held_by: str
    last_author: str
    last_words: str
    last_at: datetime
    last_state: str


@dataclass(frozen=True, slots=True)
class Line:
    """One text. `status` is the carrier's word on ours, `why` what kept it from leaving."""

    id: str
    author: str
    author_name: str
    body: str
    at: datetime
    state: str
    status: str
    error_code: int | None
    why: str
    photos: int


@dataclass(frozen=True)
class ThreadRecord:
    """One conversation whole; of a very long one the newest texts."""

    id: str
    number: str
    department: str
    customer_id: str | None
    customer: str
    on_file_id: str | None
    on_file: str
    mode: str
    held_by: str
    lines: tuple[Line, ...]

    @property
    def newest(self) -> str:
        """What somebody who answers has read up to."""
        return self.lines[-1].id if self.lines else ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ends."""

    at: datetime
    id: str


async def newest_threads(
    db: AsyncSession, mode: str = "", after: Place | None = None, limit: int = 50
) -> list[ThreadLine]:
    """Conversations by when the customer last wrote; `mode` narrows to those the AI, or a person, answers."""
    query = _threads().order_by(Conversation.last_inbound_at.desc(), Conversation.id.desc()).limit(limit)
    if mode:
        query = query.where(Conversation.mode == mode)
    if after is not None:
        same = and_(Conversation.last_inbound_at == after.at, Conversation.id < after.id)
        query = query.where(or_(Conversation.last_inbound_at < after.at, same))
    rows = (await db.execute(query)).all()
    last = await _last_texts(db, [row[0].id for row in rows])
    found = []
    for talk, first, given, hint_first, hint_given in rows:
        text = last.get(talk.id)
        found.append(
            ThreadLine(
                talk.id,
                talk.customer_e164,
                f"{first or ''} {given or ''}".strip(),
                f"{hint_first or ''} {hint_given or ''}".strip(),
                talk.mode,
                talk.held_by,
                text.author if text else "",
                text.body if text else "",
                text.at if text else talk.last_inbound_at or talk.created_at,
                text.state if text else "",
            )
        )
    return found


async def thread_record(db: AsyncSession, conversation_id: str) -> ThreadRecord | None:
    found = (await db.execute(_threads().where(Conversation.id == conversation_id))).first()
    if found is None:
        return None
    talk, first, given, hint_first, hint_given = found
    photos = (
        select(TextMedia.text_id, func.count().label("number"))
        .where(TextMedia.state == "kept")
        .group_by(TextMedia.text_id)
        .subquery()
    )
    rows = await db.execute(
        select(TextMessage, photos.c.number)
        .outerjoin(photos, photos.c.text_id == TextMessage.id)
        .where(TextMessage.conversation_id == conversation_id)
        .order_by(TextMessage.at.desc(), TextMessage.id.desc())
        .limit(LONGEST_THREAD)
    )
    lines = [
        Line(
            text.id,
            text.author,
            text.author_name,
            text.body,
            text.at,
            text.state,
            text.status,
            text.error_code,
            text.withheld_by,
            number or 0,
        )
        for text, number in rows
    ]
    return ThreadRecord(
        talk.id,
        talk.customer_e164,
        talk.department,
        talk.customer_id,
        f"{first or ''} {given or ''}".strip(),
        talk.customer_hint_id,
        f"{hint_first or ''} {hint_given or ''}".strip(),
        talk.mode,
        talk.held_by,
        tuple(reversed(lines)),
    )


def _threads() -> Select[Conversation, str, str, str, str]:
    person, hint = aliased(Customer), aliased(Customer)
    return (
        select(Conversation, person.first_name, person.last_name, hint.first_name, hint.last_name)
        .outerjoin(person, person.id == Conversation.customer_id)
        .outerjoin(hint, hint.id == Conversation.customer_hint_id)
    )


async def _last_texts(db: AsyncSession, ids: list[str]) -> dict[str, TextMessage]:
    """The newest text of each conversation."""
    if not ids:
        return {}
    newest = (
        select(TextMessage.conversation_id, func.max(TextMessage.at).label("at"))
        .where(TextMessage.conversation_id.in_(ids))
        .group_by(TextMessage.conversation_id)
        .subquery()
    )
    rows = await db.scalars(
        select(TextMessage)
        .join(newest, and_(newest.c.conversation_id == TextMessage.conversation_id, newest.c.at == TextMessage.at))
        .order_by(TextMessage.id)
    )
    return {row.conversation_id: row for row in rows}
