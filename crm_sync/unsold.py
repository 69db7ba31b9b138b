"""Advised work a later visit of the same car sold: found whichever of the two rows came first."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import bulk
from record.models import RepairOrder
from record.visit_models import Recommendation, RepairOrderLine

OPEN_STATES = ("recommended", "presented", "declined", "deferred", "no_answer")
_NOT_DONE = ("declined", "deferred", "void")


async def settle_sold_later(db: AsyncSession, vehicle_ids: Collection[str]) -> None:
    """Marks open advice on these cars as sold later where a later order performed its op code, and names that order."""
    if not vehicle_ids:
        return
    columns = ("id", "vehicle_id", "op_code", "repair_order_id")
    advice = [
        row
        for state in OPEN_STATES
        for row in await bulk.found(db, Recommendation, columns, "vehicle_id", vehicle_ids, state=state)
        if row.op_code
    ]
    performed = await _performed(db, {row.vehicle_id for row in advice})
    orders = {order_id: opened for visits in performed.values() for opened, order_id, _ in visits}
    sold: list[dict[str, Any]] = []
    for row in advice:
        advised_at = orders.get(row.repair_order_id)
        later = [
            (opened, order_id)
            for opened, order_id, op_code in performed.get(row.vehicle_id, ())
            if op_code == row.op_code.upper()
            and order_id != row.repair_order_id
            and (advised_at is None or opened > advised_at)
        ]
        if later and advised_at is not None:
            sold.append({"id": row.id, "state": "sold_later", "sold_on_id": min(later)[1]})
    await bulk.change(db, Recommendation, sold)


async def _performed(db: AsyncSession, vehicle_ids: Collection[str]) -> dict[str, list[tuple[Any, str, str]]]:
    """For each car its visits' operations: when the order was opened, its id, the op code (none: just the order)."""
    if not vehicle_ids:
        return {}
    connection = await bulk.ready(db)
    orders, lines = RepairOrder.__table__, RepairOrderLine.__table__
    statement = (
        select(orders.c.vehicle_id, orders.c.opened_at, orders.c.id, lines.c.op_code, lines.c.status)
        .select_from(orders.outerjoin(lines, lines.c.repair_order_id == orders.c.id))
        .where(orders.c.rooftop_id == bulk.scope(db), bulk.among(connection, orders.c.vehicle_id, vehicle_ids))
    )
    performed: dict[str, list[tuple[Any, str, str]]] = {}
    for row in (await connection.execute(statement)).all():
        code = "" if row.op_code is None or row.status in _NOT_DONE else row.op_code.upper()
        performed.setdefault(row.vehicle_id, []).append((row.opened_at, row.id, code))
    return performed
