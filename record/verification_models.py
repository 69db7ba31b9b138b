"""One-time codes that prove who is on the line: only salted hashes, each for one customer on one occasion."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class VerificationCode(RooftopRow, Base):
    """A code sent to a number on file. It is good once, until `expires_at` or until its attempts are used up."""

    __tablename__ = "verification_code"
    __table_args__ = (
        Index("ix_verification_code_customer", "customer_id", "sent_at"),
        Index("ix_verification_code_number", "rooftop_id", "to_e164", "sent_at"),
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    occasion: Mapped[str] = mapped_column(String(64))
    to_e164: Mapped[str] = mapped_column(String(20))
    salt: Mapped[str] = mapped_column(String(32))
    code_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
