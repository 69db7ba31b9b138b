"""Leads for those who read about them: the list, one lead with its message as it came, and messages without a lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from followup.lead_facts import LeadCar, RequestedService
from followup.lead_models import Lead, LeadDelivery, OpportunityTouch
from followup.models import Loop
from record.models import Staff


@dataclass(frozen=True)
class LeadFilter:
    """What the list is narrowed to; `unread` asks for leads that were recovered or only kept."""

    department: str = ""
    status: str = ""
    unread: bool = False


@dataclass(frozen=True)
class LeadLine:
    """One lead in a list: what a queue shows of it (S2-63)."""

    id: str
    channel: str
    provider: str
    department: str
    name: str
    phone: str
    email: str
    car: str
    asked: str
    status: str
    parse_state: str
    missing: tuple[str, ...]
    owner: str
    due_at: datetime | None
    received_at: datetime
    customer_id: str | None
    opportunity_id: str | None


@dataclass(frozen=True)
class TouchLine:
    """One time the customer asked about this need."""

    kind: str
    at: datetime
    certain: bool


@dataclass(frozen=True)
class LeadRecord:
    """One lead whole: what was read, what could not be, and the message itself."""

    line: LeadLine
    service: RequestedService
    cars: tuple[LeadCar, ...]
    trade_in: LeadCar | None
    comments: str
    reason: str
    requested_at: datetime | None
    touches: tuple[TouchLine, ...]
    door: str
    body: bytes


@dataclass(frozen=True)
class Message:
    """A message as it was received, where it stands and what could not be read of it."""

    id: str
    door: str
    sender: str
    state: str
    says: str
    received_at: datetime


async def newest_leads(
    db: AsyncSession, wanted: LeadFilter, before: tuple[datetime, str] | None = None, limit: int = 50
) -> list[LeadLine]:
    """Leads newest first; `before` is the time and id of the last one seen."""
    query = _lines().order_by(Lead.received_at.desc(), Lead.id.desc()).limit(limit)
    if wanted.department:
        query = query.where(Lead.department == wanted.department)
    if wanted.status:
        query = query.where(Lead.status == wanted.status)
    if wanted.unread:
        query = query.where(Lead.parse_state != "whole")
    if before is not None:
        query = query.where(tuple_(Lead.received_at, Lead.id) < before)
    return [_line(lead, loop, owner) for lead, loop, owner in await db.execute(query)]


async def one_lead(db: AsyncSession, lead_id: str) -> LeadRecord | None:
    """The lead with its message as it came and every touch of the need it belongs to."""
    found = (await db.execute(_lines().where(Lead.id == lead_id))).first()
    if found is None:
        return None
    lead, loop, owner = found
    delivery = (
        await db.scalars(
            select(LeadDelivery).where(LeadDelivery.id == lead.delivery_id).options(undefer(LeadDelivery.body))
        )
    ).one()
    touches: Sequence[OpportunityTouch] = ()
    if lead.opportunity_id:
        of_need = select(OpportunityTouch).where(OpportunityTouch.opportunity_id == lead.opportunity_id)
        touches = (await db.scalars(of_need.order_by(OpportunityTouch.at, OpportunityTouch.id))).all()
    return LeadRecord(
        _line(lead, loop, owner),
        RequestedService(**lead.service),
        tuple(LeadCar(**car) for car in lead.cars),
        LeadCar(**lead.trade_in) if lead.trade_in else None,
        lead.comments,
        lead.reason,
        lead.requested_at,
        tuple(TouchLine(touch.kind, touch.at, touch.certain) for touch in touches),
        delivery.door,
        delivery.body,
    )


async def messages_to_look_at(db: AsyncSession, limit: int = 50) -> list[Message]:
    """Messages that were refused, wait for another try, or had something in them that could not be read."""
    rows = await db.scalars(
        select(LeadDelivery).where(LeadDelivery.says != "").order_by(LeadDelivery.received_at.desc()).limit(limit)
    )
    return [Message(row.id, row.door, row.sender, row.state, row.says, row.received_at) for row in rows]


def _lines() -> Select[Lead, Loop, str]:
    return (
        select(Lead, Loop, Staff.name)
        .outerjoin(Loop, Loop.id == Lead.loop_id)
        .outerjoin(Staff, Staff.id == Loop.owner_id)
    )


def _line(lead: Lead, loop: Loop | None, owner: str | None) -> LeadLine:
    car = LeadCar(**lead.cars[0]).spoken if lead.cars else ""
    return LeadLine(
        lead.id,
        lead.channel,
        lead.provider,
        lead.department,
        f"{lead.first_name} {lead.last_name}".strip(),
        lead.phone,
        lead.email,
        car,
        str(lead.service.get("what", "")) or " ".join(lead.comments.split())[:200],
        lead.status,
        lead.parse_state,
        tuple(lead.missing),
        owner or "",
        loop.due_at if loop else None,
        lead.received_at,
        lead.customer_id,
        lead.opportunity_id,
    )
