"""Appointments through the scheduling rules, and the repair orders that came of them."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallSid, CustomerId, VehicleId
from record.models import RepairOrder
from scheduling import booking, op_codes
from scheduling.appointments import Appointment
from scheduling.models import AppointmentRow
from scheduling.openings import find_offers
from scheduling.shop import Job, Wish
from scheduling.states import AppointmentState
from simulator.dealership.chance import Chance
from simulator.dealership.people import Person
from simulator.dealership.shop_floor import ZONE, People

_OPEN = (
    "arrived",
    "waiting_dispatch",
    "in_shop",
    "in_shop",
    "diagnosing",
    "awaiting_approval",
    "awaiting_parts",
    "quality_check",
    "ready",
    "ready",
    "in_shop",
    "awaiting_parts",
)
_CONCERNS = (
    "Customer states a squeal from the front brakes when stopping.",
    "Customer requests oil change and tire rotation.",
    "Customer states the check engine light is on.",
    "Customer states a vibration at highway speed.",
    "Customer requests the 30,000 mile service.",
    "Customer states the battery is slow to crank in the morning.",
    "Customer states the air conditioning blows warm.",
    "Customer brought a recall letter; check parts.",
    "Customer states a clunk over bumps, right front.",
    "Customer requests four new tires and an alignment.",
)


@dataclass(frozen=True)
class Bench:
    """What visits are made with."""

    db: AsyncSession
    chance: Chance
    staff: People
    menu: dict[str, Job]

    @classmethod
    async def of(cls, db: AsyncSession, chance: Chance, staff: People) -> "Bench":
        return cls(db, chance, staff, {job.code: job for job in await op_codes.menu(db)})

    async def book(
        self, person: Person, code: str, at: datetime, *, days_out: int, call_sid: str = ""
    ) -> tuple[Appointment, list[datetime]] | None:
        """Books what was free at that moment, and the other times that were offered; None when nothing was."""
        earliest = (at.astimezone(ZONE) + timedelta(days=days_out)).replace(hour=0, minute=0).astimezone(at.tzinfo)
        wish = Wish(
            (self.menu[code],),
            earliest=max(earliest, at),
            latest=earliest + timedelta(days=6),
            around=time(self.chance.between(7, 15), self.chance.one_of((0, 15, 30, 45))),
        )
        offers = await find_offers(self.db, wish, at)
        if not offers:
            return None
        request = booking.Request(
            slot_id=offers[0].slot_id,
            op_codes=(code,),
            customer_id=CustomerId(person.id),
            key=f"seed:{call_sid or self.chance.hex(16)}:{code}",
            concern=f"{self.menu[code].plain_name.capitalize()} requested by phone",
            vehicle_id=VehicleId(person.cars[0].id),
            call_sid=CallSid(call_sid) if call_sid else None,
        )
        made = await booking.book(self.db, request, at)
        if not isinstance(made, booking.Booked):
            return None
        return made.appointment, [offer.starts_at for offer in offers[1:]]


async def settle_past(bench: Bench, made: list[tuple[Person, Appointment]], now: datetime) -> list[RepairOrder]:
    """Past appointments become visits with a closed repair order, or no-shows; one in eight does not come."""
    orders = []
    for index, (person, visit) in enumerate(made):
        if visit.starts_at >= now:
            continue
        came = index % 8 != 5
        state = AppointmentState.COMPLETED if came else AppointmentState.NO_SHOW
        await bench.db.execute(
            update(AppointmentRow).where(AppointmentRow.id == visit.appointment_id).values(state=state)
        )
        if not came:
            continue
        concern = f"Customer requests {', '.join(visit.services)}."
        still_here = visit.ends_at > now
        orders.append(
            _order(
                bench,
                person,
                visit.starts_at,
                concern,
                visit.advisor.id,
                promised=visit.ends_at,
                closed=None if still_here else visit.ends_at + timedelta(minutes=35),
                status="in_shop" if still_here else "closed",
                now=now,
            )
        )
    return orders


def other_orders(bench: Bench, people: list[Person], now: datetime, count: int) -> list[RepairOrder]:
    """Repair orders that came by other ways: a dozen in the shop now, the rest closed over the month."""
    orders = []
    known, rest = people[1], [person for person in people[4:] if person.cars]
    # The known caller with a car in the shop: in since yesterday, waiting for a part, promised for tomorrow afternoon.
    orders.append(
        _order(
            bench,
            known,
            _desk(now, -1, 8, 20),
            "Customer states a vibration when braking from highway speed.",
            bench.staff.advisors[0][1],
            promised=_desk(now, 1, 16, 0),
            closed=None,
            status="awaiting_parts",
            now=now,
        )
    )
    for index, person in enumerate(bench.chance.some_of(rest, count - 1)):
        _, advisor = bench.chance.one_of(bench.staff.advisors)
        concern = bench.chance.one_of(_CONCERNS)
        if index < len(_OPEN):
            days_in = 0 if index < 4 else bench.chance.between(1, 3)
            opened = min(_desk(now, -days_in, 7, bench.chance.between(10, 59)), now - timedelta(minutes=25))
            promised = _desk(now, 0 if index % 3 else 1, 17, 0)
            status, closed = _OPEN[index], None
        else:
            opened = _desk(now, -bench.chance.between(2, 29), 7, bench.chance.between(5, 59))
            promised = opened + timedelta(hours=bench.chance.between(3, 9))
            status, closed = "closed", promised + timedelta(minutes=bench.chance.between(-60, 90))
        orders.append(_order(bench, person, opened, concern, advisor, promised, closed, status, now))
    return orders


def plan_known_visits() -> tuple[tuple[int, str, int], ...]:
    """Index of the known customer, op code, days ahead: who has something to move or cancel in the scenarios."""
    return ((2, "30K", 3), (3, "ROT", 2))


def _order(
    bench: Bench,
    person: Person,
    opened: datetime,
    concern: str,
    advisor_id: str,
    promised: datetime,
    closed: datetime | None,
    status: str,
    now: datetime,
) -> RepairOrder:
    return RepairOrder(
        id=bench.chance.id(opened),
        ro_number="",
        customer_id=person.id,
        vehicle_id=person.cars[0].id,
        advisor_id=str(advisor_id),
        status=status,
        concern=concern,
        opened_at=opened,
        promised_at=promised,
        status_at=closed or min(now, opened + (now - opened) * 0.7),
        closed_at=closed,
        created_at=opened,
    )


def number_orders(orders: list[RepairOrder], first: int = 48101) -> None:
    """Numbers as a store gives them out: in the order the cars came."""
    for offset, order in enumerate(sorted(orders, key=lambda order: order.opened_at)):
        order.ro_number = str(first + offset)


def _desk(now: datetime, days: int, hour: int, minute: int) -> datetime:
    """A moment at the service desk `days` from today, in store time; Sundays move to Saturday or Monday."""
    local = now.astimezone(ZONE) + timedelta(days=days)
    if local.weekday() == 6:
        local += timedelta(days=-1 if days <= 0 else 1)
    return local.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(now.tzinfo)
