"""What happened on a loop: tries, promises, hand-overs, evidence, alarms, and the ledger of what was finished."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, event, false, text
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from kit.db import Base, RooftopRow


class LoopTouch(RooftopRow, Base):
    """One try to reach somebody, or a sign of life from them. Whether tries add up to an attempt is decided by
    `followup.attempts` from these facts, never stored. `ref` is the row that proves it (a text, a call)."""

    __tablename__ = "loop_touch"
    __table_args__ = (UniqueConstraint("loop_id", "touch_key"), Index("ix_loop_touch_when", "loop_id", "at"))
    loop_id: Mapped[str] = mapped_column(ForeignKey("loop.id"))
    touch_key: Mapped[str] = mapped_column(String(80))
    channel: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str] = mapped_column(String(24), default="")
    at: Mapped[datetime]
    by_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    seconds: Mapped[int] = mapped_column(default=0)
    names_concern: Mapped[bool] = mapped_column(default=False)
    ref: Mapped[str] = mapped_column(String(40), default="", index=True)
    note: Mapped[str] = mapped_column(Text, default="")


class LoopPromise(RooftopRow, Base):
    """Words said to a customer with a time in them. `settled_as` is kept, late, broken or released."""

    __tablename__ = "loop_promise"
    __table_args__ = (Index("ix_loop_promise_open", "loop_id", "settled_at"),)
    loop_id: Mapped[str] = mapped_column(ForeignKey("loop.id"))
    words: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_as: Mapped[str] = mapped_column(String(10), default="")


class LoopHandoff(RooftopRow, Base):
    """A loop offered to somebody else with what they need to know; the sender owns it until it is accepted."""

    __tablename__ = "loop_handoff"
    __table_args__ = (
        Index(
            "uq_loop_handoff_open",
            "loop_id",
            unique=True,
            sqlite_where=text("answered_at is null"),
            postgresql_where=text("answered_at is null"),
        ),
    )
    loop_id: Mapped[str] = mapped_column(ForeignKey("loop.id"))
    from_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    to_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    to_department: Mapped[str] = mapped_column(String(20))
    facts: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    accepted: Mapped[bool] = mapped_column(default=False, server_default=false())
    says: Mapped[str] = mapped_column(String(200), default="")


class LoopEvidence(RooftopRow, Base):
    """What proves a part of done. `kind` is call, text, appointment, repair_order, part_order, note or none_wanted; all
    but the last two name a row in `ref`."""

    __tablename__ = "loop_evidence"
    __table_args__ = (UniqueConstraint("loop_id", "part", "kind", "ref"),)
    loop_id: Mapped[str] = mapped_column(ForeignKey("loop.id"))
    part: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(14))
    ref: Mapped[str] = mapped_column(String(40), default="")
    says: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class LoopAlarm(RooftopRow, Base):
    """Somebody must look: a clock is about to run out, or has. Raised once, cleared when it is no longer so."""

    __tablename__ = "loop_alarm"
    __table_args__ = (
        UniqueConstraint("loop_id", "kind", "since"),
        Index("ix_loop_alarm_for", "rooftop_id", "staff_id", "cleared_at"),
    )
    loop_id: Mapped[str] = mapped_column(ForeignKey("loop.id"))
    kind: Mapped[str] = mapped_column(String(24))
    level: Mapped[int]
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    since: Mapped[datetime]
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]


class LoopStep(RooftopRow, Base):
    """One thing done to a loop, by whom and why; append-only."""

    __tablename__ = "loop_step"
    __table_args__ = (Index("ix_loop_step_of", "loop_id", "at"),)
    loop_id: Mapped[str] = mapped_column(ForeignKey("loop.id"))
    act: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    says: Mapped[str] = mapped_column(Text, default="")


class Completion(RooftopRow, Base):
    """What was finished, with its outcome and evidence, in a chain of one store: each entry holds the hash of the one
    before it, so that one changed, taken out or put in between is found. Append-only."""

    __tablename__ = "completion"
    __table_args__ = (UniqueConstraint("rooftop_id", "seq"),)
    seq: Mapped[int]
    loop_id: Mapped[str] = mapped_column(ForeignKey("loop.id"), index=True)
    act: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    body: Mapped[str] = mapped_column(Text)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class LoopPolicyRow(RooftopRow, Base):
    """A department's own numbers for the clocks of `followup.sla`; what is None keeps the default. Minutes are business
    minutes."""

    __tablename__ = "loop_policy"
    __table_args__ = (UniqueConstraint("rooftop_id", "department"),)
    department: Mapped[str] = mapped_column(String(20))
    first_contact_minutes: Mapped[int | None]
    hot_minutes: Mapped[int | None]
    second_from_minutes: Mapped[int | None]
    second_to_minutes: Mapped[int | None]
    warn_percent: Mapped[int | None]
    review_after_attempts: Mapped[int | None]
    idle_minutes: Mapped[int | None]
    director_days: Mapped[int | None]
    close_attempts: Mapped[int | None]
    close_days: Mapped[int | None]
    call_seconds: Mapped[int | None]
    accept_minutes: Mapped[int | None]
    confirm_ai_minutes: Mapped[int | None]
    high_value_cents: Mapped[int | None]
    average_order_cents: Mapped[int | None]


class AppendOnly(Exception):
    """A row that is only ever added was about to be changed or deleted."""


def _refuse(_mapper: Mapper[Any], _connection: object, row: object) -> None:
    raise AppendOnly(type(row).__name__)


def only_added(*kinds: type[Base]) -> None:
    """Rows of these kinds are never changed and never deleted."""
    for kind in kinds:
        event.listen(kind, "before_update", _refuse)
        event.listen(kind, "before_delete", _refuse)


only_added(LoopStep, Completion)
