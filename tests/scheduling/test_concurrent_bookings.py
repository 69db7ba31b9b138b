"""Many callers at once for the same few times: capacity holds exactly, on both databases."""

import asyncio
import random
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import Database
from kit.ids import CallSid
from scheduling import booking
from scheduling.booking import Booked, Cancelled, Held, Moved, Request, book, cancel, hold, move, sweep_expired_holds
from scheduling.models import AppointmentLineRow, AppointmentRow, ReservationRow, SchedulingPolicyRow
from scheduling.openings import find_offers
from scheduling.refusals import AlreadyCancelled, NothingToMove, NotOpenForChange, Refusal, SlotTaken
from scheduling.shop import Policy, Visit, Wish
from scheduling.slots import Offer
from tests.scheduling.a_store import BRAKES, NOW, OIL, AStore, a_store, pacific


async def offers_for(database: Database, store: AStore, wish: Wish) -> list[Offer]:
    async with database.reading(store.rooftop_id) as db:
        return await find_offers(db, wish, NOW)


async def try_to_book(database: Database, store: AStore, caller: int, offer: Offer, code: str) -> Booked | Refusal:
    request = Request(
        offer.slot_id,
        (code,),
        store.customers[caller % len(store.customers)],
        f"CA{caller}:1",
        call_sid=CallSid(f"CA{caller}"),
    )
    async with database.writing(store.rooftop_id) as db:
        return await book(db, request, NOW)


async def overlapping_work(db: AsyncSession) -> list[tuple[str, str]]:
    """Invariant I16: booked work of two appointments that overlaps on one technician."""
    work = list(
        await db.execute(
            select(AppointmentLineRow.technician_id, AppointmentLineRow.work_starts_at)
            .add_columns(AppointmentLineRow.work_ends_at, AppointmentRow.id)
            .join(AppointmentRow, AppointmentRow.id == AppointmentLineRow.appointment_id)
            .where(AppointmentRow.state == "booked")
        )
    )
    return [
        (one.id, other.id)
        for one in work
        for other in work
        if one.id < other.id
        and one.technician_id == other.technician_id
        and one.work_starts_at < other.work_ends_at
        and other.work_starts_at < one.work_ends_at
    ]


async def check_the_books(database: Database, store: AStore) -> None:
    """Every reservation belongs to a live appointment, every live appointment has its own, and none is shared."""
    async with database.reading(store.rooftop_id) as db:
        rows = list(await db.scalars(select(ReservationRow)))
        assert max(Counter((row.resource_id, row.quantum_start) for row in rows).values(), default=1) == 1
        live = {
            row.id: row
            for row in await db.scalars(select(AppointmentRow).where(AppointmentRow.state.in_(("held", "booked"))))
        }
        assert {row.appointment_id for row in rows} == set(live)
        arrivals = [row for row in rows if row.resource_id.startswith("advisor:")]
        assert {(row.appointment_id, row.quantum_start) for row in arrivals} == {
            (row.id, row.starts_at) for row in live.values()
        }
        assert len(arrivals) == len(live)
        work = Counter(row.appointment_id for row in rows if row.resource_id.startswith("technician:"))
        for line in await db.scalars(select(AppointmentLineRow)):
            if line.appointment_id in live:
                assert work[line.appointment_id] == (line.work_ends_at - line.work_starts_at) // timedelta(minutes=15)
        assert await overlapping_work(db) == []


@pytest.mark.parametrize("callers", [60, pytest.param(500, marks=pytest.mark.soak)])
async def test_many_callers_for_one_time_fill_it_exactly(database: Database, callers: int) -> None:
    store = await a_store(database, technicians=4, advisors=6, customers=callers, policy=Policy(waiters_per_slot=5))
    nine = pacific("2026-11-17T09:00")
    (offer,) = await offers_for(database, store, Wish((OIL,), Visit.WAITER, earliest=nine, latest=nine))
    results = await asyncio.gather(*(try_to_book(database, store, n, offer, "LOF") for n in range(callers)))
    assert Counter(type(result) for result in results) == {Booked: 4, SlotTaken: callers - 4}
    await check_the_books(database, store)


