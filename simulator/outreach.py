"""What outreach works on in the demo: work not done, silent buyers, leases, deliveries; and what asking brought."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.program_models import Enrollment
from followup.programs import keeping
from followup.programs.finding.buyers import months_before
from followup.programs.rules import held_out
from record.models import Customer, RepairOrder, Staff, Vehicle
from record.sales_models import Deal
from record.visit_models import Recommendation

_WORK = (
    ("red", 2, "front brake pads", "2 mm", 38_900, 42_900),
    ("red", 2, "left rear tire", "2/32 in", 18_500, 24_000),
    ("red", 3, "leaking water pump", "", 64_000, 72_000),
    ("yellow", 14, "rear brake pads", "4 mm", 33_900, 37_900),
    ("yellow", 15, "serpentine belt", "", 17_900, 21_900),
    ("yellow", 14, "battery", "tested weak", 21_900, 25_900),
    ("yellow", 15, "cabin filter", "", 6_900, 6_900),
    ("put off", 40, "four-wheel alignment", "", 12_900, 12_900),
)
_BOUGHT = (("2025", "Honda", "Civic"), ("2025", "Toyota", "Corolla"), ("2025", "Subaru", "Crosstrek"))
_ASKED_BEFORE = 66


async def give_outreach_something(db: AsyncSession, now: datetime) -> None:
    """Made before the worker starts, which then finds these people itself."""
    cars = (
        await db.execute(
            select(Vehicle, Customer)
            .join(Customer, Customer.id == Vehicle.customer_id)
            .where(Customer.merged_into_id.is_(None))
            .order_by(Vehicle.id.desc())
        )
    ).all()
    pairs = [(car, person) for car, person in cars]
    advisor_id = await db.scalar(select(Staff.id).where(Staff.role == "advisor").order_by(Staff.id).limit(1))
    await _work_not_done(db, pairs, advisor_id, now)
    await _buyers(db, pairs[len(_WORK) :], now)
    await _asked_before(db, [person for _, person in pairs], now)


async def _work_not_done(
    db: AsyncSession, pairs: Sequence[tuple[Vehicle, Customer]], advisor_id: str | None, now: datetime
) -> None:
    for at, ((colour, days, what, measured, low, high), (car, person)) in enumerate(zip(_WORK, pairs, strict=False)):
        then = now - timedelta(days=days, hours=1)
        order = RepairOrder(
            ro_number=f"D{88100 + at}", customer_id=person.id, vehicle_id=car.id, advisor_id=advisor_id,
            status="closed", opened_at=then - timedelta(hours=5), status_at=then, closed_at=then, total_cents=21_400,
        )  # fmt: skip
        db.add(order)
        await db.flush()
        put_off = colour == "put off"
        db.add(
            Recommendation(
                repair_order_id=order.id, customer_id=person.id, vehicle_id=car.id, item_key="1", description=what,
                colour="yellow" if put_off else colour, measured=measured, presented=True,
                state="deferred" if put_off else "declined", price_low_cents=low, price_high_cents=high,
                recommended_by_id=advisor_id, recommended_at=then,
                deferred_until=now.date() - timedelta(days=1) if put_off else None,
            )
        )  # fmt: skip


async def _buyers(db: AsyncSession, pairs: Sequence[tuple[Vehicle, Customer]], now: datetime) -> None:
    today = now.date()
    for at, ((year, make, model), (_, person)) in enumerate(zip(_BOUGHT * 3, pairs, strict=False)):
        car = Vehicle(customer_id=person.id, year=int(year), make=make, model=model)
        db.add(car)
        await db.flush()
        deal = Deal(
            deal_number=f"D{5100 + at}", customer_id=person.id, vehicle_id=car.id, kind="retail", salesperson="Rob Tran"
        )
        if at < 3:
            deal.sold_on = months_before(today, 13) - timedelta(days=5 * at)
        elif at < 6:
            deal.sold_on = deal.delivered_on = today - timedelta(days=3 + at)
        else:
            deal.kind, deal.sold_on = "lease", months_before(today, 32)
            deal.lease_ends_on = today + timedelta(days=118 + at)
        db.add(deal)


async def _asked_before(db: AsyncSession, people: Sequence[Customer], now: datetime) -> None:
    """Six weeks of one program, so that its page says what came."""
    program = await keeping.ensured(db, "declined_yellow", now)
    for at in range(_ASKED_BEFORE):
        person = people[at % len(people)]
        began = now - timedelta(days=36 + at % 20)
        came = at % 6 == 1
        out = held_out(person.id, program.rules.holdout_percent)
        db.add(
            Enrollment(
                program_id=program.id, version=1, customer_id=person.id, subject=f"demo:{at}",
                reason="rear brake pads on an earlier visit: was asked and said no", counts_from=began,
                state="held_out" if out else "done", enrolled_at=began, began_at=began, next_at=None,
                came_at=began + timedelta(days=9) if came else None, came_cents=31_400 + 700 * at if came else None,
                credited=came and not out,
            )
        )  # fmt: skip
