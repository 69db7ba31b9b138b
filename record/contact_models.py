"""Contacts the store had without us, what people allowed, and what is wrong in the record."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class ContactEvent(RooftopRow, Base):
    """A call, text, e-mail or visit another system logged, or a member of staff typed in.

    `channel` is call, text, email, web, chat or walk_in; `outcome` is a contact outcome of the dispositions list.
    """

    __tablename__ = "contact_event"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "source", "external_id"),
        Index("ix_contact_event_customer", "customer_id", "at"),
        Index("ix_contact_event_when", "rooftop_id", "at"),
        Index("ix_contact_event_contact", "rooftop_id", "contact", "at"),
    )
    source: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(120))
    channel: Mapped[str] = mapped_column(String(12))
    direction: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"))
    contact: Mapped[str] = mapped_column(String(200), default="")
    department: Mapped[str] = mapped_column(String(20), default="")
    outcome: Mapped[str] = mapped_column(String(24), default="")
    seconds: Mapped[int | None]
    staff_name: Mapped[str] = mapped_column(String(120), default="")
    body: Mapped[str] = mapped_column(Text, default="")


class ConsentEntry(RooftopRow, Base):
    """One thing a person allowed, took back, or that a store system blocks; never edited, never deleted.

    `kind` is grant, revoke or block (a store system's flag: it tightens and never grants); `channel` is call, text,
    email, mail or all; `scope` is marketing, informational or all; `words` are the exact words shown or said.
    """

    __tablename__ = "consent_entry"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "entry_key"),
        Index("ix_consent_entry_contact", "rooftop_id", "contact", "at"),
    )
    entry_key: Mapped[str] = mapped_column(String(160))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    contact: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(8))
    scope: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(80))
    words: Mapped[str] = mapped_column(Text, default="")
    recorded_by: Mapped[str] = mapped_column(String(120), default="")
    at: Mapped[datetime]


class ContactPolicyRow(RooftopRow, Base):
    """The store's own numbers for being in touch, from `at` on, and who set them; the newest counts, none is edited."""

    __tablename__ = "contact_policy"
    __table_args__ = (UniqueConstraint("rooftop_id", "number"),)
    number: Mapped[int]
    offers_week: Mapped[int]
    offers_month: Mapped[int]
    touches_week: Mapped[int]
    touches_month: Mapped[int]
    texts_day: Mapped[int]
    offers_open: Mapped[int]
    offers_close: Mapped[int]
    by: Mapped[str] = mapped_column(String(120))
    why: Mapped[str] = mapped_column(String(400))
    at: Mapped[datetime]


class HygieneFinding(RooftopRow, Base):
    """Something wrong in the record that a person can clear: a duplicate, a status nobody mapped, a missing field, an
    odd VIN or phone, a lead in one system only, a repair order closed here and open there."""

    __tablename__ = "hygiene_finding"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "kind", "subject_table", "subject_id"),
        Index("ix_hygiene_finding_open", "rooftop_id", "cleared_at", "kind"),
    )
    kind: Mapped[str] = mapped_column(String(30))
    subject_table: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(120))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    says: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    cleared_by: Mapped[str] = mapped_column(String(120), default="")
    clear_reason: Mapped[str] = mapped_column(String(200), default="")
