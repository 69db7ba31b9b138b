"""Text conversations: one thread per store and number, every message with its way to or from the carrier, photos."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class Conversation(RooftopRow, Base):
    """All texts between the store and one number. `mode` is ai or human; `epoch` moves whenever who answers changes.

    `customer_hint_id` is whom the number belongs to on file, `customer_id` who proved it. `standing` is what the
    customer said and showed of themselves; a session ends when they need nothing more or stay away for a day.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "customer_e164"),
        Index("ix_conversation_newest", "rooftop_id", "last_inbound_at"),
        Index("ix_conversation_hint", "rooftop_id", "customer_hint_id"),
    )
    customer_e164: Mapped[str] = mapped_column(String(20))
    line_e164: Mapped[str] = mapped_column(String(20))
    department: Mapped[str] = mapped_column(String(20), default="service")
    mode: Mapped[str] = mapped_column(String(8), default="ai")
    epoch: Mapped[int] = mapped_column(default=0)
    held_by: Mapped[str] = mapped_column(String(120), default="")
    customer_hint_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    verified_level: Mapped[int] = mapped_column(default=0)
    unlinked_at: Mapped[datetime | None]
    standing: Mapped[dict[str, Any]] = mapped_column(default=dict)
    session_began_at: Mapped[datetime | None]
    turns: Mapped[int] = mapped_column(default=0)
    first_turn: Mapped[int] = mapped_column(default=1)
    answering_until: Mapped[datetime | None]
    quiet_until: Mapped[datetime | None]
    last_inbound_at: Mapped[datetime | None]
    last_outbound_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(20), default="")


class ConversationEpoch(RooftopRow, Base):
    """From when on, and because of whom, a conversation was answered by the AI or by a person; append-only."""

    __tablename__ = "conversation_epoch"
    __table_args__ = (UniqueConstraint("conversation_id", "epoch"),)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    epoch: Mapped[int]
    mode: Mapped[str] = mapped_column(String(8))
    by: Mapped[str] = mapped_column(String(120))
    from_at: Mapped[datetime]


class TextMessage(RooftopRow, Base):
    """One text. `body` is kept without card and social security numbers.

    Inbound: `state` is received, then handled; `taken_as` is what it was taken for; texts of one `turn` were answered
    together. Outbound: `state` is pending, sending, unknown, accepted, rejected, withheld, superseded or not_sent;
    `status` is the carrier's word, and its rank never falls. `next_try_at` is when somebody must look at it next.
    `kind` and `subject` say what an automatic one is about, `stale_after` until when it is true. `rules`, the local
    minute and its window are those it was permitted by.
    """

    __tablename__ = "text_message"
    __table_args__ = (
        Index("ix_text_message_thread", "conversation_id", "at"),
        Index("ix_text_message_prompt", "rooftop_id", "prompt_version"),
    )
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    direction: Mapped[str] = mapped_column(String(10))
    author: Mapped[str] = mapped_column(String(10))
    author_name: Mapped[str] = mapped_column(String(120), default="")
    message_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    from_e164: Mapped[str] = mapped_column(String(20))
    to_e164: Mapped[str] = mapped_column(String(20))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    taken_as: Mapped[str] = mapped_column(String(20), default="")
    turn: Mapped[int | None]
    heard_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    purpose: Mapped[str] = mapped_column(String(24), default="")
    idem_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    in_reply_to_id: Mapped[str | None] = mapped_column(ForeignKey("text_message.id"), index=True)
    epoch: Mapped[int] = mapped_column(default=0)
    agent: Mapped[str] = mapped_column(String(40), default="")
    prompt_version: Mapped[str] = mapped_column(String(40), default="")
    segments: Mapped[int] = mapped_column(default=0)
    media_count: Mapped[int] = mapped_column(default=0)
    validity_seconds: Mapped[int] = mapped_column(default=600)
    status: Mapped[str] = mapped_column(String(20), default="")
    status_rank: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[int | None]
    withheld_by: Mapped[str] = mapped_column(String(80), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    not_after: Mapped[datetime | None]
    first_wire_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(24), default="", server_default="")
    subject: Mapped[str] = mapped_column(String(80), default="", server_default="", index=True)
    stale_after: Mapped[datetime | None]
    rules: Mapped[str] = mapped_column(String(120), default="", server_default="")
    rules_version: Mapped[str] = mapped_column(String(12), default="", server_default="")
    local_minute: Mapped[int | None]
    window_opens: Mapped[int | None]
    window_closes: Mapped[int | None]


class TextAttempt(RooftopRow, Base):
    """One try to hand a text to the carrier, stored before the first byte leaves. `outcome` is started, accepted,
    rejected, not_sent or unknown; an unknown one is resolved, never repeated."""

    __tablename__ = "text_attempt"
    __table_args__ = (UniqueConstraint("text_id", "number"),)
    text_id: Mapped[str] = mapped_column(ForeignKey("text_message.id"))
    number: Mapped[int]
    started_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(10), default="started")
    detail: Mapped[str] = mapped_column(String(200), default="")
    resolved_at: Mapped[datetime | None]


class TextStatus(RooftopRow, Base):
    """One thing the carrier said about a text of ours, in whatever order it came."""

    __tablename__ = "text_status"
    __table_args__ = (UniqueConstraint("text_id", "status", "error_code"),)
    text_id: Mapped[str] = mapped_column(ForeignKey("text_message.id"))
    status: Mapped[str] = mapped_column(String(20))
    rank: Mapped[int]
    error_code: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]


class TextMedia(RooftopRow, Base):
    """A picture that came with a text. `state` is waiting, kept, refused or gone; a kept file is under `path`, was
    checked to be the kind of picture it says, and is only ever shown."""

    __tablename__ = "text_media"
    __table_args__ = (UniqueConstraint("text_id", "position"),)
    text_id: Mapped[str] = mapped_column(ForeignKey("text_message.id"))
    position: Mapped[int]
    media_sid: Mapped[str] = mapped_column(String(64))
    content_type: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    why: Mapped[str] = mapped_column(String(120), default="")
    path: Mapped[str | None] = mapped_column(String(400))
    size: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)


class SenderRegistration(RooftopRow, Base):
    """What the carriers know one of our numbers as (A2P 10DLC). `state` is pending, approved, refused, or
    filtered (its offers were taken for spam); `purposes` are those its campaign is for."""

    __tablename__ = "sender_registration"
    __table_args__ = (UniqueConstraint("rooftop_id", "e164"),)
    e164: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    campaign: Mapped[str] = mapped_column(String(60), default="")
    purposes: Mapped[list[Any]] = mapped_column(default=list)
    checked_at: Mapped[datetime]


class TextDraft(RooftopRow, Base):
    """What somebody has typed into a conversation and not sent, kept for every device they use."""

    __tablename__ = "text_draft"
    __table_args__ = (UniqueConstraint("conversation_id", "by"),)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    by: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]


class CannedReply(RooftopRow, Base):
    """Words a person can put into a text: the store's (`by` is ""), or somebody's own."""

    __tablename__ = "canned_reply"
    name: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    uses: Mapped[int] = mapped_column(default=0, server_default="0")


class TextSuggestion(RooftopRow, Base):
    """What the AI would answer, on a person's wish: nobody sends it but a person. Void once anything newer was said."""

    __tablename__ = "text_suggestion"
    __table_args__ = (UniqueConstraint("conversation_id", "after_id"),)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    after_id: Mapped[str] = mapped_column(String(32))
    body: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(String(60), default="")
    asked_by: Mapped[str] = mapped_column(String(120))
