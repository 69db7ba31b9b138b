"""When people work, when they are away, and what they can do that not everybody can."""

from datetime import datetime, time

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class StaffShift(RooftopRow, Base):
    """A person's working hours on a weekday (0 = Monday), in store time."""

    __tablename__ = "staff_shift"
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]


class StaffAway(RooftopRow, Base):
    """A time a person is not there whatever their shift says."""

    __tablename__ = "staff_away"
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class StaffSkill(RooftopRow, Base):
    """What somebody can do that not everybody can, in the store's own words: a language, hybrid, tires."""

    __tablename__ = "staff_skill"
    __table_args__ = (UniqueConstraint("staff_id", "skill"),)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    skill: Mapped[str] = mapped_column(String(30))
