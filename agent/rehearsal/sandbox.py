"""A copy of a store to rehearse in: its people, hours, menu and calendar as they are, and nobody's customers.

The copy is an SQLite file of its own. Booked visits come along as time that is taken, without whose they are; the
only customers in it are the cast's. The clock is pinned to a working day, so that every run sees the same store.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

import followup.lead_models
import followup.loop_models
import followup.models
import record.tables  # noqa: F401
from agent.rehearsal import cast
from kit.db import Base, Database
from kit.ids import RooftopId
from record import staff_models
from record.business_hours import BusinessHours
from record.hours import hours_of
from record.models import Holiday, OpeningHours, PhoneLine, Rooftop, Staff, TransferTarget
from scheduling import models as shop

_AS_THEY_ARE: tuple[type[Any], ...] = (
    PhoneLine,
    OpeningHours,
    Holiday,
    Staff,
    staff_models.StaffShift,
    staff_models.StaffAway,
    staff_models.StaffSkill,
    TransferTarget,
    shop.SchedulingPolicyRow,
    shop.OpCodeRow,
    shop.TechnicianRow,
    shop.TechnicianShiftRow,
    shop.AdvisorShiftRow,
    shop.CapacityBlockRow,
    shop.TransportLimitRow,
    shop.BayRow,
    shop.MaintenanceIntervalRow,
    followup.loop_models.LoopPolicyRow,
)
_NOT_COPIED = {"customer_id": None, "vehicle_id": None, "source_call_sid": None, "concern": ""}
_LOOK_BACK = timedelta(hours=26)
_WEEKS_AHEAD = 8
_OPEN_AT, _CLOSED_AT = time(10, 0), time(21, 30)


@dataclass(frozen=True)
class PinnedClock:
    """Stands at one moment."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


async def pinned_day(db: AsyncSession, now: datetime) -> datetime:
    """Ten in the morning of the next Monday whose whole working week is an ordinary one."""
    hours = await hours_of(db, "service")
    today = hours.local(now).date()
    mondays = [today + timedelta(days=(-today.weekday()) % 7 or 7)]
    mondays += [mondays[0] + timedelta(weeks=week) for week in range(1, _WEEKS_AHEAD)]
    usual = (day for day in mondays if _is_usual(hours, [day + timedelta(days=n) for n in range(6)]))
    return hours.at_local(next(usual, mondays[0]), _OPEN_AT).astimezone(UTC)


def moment_of(hours: BusinessHours, pinned: datetime, when: str) -> datetime:
    """The moment a scenario happens at: the pinned one, or that evening after closing."""
    if when == "open":
        return pinned
    return hours.at_local(hours.local(pinned).date(), _CLOSED_AT).astimezone(UTC)


@cache
def shape() -> str:
    """Names the schema: a copy made by another release is not played on."""
    columns = [f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns]
    return hashlib.sha256("\n".join(columns).encode()).hexdigest()[:8]


async def build(database: Database, rooftop_id: str, pinned: datetime, path: Path) -> None:
    """Makes the copy at `path`, which must not exist yet."""
    copy = Database(f"sqlite:///{path}")
    _without_syncing(copy)
    try:
        async with copy.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with database.reading(rooftop_id) as store, copy.writing(rooftop_id) as there:
            await _copy(store, there, rooftop_id, pinned)
        async with copy.writing(rooftop_id) as there:
            await cast.take_their_places(there, pinned)
    finally:
        await copy.close()


class Stage:
    """One copy to play on, as new again before each run. The engine is kept: its statements are compiled once."""

    def __init__(self, template: Path, folder: Path, rooftop_id: str) -> None:
        self.rooftop_id = RooftopId(rooftop_id)
        self._template, self._path = template, folder / "stage.db"
        shutil.copyfile(template, self._path)
        self.database = Database(f"sqlite:///{self._path}")
        _without_syncing(self.database)

    async def set_anew(self) -> None:
        await self.database.engine.dispose()
        for left in self._path.parent.glob("stage.db-*"):
            left.unlink()
        shutil.copyfile(self._template, self._path)

    async def close(self) -> None:
        await self.database.close()


async def _copy(store: AsyncSession, there: AsyncSession, rooftop_id: str, pinned: datetime) -> None:
    rooftop = await store.get_one(Rooftop, rooftop_id)
    there.add(_twin(rooftop))
    await there.flush()
    for kind in _AS_THEY_ARE:
        there.add_all([_twin(row) for row in await store.scalars(select(kind))])
        await there.flush()
    visits = shop.AppointmentRow
    kept = (await store.scalars(select(visits).where(visits.ends_at >= pinned - _LOOK_BACK))).all()
    there.add_all([_twin(row, **_NOT_COPIED, idempotency_key=f"taken:{row.id}") for row in kept])
    await there.flush()
    await _taken(store, there, [row.id for row in kept], pinned)


async def _taken(store: AsyncSession, there: AsyncSession, visit_ids: Sequence[str], pinned: datetime) -> None:
    """The quarter hours spoken for by the visits that came along."""
    known = set(visit_ids)
    spans = shop.ReservationRow
    rows = await store.scalars(select(spans).where(spans.quantum_start >= pinned - _LOOK_BACK))
    there.add_all([_twin(row) for row in rows if row.appointment_id in known])
    await there.flush()


def _twin(row: Any, **instead: Any) -> Any:
    """The same row for another database."""
    kind = type(row)
    values = {each.key: getattr(row, each.key) for each in kind.__mapper__.column_attrs}
    return kind(**{**values, **{name: value for name, value in instead.items() if name in values}})


def _is_usual(hours: BusinessHours, days: Sequence[Any]) -> bool:
    return not any(hours.holiday_on(day) for day in days) and bool(hours.openings_on(days[0]))


def _without_syncing(copy: Database) -> None:
    """Nothing in a copy is worth waiting for a disk."""

    @event.listens_for(copy.engine.sync_engine, "connect")
    def _hasty(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.close()
