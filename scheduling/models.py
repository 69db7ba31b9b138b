"""The tables of scheduling: what a rooftop can do, what is promised, and every quarter hour already spoken for."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class SchedulingPolicyRow(RooftopRow, Base):
    """How a rooftop takes appointments; without this row it takes none.

    `slot_key` signs slot ids, so that a slot nobody offered is refused. Bookings of one rooftop queue on this row.
    """

    __tablename__ = "scheduling_policy"
    __table_args__ = (UniqueConstraint("rooftop_id", "department"),)
    department: Mapped[str] = mapped_column(String(20), default="service")
    slot_key: Mapped[str] = mapped_column(String(64))
    lead_minutes: Mapped[int]
    days_ahead: Mapped[int]
    waiters_per_slot: Mapped[int]
    last_arrival_minutes: Mapped[int]
    same_day_minutes: Mapped[int]
    longest_stay_days: Mapped[int]


class OpCodeRow(RooftopRow, Base):
    """One line of the store's menu. `hours` is flat-rate time; for diagnosis only the diagnostic time."""

    __tablename__ = "op_code"
    __table_args__ = (UniqueConstraint("rooftop_id", "code"),)
    code: Mapped[str] = mapped_column(String(20))
    family: Mapped[str] = mapped_column(String(30))
    plain_name: Mapped[str] = mapped_column(String(120))
    keywords: Mapped[list[Any]] = mapped_column(default=list)
    hours: Mapped[float]
    skill: Mapped[str | None] = mapped_column(String(30))
    bay_type: Mapped[str | None] = mapped_column(String(30))
    price_wording: Mapped[str | None] = mapped_column(String(200))
    safety_class: Mapped[str] = mapped_column(String(20), default="routine")
    waitable: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


class TechnicianRow(RooftopRow, Base):
    """A technician; `efficiency` 1.25 does a flat-rate hour in 48 minutes."""

    __tablename__ = "technician"
    name: Mapped[str] = mapped_column(String(120))
    skills: Mapped[list[Any]] = mapped_column(default=list)
    efficiency: Mapped[float] = mapped_column(default=1.0)
    active: Mapped[bool] = mapped_column(default=True)


class TechnicianShiftRow(RooftopRow, Base):
    """A technician's clock hours on a weekday (0 = Monday), in store time."""

    __tablename__ = "technician_shift"
    technician_id: Mapped[str] = mapped_column(ForeignKey("technician.id"), index=True)
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]


class AdvisorShiftRow(RooftopRow, Base):
    """When an advisor receives customers: one arrival per quarter hour inside these hours."""

    __tablename__ = "advisor_shift"
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]


class CapacityBlockRow(RooftopRow, Base):
    """Time a technician or an advisor does not have: absence, carry_over (yesterday's car) or reserved (walk-ins)."""

    __tablename__ = "capacity_block"
    __table_args__ = (
        CheckConstraint("(technician_id is null) <> (staff_id is null)", name="one_person"),
        Index("ix_capacity_block_when", "rooftop_id", "ends_at", "starts_at"),
    )
    technician_id: Mapped[str | None] = mapped_column(ForeignKey("technician.id"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(200), default="")


class TransportLimitRow(RooftopRow, Base):
    """How many of a kind of transport a day has; a date's row beats its weekday's, and no row means none."""

    __tablename__ = "transport_limit"
    __table_args__ = (
        CheckConstraint("(weekday is null) <> (day is null)", name="weekday_or_day"),
        UniqueConstraint("rooftop_id", "kind", "weekday"),
        UniqueConstraint("rooftop_id", "kind", "day"),
    )
    kind: Mapped[str] = mapped_column(String(20))
    weekday: Mapped[int | None]
    day: Mapped[date | None]
    units: Mapped[int]
    min_job_minutes: Mapped[int] = mapped_column(default=0)
    last_run: Mapped[time | None]


class BayRow(RooftopRow, Base):
    """How many bays of a type the shop has; an op code that needs a type without a row cannot be booked."""

    __tablename__ = "bay"
    __table_args__ = (UniqueConstraint("rooftop_id", "bay_type"),)
    bay_type: Mapped[str] = mapped_column(String(30))
    units: Mapped[int]


class AppointmentRow(RooftopRow, Base):
    """A customer's promised visit: arrival at `starts_at`, work planned to be done by `ends_at`."""

    __tablename__ = "appointment"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "idempotency_key"),
        UniqueConstraint("rooftop_id", "confirmation_code"),
        Index("ix_appointment_when", "rooftop_id", "starts_at"),
        Index("ix_appointment_holds", "state", "hold_expires_at"),
    )
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    vehicle_id: Mapped[str | None] = mapped_column(ForeignKey("vehicle.id"))
    advisor_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    technician_id: Mapped[str] = mapped_column(ForeignKey("technician.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    visit: Mapped[str] = mapped_column(String(12))
    transport: Mapped[str] = mapped_column(String(20))
    concern: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12))
    hold_expires_at: Mapped[datetime | None]
    confirmation_code: Mapped[str] = mapped_column(String(8))
    source_call_sid: Mapped[str | None] = mapped_column(String(64), index=True)
    idempotency_key: Mapped[str] = mapped_column(String(160))
    version: Mapped[int] = mapped_column()
    # Whoever writes over somebody else's newer version fails, whether or not they waited their turn.
    __mapper_args__ = {"version_id_col": version}


