"""Messages as they came: kept before the sender is told so, looked at by a job, and again until they are taken."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from followup.lead_models import LeadDelivery

JOB = "take_lead"
LEASE = timedelta(minutes=3)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class Arrived:
    """One message and where it came from; `rooftop_id` is needed when the session spans stores."""

    door: str
    body: bytes
    sender: str = ""
    recipient: str = ""
    contact: str = ""
    rooftop_id: str | None = None


@dataclass(frozen=True)
class Waiting:
    """A message under way, for whoever reads it."""

    id: str
    door: str
    sender: str
    recipient: str
    body: bytes
    received_at: datetime
    attempts: int


async def keep(db: AsyncSession, arrived: Arrived, now: datetime, *, refused: str = "", taken: bool = False) -> str:
    """Stores the message; it is safe once the caller's session has committed. Returns its id.

    `refused` keeps it without a lead, for a person to see why; `taken` says that the caller reads it at once.
    """
    state = "refused" if refused else "taken" if taken else "waiting"
    row = LeadDelivery(
        door=arrived.door,
        sender=arrived.sender[:254],
        recipient=arrived.recipient[:254],
        contact=arrived.contact[:200],
        body=arrived.body,
        received_at=now,
        state=state,
        says=refused,
        next_try_at=now if state == "waiting" else None,
    )
    if arrived.rooftop_id is not None:
        row.rooftop_id = arrived.rooftop_id
    db.add(row)
    await db.flush()
    return row.id


async def claim(db: AsyncSession, delivery_id: str, now: datetime) -> Waiting | None:
    """The message, leased to whoever asks first; None when it is taken or another reader has it."""
    leased: str | None = await db.scalar(
        update(LeadDelivery)
        .where(LeadDelivery.id == delivery_id, LeadDelivery.state == "waiting", LeadDelivery.next_try_at <= now)
        .values(next_try_at=now + LEASE, attempts=LeadDelivery.attempts + 1)
        .returning(LeadDelivery.id)
        .execution_options(synchronize_session=False)
    )
    if leased is None:
        return None
    row = (
        await db.scalars(
            select(LeadDelivery)
            .where(LeadDelivery.id == delivery_id)
            .options(undefer(LeadDelivery.body))
            .execution_options(populate_existing=True)
        )
    ).one()
    return Waiting(row.id, row.door, row.sender, row.recipient, row.body, row.received_at, row.attempts)


async def finish(db: AsyncSession, waiting: Waiting, says: str) -> bool:
    """Marks the message taken, in the transaction that stored what it said; False when another reader was first."""
    done: str | None = await db.scalar(
        update(LeadDelivery)
        .where(
            LeadDelivery.id == waiting.id, LeadDelivery.state == "waiting", LeadDelivery.attempts == waiting.attempts
        )
        .values(state="taken", next_try_at=None, says=says)
        .returning(LeadDelivery.id)
        .execution_options(synchronize_session=False)
    )
    return done is not None


async def put_off(db: AsyncSession, waiting: Waiting, says: str, now: datetime) -> timedelta:
    """The message is tried again later, for ever: nothing that was accepted is given up."""
    wait = min(_LONGEST_WAIT, timedelta(seconds=5 << min(waiting.attempts, 12)))
    await db.execute(
        update(LeadDelivery)
        .where(LeadDelivery.id == waiting.id, LeadDelivery.state == "waiting")
        .values(next_try_at=now + wait, says=says)
        .execution_options(synchronize_session=False)
    )
    return wait


async def due(db: AsyncSession, before: datetime, limit: int) -> list[tuple[str, str]]:
    """Rooftop and id of messages nobody is reading, oldest first; the caller's session spans stores."""
    rows = await db.execute(
        select(LeadDelivery.rooftop_id, LeadDelivery.id)
        .where(LeadDelivery.state == "waiting", LeadDelivery.next_try_at <= before)
        .order_by(LeadDelivery.next_try_at)
        .limit(limit)
    )
    return [(row.rooftop_id, row.id) for row in rows]


async def how_many(db: AsyncSession, door: str, since: datetime, *, sender: str = "", contact: str = "") -> int:
    """Messages through a door since a time, from one sender or about one number."""
    wanted = select(func.count()).select_from(LeadDelivery)
    wanted = wanted.where(LeadDelivery.door == door, LeadDelivery.received_at > since)
    if sender:
        wanted = wanted.where(LeadDelivery.sender == sender)
    if contact:
        wanted = wanted.where(LeadDelivery.contact == contact)
    return await db.scalar(wanted) or 0
