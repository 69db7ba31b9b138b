"""Leads and needs end when the record says so: sold there, lost there, the deal booked, the repair order done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.closing import Proof
from followup.ending import settle_row
from followup.lead_facts import LeadCar
from followup.lead_models import Lead, Opportunity
from followup.models import Loop
from record.models import RepairOrder, Rooftop
from record.sales_models import Deal
from record.writeback_subjects import LeadChange, file_lead_change

WON, LOST, CLOSED = "won", "lost", "closed"
_WORDS = {
    "sold": (WON, "sold"),
    "delivered": (WON, "delivered"),
    "won": (WON, "sold"),
    "duplicate": (CLOSED, "duplicate"),
    "spam": (CLOSED, "spam"),
    "bad": (CLOSED, "bad_contact"),
    "notapplicable": (CLOSED, ""),
    "boughtelsewhere": (LOST, "bought_elsewhere_other"),
    "noresponse": (LOST, "no_response"),
    "credit": (LOST, "credit"),
    "price": (LOST, "price"),
    "lost": (LOST, ""),
    "dead": (LOST, ""),
    "inactive": (LOST, "no_response"),
}
_DONE = ("invoiced", "picked_up", "closed")
_AT_ONCE = 500


@dataclass(frozen=True)
class Ending:
    """How a need ended: `state` is the opportunity's, `reason` one of our codes, `word` the other system's own; `task`
    is why nobody need call any more, which `proof` shows."""

    state: str
    reason: str
    word: str
    task: str
    proof: Proof


def ending_of(status: str) -> Ending:
    """What a CRM's word for a finished lead means; the first word we know says it. Pure."""
    plain = "".join(sign for sign in status.lower() if sign.isalnum())
    state, reason = next((means for word, means in _WORDS.items() if word in plain), (CLOSED, ""))
    return Ending(
        state, reason, status[:40], "ended_in_crm", Proof("ended", "note", says=f"the CRM says: {status}"[:200])
    )


async def end_lead(db: AsyncSession, row: Lead, ending: Ending, now: datetime) -> None:
    """Ends one open lead, tells the other systems, and ends its need when no lead of it is left open."""
    await _end_rows(db, [row], ending, now)
    if row.opportunity_id is None:
        await _end_tasks(db, [row.loop_id], [row.id], ending, now)
        return
    left = select(Lead.id).where(Lead.opportunity_id == row.opportunity_id, Lead.status == "open").limit(1)
    need = await db.get(Opportunity, row.opportunity_id)
    if need is not None and need.state == "open" and await db.scalar(left) is None:
        await _end_need(db, need, ending, now)


async def end_needs(db: AsyncSession, customer_ids: Collection[str], now: datetime) -> int:
    """Ends the open needs of these customers that a deal or a finished repair order has met since; how many."""
    if await db.scalar(select(Opportunity.id).where(Opportunity.state == "open").limit(1)) is None:
        return 0
    ids = sorted(set(customer_ids))
    ended = 0
    for at in range(0, len(ids), _AT_ONCE):
        open_ones = select(Opportunity).where(
            Opportunity.state == "open", Opportunity.customer_id.in_(ids[at : at + _AT_ONCE])
        )
        for need in list(await db.scalars(open_ones)):
            ending = await _met(db, need)
            if ending is not None:
                leads = await db.scalars(select(Lead).where(Lead.opportunity_id == need.id, Lead.status == "open"))
                await _end_rows(db, list(leads), ending, now)
                await _end_need(db, need, ending, now)
                ended += 1
    return ended


async def _met(db: AsyncSession, need: Opportunity) -> Ending | None:
    """What in the record meets the need; what was before it does not."""
    if need.department == "sales":
        zone = ZoneInfo((await db.scalars(select(Rooftop.time_zone).where(Rooftop.id == need.rooftop_id))).one())
        bought = or_(Deal.customer_id == need.customer_id, Deal.co_buyer_id == need.customer_id)
        since = Deal.sold_on >= need.opened_at.astimezone(zone).date()
        deal = await db.scalar(select(Deal).where(bought, since, Deal.kind.in_(("retail", "lease"))).limit(1))
        if deal is None:
            return None
        proof = Proof("ended", "note", ref=deal.id, says=f"deal {deal.deal_number}")
        return Ending(WON, "sold", "sold", "bought_since", proof)
    if need.department == "service":
        done = select(RepairOrder).where(
            RepairOrder.customer_id == need.customer_id,
            RepairOrder.status.in_(_DONE),
            RepairOrder.opened_at >= need.opened_at,
        )
        order = await db.scalar(done.limit(1))
        if order is None:
            return None
        proof = Proof("ended", "repair_order", ref=order.id, says=f"repair order {order.ro_number}")
        return Ending(WON, "completed", "completed", "visit_done", proof)
    return None


async def _end_rows(db: AsyncSession, rows: Sequence[Lead], ending: Ending, now: datetime) -> None:
    for row in rows:
        row.status, row.closed_as = "closed", ending.word
        await file_lead_change(db, _change(row, ending, now), now)
    await db.flush()


async def _end_need(db: AsyncSession, need: Opportunity, ending: Ending, now: datetime) -> None:
    need.state, need.closed_at, need.close_reason = ending.state, now, (ending.reason or ending.state)[:40]
    leads = list(await db.scalars(select(Lead.id).where(Lead.opportunity_id == need.id)))
    await _end_tasks(db, [need.loop_id], [need.id, *leads], ending, now)


async def _end_tasks(
    db: AsyncSession, loop_ids: Sequence[str | None], keys: Sequence[str], ending: Ending, now: datetime
) -> None:
    """Nobody has to call about what is over, or ask for what was missing."""
    theirs = or_(Loop.id.in_([one for one in loop_ids if one]), Loop.source_key.in_(keys))
    about = select(Loop).where(theirs, Loop.kind.in_(("lead", "missing_data")), Loop.closed_at.is_(None))
    for task in list(await db.scalars(about)):
        await settle_row(db, task, ending.task, ending.proof, now)


def _change(row: Lead, ending: Ending, now: datetime) -> LeadChange:
    car = LeadCar(**row.cars[0]) if row.cars else LeadCar()
    return LeadChange(
        lead_id=row.id,
        version=int(now.timestamp()),
        status=ending.state,
        changed_at=now,
        previous_status="open",
        reason=ending.reason,
        customer_id=row.customer_id,
        first_name=row.first_name,
        last_name=row.last_name,
        phone=row.phone,
        email=row.email,
        department=row.department,
        source=row.provider or row.source,
        source_id=row.external_id,
        vehicle_year=str(car.year or ""),
        vehicle_make=car.make,
        vehicle_model=car.model,
        vin=car.vin,
        stock_number=car.stock,
        note=ending.proof.says,
    )
