"""Who is who: names other systems use, links between people, pairs to decide on, and joins that can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class ExternalRef(RooftopRow, Base):
    """Another system's name for one of our rows. `system` is dms, crm or a provider's name; `kind` is our table."""

    __tablename__ = "external_ref"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "system", "kind", "external_id"),
        Index("ix_external_ref_row", "kind", "row_id"),
    )
    system: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(120))
    row_id: Mapped[str] = mapped_column(String(32))


class HouseholdLink(RooftopRow, Base):
    """Two people of one household: a link, never a merge. `one_id` < `other_id`; `kind` is co_buyer, shared_address,
    shared_phone or declared; nothing of one is told to the other because of it."""

    __tablename__ = "household_link"
    __table_args__ = (UniqueConstraint("rooftop_id", "one_id", "other_id", "kind"),)
    one_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    confidence: Mapped[float]
    source: Mapped[str] = mapped_column(String(80))
    ended_at: Mapped[datetime | None]


class MatchPair(RooftopRow, Base):
    """Two records that may be one person, for a person to decide. `one_id` < `other_id`; `state` is waiting, joined or
    apart; `reasons` are the fields compared, as `record.matching` gives them."""

    __tablename__ = "match_pair"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "one_id", "other_id"),
        Index("ix_match_pair_waiting", "rooftop_id", "state", "score"),
    )
    one_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    score: Mapped[float]
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    decided_by: Mapped[str] = mapped_column(String(120), default="")
    decided_at: Mapped[datetime | None]


class Merge(RooftopRow, Base):
    """One record joined into another, why, and by whom; `undone_at` once it was taken back."""

    __tablename__ = "merge"
    survivor_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    absorbed_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    automatic: Mapped[bool]
    merged_by: Mapped[str] = mapped_column(String(120))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(120), default="")


class MergeMove(RooftopRow, Base):
    """One value a merge changed: which row and column, what stood there, what stands there now."""

    __tablename__ = "merge_move"
    __table_args__ = (UniqueConstraint("merge_id", "table_name", "row_id", "column_name"),)
    merge_id: Mapped[str] = mapped_column(ForeignKey("merge.id"), index=True)
    table_name: Mapped[str] = mapped_column(String(40))
    row_id: Mapped[str] = mapped_column(String(32))
    column_name: Mapped[str] = mapped_column(String(40))
    was: Mapped[str | None] = mapped_column(Text)
    now: Mapped[str | None] = mapped_column(Text)
