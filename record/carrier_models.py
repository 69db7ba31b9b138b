"""What we keep about the carrier: how far its lists were compared with the record, and how busy our numbers are."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class CarrierList(RooftopRow, Base):
    """How far one list of the carrier (`kind`: messages or calls of a line) has been compared with the record: up to
    `read_until`. `looked_at` is when somebody last began to."""

    __tablename__ = "carrier_list"
    __table_args__ = (UniqueConstraint("rooftop_id", "line_e164", "kind"),)
    line_e164: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10))
    read_until: Mapped[datetime]
    looked_at: Mapped[datetime]
    repaired: Mapped[int] = mapped_column(default=0, server_default="0")


class SenderPace(RooftopRow, Base):
    """How busy one of our numbers is. `busy_until` is when all it was given will have left; `news_until` and
    `offers_until` are the last moments kept for texts of a kind that wait their turn."""

    __tablename__ = "sender_pace"
    __table_args__ = (UniqueConstraint("rooftop_id", "e164"),)
    e164: Mapped[str] = mapped_column(String(20))
    busy_until: Mapped[datetime]
    news_until: Mapped[datetime]
    offers_until: Mapped[datetime]