async def test_nobody_is_refused_a_time_that_is_still_free(database: Database) -> None:
    store = await a_store(database, technicians=3, advisors=2, customers=60)
    wish = Wish((BRAKES,), earliest=pacific("2026-11-17T00:00"), latest=pacific("2026-11-17T23:59"), how_many=40)
    slots = await offers_for(database, store, wish)
    dice = random.Random(7)
    callers = [(n, dice.choice(slots)) for n in range(60)]
    results = await asyncio.gather(*(try_to_book(database, store, n, slot, "BRKF") for n, slot in callers))
    assert {type(result) for result in results} == {Booked, SlotTaken}
    # Three technicians from half past seven to six: five jobs of two hours each at most.
    assert 1 <= sum(isinstance(result, Booked) for result in results) <= 15
    refused = {result.starts_at for result in results if isinstance(result, SlotTaken)}
    assert [offer for offer in await offers_for(database, store, wish) if offer.starts_at in refused] == []
    await check_the_books(database, store)


async def test_without_taking_turns_the_unique_key_still_keeps_capacity(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_turn(db: AsyncSession, rooftops: set[str] | None = None) -> SchedulingPolicyRow | None:
        return await db.scalar(select(SchedulingPolicyRow))

    monkeypatch.setattr(booking, "_take_turn", no_turn)
    store = await a_store(database, technicians=4, advisors=6, customers=30, policy=Policy(waiters_per_slot=5))
    nine = pacific("2026-11-17T09:00")
    (offer,) = await offers_for(database, store, Wish((OIL,), Visit.WAITER, earliest=nine, latest=nine))
    results = await asyncio.gather(*(try_to_book(database, store, n, offer, "LOF") for n in range(30)))
    kinds = Counter(type(result) for result in results)
    assert set(kinds) == {Booked, SlotTaken} and 1 <= kinds[Booked] <= 4
    await check_the_books(database, store)


async def test_the_same_request_from_twenty_retries_at_once_is_one_booking(database: Database) -> None:
    store = await a_store(database, technicians=4, advisors=4)
    nine = pacific("2026-11-17T09:00")
    (offer,) = await offers_for(database, store, Wish((OIL,), earliest=nine, latest=nine))
    results = await asyncio.gather(*(try_to_book(database, store, 1, offer, "LOF") for _ in range(20)))
    assert all(isinstance(result, Booked) for result in results)
    assert len({result.appointment.appointment_id for result in results if isinstance(result, Booked)}) == 1
    await check_the_books(database, store)


async def test_callers_who_hold_book_move_and_cancel_at_once_leave_the_books_straight(database: Database) -> None:
    store = await a_store(database, technicians=2, advisors=2, customers=15)
    wish = Wish((OIL,), earliest=pacific("2026-11-17T09:00"), latest=pacific("2026-11-17T12:00"), how_many=13)
    slots = await offers_for(database, store, wish)
    seen: Counter[type] = Counter()

    async def caller(number: int) -> None:
        dice = random.Random(number)
        whose, sid = store.customers[number], CallSid(f"CA{number}")
        mine: str | None = None
        for step in range(6):
            now = NOW + timedelta(minutes=2 * step)
            key, slot = f"{sid}:{step}", dice.choice(slots).slot_id
            request = Request(slot, ("LOF",), whose, key, call_sid=sid)
            async with database.writing(store.rooftop_id) as db:
                if mine is None:
                    result = await (hold if dice.random() < 0.4 else book)(db, request, now)
                elif dice.random() < 0.6:
                    result = await move(db, mine, slot, key=key, now=now, customer_id=whose)
                else:
                    result = await cancel(db, mine, key=key, now=now, customer_id=whose)
            seen[type(result)] += 1
            if isinstance(result, Booked):
                mine = result.appointment.appointment_id
            elif isinstance(result, Cancelled | AlreadyCancelled):
                mine = None

    async def sweeper() -> None:
        for step in range(20):
            async with database.across_rooftops("sweep") as db:
                await sweep_expired_holds(db, NOW + timedelta(minutes=step))
            await asyncio.sleep(0)

    await asyncio.gather(*(caller(number) for number in range(15)), sweeper())
    assert {Booked, Held, Moved, Cancelled, SlotTaken} <= set(seen)
    assert set(seen) <= {Booked, Held, Moved, Cancelled, SlotTaken, NothingToMove, NotOpenForChange, AlreadyCancelled}
    await check_the_books(database, store)
