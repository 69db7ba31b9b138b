"""Yesterday's let-downs: every customer for whom a clock ran out, once, who has it now, and what came of it since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.loop_models import LoopAlarm
from followup.loops import CALLBACK, COMPLAINT
from followup.missed_calls import MISSED
from followup.models import Loop
from followup.policies import policy_of
from followup.sla import LATE
from record.models import Customer, Disposition, RepairOrder, Staff
from visibility.worth import NOTHING, AverageOrder, Item, Worth, average_order, worth

FROZEN_AT = time(6, 30)
RECOVERED_WITHIN = timedelta(days=30)
_UNOWNED = "unowned"
# Tasks of our own, about nobody who waits.
_OURS = ("feed_stale", "sending_trouble", "writeback_failed", "missing_data")


class Group(StrEnum):
    """How a customer was let down."""

    MISSED = "Missed and not recovered"
    PROMISED = "Promised and not done"
    DECLINED = "Declined and not followed up"
    QUIET = "Gone quiet"
    UPSET = "Upset"


_GROUP_OF = {
    "missed_call": Group.MISSED,
    "lead": Group.MISSED,
    "declined_work": Group.DECLINED,
    "silent_defector": Group.QUIET,
    "first_service": Group.QUIET,
    "household_due": Group.QUIET,
    "lease_ending": Group.QUIET,
    COMPLAINT: Group.UPSET,
}


@dataclass(frozen=True)
class LetDown:
    """One customer, at their largest matter. `ran_out_at` is when the clock did; `fixed_at` when it was made good."""

    loop_id: str
    group: Group
    kind: str
    customer_id: str | None
    who: str
    contact: str
    need: str
    why: str
    cause_code: str
    owner: str
    ran_out_at: datetime
    due_at: datetime
    fixed_at: datetime | None
    worth: Worth
    others: int

    @property
    def waits(self) -> bool:
        return self.fixed_at is None


@dataclass(frozen=True)
class Morning:
    """The page: who was let down on `day`, and the three numbers. `kept` counts clocks of that day that were kept."""

    day: date
    frozen_at: datetime
    people: tuple[LetDown, ...]
    exposure: Worth
    recovered_cents: int
    recovered_orders: int
    order: AverageOrder
    kept: int

    @property
    def waiting(self) -> int:
        return sum(person.waits for person in self.people)

    def of(self, group: Group) -> tuple[LetDown, ...]:
        return tuple(person for person in self.people if person.group is group)


def yesterday(now: datetime, zone: ZoneInfo) -> date:
    """The day the page is about: the one before, from half past six; until then the one before that."""
    local = now.astimezone(zone)
    return local.date() - timedelta(days=1 if local.time() >= FROZEN_AT else 2)


async def morning(db: AsyncSession, day: date, zone: ZoneInfo, now: datetime) -> Morning:
    """Everything the page says about a store's day, from loops and their clocks."""
    since = datetime.combine(day, time.min, zone)
    until = datetime.combine(day + timedelta(days=1), time.min, zone)
    order = await _average_order(db, now)
    rows = await _late(db, since, until)
    usual = {name: (await policy_of(db, name)).average_order_cents for name in {row.loop.department for row in rows}}
    people = _once_each([_let_down(row, order, usual[row.loop.department]) for row in rows])
    cents, orders = await _recovered(db, people, now)
    total = NOTHING
    for person in people:
        if person.waits:
            total += person.worth
    frozen = datetime.combine(day + timedelta(days=1), FROZEN_AT, zone)
    return Morning(day, frozen, people, total, cents, orders, order, await _kept(db, since, until))


@dataclass(frozen=True)
class _Row:
    loop: Loop
    alarm: LoopAlarm
    first: str
    last: str
    owner: str
    outcome: str | None

    @property
    def is_missed_call(self) -> bool:
        """A call of another phone system nobody took, or one of ours that ended without what it was for."""
        return self.loop.kind == "missed_call" or (self.loop.kind == CALLBACK and self.outcome in MISSED)


