"""What came in from store systems: files, rows as received, rows refused, and how headers and codes are read."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class SyncRun(RooftopRow, Base):
    """One file taken in. `as_of` is the moment it speaks of, `fields` are those of ours its headers were read as.

    `position` is how many of its rows are in the record for good: whoever is interrupted goes on from there. `state` is
    running, done or failed.
    """

    __tablename__ = "sync_run"
    __table_args__ = (
        Index("ix_sync_run_file", "rooftop_id", "feed", "sha256"),
        Index("ix_sync_run_newest", "rooftop_id", "started_at"),
    )
    feed: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[datetime]
    size: Mapped[int] = mapped_column(BigInteger)
    headers: Mapped[list[Any]] = mapped_column(default=list)
    fields: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(8))
    position: Mapped[int] = mapped_column(default=0)
    read: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    older: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")


class SourceRow(RooftopRow, Base):
    """A row as last received. `as_of` is the newest moment it was seen at, `seen_in_id` the file that showed it then;
    `run_id` is the file that wrote `raw` (zlib over its cells, apart by U+001F) and has its headers.

    The feeds "customer" and "vehicle" hold what all files together last said of one person and one car.
    """

    __tablename__ = "source_row"
    __table_args__ = (UniqueConstraint("rooftop_id", "feed", "row_key"),)
    feed: Mapped[str] = mapped_column(String(20))
    row_key: Mapped[str] = mapped_column(String(120))
    row_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    as_of: Mapped[datetime]
    run_id: Mapped[str] = mapped_column(ForeignKey("sync_run.id"))
    seen_in_id: Mapped[str] = mapped_column(String(32))
    line: Mapped[int]


class RefusedRow(RooftopRow, Base):
    """A row that could not be taken in, kept for a person: `state` is open, retried or cleared."""

    __tablename__ = "refused_row"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "feed", "row_hash"),
        Index("ix_refused_row_open", "rooftop_id", "state", "feed"),
    )
    feed: Mapped[str] = mapped_column(String(20))
    row_key: Mapped[str] = mapped_column(String(120), default="")
    row_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    run_id: Mapped[str] = mapped_column(ForeignKey("sync_run.id"), index=True)
    line: Mapped[int]
    column: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(240))
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(8), default="open")
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str] = mapped_column(String(120), default="")


class HeaderMap(RooftopRow, Base):
    """Which of our fields a store's own header stands for in one feed, as a person said."""

    __tablename__ = "header_map"
    __table_args__ = (UniqueConstraint("rooftop_id", "feed", "header"),)
    feed: Mapped[str] = mapped_column(String(20))
    header: Mapped[str] = mapped_column(String(120))
    field: Mapped[str] = mapped_column(String(40))
    mapped_by: Mapped[str] = mapped_column(String(120))


class CodeMap(RooftopRow, Base):
    """What a store system's code means here. `kind` is ro_status or op_code; `means` is the canonical status, or the
    service family of an op code, whose hours, skill and safety class it may name as well."""

    __tablename__ = "code_map"
    __table_args__ = (UniqueConstraint("rooftop_id", "kind", "code"),)
    kind: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(40))
    means: Mapped[str] = mapped_column(String(30))
    hours: Mapped[float | None]
    skill: Mapped[str] = mapped_column(String(30), default="")
    safety_class: Mapped[str] = mapped_column(String(20), default="")
    mapped_by: Mapped[str] = mapped_column(String(120))
