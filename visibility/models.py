"""What managers answer to exceptions with, and the moments they talk through with people."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class ExceptionAnswer(RooftopRow, Base):
    """A rule muted until a day (`ref` is ""), or one exception accepted as it is; always with a reason."""

    __tablename__ = "exception_answer"
    __table_args__ = (Index("ix_exception_answer_until", "rooftop_id", "until"),)
    rule: Mapped[str] = mapped_column(String(30))
    ref: Mapped[str] = mapped_column(String(80), default="")
    until: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(200))


class Moment(RooftopRow, Base):
    """A place in a call worth talking through: `turn` is where, `staff_id` whose it is (None: the AI's).

    Whoever it is about sees it once it is shared, and may answer once.
    """

    __tablename__ = "coaching_moment"
    __table_args__ = (
        UniqueConstraint("call_id", "turn", "kind"),
        Index("ix_coaching_moment_newest", "rooftop_id", "at"),
    )
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"))
    turn: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"), index=True)
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    comment: Mapped[str] = mapped_column(Text, default="")
    shared_at: Mapped[datetime | None]
    reply: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[datetime | None]
