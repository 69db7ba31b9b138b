"""One open need per customer and department: every quote, call and voicemail about it is a touch of the same one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from followup.closing import Proof
from followup.ending import settle_row
from followup.lead_models import Lead, Opportunity, OpportunityTouch
from followup.models import Loop
from record.rooftops import in_turn

STAGES = ("inquiry", "qualification", "estimate", "scheduling", "confirmation", "completion")


@dataclass(frozen=True)
class Touch:
    """One time somebody asked; `source_table` and `source_id` make telling it twice the same touch."""

    kind: str
    source_table: str
    source_id: str
    at: datetime
    certain: bool = True


async def open_need(db: AsyncSession, customer_id: str, department: str) -> Opportunity | None:
    """The customer's open opportunity in that department, if there is one."""
    found: Opportunity | None = await db.scalar(
        select(Opportunity).where(
            Opportunity.customer_id == customer_id, Opportunity.department == department, Opportunity.state == "open"
        )
    )
    return found


async def touched(db: AsyncSession, customer_id: str, department: str, touch: Touch) -> Opportunity:
    """The open need this touch belongs to, opened when there is none."""
    await in_turn(db)
    row = await open_need(db, customer_id, department)
    if row is None:
        row = Opportunity(
            customer_id=customer_id,
            department=department,
            opened_at=touch.at,
            last_touch_at=touch.at,
            created_at=touch.at,
        )
        db.add(row)
        await db.flush()
    await add_touch(db, row, touch)
    return row


async def add_touch(db: AsyncSession, row: Opportunity, touch: Touch) -> None:
    """Adds a touch; the same source again changes nothing."""
    known = select(OpportunityTouch.id).where(
        OpportunityTouch.opportunity_id == row.id,
        OpportunityTouch.source_table == touch.source_table,
        OpportunityTouch.source_id == touch.source_id,
        OpportunityTouch.kind == touch.kind,
    )
    if await db.scalar(known) is not None:
        return
    db.add(
        OpportunityTouch(
            opportunity_id=row.id,
            kind=touch.kind,
            source_table=touch.source_table,
            source_id=touch.source_id,
            at=touch.at,
            certain=touch.certain,
        )
    )
    row.opened_at = min(row.opened_at, touch.at)
    row.last_touch_at = max(row.last_touch_at, touch.at)


def advance(row: Opportunity, stage: str) -> None:
    """Moves an open need on; a later stage is never taken back by an earlier one's news."""
    if row.state == "open" and STAGES.index(stage) > STAGES.index(row.stage):
        row.stage = stage


async def join(db: AsyncSession, survivor_id: str, absorbed_id: str, now: datetime) -> int:
    """After two records became one person: needs open under both, in one department, become one. Returns how many.

    Touches and leads move to the survivor's; the other closes as joined, and so does its task to make first contact.
    """
    joined = 0
    for gone in list(
        await db.scalars(select(Opportunity).where(Opportunity.customer_id == absorbed_id, Opportunity.state == "open"))
    ):
        kept = await open_need(db, survivor_id, gone.department)
        if kept is None:
            gone.customer_id = survivor_id
            await db.flush()
            continue
        for table in (OpportunityTouch, Lead):
            await db.execute(update(table).where(table.opportunity_id == gone.id).values(opportunity_id=kept.id))
        same_task = (Loop.id == gone.loop_id, Loop.id != kept.loop_id, Loop.source_key == gone.id)
        task = await db.scalar(select(Loop).where(*same_task, Loop.closed_at.is_(None)))
        if task is not None:
            await settle_row(db, task, "joined", Proof("joined", "note", says=f"need {kept.id} has it"), now)
        gone.state, gone.closed_at, gone.close_reason = "closed", now, f"joined:{kept.id}"[:40]
        kept.opened_at = min(kept.opened_at, gone.opened_at)
        kept.last_touch_at = max(kept.last_touch_at, gone.last_touch_at)
        advance(kept, gone.stage)
        joined += 1
    return joined
