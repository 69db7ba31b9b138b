"""Prompts as a store edits them: drafts, frozen versions, and the ledger of what was live when."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class PromptVersion(RooftopRow, Base):
    """A prompt as it was frozen; never changed. `source` is store or shipped."""

    __tablename__ = "prompt_version"
    __table_args__ = (UniqueConstraint("rooftop_id", "agent", "number"),)
    agent: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(String(400))
    made_by: Mapped[str] = mapped_column(String(120))
    based_on_id: Mapped[str | None] = mapped_column(ForeignKey("prompt_version.id"))
    advice: Mapped[list[Any]] = mapped_column(default=list)


class PromptDraft(RooftopRow, Base):
    """A prompt being written. `revision` rises with each save, so that two editors see each other."""

    __tablename__ = "prompt_draft"
    __table_args__ = (Index("ix_prompt_draft_open", "rooftop_id", "agent", "closed_at"),)
    agent: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    based_on_id: Mapped[str] = mapped_column(ForeignKey("prompt_version.id"))
    revision: Mapped[int] = mapped_column(default=1)
    updated_by: Mapped[str] = mapped_column(String(120))
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class PromptMove(RooftopRow, Base):
    """A label put on another version: the ledger, only ever added to. The last move of a label counts.

    `percent` is of new conversations, for the canary; a canary with 0 is none.
    """

    __tablename__ = "prompt_move"
    __table_args__ = (UniqueConstraint("rooftop_id", "agent", "seq"),)
    agent: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int]
    label: Mapped[str] = mapped_column(String(10))
    version_id: Mapped[str] = mapped_column(ForeignKey("prompt_version.id"))
    percent: Mapped[int] = mapped_column(default=100)
    by: Mapped[str] = mapped_column(String(120))
    why: Mapped[str] = mapped_column(String(400))
    at: Mapped[datetime]
