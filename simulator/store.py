"""A believable dealership with a month behind it: the same one for the same seed, as seen from `now`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from followup.sla import callback_due
from kit.db import Base, Database
from kit.ids import E164, CustomerId, RooftopId
from record.hours import hours_of
from record.models import Customer, OutboxEvent, Rooftop
from scheduling.appointments import Appointment
from simulator.dealership import scripts
from simulator.dealership.calls import Ledger, Rang, call_times
from simulator.dealership.chance import Chance
from simulator.dealership.people import Person, meet_everyone
from simulator.dealership.shop_floor import LINE, NAME, STORE_PHONE, TARGETS, ZONE, open_the_doors
from simulator.dealership.talk import Talk
from simulator.dealership.visits import Bench, number_orders, other_orders, plan_known_visits, settle_past

_CALLS = 60
_ORDERS = 28
_DESK_BOOKINGS = 14
_OPENED_DAYS_AGO = 400


@dataclass(frozen=True)
class KnownCaller:
    """Somebody the store knows, for a simulated call."""

    name: str
    phone: E164
    vehicle: str


@dataclass(frozen=True)
class DemoStore:
    """What a simulated world needs to know of the store."""

    rooftop_id: RooftopId
    name: str
    time_zone: str
    line: E164
    store_phone: E164
    transfer_numbers: dict[str, E164]
    known_caller: KnownCaller
    unknown_number: E164


async def build_store(
    database: Database, now: datetime, seed: int = 7, writeback_target: str = "csv_folder"
) -> DemoStore:
    """Fills an empty, migrated database in one transaction; a store that is there already is left as it is."""
    if now.tzinfo is None:
        raise ValueError("now is an aware time")
    rooftop_id = RooftopId(hashlib.sha256(f"riverside:{seed}".encode()).hexdigest()[:32])
    async with database.writing(rooftop_id) as db:
        if await db.scalar(select(Rooftop.id).where(Rooftop.id == rooftop_id)) is None:
            await _build(db, rooftop_id, now, Chance(seed), writeback_target)
    return DemoStore(
        rooftop_id=rooftop_id,
        name=NAME,
        time_zone=ZONE.key,
        line=E164(LINE),
        store_phone=E164(STORE_PHONE),
        transfer_numbers={key: E164(number) for key, (_, number) in TARGETS.items()},
        known_caller=KnownCaller("Maria Alvarez", E164("+15035550112"), "2019 Honda CR-V"),
        unknown_number=E164("+15035550199"),
    )


async def known_customer(db: AsyncSession, first: str, last: str) -> CustomerId | None:
    """The id of one of the store's customers, for scenarios and tests."""
    found = await db.scalar(select(Customer.id).where(Customer.first_name == first, Customer.last_name == last))
    return CustomerId(found) if found else None


async def _build(db: AsyncSession, rooftop_id: str, now: datetime, chance: Chance, target: str) -> None:
    opened = now - timedelta(days=_OPENED_DAYS_AGO)
    staff = await open_the_doors(db, rooftop_id, opened, now, chance)
    people, rows = meet_everyone(chance, opened, now)
    await _store(db, rows)
    bench = await Bench.of(db, chance, staff)
    ledger = Ledger(chance, staff, await hours_of(db, "service"), now, target)
    month = _Month(bench, ledger, people, now)
    await month.happen()
    orders = await settle_past(bench, month.visits, now) + other_orders(bench, people, now, _ORDERS)
    number_orders(orders)
    ledger.close_old_loops()
    await _store(db, [*orders, *ledger.rows])
    # All of this is history: nothing of it waits for a handler.
    await db.execute(update(OutboxEvent).where(OutboxEvent.handled_at.is_(None)).values(handled_at=now))


def _tomorrow_at_nine(at: datetime) -> datetime:
    return (at.astimezone(ZONE) + timedelta(days=1)).replace(hour=9, minute=0, second=0)


async def _store(db: AsyncSession, rows: Sequence[Base]) -> None:
    """Parents before children: rows that know each other only by id are not put in order for us."""
    for table in Base.metadata.sorted_tables:
        db.add_all(row for row in rows if row.__table__ is table)
        await db.flush()


