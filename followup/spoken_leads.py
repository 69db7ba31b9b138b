"""A lead somebody speaks or texts to the agent: their words are kept, one lead a wish, a task for what is missing."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.lead_deliveries import Arrived, keep
from followup.lead_facts import NewLead
from followup.lead_models import Lead
from followup.leads import SAME_LEAD, Speaking, Taken, take

DOOR = "agent"
_WISHES = 5


async def ask(db: AsyncSession, lead: NewLead, key: str, now: datetime, speaking: Speaking) -> Taken:
    """Files what was asked for. The same wish of the same conversation said again, or said better, is one lead."""
    lead = replace(lead, provider=DOOR, external_id=await _number(db, lead, key, now))
    body = json.dumps(asdict(lead), default=str, ensure_ascii=False).encode()
    contact = lead.person.phones[0] if lead.person.phones else ""
    delivery_id = await keep(db, Arrived(DOOR, body, sender=key, contact=contact), now, taken=True)
    return await take(db, lead, delivery_id, now, speaking)


async def _number(db: AsyncSession, lead: NewLead, key: str, now: datetime) -> str:
    """The wish's number within the conversation: another car is another wish, and so is one months later."""
    of_these = select(Lead).where(Lead.provider == DOOR, Lead.external_id.startswith(f"{key}:", autoescape=True))
    rows = list(await db.scalars(of_these.order_by(Lead.received_at, Lead.id)))
    standing = [row for row in rows if row.status == "open" and row.received_at > now - SAME_LEAD]
    same = [row for row in standing if _same_car(_said(row), _asked(lead))]
    if same or len(standing) >= _WISHES:
        return (same or standing)[-1].external_id
    return f"{key}:{len(rows) + 1}"


@dataclass(frozen=True)
class _Named:
    make: str
    model: str


def _said(row: Lead) -> _Named:
    car = row.trade_in or (row.cars[0] if row.cars else {})
    return _Named(str(car.get("make", "")).casefold(), str(car.get("model", "")).casefold())


def _asked(lead: NewLead) -> _Named:
    car = lead.trade_in or (lead.cars[0] if lead.cars else None)
    return _Named(car.make.casefold(), car.model.casefold()) if car else _Named("", "")


def _same_car(one: _Named, other: _Named) -> bool:
    return not (one.model and other.model) or one == other
