"""Evidence names a row that is really there, of that customer, and of the time since the loop was opened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.closing import Proof
from followup.lifecycle import Act
from followup.loop_models import LoopEvidence, LoopStep
from followup.models import Loop
from record.contact_models import ContactEvent
from record.models import Call, ContactPoint, RepairOrder, WriteBack
from record.text_models import TextMessage
from record.visit_models import SpecialOrderPart
from scheduling.models import AppointmentRow

_NOBODY = ("", "withheld")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows prove something for a loop, and from when on."""

    loop: Loop
    since: datetime
    people: frozenset[str]
    numbers: frozenset[str]


async def exists(db: AsyncSession, proof: Proof, loop: Loop) -> bool:
    """Whether the row is there and may prove it; a note stands on the name of whoever wrote it."""
    tables = _COUNTS.get(proof.kind)
    if tables is None:
        return bool(proof.says.strip())
    scope = await scope_of(db, loop)
    for table in tables:
        found = select(table.id).where(table.id == proof.ref, counts(table, scope))
        if await db.scalar(found) is not None:
            return True
    return False


async def scope_of(db: AsyncSession, loop: Loop) -> Scope:
    """The loop's customer with their numbers of today; where nobody is named, whoever has the number on file."""
    since = await reopened_at(db, loop.id) or loop.created_at
    people = {loop.customer_id} if loop.customer_id else set()
    numbers = {loop.contact} - set(_NOBODY)
    points = select(ContactPoint).where(ContactPoint.kind == "phone", ContactPoint.label != "old")
    if people:
        numbers |= {each.value for each in await db.scalars(points.where(ContactPoint.customer_id.in_(people)))}
    elif numbers:
        people = {each.customer_id for each in await db.scalars(points.where(ContactPoint.value.in_(numbers)))}
    return Scope(loop, since, frozenset(people), frozenset(numbers))


def counts(table: type[Any], scope: Scope) -> ColumnElement[bool]:
    """Which rows of a table may prove something for the loop."""
    return _RULES[table](scope)


async def reopened_at(db: AsyncSession, loop_id: str) -> datetime | None:
    """When it was last opened again; what was shown before counts no more."""
    steps = select(func.max(LoopStep.at)).where(LoopStep.loop_id == loop_id, LoopStep.act == Act.REOPEN)
    found: datetime | None = await db.scalar(steps)
    return found


async def kept_evidence(db: AsyncSession, loop_id: str) -> list[LoopEvidence]:
    """What was shown since it was opened, or opened again."""
    rows = select(LoopEvidence).where(LoopEvidence.loop_id == loop_id).order_by(LoopEvidence.at, LoopEvidence.id)
    again = await reopened_at(db, loop_id)
    return list(await db.scalars(rows if again is None else rows.where(LoopEvidence.at > again)))


def _call(scope: Scope) -> ColumnElement[bool]:
    theirs = or_(Call.from_e164.in_(scope.numbers), Call.to_e164.in_(scope.numbers), Call.customer_id.in_(scope.people))
    return and_(theirs, Call.started_at >= scope.since, Call.id != (scope.loop.call_id or ""))


def _logged(scope: Scope) -> ColumnElement[bool]:
    theirs = or_(ContactEvent.contact.in_(scope.numbers), ContactEvent.customer_id.in_(scope.people))
    return and_(theirs, ContactEvent.channel == "call", ContactEvent.at >= scope.since)


def _text(scope: Scope) -> ColumnElement[bool]:
    """The text that opened the loop came at that very moment, and proves nothing."""
    ours = and_(
        TextMessage.to_e164.in_(scope.numbers),
        func.coalesce(TextMessage.first_wire_at, TextMessage.at) >= scope.since,
    )
    return or_(ours, and_(TextMessage.from_e164.in_(scope.numbers), TextMessage.at > scope.since))


def _appointment(scope: Scope) -> ColumnElement[bool]:
    return and_(AppointmentRow.customer_id.in_(scope.people), AppointmentRow.created_at >= scope.since)


def _order(scope: Scope) -> ColumnElement[bool]:
    return and_(RepairOrder.customer_id.in_(scope.people), RepairOrder.status_at >= scope.since)


def _part(scope: Scope) -> ColumnElement[bool]:
    fresh = or_(SpecialOrderPart.received_at >= scope.since, SpecialOrderPart.source_as_of >= scope.since)
    return and_(SpecialOrderPart.customer_id.in_(scope.people), or_(fresh, SpecialOrderPart.created_at >= scope.since))


def _writeback(scope: Scope) -> ColumnElement[bool]:
    """The one the loop is about, once it has arrived."""
    return and_(WriteBack.id == scope.loop.source_key, WriteBack.acknowledged_at >= scope.since)


_COUNTS: dict[str, tuple[type[Any], ...]] = {
    "call": (Call, ContactEvent),
    "text": (TextMessage,),
    "appointment": (AppointmentRow,),
    "repair_order": (RepairOrder,),
    "part_order": (SpecialOrderPart,),
    "writeback": (WriteBack,),
}
_RULES: dict[type[Any], Callable[[Scope], ColumnElement[bool]]] = {
    Call: _call,
    ContactEvent: _logged,
    TextMessage: _text,
    AppointmentRow: _appointment,
    RepairOrder: _order,
    SpecialOrderPart: _part,
    WriteBack: _writeback,
}