class _Month:
    """Lets the calls of a month happen in order, so that each books what was really free at its time."""

    def __init__(self, bench: Bench, ledger: Ledger, people: list[Person], now: datetime) -> None:
        self._bench, self._ledger, self._people, self._now = bench, ledger, people, now
        self._chance, self._staff = bench.chance, bench.staff
        self.visits: list[tuple[Person, Appointment]] = []

    async def happen(self) -> None:
        times = call_times(self._chance, self._now, _CALLS)
        kinds = self._kinds()
        for at, kind in zip(times, kinds, strict=True):
            await self._one(at, kind)
        await self._desk_bookings()

    def _kinds(self) -> list[str]:
        """What the month's calls were about; the last few are fixed: the newest page shows a bit of everything."""
        month = (
            ["books"] * 17 + ["interrupted"] * 3 + ["status"] * 7 + ["hours"] * 6 + ["parts"] * 3 + ["sales"] * 2
            + ["cashier"] * 2 + ["callback"] * 4 + ["unanswered"] * 2 + ["silent"] * 2 + ["wrong", "moves", "gives_up"]
        )  # fmt: skip
        newest = [
            "told_too_much", "status", "interrupted", "hours", "moves", "books",
            "unanswered", "callback", "interrupted",
        ]  # fmt: skip
        return self._chance.mixed(month) + newest

    async def _one(self, at: datetime, kind: str) -> None:
        person = self._chance.one_of(self._people[4:])
        rang = Rang(self._chance.id(at), f"CA{self._chance.hex(32)}", at, person.phone, person=person)
        nobody = Rang(rang.id, rang.sid, at, person.phone, hint=person)
        stranger = Rang(rang.id, rang.sid, at, f"+1503555019{self._chance.between(5, 9)}")
        match kind:
            case "books" | "interrupted":
                await self._books(rang, person, interrupted=kind == "interrupted")
            case "moves":
                await self._moves(rang, person)
            case "status":
                advisor = self._chance.one_of(self._staff.advisors)[0]
                said = self._chance.one_of(("in the shop now", "ready to be picked up", "waiting for parts"))
                number = str(self._chance.between(48101, 48140))
                self._write(rang, scripts.asks_status(self._chance, person, number, said, advisor))
            case "hours":
                self._write(self._chance.one_of((nobody, stranger)), scripts.asks_hours(self._chance))
            case "parts" | "sales" | "cashier":
                self._write(nobody, scripts.is_put_through(self._chance, kind, "connected"))
            case "unanswered":
                key = self._chance.one_of(("service", "manager"))
                self._write(nobody, scripts.is_put_through(self._chance, key, "no_answer"))
            case "callback":
                owner = self._staff.owner("service")[0]
                due = callback_due(self._ledger.hours, "service", at, urgent=False, asked=None)
                self._write(rang, scripts.wants_a_call(self._chance, person, person.phone, owner, due))
            case "told_too_much":
                self._write(rang, scripts.is_told_too_much(self._chance, person, _tomorrow_at_nine(at)))
            case "wrong":
                self._write(stranger, scripts.dials_wrong(self._chance))
            case _:
                self._write(nobody, scripts.hangs_up(self._chance, silent=kind == "silent"))

    async def _books(self, rang: Rang, person: Person, *, interrupted: bool) -> None:
        code = self._chance.one_of(scripts.NEEDS)
        days_out = self._chance.between(1, 6)
        made = await self._bench.book(person, code, rang.at, days_out=days_out, call_sid=rang.sid)
        if made is None:
            self._write(rang, scripts.asks_hours(self._chance))
            return
        visit, others = made
        self.visits.append((person, visit))
        shown = self._as_said(visit, code)
        self._write(rang, scripts.books(self._chance, person, shown, others, interrupted=interrupted))

    async def _moves(self, rang: Rang, person: Person) -> None:
        """Moved by phone: what was booked at the desk the week before is told with its new time."""
        made = await self._bench.book(person, "LOF", rang.at, days_out=self._chance.between(2, 5), call_sid=rang.sid)
        if made is None:
            self._write(rang, scripts.asks_hours(self._chance))
            return
        visit, _ = made
        self.visits.append((person, visit))
        was = visit.starts_at - timedelta(days=1)
        self._write(rang, scripts.moves(self._chance, person, self._as_said(visit, "LOF"), was))

    async def _desk_bookings(self) -> None:
        """Upcoming visits made at the desk, and those the known callers are to move or cancel."""
        yesterday = self._now - timedelta(hours=20)
        for index, code, days in plan_known_visits():
            made = await self._bench.book(self._people[index], code, self._now, days_out=days)
            if made:
                self.visits.append((self._people[index], made[0]))
        for person in self._chance.some_of(self._people[4:], _DESK_BOOKINGS):
            code = self._chance.one_of(scripts.NEEDS)
            made = await self._bench.book(person, code, yesterday, days_out=self._chance.between(1, 12))
            if made:
                self.visits.append((person, made[0]))

    def _as_said(self, visit: Appointment, code: str) -> scripts.Visit:
        job = self._bench.menu[code]
        return scripts.Visit(
            visit.appointment_id,
            visit.starts_at,
            visit.advisor.name,
            code,
            visit.confirmation,
            job.plain_name,
            job.price_wording or "the advisor confirms the price",
        )

    def _write(self, rang: Rang, talk: Talk) -> None:
        self._ledger.write_down(rang, talk)
