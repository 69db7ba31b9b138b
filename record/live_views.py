"""Calls in progress with what has been said so far, the longest wait first."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from record.call_views import CallLine, Turn, call_line, call_rows, names_of, turn_of
from record.hand_off_moves import Stage
from record.models import Call, CallTransfer, CallTurn, Staff, Vehicle

MOST = 50


@dataclass(frozen=True)
class OnThePhone:
    """The hand-off of a call that is not over: who is to have the caller, and who asked for it from the pages."""

    stage: Stage
    key: str
    person: str
    asked_by: str
    since: datetime


@dataclass(frozen=True)
class LiveCall:
    """One call in progress. `with_agent` while the AI has the caller; `last_failed` is how the last hand-off ended."""

    line: CallLine
    agent: str
    vehicle: str
    with_agent: bool
    hand_off: OnThePhone | None
    last_failed: str
    turns: tuple[Turn, ...]


async def going_on(db: AsyncSession) -> list[LiveCall]:
    """At most `MOST` of them; what a page about all of them shows."""
    query = call_rows().where(Call.ended_at.is_(None)).order_by(Call.started_at, Call.id).limit(MOST)
    rows = (await db.execute(query)).all()
    return await _whole(db, [call for call, _ in rows])


async def one(db: AsyncSession, call_id: str) -> LiveCall | None:
    """That call, while it goes on."""
    call = await db.scalar(select(Call).where(Call.id == call_id, Call.ended_at.is_(None)))
    found = await _whole(db, [call]) if call is not None else []
    return found[0] if found else None


async def _whole(db: AsyncSession, calls: list[Call]) -> list[LiveCall]:
    ids = [call.id for call in calls]
    if not ids:
        return []
    turns = defaultdict(list)
    for row in await db.scalars(select(CallTurn).where(CallTurn.call_id.in_(ids)).order_by(CallTurn.seq)):
        turns[row.call_id].append(turn_of(row))
    tries = await _tries(db, ids)
    names, cars = await names_of(db, calls), await _cars(db, calls)
    return [_live(call, tuple(turns[call.id]), tries.get(call.id), names, cars) for call in calls]


def _live(
    call: Call,
    turns: tuple[Turn, ...],
    tried: tuple[CallTransfer, str] | None,
    names: dict[str, str],
    cars: dict[str, str],
) -> LiveCall:
    row, person = tried or (None, "")
    going = row if row is not None and row.stage != Stage.OVER else None
    return LiveCall(
        line=call_line(call, None, names, 0),
        agent=call.agent,
        vehicle=cars.get(call.customer_id or call.customer_hint_id or "", ""),
        with_agent=call.connected_at is not None and call.stream_ended_at is None,
        hand_off=OnThePhone(Stage(going.stage), going.key, person, going.asked_by, going.created_at) if going else None,
        last_failed=row.outcome or "" if row is not None and going is None and row.outcome != "connected" else "",
        turns=turns,
    )


async def _tries(db: AsyncSession, ids: list[str]) -> dict[str, tuple[CallTransfer, str]]:
    """The newest hand-off of each call and whose phone it rings."""
    rows = await db.execute(
        select(CallTransfer, Staff.name)
        .outerjoin(Staff, Staff.id == CallTransfer.staff_id)
        .where(CallTransfer.call_id.in_(ids))
        .order_by(CallTransfer.created_at, CallTransfer.id)
    )
    return {row.call_id: (row, name or "") for row, name in rows}


async def _cars(db: AsyncSession, calls: list[Call]) -> dict[str, str]:
    """The car of each customer who has exactly one."""
    owners = {found for call in calls if (found := call.customer_id or call.customer_hint_id)}
    if not owners:
        return {}
    owned = defaultdict(list)
    for car in await db.scalars(select(Vehicle).where(Vehicle.customer_id.in_(owners))):
        owned[car.customer_id].append(" ".join(str(part) for part in (car.year, car.make, car.model) if part))
    return {owner: found[0] for owner, found in owned.items() if len(found) == 1}
