"""Where each store's files come from, and which of them were taken already."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class FeedSource(RooftopRow, Base):
    """One place that is looked at. `kind` is folder or sftp; secrets in `settings` are sealed.

    `looking_until` is set while a process looks, `failures` counts looks in a row that gave an error, `told_at` is when
    a person last was told that something is wrong.
    """

    __tablename__ = "feed_source"
    __table_args__ = (UniqueConstraint("rooftop_id", "name"),)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))
    settings: Mapped[dict[str, Any]]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    last_looked_at: Mapped[datetime | None]
    last_file_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="", server_default="")
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    looking_until: Mapped[datetime | None]
    told_at: Mapped[datetime | None]


class FeedTaken(RooftopRow, Base):
    """A file of a server as it was when it was taken; the same name with another size or time is another file."""

    __tablename__ = "feed_taken"
    __table_args__ = (UniqueConstraint("source_id", "name"),)
    source_id: Mapped[str] = mapped_column(ForeignKey("feed_source.id"))
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    modified: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[str] = mapped_column(String(32))
    taken_at: Mapped[datetime]
