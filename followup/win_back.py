"""Work that was advised and not done, and buyers who never came for service: asked about on a schedule, a few a day."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import notices, sla
from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.notices import Notice
from kit.ids import CustomerId, StaffId
from record.hours import hours_of
from record.models import RepairOrder, Staff, Vehicle
from record.sales_models import Deal
from record.visit_models import Recommendation
from scheduling.models import AppointmentRow

DECLINED_WORK = "declined_work"
SILENT_DEFECTOR = "silent_defector"
CADENCE = {"red": (2, 7, 21), "yellow": (14, 45, 90)}
"""Days after the visit (requirements 1C); green never."""

SILENT_MONTHS = 13
"""No visit so long after the sale is a defector (S1-22)."""

A_DAY = 20
"""New ones a day and store: ranked, never blasted."""

_UNSOLD = ("recommended", "presented", "declined", "deferred", "no_answer")
_STILL_FRESH = timedelta(days=3)
_NEWLY_SILENT = timedelta(days=14)
_WITHIN = timedelta(hours=8)
_TRUE_FOR = timedelta(days=3)


async def look(db: AsyncSession, now: datetime) -> int:
    """Opens what is due today, up to the day's number of each; returns how many."""
    return await _declined(db, now) + await _defectors(db, now)


async def _declined(db: AsyncSession, now: datetime) -> int:
    longest = timedelta(days=max(day for days in CADENCE.values() for day in days)) + _STILL_FRESH
    rows = await db.scalars(
        select(Recommendation)
        .where(
            Recommendation.state.in_(_UNSOLD),
            Recommendation.colour.in_(tuple(CADENCE)),
            Recommendation.recommended_at > now - longest,
        )
        .order_by(Recommendation.recommended_at.desc(), Recommendation.id)
    )
    visits: dict[str, list[Recommendation]] = defaultdict(list)
    for row in rows:
        if step_of(row.colour, row.recommended_at, now) is not None and not _put_off(row, now):
            visits[row.repair_order_id].append(row)
    left = A_DAY - await _opened_today(db, DECLINED_WORK, now)
    ranked = sorted(visits.values(), key=lambda each: -_worth(each))
    found = 0
    for work in ranked:
        if found >= left:
            break
        found += await _ask_about(db, work, now)
    return found


def step_of(colour: str, recommended_at: datetime, now: datetime) -> int | None:
    """The day of the cadence that is due now; one missed by more than three days is not caught up on."""
    for day in CADENCE.get(colour, ()):
        at = recommended_at + timedelta(days=day)
        if at <= now < at + _STILL_FRESH:
            return day
    return None


async def _ask_about(db: AsyncSession, work: Sequence[Recommendation], now: datetime) -> bool:
    first = work[0]
    step = step_of(first.colour, first.recommended_at, now)
    key = f"declined:{first.repair_order_id}:{step}"
    if await _known(db, DECLINED_WORK, f"declined:{first.repair_order_id}:", key) or await _has_visit(
        db, first.customer_id, now
    ):
        return False
    order = await db.get(RepairOrder, first.repair_order_id)
    advisor_id = first.recommended_by_id or (order.advisor_id if order else None)
    advisor = await db.scalar(select(Staff.name).where(Staff.id == advisor_id)) if advisor_id else None
    what = ", ".join(each.description for each in work)
    hours = await hours_of(db, "service")
    on = hours.local(first.recommended_at)
    asked = "was asked and said no" if any(each.presented for each in work) else "may never have been asked"
    car = await _car(db, first.vehicle_id)
    await _owe(
        db,
        Promise(
            source_key=key,
            need=f"Advised on {on:%B} {on.day}: {what} ({car}); the customer {asked}. Ask how they want to go on",
            department="service",
            contact=await notices.number_of(db, first.customer_id),
            customer_id=CustomerId(first.customer_id),
            kind=DECLINED_WORK,
            due_at=sla.after(hours, now, _WITHIN),
            source="store_system",
            requested_service=what,
            vehicle=car,
            stage="estimate",
            advisor_id=StaffId(advisor_id) if advisor_id else None,
            value_cents=_worth(work) or None,
        ),
        {"date": f"{on:%B} {on.day}", "work": what[:120], "car": car, "advisor": advisor or "Your advisor"},
        now,
    )
    return True


