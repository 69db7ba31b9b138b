"""Loops: anything the store still owes a customer, with one owner and one due time."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class Loop(RooftopRow, Base):
    """`kind` says what is owed (callback, lead, missed_call, ready, ...); `source_key` is what it came from (a CallSid,
    a row id); `source` the channel. `state` and its legal moves are `followup.lifecycle`'s, `stage` is S2-16's.

    `due_at` is when it is due now and `due_for` why; `first_due_at` only ever comes earlier, and `snoozed_until` hides
    nothing that is late. `waits_for` names its event. `next_look_at` is when the watch must look at it next.
    """

    __tablename__ = "loop"
    __table_args__ = (
        Index(
            "uq_loop_open",
            "rooftop_id",
            "kind",
            "source_key",
            unique=True,
            sqlite_where=text("closed_at is null"),
            postgresql_where=text("closed_at is null"),
        ),
        Index("ix_loop_due", "rooftop_id", "closed_at", "due_at"),
    )
    kind: Mapped[str] = mapped_column(String(20))
    source_key: Mapped[str] = mapped_column(String(80))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    call_id: Mapped[str | None] = mapped_column(ForeignKey("call.id"), index=True)
    contact: Mapped[str] = mapped_column(String(40), default="")
    department: Mapped[str] = mapped_column(String(20))
    need: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str | None] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(20), default="open", server_default="open")
    stage: Mapped[str] = mapped_column(String(16), default="inquiry", server_default="inquiry")
    source: Mapped[str] = mapped_column(String(20), default="", server_default="")
    urgency: Mapped[str] = mapped_column(String(8), default="normal", server_default="normal")
    requested_service: Mapped[str] = mapped_column(String(200), default="", server_default="")
    vehicle: Mapped[str] = mapped_column(String(120), default="", server_default="")
    next_step: Mapped[str] = mapped_column(String(200), default="", server_default="")
    cause_code: Mapped[str] = mapped_column(String(24), default="", server_default="")
    value_cents: Mapped[int | None]
    due_for: Mapped[str] = mapped_column(String(20), default="first_contact", server_default="first_contact")
    first_due_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    last_action_at: Mapped[datetime | None]
    ai_done_at: Mapped[datetime | None]
    level: Mapped[int] = mapped_column(default=0, server_default="0")
    waits_for: Mapped[str] = mapped_column(String(80), default="", server_default="", index=True)
    next_look_at: Mapped[datetime | None] = mapped_column(index=True)
