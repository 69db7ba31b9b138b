"""Who answers a text conversation: the AI, or a person who wrote or took over, until they hand it back."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.closing import Proof
from followup.ending import settle, settle_row
from followup.loops import CALLBACK, OpenLoop, Promise, promise_callback
from followup.models import Loop
from kit.ids import ConversationId, TextId
from record import text_outbox, texts
from record.text_outbox import Reply
from record.texts import AI, HUMAN, Thread


async def take_over(db: AsyncSession, conversation_id: ConversationId | str, person: str, now: datetime) -> Thread:
    """A person answers from here on; whatever the AI had ready is not sent."""
    thread = await texts.new_epoch(db, conversation_id, HUMAN, person, now)
    await text_outbox.supersede(db, conversation_id, "ai")
    return thread


async def hand_back(db: AsyncSession, conversation_id: ConversationId | str, person: str, now: datetime) -> Thread:
    """The AI answers again from the next text on."""
    return await texts.new_epoch(db, conversation_id, AI, person, now)


async def staff_reply(
    db: AsyncSession, conversation_id: ConversationId | str, person: str, body: str, key: str, now: datetime
) -> TextId | None:
    """A person's text: it takes the conversation over, and settles what was owed on it. The same key is sent once."""
    thread = await texts.thread(db, conversation_id, lock=True)
    if thread is None:
        raise LookupError(conversation_id)
    if thread.mode != HUMAN or thread.held_by != person:
        thread = await take_over(db, conversation_id, person, now)
    written = await text_outbox.write(db, thread, Reply(body, "staff", key, author_name=person, wait=UNDO), now)
    if written is not None:
        proof = Proof("reached", "text", written, f"{person} wrote")
        await settle(db, CALLBACK, waiting_key(thread), "answered_by_text", proof, now)
    return written


UNDO = timedelta(seconds=5)
"""How long a person's text waits before it leaves."""


async def take_back(
    db: AsyncSession, conversation_id: ConversationId | str, text_id: TextId | str, now: datetime
) -> str | None:
    """Undo send: the words come back, what they promised is not owed, and what they had settled is owed again; None
    when the text has left."""
    thread = await texts.thread(db, conversation_id, lock=True)
    words = await text_outbox.take_back(db, text_id, conversation_id) if thread is not None else None
    if thread is None or words is None:
        return None
    proof = Proof("reached", "text", str(text_id), "taken back before it left")
    written_in_it = Loop.source_key.startswith(f"{thread.source_key}+{text_id}:", autoescape=True)
    for row in await db.scalars(select(Loop).where(written_in_it, Loop.closed_at.is_(None))):
        await settle_row(db, row, "never_sent", proof, now)
    newest = await texts.newest_inbound(db, conversation_id)
    if newest:
        await owe_answer(db, thread, f"Texted: {newest}", now)
    return words


async def owe_call(db: AsyncSession, thread: Thread, need: str, now: datetime, *, urgent: bool = False) -> OpenLoop:
    """A person is to call about this conversation; everything owed on it is one loop."""
    return await promise_callback(db, _promise(thread, thread.source_key, need, urgent=urgent), now)


async def owe_answer(db: AsyncSession, thread: Thread, need: str, now: datetime) -> OpenLoop:
    """Somebody wrote while a person has the conversation: that person is owed to answer; their next text settles it."""
    return await promise_callback(db, _promise(thread, waiting_key(thread), need), now)


async def owed_on(db: AsyncSession, thread: Thread) -> list[str]:
    """What is open on a conversation, in words."""
    keys = (thread.source_key, waiting_key(thread))
    return list(await db.scalars(select(Loop.need).where(Loop.source_key.in_(keys), Loop.closed_at.is_(None))))


def waiting_key(thread: Thread) -> str:
    return f"{thread.source_key}+waiting"


def _promise(thread: Thread, key: str, need: str, *, urgent: bool = False) -> Promise:
    return Promise(
        source_key=key,
        need=" ".join(need.split())[:600],
        department=thread.department,
        contact=thread.customer_e164,
        customer_id=thread.customer_id or thread.customer_hint_id,
        urgent=urgent,
        source="text",
    )