async def _defectors(db: AsyncSession, now: datetime) -> int:
    today = now.date()
    silent_since = _months_before(today, SILENT_MONTHS)
    deals = await db.scalars(
        select(Deal)
        .where(
            Deal.kind.in_(("retail", "lease")),
            Deal.sold_on <= silent_since,
            Deal.sold_on > silent_since - _NEWLY_SILENT,
            Deal.customer_id.is_not(None),
        )
        .order_by(Deal.sold_on.desc(), Deal.id)
    )
    left = A_DAY - await _opened_today(db, SILENT_DEFECTOR, now)
    found = 0
    for deal in deals:
        if found >= left or deal.customer_id is None:
            break
        found += await _ask_back(db, deal, now)
    return found


async def _ask_back(db: AsyncSession, deal: Deal, now: datetime) -> bool:
    key = f"defector:{deal.id}"
    came = select(RepairOrder.id).where(
        (RepairOrder.customer_id == deal.customer_id)
        if deal.vehicle_id is None
        else (RepairOrder.vehicle_id == deal.vehicle_id)
    )
    if (
        await db.scalar(came.where(RepairOrder.department == "service").limit(1)) is not None
        or await _known(db, SILENT_DEFECTOR, key, key)
        or await _has_visit(db, deal.customer_id or "", now)
    ):
        return False
    car = await _car(db, deal.vehicle_id)
    hours = await hours_of(db, "service")
    await _owe(
        db,
        Promise(
            source_key=key,
            need=f"Bought the {car} {SILENT_MONTHS} months ago from {deal.salesperson or 'us'} and never came for "
            "service. Ask whether all is well, and offer a first visit",
            department="service",
            contact=await notices.number_of(db, deal.customer_id),
            customer_id=CustomerId(deal.customer_id or ""),
            kind=SILENT_DEFECTOR,
            due_at=sla.after(hours, now, _WITHIN),
            source="store_system",
            vehicle=car,
        ),
        {"car": car},
        now,
    )
    return True


async def _owe(db: AsyncSession, promise: Promise, facts: dict[str, str], now: datetime) -> None:
    await promise_callback(db, promise, now)
    notice = Notice(
        promise.kind,
        promise.source_key,
        promise.source_key,
        promise.customer_id,
        facts=facts,
        stale_after=now + _TRUE_FOR,
    )
    await notices.send(db, notice, now)


async def _known(db: AsyncSession, kind: str, still_open: str, same: str) -> bool:
    """This one was opened before, or an earlier one about the same is still open."""
    mine = Loop.source_key.startswith(still_open, autoescape=True)
    found = select(Loop.id).where(Loop.kind == kind, (Loop.source_key == same) | (mine & Loop.closed_at.is_(None)))
    return await db.scalar(found.limit(1)) is not None


async def _has_visit(db: AsyncSession, customer_id: str, now: datetime) -> bool:
    coming = select(AppointmentRow.id).where(
        AppointmentRow.customer_id == customer_id, AppointmentRow.state == "booked", AppointmentRow.starts_at > now
    )
    return await db.scalar(coming.limit(1)) is not None


async def _opened_today(db: AsyncSession, kind: str, now: datetime) -> int:
    hours = await hours_of(db, "service")
    today = hours.at_local(hours.local(now).date(), datetime.min.time())
    return len(list(await db.scalars(select(Loop.id).where(Loop.kind == kind, Loop.created_at >= today))))


async def _car(db: AsyncSession, vehicle_id: str | None) -> str:
    car = await db.get(Vehicle, vehicle_id) if vehicle_id else None
    return " ".join(str(each) for each in (car.year, car.make, car.model) if each) if car else "car"


def _put_off(row: Recommendation, now: datetime) -> bool:
    return row.deferred_until is not None and row.deferred_until > now.date()


def _worth(work: Sequence[Recommendation]) -> int:
    return sum(each.price_low_cents or 0 for each in work)


def _months_before(day: date, months: int) -> date:
    month = day.month - 1 - months
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))