class AppointmentLineRow(RooftopRow, Base):
    """One op code of an appointment, with the technician and the time its work was planned for."""

    __tablename__ = "appointment_line"
    __table_args__ = (UniqueConstraint("appointment_id", "position"),)
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointment.id"))
    position: Mapped[int]
    op_code: Mapped[str] = mapped_column(String(20))
    plain_name: Mapped[str] = mapped_column(String(120))
    technician_id: Mapped[str] = mapped_column(ForeignKey("technician.id"))
    work_starts_at: Mapped[datetime]
    work_ends_at: Mapped[datetime]


class AppointmentChangeRow(RooftopRow, Base):
    """What happened to an appointment and on whose request; the key makes a repeated request a no-op."""

    __tablename__ = "appointment_change"
    __table_args__ = (UniqueConstraint("rooftop_id", "idempotency_key"),)
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointment.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    idempotency_key: Mapped[str] = mapped_column(String(160))
    was_at: Mapped[datetime | None]
    now_at: Mapped[datetime | None]
    call_sid: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200), default="")


class ReservationRow(RooftopRow, Base):
    """One quarter hour (or, for transport, one day) of one unit of capacity, held by one appointment.

    The unique key is what makes overbooking impossible on either database: a technician, an advisor's slot, a waiting
    seat, a bay or a loaner is a numbered resource, and a second appointment cannot insert the same row.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "resource_id", "quantum_start"),
        Index("ix_reservation_when", "rooftop_id", "quantum_start"),
    )
    resource_id: Mapped[str] = mapped_column(String(60))
    quantum_start: Mapped[datetime]
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointment.id"), index=True)


class WaitListRow(RooftopRow, Base):
    """A customer waiting for a time: an earlier one (`earlier`), or one once recall parts are here (`recall`).

    `state` is waiting, offered (a person is to call about it) or closed. `earliest` and `latest` bound the arrival.
    """

    __tablename__ = "wait_list"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "idempotency_key"),
        Index("ix_wait_list_waiting", "rooftop_id", "state", "kind"),
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    vehicle_id: Mapped[str | None] = mapped_column(ForeignKey("vehicle.id"))
    kind: Mapped[str] = mapped_column(String(10))
    op_codes: Mapped[list[Any]] = mapped_column(default=list)
    visit: Mapped[str] = mapped_column(String(12))
    transport: Mapped[str] = mapped_column(String(20))
    earliest: Mapped[datetime | None]
    latest: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(Text, default="")
    contact: Mapped[str] = mapped_column(String(20), default="")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    idempotency_key: Mapped[str] = mapped_column(String(160))


class MaintenanceIntervalRow(RooftopRow, Base):
    """When work of the menu is due again: after so many months or miles, whichever comes first. `make` "" is any."""

    __tablename__ = "maintenance_interval"
    __table_args__ = (UniqueConstraint("rooftop_id", "op_code", "make"),)
    op_code: Mapped[str] = mapped_column(String(20))
    make: Mapped[str] = mapped_column(String(40), default="")
    months: Mapped[int | None]
    miles: Mapped[int | None]
