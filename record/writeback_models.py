"""Where a store's outcomes go: one row per outside system."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class WriteBackTargetRow(RooftopRow, Base):
    """One system of one store. Secrets in `settings` are sealed; `subjects` are the kinds of facts it is told.

    `failing_since` is the first failure after the last success. An inactive target with `failing_since` paused itself;
    one without was paused by a person. What is meant for it meanwhile is held, not lost.
    """

    __tablename__ = "writeback_target"
    __table_args__ = (UniqueConstraint("rooftop_id", "name"),)
    name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    settings: Mapped[dict[str, Any]]
    subjects: Mapped[list[Any]]
    active: Mapped[bool] = mapped_column(default=True)
    failing_since: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
