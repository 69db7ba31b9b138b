"""Codes of store systems: a status nobody mapped changes nothing and makes one task, never a text."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.models import CodeMap
from followup.closing import Proof
from followup.ending import settle
from followup.loops import Promise, promise_callback
from kit.db import upsert
from kit.ids import new_id
from record import outbox
from record.contact_models import HygieneFinding
from record.models import OutboxEvent, RepairOrder
from record.staff import NobodyWorksHere

RO_STATUS, OP_CODE = "ro_status", "op_code"
MISSING_DETAILS = "missing_details"
UNMAPPED_STATUS = "unmapped_status"
STATUS_CHANGED = "repair_order_status_changed"

CANONICAL = (
    "scheduled",
    "arrived",
    "waiting_dispatch",
    "in_shop",
    "diagnosing",
    "awaiting_approval",
    "awaiting_parts",
    "on_hold",
    "quality_check",
    "ready",
    "invoiced",
    "picked_up",
    "closed",
    "void",
)
ENDED = frozenset({"invoiced", "picked_up", "closed", "void"})

# Phrases a system's own documents give one meaning only (CDK); a lone letter such as C has many and is not here.
_PHRASES = {
    "waiting on dispatch": "waiting_dispatch",
    "ready for pickup": "ready",
    "waiting for parts": "awaiting_parts",
    "wait for parts": "awaiting_parts",
    "waiting for approval": "awaiting_approval",
    "voided": "void",
}


class UnknownStatus(ValueError):
    """Not one of the statuses a repair order can have here."""


async def statuses(db: AsyncSession) -> dict[str, str]:
    """What each status code of this store means, by the code in lower case."""
    rows = await db.execute(select(CodeMap.code, CodeMap.means).where(CodeMap.kind == RO_STATUS))
    said = {name.replace("_", " "): name for name in CANONICAL} | {name: name for name in CANONICAL}
    return said | _PHRASES | {row.code.lower(): row.means for row in rows}


async def ask_about(db: AsyncSession, kind: str, codes: Collection[str], now: datetime) -> None:
    """One finding and one task for each code nobody has mapped, however many rows carry it."""
    for code in sorted({code.strip() for code in codes}):
        subject = f"{kind}:{code.lower()}"
        if await _finding(db, subject) is not None:
            continue
        need = f"Say what the {kind.replace('_', ' ')} code '{code}' means; until then it changes nothing"
        db.add(
            HygieneFinding(kind=UNMAPPED_STATUS, subject_table="code_map", subject_id=subject, says=need, found_at=now)
        )
        await db.flush()
        try:
            promise = Promise(
                source_key=subject[:80], need=need, department="service", contact="", kind=MISSING_DETAILS
            )
            await promise_callback(db, promise, now)
        except NobodyWorksHere:
            continue  # the finding stands, and somebody sees it once the store has people


async def map_status(db: AsyncSession, code: str, means: str, by: str, now: datetime) -> int:
    """Saves what a status code means and gives it to the repair orders that carry it; returns how many changed."""
    if means not in CANONICAL:
        raise UnknownStatus(f"'{means}' is none of {', '.join(CANONICAL)}")
    code = code.strip()
    row = {"kind": RO_STATUS, "code": code.lower(), "means": means, "mapped_by": by}
    await upsert(db, CodeMap, ("rooftop_id", "kind", "code"), [{"skill": "", "safety_class": "", **row}])
    carrying = await db.scalars(
        select(RepairOrder).where(func.lower(RepairOrder.source_status) == code.lower(), RepairOrder.status != means)
    )
    changed = 0
    for order in carrying:
        if order.closed_at is None:
            db.add(status_changed(order.rooftop_id, order.id, order.ro_number, order.status, means, now, now))
        order.status = means
        changed += 1
    subject = f"{RO_STATUS}:{code.lower()}"
    await db.execute(
        update(HygieneFinding)
        .where(HygieneFinding.kind == UNMAPPED_STATUS, HygieneFinding.subject_id == subject)
        .values(cleared_at=now, cleared_by=by, clear_reason=f"means {means}")
    )
    proof = Proof("answered", "note", says=f"{by} said that '{code}' means {means}")
    await settle(db, MISSING_DETAILS, subject, "code_mapped", proof, now)
    return changed


async def map_op_code(
    db: AsyncSession,
    code: str,
    family: str,
    by: str,
    *,
    hours: float | None = None,
    skill: str = "",
    safety_class: str = "",
) -> None:
    """Saves which service an op code of the store's system is."""
    row = {"kind": OP_CODE, "code": code.strip().upper(), "means": family, "hours": hours, "skill": skill}
    await upsert(db, CodeMap, ("rooftop_id", "kind", "code"), [{**row, "safety_class": safety_class, "mapped_by": by}])


def status_changed(
    rooftop_id: str, order_id: str, ro_number: str, was: str, status: str, as_of: datetime, now: datetime
) -> OutboxEvent:
    """The fact that a repair order moved. `as_of` is when the store's system said so: an old file's news is old."""
    payload = {
        "repair_order_id": order_id,
        "ro_number": ro_number,
        "was": was,
        "status": status,
        "as_of": as_of.isoformat(),
    }
    return outbox.event(rooftop_id, STATUS_CHANGED, f"ro_status:{new_id()}", payload, due_at=now)


async def _finding(db: AsyncSession, subject: str) -> HygieneFinding | None:
    found: HygieneFinding | None = await db.scalar(
        select(HygieneFinding).where(HygieneFinding.kind == UNMAPPED_STATUS, HygieneFinding.subject_id == subject)
    )
    return found
