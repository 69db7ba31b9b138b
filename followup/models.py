"""Loops: anything the store still owes a customer, with one owner and one due time."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class Loop(RooftopRow, Base):
    """`kind` is callback, handoff, writeback_failed or feed_stale; `source_key` is its origin (a CallSid, a row id)."""

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
