"""Leads: their doors, every message as received, the lead read from it, and the open need it is part of."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow

_OPEN = text("state = 'open'")
_NAMED = text("external_id <> '' and provider <> ''")


class LeadDoor(RooftopRow, Base):
    """A store's own key: public in the address of its form, with a secret for machines. Only the secret's hash is kept;
    `form_key` signs the forms it hands out."""

    __tablename__ = "lead_door"
    store_key: Mapped[str] = mapped_column(String(40), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    form_key: Mapped[str] = mapped_column(String(64))
    closed_at: Mapped[datetime | None]


class LeadAddress(RooftopRow, Base):
    """An e-mail address (lower case) leads are sent to; `department` is "" where it takes every kind."""

    __tablename__ = "lead_address"
    address: Mapped[str] = mapped_column(String(254), unique=True)
    department: Mapped[str] = mapped_column(String(20), default="", server_default="")


class LeadDelivery(RooftopRow, Base):
    """One message as it came, kept before the sender is told that it arrived.

    `door` is email, adf, web_form, crm_leads, crm_export, call_log, text_log or staff; `sender` is the peer or the
    envelope sender, `contact` the number a form gave. `state` is waiting, taken or refused; `next_try_at` is when it is
    looked at again; `says` is what could not be read or why it was refused.
    """

    __tablename__ = "lead_delivery"
    __table_args__ = (
        Index("ix_lead_delivery_sender", "rooftop_id", "door", "sender", "received_at"),
        Index("ix_lead_delivery_contact", "rooftop_id", "door", "contact", "received_at"),
    )
    door: Mapped[str] = mapped_column(String(12))
    sender: Mapped[str] = mapped_column(String(254), default="")
    recipient: Mapped[str] = mapped_column(String(254), default="")
    contact: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    says: Mapped[str] = mapped_column(Text, default="")


class Opportunity(RooftopRow, Base):
    """One need of one customer in one department, however many times and ways they asked (S2-08).

    `state` is open, won, lost or closed; `stage` is inquiry, qualification, estimate, scheduling, confirmation or
    completion (S2-16).
    """

    __tablename__ = "opportunity"
    __table_args__ = (
        Index(
            "uq_opportunity_open",
            "rooftop_id",
            "customer_id",
            "department",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_opportunity_last_touch", "rooftop_id", "state", "last_touch_at"),
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    department: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(8), default="open")
    stage: Mapped[str] = mapped_column(String(16), default="inquiry")
    opened_at: Mapped[datetime]
    last_touch_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str] = mapped_column(String(40), default="")
    loop_id: Mapped[str | None] = mapped_column(ForeignKey("loop.id"))


class OpportunityTouch(RooftopRow, Base):
    """One time the customer asked: `kind` is a lead's channel, call, voicemail or text; `source_*` name the row it came
    from. `certain` is false where only the number says who it was."""

    __tablename__ = "opportunity_touch"
    __table_args__ = (UniqueConstraint("opportunity_id", "source_table", "source_id", "kind"),)
    opportunity_id: Mapped[str] = mapped_column(ForeignKey("opportunity.id"))
    kind: Mapped[str] = mapped_column(String(12))
    source_table: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    certain: Mapped[bool] = mapped_column(default=True)


class Lead(RooftopRow, Base):
    """One lead as read from its message, in what it says; who it is about is the opportunity's business.

    `parse_state` is whole, recovered or raw; `service`, `cars` and `trade_in` are those of `followup.lead_facts`.
    `missing` is what has to be asked. `status` is open or closed.
    """

    __tablename__ = "lead"
    __table_args__ = (
        Index(
            "uq_lead_external",
            "rooftop_id",
            "provider",
            "external_id",
            unique=True,
            sqlite_where=_NAMED,
            postgresql_where=_NAMED,
        ),
        Index("ix_lead_content", "rooftop_id", "content_hash"),
        Index("ix_lead_phone", "rooftop_id", "phone", "received_at"),
        Index("ix_lead_email", "rooftop_id", "email", "received_at"),
        Index("ix_lead_newest", "rooftop_id", "received_at"),
    )
    delivery_id: Mapped[str] = mapped_column(ForeignKey("lead_delivery.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(80), default="")
    provider: Mapped[str] = mapped_column(String(80), default="")
    external_id: Mapped[str] = mapped_column(String(120), default="")
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    opportunity_id: Mapped[str | None] = mapped_column(ForeignKey("opportunity.id"), index=True)
    loop_id: Mapped[str | None] = mapped_column(ForeignKey("loop.id"))
    department: Mapped[str] = mapped_column(String(20))
    first_name: Mapped[str] = mapped_column(String(80), default="")
    last_name: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    service: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cars: Mapped[list[Any]] = mapped_column(default=list)
    trade_in: Mapped[dict[str, Any]] = mapped_column(default=dict)
    comments: Mapped[str] = mapped_column(Text, default="")
    missing: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(String(8), default="open")
    closed_as: Mapped[str] = mapped_column(String(40), default="")
    parse_state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    content_hash: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    requested_at: Mapped[datetime | None]
