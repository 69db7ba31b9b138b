"""What a store must be able to show after a storm of calls, read from its database and its write-back folder."""

import csv
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent.disposing import UNMET
from followup.models import Loop
from kit.db import Database
from lanekeeper.invariants import breaches
from record.models import Call, Disposition, OutboxEvent, ToolCall, WriteBack

# The longest any invariant waits before it minds is ten minutes: asked from then on, whatever is due by now counts.
_LATER = timedelta(minutes=10)
_OF_THE_MOMENT = frozenset({"Q4"})
"""A clock that runs out within those minutes is nobody's fault now."""

# What a caller may go away with. Whoever has none of it, and no person either, is owed a call.
HELPED = frozenset(
    ("book_appointment", "move_appointment", "cancel_appointment", "find_appointments", "repair_order_status")
    + ("store_facts", "service_menu", "promise_callback", "take_message", "end_call", "honor_wish", "transfer_call")
)
_OWING = frozenset(code.value for code in UNMET) | {"callback_requested", "promise_made"}


@dataclass
class CallEvidence:
    """One call as the store has it."""

    sid: str
    id: str
    end_reason: str
    ended: bool
    dispositions: list[str] = field(default_factory=list)
    callbacks: int = 0
    helped_by: set[str] = field(default_factory=set)
    deliveries: list[tuple[str, str]] = field(default_factory=list)

    def told(self) -> str:
        return (
            f"{self.sid} ({self.end_reason or 'not ended'}): dispositions {self.dispositions}, {self.callbacks} "
            f"callback(s), deliveries {self.deliveries}, helped by {sorted(self.helped_by)}"
        )


async def evidence(database: Database, sids: Collection[str] | None = None) -> dict[str, CallEvidence]:
    """Every call of every store, or those named, by CallSid."""
    async with database.across_rooftops("a test looks at everything") as db:
        rows = [row for row in await db.scalars(select(Call)) if sids is None or row.call_sid in sids]
        found = {
            row.id: CallEvidence(row.call_sid, row.id, row.end_reason or "", row.ended_at is not None) for row in rows
        }
        by_disposition: dict[str, CallEvidence] = {}
        for disposition in await db.scalars(select(Disposition).where(Disposition.superseded_by.is_(None))):
            if disposition.call_id in found:
                found[disposition.call_id].dispositions.append(disposition.code)
                by_disposition[disposition.id] = found[disposition.call_id]
        for loop in await db.scalars(select(Loop).where(Loop.kind == "callback")):
            if loop.call_id in found:
                found[loop.call_id].callbacks += 1
        for used in await db.scalars(select(ToolCall).where(ToolCall.decision == "allowed")):
            if used.call_id in found:
                found[used.call_id].helped_by.add(used.tool)
        for sent in await db.scalars(select(WriteBack)):
            if sent.subject_id in by_disposition:
                by_disposition[sent.subject_id].deliveries.append((sent.target, sent.state))
    return {call.sid: call for call in found.values()}


async def unfinished(database: Database, sids: Collection[str]) -> list[str]:
    """Calls whose outcome has not reached everybody yet, with what is missing."""
    known = await evidence(database, sids)
    late = [call.told() for call in known.values() if not call.dispositions or not _delivered(call)]
    async with database.across_rooftops("a test waits") as db:
        waiting = list(await db.scalars(select(OutboxEvent.kind).where(OutboxEvent.handled_at.is_(None))))
    return late + [f"event {kind} not handled" for kind in waiting]


async def faults_of(
    database: Database, sids: Collection[str], folder: Path, now: datetime, reached_a_person: Collection[str] = ()
) -> list[str]:
    """Everything wrong with those calls; empty when each has one outcome, one file, and what is owed is owed once."""
    known = await evidence(database, sids)
    wrong = [f"{sid}: the store has no such call" for sid in sids if sid not in known]
    for call in known.values():
        wrong += [f"{what}: {call.told()}" for what in _faults(call, call.sid in reached_a_person)]
    wrong += files_missing_or_twice(folder, known)
    async with database.across_rooftops("a test verifies") as db:
        wrong += await invariants_broken(db, now)
    return wrong


async def invariants_broken(db: AsyncSession, now: datetime) -> list[str]:
    """What does not hold, in words, once every patience of an invariant is over."""
    found = [each for each in await breaches(db, now + _LATER) if each[0].id not in _OF_THE_MOMENT]
    found += [each for each in await breaches(db, now) if each[0].id in _OF_THE_MOMENT]
    return [f"{broken.id} {broken.says}: {rows} row(s)" for broken, rows in found]


def _faults(call: CallEvidence, reached_a_person: bool) -> Iterable[str]:
    if not call.ended:
        yield "never ended"
    if len(call.dispositions) != 1:
        yield "not one disposition"
    if call.callbacks > 1:
        yield "more than one callback"
    helped = call.helped_by & HELPED
    if not call.callbacks and not reached_a_person and (not helped or _OWING & set(call.dispositions)):
        yield "owed a callback and has none"
    if not _delivered(call):
        yield "not delivered once"


def _delivered(call: CallEvidence) -> bool:
    return call.deliveries == [("csv_folder", "acked")]


def files_missing_or_twice(folder: Path, calls: dict[str, CallEvidence]) -> list[str]:
    """Each outcome is one file that an importer can read, and there is no other."""
    seen: Counter[str] = Counter()
    for path in folder.glob("*/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            seen.update(row["call_sid"] for row in csv.DictReader(file))
    wrong = [f"{sid}: {seen[sid]} write-back files" for sid in calls if seen[sid] != 1]
    return wrong + [f"{sid}: a file for a call nobody knows" for sid in seen if sid not in calls]
