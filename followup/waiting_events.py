"""What was promised for when something has happened: it has, and the promise is due."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import lifecycle
from followup.ending import BY_ITSELF, note
from followup.lifecycle import Act
from followup.models import Loop
from kit.ids import CustomerId
from record.models import RepairOrder
from record.visit_models import SpecialOrderPart

_AWAITED_PARTS = ("ordered", "back_ordered", "partial")
_NOT_READY = ("ready", "invoiced", "picked_up", "closed", "void")


async def wake(db: AsyncSession, event: str, says: str, due: datetime, now: datetime) -> None:
    """Everything that waits for this is due by then."""
    waiting = select(Loop).where(Loop.waits_for == event, Loop.state == lifecycle.State.WAITING_EVENT)
    for row in await db.scalars(waiting):
        row.state = lifecycle.after(row.state, Act.ARRIVE)
        row.due_at, row.first_due_at, row.next_look_at = due, due, now
        note(db, row, Act.ARRIVE, BY_ITSELF, says, now)


def order_in(number: str) -> str:
    """The event of all parts of an order being here."""
    return f"order:{number}"[:80]


def car_ready(repair_order_id: str) -> str:
    """The event of a car being done."""
    return f"ready:{repair_order_id}"[:80]


async def awaited_order(db: AsyncSession, customer_id: CustomerId | str) -> str:
    """The event of this customer's order coming in; "" when none or several are on the way."""
    open_ones = select(SpecialOrderPart.order_number).distinct()
    numbers = list(
        await db.scalars(
            open_ones.where(
                SpecialOrderPart.customer_id == customer_id, SpecialOrderPart.state.in_(_AWAITED_PARTS)
            ).limit(2)
        )
    )
    return order_in(numbers[0]) if len(numbers) == 1 else ""


async def awaited_car(db: AsyncSession, customer_id: CustomerId | str) -> str:
    """The event of this customer's car being ready; "" when none or several are in the shop."""
    in_shop = select(RepairOrder.id).where(
        RepairOrder.customer_id == customer_id,
        RepairOrder.closed_at.is_(None),
        RepairOrder.status.not_in(_NOT_READY),
    )
    found = list(await db.scalars(in_shop.limit(2)))
    return car_ready(found[0]) if len(found) == 1 else ""
