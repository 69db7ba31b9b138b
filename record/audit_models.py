"""Who changed what, when and from where: rows that are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from kit.db import Base, RooftopRow


class AuditEntry(RooftopRow, Base):
    """One change. `of_kind` and `of_id` name the object, `says` what was different before or after."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_newest", "rooftop_id", "at"),
        Index("ix_audit_entry_object", "of_kind", "of_id"),
    )
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    act: Mapped[str] = mapped_column(String(60))
    of_kind: Mapped[str] = mapped_column(String(30))
    of_id: Mapped[str] = mapped_column(String(40))
    says: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(String(64), default="", server_default="")


class OnlyAdded(Exception):
    """A line of the log was about to be changed or deleted."""


def _refuse(_mapper: Mapper[Any], _connection: object, _row: object) -> None:
    raise OnlyAdded


event.listen(AuditEntry, "before_update", _refuse)
event.listen(AuditEntry, "before_delete", _refuse)
