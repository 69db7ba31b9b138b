"""What came of a program: repair orders (or purchases) within its window, of those asked and of those held out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from followup.program_models import Enrollment
from followup.programs.joining import ACTIVE, DONE, HELD_OUT
from followup.programs.keeping import Program
from record.models import RepairOrder
from record.sales_models import Deal

_AT_ONCE = 5_000
_LATE_NEWS = timedelta(days=7)
_Came = tuple[Enrollment, str, datetime, int | None]
ENOUGH_HELD_OUT = 30
"""With fewer than this held out, nothing is said of what asking brings."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Those asked, or those held out: how many, and how many of them came within the window."""

    people: int = 0
    came: int = 0

    @property
    def percent(self) -> float:
        return 100 * self.came / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """`cents` is money of repair orders this program was the last to ask about; one order counts for one program."""

    asked: Arm = Arm()
    held_out: Arm = Arm()
    cents: int = 0
    orders: int = 0

    @property
    def more_per_hundred(self) -> float | None:
        """How many more came of a hundred asked than of a hundred held out; None while too few are held out."""
        if self.held_out.people < ENOUGH_HELD_OUT or not self.asked.people:
            return None
        return self.asked.percent - self.held_out.percent


async def count(db: AsyncSession, program: Program, now: datetime) -> int:
    """Notes who came; each person in a program once, at their first visit after it began. Returns how many are new."""
    window = timedelta(days=program.rules.window_days)
    came = await (_deals if program.kind.outcome == "deal" else _orders)(db, program, now - window - _LATE_NEWS)
    found: set[str] = set()
    for row, ref, at, cents in came:
        if row.id in found or row.began_at is None or not row.began_at < at <= row.began_at + window:
            continue
        found.add(row.id)
        row.came_ref, row.came_at, row.came_cents = ref, at, cents
        row.credited = row.state != HELD_OUT and not await _somebody_elses(db, row)
        if row.state == ACTIVE and not program.rules.steps:
            row.state, row.stop_reason = DONE, "came"
        await db.flush()
    return len(found)


async def _orders(db: AsyncSession, program: Program, since: datetime) -> Sequence[_Came]:
    """Every service order after the beginning of somebody who has not been counted, the earliest first."""
    rows = await db.execute(
        select(Enrollment, RepairOrder.id, RepairOrder.opened_at, RepairOrder.total_cents)
        .join(RepairOrder, RepairOrder.customer_id == Enrollment.customer_id)
        .where(
            *_uncounted(program, since),
            RepairOrder.department == "service",
            RepairOrder.opened_at > Enrollment.began_at,
            RepairOrder.status != "void",
        )
        .order_by(RepairOrder.opened_at)
        .limit(_AT_ONCE)
    )
    return [(row, ref, at, cents) for row, ref, at, cents in rows]


async def _deals(db: AsyncSession, program: Program, since: datetime) -> Sequence[_Came]:
    rows = await db.execute(
        select(Enrollment, Deal.id, Deal.sold_on)
        .join(Deal, Deal.customer_id == Enrollment.customer_id)
        .where(*_uncounted(program, since), Deal.sold_on > since.date(), Deal.kind.in_(("retail", "lease")))
        .order_by(Deal.sold_on)
        .limit(_AT_ONCE)
    )
    noon = time(12, tzinfo=since.tzinfo)
    return [(row, ref, datetime.combine(on, noon), None) for row, ref, on in rows if on is not None]


def _uncounted(program: Program, since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Enrollment.program_id == program.id, Enrollment.began_at > since, Enrollment.came_at.is_(None))


async def _somebody_elses(db: AsyncSession, row: Enrollment) -> bool:
    """The same visit counts already, or another program asked them later and will count it."""
    other = aliased(Enrollment)
    rows = await db.scalars(
        select(other.id)
        .where(
            other.customer_id == row.customer_id,
            other.id != row.id,
            other.state != HELD_OUT,
            ((other.came_ref == row.came_ref) & other.credited)
            | ((other.began_at > row.began_at) & (other.began_at <= row.came_at)),
        )
        .limit(1)
    )
    return rows.first() is not None


async def outcomes(db: AsyncSession, programs: Sequence[Program]) -> dict[str, Outcome]:
    """The figures of each program, by its name."""
    held = Enrollment.state == HELD_OUT
    rows = await db.execute(
        select(
            Enrollment.program_id,
            held.label("held"),
            func.count().label("people"),
            func.count(Enrollment.came_at).label("came"),
            func.sum(case((Enrollment.credited, func.coalesce(Enrollment.came_cents, 0)), else_=0)).label("cents"),
            func.sum(case((Enrollment.credited, 1), else_=0)).label("orders"),
        )
        .where(Enrollment.began_at.is_not(None))
        .group_by(Enrollment.program_id, held)
    )
    arms: dict[tuple[str, bool], tuple[Arm, int, int]] = {
        (row.program_id, bool(row.held)): (Arm(row.people, row.came), int(row.cents or 0), int(row.orders or 0))
        for row in rows
    }
    nothing = (Arm(), 0, 0)
    made = {}
    for program in programs:
        asked, cents, orders = arms.get((program.id, False), nothing)
        made[program.kind.name] = Outcome(asked, arms.get((program.id, True), nothing)[0], cents, orders)
    return made
