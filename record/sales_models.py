"""What store systems say of sales."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class Deal(RooftopRow, Base):
    """A car sold or leased. `kind` is retail, lease, wholesale, fleet or dealer_trade; the last three are no customer's
    purchase. `lease_ends_derived` says that the end was worked out from first payment and term, not read."""

    __tablename__ = "deal"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "deal_number"),
        Index("ix_deal_lease_end", "rooftop_id", "lease_ends_on"),
        Index("ix_deal_sold", "rooftop_id", "sold_on"),
    )
    deal_number: Mapped[str] = mapped_column(String(30))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    co_buyer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    vehicle_id: Mapped[str | None] = mapped_column(ForeignKey("vehicle.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(24), default="")
    new_used: Mapped[str] = mapped_column(String(8), default="")
    stock_number: Mapped[str] = mapped_column(String(20), default="")
    salesperson: Mapped[str] = mapped_column(String(120), default="")
    sold_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    term_months: Mapped[int | None]
    first_payment_on: Mapped[date | None]
    lease_ends_on: Mapped[date | None]
    lease_ends_derived: Mapped[bool] = mapped_column(default=False)
    mileage_limit: Mapped[int | None]
    source_as_of: Mapped[datetime | None]
