"""From an event to one write-back for each system that is to know of it, however often the event is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import facts
from crm_sync.facts import AppointmentChange, Home
from crm_sync.settings import CrmSyncSettings
from kit.ids import new_id
from kit.logging import logger
from record import writeback_targets, writebacks
from record.rooftops import store
from record.subjects import Subject, SubjectKind
from record.writeback_subjects import Outcome, lead_change, outcome, party
from record.writeback_targets import Target
from scheduling.appointments import appointment, booked_in_call

log = logger("writeback")

CSV_FOLDER = "csv_folder"


async def targets_of(db: AsyncSession, settings: CrmSyncSettings, *, locked: bool = False) -> list[Target]:
    """The systems of the session's store; one that has named none gets its call outcomes in a folder."""
    return await writeback_targets.targets(db, locked=locked) or list(_default(settings))


async def target_named(db: AsyncSession, settings: CrmSyncSettings, name: str) -> Target | None:
    """A system of the session's store; the folder too, for what was filed before the store named its first system."""
    found = [*await writeback_targets.targets(db), *_default(settings)]
    return next((target for target in found if target.name == name), None)


def _default(settings: CrmSyncSettings) -> tuple[Target, ...]:
    if settings.csv_folder is None:
        return ()
    folder = {"folder": str(settings.csv_folder)}
    return (Target(CSV_FOLDER, CSV_FOLDER, folder, frozenset({SubjectKind.DISPOSITION})),)


class Planner:
    """Handlers of events: each runs in the transaction that marks its event handled, and only files rows."""

    def __init__(self, settings: CrmSyncSettings) -> None:
        self._settings = settings

    async def on_disposition(self, db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
        """Handles `disposition_recorded`: the outcome, and the call's summary as a note."""
        told = await outcome(db, str(payload["disposition_id"]))
        home = await _home(db, told.rooftop_id) if told else None
        if told is None or home is None:
            log.error("writeback_without_outcome", disposition_id=payload["disposition_id"])
            return
        visits = await booked_in_call(db, told.call_sid)
        who = await party(db, told.customer_id, visits[-1].vehicle_id if visits else None)
        subject = Subject(SubjectKind.DISPOSITION, told.disposition_id)
        await self._file(db, subject, facts.of_disposition(home, told, who, visits), now)
        if told.summary:
            await self._file_note(db, home, told, now)

    async def on_appointment(self, db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
        """Handles `appointment_booked`, `_moved` and `_cancelled`."""
        if "version" not in payload:
            return  # filed before appointments were written back
        visit = await appointment(db, str(payload["appointment_id"]))
        home = await _home(db, str(db.info["rooftop_id"]))
        if visit is None or home is None:
            log.error("writeback_without_appointment", appointment_id=payload["appointment_id"])
            return
        was_at, starts_at = _time(payload, "was_at"), _time(payload, "starts_at")
        change = AppointmentChange(
            change=str(payload["change"]),
            version=int(payload["version"]),
            appointment=visit,
            starts_at=starts_at or was_at or visit.starts_at,
            was_at=was_at if starts_at else None,
            reason=str(payload.get("reason") or ""),
            call_sid=str(payload.get("call_sid") or ""),
            changed_at=_time(payload, "changed_at") or now,
        )
        who = await party(db, visit.customer_id, visit.vehicle_id)
        subject = Subject(SubjectKind.APPOINTMENT, str(visit.appointment_id), change.version)
        await self._file(db, subject, facts.of_appointment(home, change, who), now)

    async def on_lead(self, db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
        """Handles `lead_changed`."""
        change = lead_change(payload)
        home = await _home(db, str(db.info["rooftop_id"]))
        if home is None:
            log.error("writeback_without_store", lead_id=change.lead_id)
            return
        subject = Subject(SubjectKind.LEAD, change.lead_id, change.version)
        await self._file(db, subject, facts.of_lead(home, change), now)

    async def _file_note(self, db: AsyncSession, home: Home, told: Outcome, now: datetime) -> None:
        """A call has one summary; a correction of its outcome does not tell it again."""
        values = facts.of_note(home, told, await party(db, told.customer_id))
        await self._file(db, Subject(SubjectKind.NOTE, str(told.call_id)), values, now)

    async def _file(self, db: AsyncSession, subject: Subject, values: Mapping[str, str], now: datetime) -> None:
        # Locked: what is filed for a target while somebody pauses or resumes it is held or sent, never forgotten.
        for target in _told_of(await targets_of(db, self._settings, locked=True), subject.kind):
            writeback_id = new_id()
            payload = {**values, "writeback_id": writeback_id}
            await writebacks.add(db, writeback_id, target.name, subject, payload, now, held=not target.active)


def _told_of(targets: Sequence[Target], kind: SubjectKind) -> list[Target]:
    return [target for target in targets if kind in target.subjects]


async def _home(db: AsyncSession, rooftop_id: str) -> Home | None:
    found = await store(db, rooftop_id)
    return Home(found.id, found.name, ZoneInfo(found.time_zone)) if found else None


def _time(payload: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(str(payload[name])) if payload.get(name) else None
