"""What store systems say of visits: work done, work advised, parts on order, appointments made elsewhere."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class RepairOrderLine(RooftopRow, Base):
    """One operation of a repair order. `status` is STAR's (completed, in_progress, declined, deferred, ...)."""

    __tablename__ = "repair_order_line"
    __table_args__ = (UniqueConstraint("rooftop_id", "repair_order_id", "position"),)
    repair_order_id: Mapped[str] = mapped_column(ForeignKey("repair_order.id"), index=True)
    position: Mapped[int]
    op_code: Mapped[str] = mapped_column(String(20))
    description: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[str] = mapped_column(String(20), default="")
    pay_type: Mapped[str] = mapped_column(String(12), default="")
    technician: Mapped[str] = mapped_column(String(80), default="")
    hours: Mapped[float | None]
    labor_cents: Mapped[int | None]
    parts_cents: Mapped[int | None]
    complaint: Mapped[str] = mapped_column(Text, default="")
    correction: Mapped[str] = mapped_column(Text, default="")


class Recommendation(RooftopRow, Base):
    """Work advised on a visit and what became of it.

    `state` is recommended, presented, approved, declined, deferred, no_answer, sold_later, done_elsewhere or expired.
    `presented` is None where the store system does not say whether the customer was asked. `colour` is the
    inspection's: red, yellow, green or "" when unknown.
    """

    __tablename__ = "recommendation"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "repair_order_id", "item_key"),
        Index("ix_recommendation_open", "rooftop_id", "state", "recommended_at"),
        Index("ix_recommendation_until", "rooftop_id", "deferred_until"),
    )
    repair_order_id: Mapped[str] = mapped_column(ForeignKey("repair_order.id"), index=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    vehicle_id: Mapped[str | None] = mapped_column(ForeignKey("vehicle.id"), index=True)
    item_key: Mapped[str] = mapped_column(String(80))
    op_code: Mapped[str] = mapped_column(String(20), default="")
    description: Mapped[str] = mapped_column(String(240))
    colour: Mapped[str] = mapped_column(String(8), default="")
    measured: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[str] = mapped_column(String(16))
    presented: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(String(40), default="")
    price_low_cents: Mapped[int | None]
    price_high_cents: Mapped[int | None]
    deferred_until: Mapped[date | None]
    deferred_miles: Mapped[int | None]
    recommended_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    recommended_at: Mapped[datetime]
    sold_on_id: Mapped[str | None] = mapped_column(ForeignKey("repair_order.id"))


class SpecialOrderPart(RooftopRow, Base):
    """One part ordered for a customer. `state`: ordered, back_ordered, partial, received, notified, booked, installed,
    returned. The call is due when every part of the order is in."""

    __tablename__ = "special_order_part"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "order_number", "line"),
        Index("ix_special_order_part_received", "rooftop_id", "state", "received_at"),
    )
    order_number: Mapped[str] = mapped_column(String(30))
    line: Mapped[str] = mapped_column(String(60))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    vehicle_id: Mapped[str | None] = mapped_column(ForeignKey("vehicle.id"))
    repair_order_id: Mapped[str | None] = mapped_column(ForeignKey("repair_order.id"), index=True)
    part_number: Mapped[str] = mapped_column(String(40))
    description: Mapped[str] = mapped_column(String(200), default="")
    quantity: Mapped[float] = mapped_column(default=1)
    quantity_received: Mapped[float] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(16))
    ordered_at: Mapped[datetime | None]
    expected_on: Mapped[date | None]
    received_at: Mapped[datetime | None]
    source_as_of: Mapped[datetime | None]


class StoreAppointment(RooftopRow, Base):
    """An appointment as the store's own system has it; ours are in scheduling. `status` is STAR's
    (confirmed, arrived, no_show, cancelled, fulfilled, ...)."""

    __tablename__ = "store_appointment"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "appointment_number"),
        Index("ix_store_appointment_when", "rooftop_id", "starts_at"),
    )
    appointment_number: Mapped[str] = mapped_column(String(30))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    vehicle_id: Mapped[str | None] = mapped_column(ForeignKey("vehicle.id"))
    advisor_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    ro_number: Mapped[str | None] = mapped_column(String(20))
    starts_at: Mapped[datetime]
    promised_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(24))
    source_status: Mapped[str] = mapped_column(String(40), default="")
    op_codes: Mapped[list[Any]] = mapped_column(default=list)
    transport: Mapped[str] = mapped_column(String(20), default="")
    waiting: Mapped[bool] = mapped_column(default=False)
    concern: Mapped[str] = mapped_column(Text, default="")
    source_as_of: Mapped[datetime | None]