async def _late(db: AsyncSession, since: datetime, until: datetime) -> list[_Row]:
    """Each loop whose clock ran out that day, with the first that did."""
    ran_out = and_(
        LoopAlarm.since >= since,
        LoopAlarm.since < until,
        or_(LoopAlarm.kind.endswith(LATE), LoopAlarm.kind == _UNOWNED),
    )
    found = await db.execute(
        select(Loop, LoopAlarm, Customer.first_name, Customer.last_name, Staff.name, Disposition.code)
        .join(LoopAlarm, LoopAlarm.loop_id == Loop.id)
        .join(Staff, Staff.id == Loop.owner_id)
        .outerjoin(Customer, Customer.id == Loop.customer_id)
        .outerjoin(Disposition, (Disposition.call_id == Loop.call_id) & Disposition.superseded_by.is_(None))
        .where(ran_out, Loop.kind.not_in(_OURS))
        .order_by(LoopAlarm.since, LoopAlarm.level)
    )
    first: dict[str, _Row] = {}
    for loop, alarm, first_name, last_name, owner, outcome in found:
        row = _Row(loop, alarm, first_name or "", last_name or "", owner, outcome)
        known = first.setdefault(loop.id, row)
        if known.alarm.cleared_at is not None and alarm.cleared_at is None:
            first[loop.id] = row
    return list(first.values())


def _let_down(row: _Row, order: AverageOrder, usual_cents: int) -> LetDown:
    """`usual_cents` is what a loop without a price of its own is given: no price on file."""
    loop, alarm = row.loop, row.alarm
    on_file = None if loop.value_cents == usual_cents else loop.value_cents
    return LetDown(
        loop_id=loop.id,
        group=Group.MISSED if row.is_missed_call else _GROUP_OF.get(loop.kind, Group.PROMISED),
        kind=loop.kind,
        customer_id=loop.customer_id,
        who=" ".join(filter(None, (row.first, row.last))),
        contact=loop.contact,
        need=loop.need,
        why=alarm.kind,
        cause_code=loop.cause_code,
        owner=row.owner,
        ran_out_at=alarm.since,
        due_at=loop.due_at,
        fixed_at=loop.closed_at or alarm.cleared_at,
        worth=worth(Item(on_file, row.is_missed_call), order),
        others=0,
    )


def _once_each(found: Sequence[LetDown]) -> tuple[LetDown, ...]:
    """A customer counts once, at the largest matter that still waits; a number nobody knows is a customer too."""
    by_person: dict[str, list[LetDown]] = {}
    for each in found:
        by_person.setdefault(each.customer_id or each.contact or each.loop_id, []).append(each)
    made = []
    for matters in by_person.values():
        largest = max(matters, key=lambda m: (m.waits, m.worth.exposure, -m.ran_out_at.timestamp()))
        made.append(LetDown(**{**vars(largest), "others": len(matters) - 1}))
    return tuple(sorted(made, key=lambda m: (not m.waits, -m.worth.exposure, m.ran_out_at)))


async def _average_order(db: AsyncSession, now: datetime) -> AverageOrder:
    row = (
        await db.execute(
            select(func.coalesce(func.sum(RepairOrder.total_cents), 0), func.count()).where(
                RepairOrder.closed_at >= now - timedelta(days=90), RepairOrder.total_cents > 0
            )
        )
    ).one()
    return average_order(int(row[0] or 0), row[1])


async def _recovered(db: AsyncSession, people: Sequence[LetDown], now: datetime) -> tuple[int, int]:
    """Money of repair orders that these customers opened after they were let down, within 30 days."""
    let_down = {person.customer_id: person.ran_out_at for person in people if person.customer_id}
    if not let_down:
        return 0, 0
    rows = await db.execute(
        select(RepairOrder.customer_id, RepairOrder.opened_at, RepairOrder.total_cents).where(
            RepairOrder.customer_id.in_(let_down), RepairOrder.opened_at <= now, RepairOrder.total_cents > 0
        )
    )
    counted = [
        cents or 0
        for customer_id, opened_at, cents in rows
        if let_down[customer_id] < opened_at <= let_down[customer_id] + RECOVERED_WITHIN
    ]
    return sum(counted), len(counted)


async def _kept(db: AsyncSession, since: datetime, until: datetime) -> int:
    """Loops that were due first that day and for which no clock ran out."""
    late = select(LoopAlarm.loop_id).where(or_(LoopAlarm.kind.endswith(LATE), LoopAlarm.kind == _UNOWNED))
    due = func.coalesce(Loop.first_due_at, Loop.due_at)
    kept = select(func.count()).where(due >= since, due < until, Loop.kind.not_in(_OURS), Loop.id.not_in(late))
    return await db.scalar(kept) or 0
