"""Calls we place for a member of staff, and what became of each."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class CallbackCall(RooftopRow, Base):
    """A call we place for a member of staff: their phone first, then, once they press 1, the customer's.

    `state` is pending, placing, unknown, ringing, joining, talked or over; `outcome` what it came to. `customer_sid`
    and `seconds` are the carrier's report of the customer's leg, `confirmed` what the staff member said of it.
    """

    __tablename__ = "callback_call"
    __table_args__ = (Index("ix_callback_call_of", "loop_id", "asked_at"),)
    loop_id: Mapped[str] = mapped_column(ForeignKey("loop.id"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    idem_key: Mapped[str] = mapped_column(String(80), unique=True)
    staff_e164: Mapped[str] = mapped_column(String(20))
    customer_e164: Mapped[str] = mapped_column(String(20))
    line_e164: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default="pending")
    outcome: Mapped[str] = mapped_column(String(24), default="")
    says: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    joined_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    call_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    customer_sid: Mapped[str] = mapped_column(String(64), default="")
    seconds: Mapped[int] = mapped_column(default=0)
    confirmed: Mapped[str] = mapped_column(String(10), default="")
    rules: Mapped[str] = mapped_column(String(120), default="")
    rules_version: Mapped[str] = mapped_column(String(12), default="")
