"""Programs, every change of them, who is in them, and every touch they made."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from followup.loop_models import only_added
from kit.db import Base, RooftopRow


class ProgramRow(RooftopRow, Base):
    """One program of a store. `rules` are what a manager set (`followup.programs.rules`); `paused_at` stops all of it;
    `look_at` is when people for it are looked for next."""

    __tablename__ = "program"
    __table_args__ = (UniqueConstraint("rooftop_id", "kind"),)
    kind: Mapped[str] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(default=1)
    rules: Mapped[dict[str, Any]]
    paused_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None] = mapped_column(index=True)


class ProgramChange(RooftopRow, Base):
    """One change of a program (made, edited, paused, resumed), who and why, and its rules from then on; append-only."""

    __tablename__ = "program_change"
    __table_args__ = (UniqueConstraint("program_id", "number"),)
    program_id: Mapped[str] = mapped_column(ForeignKey("program.id"))
    number: Mapped[int]
    version: Mapped[int]
    act: Mapped[str] = mapped_column(String(10))
    by: Mapped[str] = mapped_column(String(120))
    why: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[datetime]
    rules: Mapped[dict[str, Any]]


class Enrollment(RooftopRow, Base):
    """One customer in one program about one thing (`subject`: a visit, a deal, an order). `state` is active, held_out,
    done or stopped; `taken` the minutes of the last step taken, `next_at` when the next is due.

    `began_at` is when the first step was taken, or would have been of somebody held out: the outcome (`came_*`) is
    counted from there. `credited` says that this program was the last to touch them before they came.
    """

    __tablename__ = "program_enrollment"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "program_id", "subject"),
        Index("ix_program_enrollment_state", "program_id", "state", "next_at"),
        Index("ix_program_enrollment_outcome", "rooftop_id", "began_at"),
    )
    program_id: Mapped[str] = mapped_column(ForeignKey("program.id"))
    version: Mapped[int]
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    subject: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    counts_from: Mapped[datetime]
    taken: Mapped[int | None]
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    enrolled_at: Mapped[datetime]
    began_at: Mapped[datetime | None]
    stop_reason: Mapped[str] = mapped_column(String(120), default="")
    came_ref: Mapped[str | None] = mapped_column(String(32))
    came_at: Mapped[datetime | None]
    came_cents: Mapped[int | None]
    credited: Mapped[bool] = mapped_column(default=False, server_default=false())


class ProgramTouch(RooftopRow, Base):
    """One step as it was taken. `by` is text, person or nobody (`says` names the rules); `ref` is the text or loop.
    `budgeted` ones count against the one touch budget."""

    __tablename__ = "program_touch"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "after", "by"),
        Index("ix_program_touch_customer", "customer_id", "at"),
        Index("ix_program_touch_program", "program_id", "at"),
    )
    enrollment_id: Mapped[str] = mapped_column(ForeignKey("program_enrollment.id"))
    program_id: Mapped[str] = mapped_column(ForeignKey("program.id"))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    after: Mapped[int]
    by: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]
    budgeted: Mapped[bool]
    ref: Mapped[str] = mapped_column(String(40), default="", index=True)
    says: Mapped[str] = mapped_column(String(240), default="")


only_added(ProgramChange)
