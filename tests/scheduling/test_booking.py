"""Holding, booking, moving and cancelling, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from kit.db import Database
from kit.ids import CallSid, CustomerId, new_id
from record.models import OutboxEvent
from scheduling import setup
from scheduling.appointments import (
    appointment,
    appointments_between,
    appointments_of,
    booked_in_call,
    by_confirmation,
)
from scheduling.booking import (
    Booked,
    Cancelled,
    Held,
    KeyUsedForSomethingElse,
    Moved,
    Request,
    book,
    cancel,
    hold,
    move,
    sweep_expired_holds,
)
from scheduling.models import AppointmentChangeRow, AppointmentLineRow, AppointmentRow, ReservationRow
from scheduling.openings import find_offers, wish_to_move
from scheduling.plans import Lacking
from scheduling.refusals import (
    AlreadyCancelled,
    CustomerMissing,
    NotFound,
    NothingToMove,
    NotOpenForChange,
    NotWaitable,
    SlotTaken,
    SlotUnknown,
    TooSoon,
    UnknownOpCode,
)
from scheduling.shop import Job, Transport, Visit, Wish
from scheduling.slots import Offer
from scheduling.states import AppointmentState
from tests.scheduling.a_store import BRAKES, NOW, OIL, WIPERS, AStore, a_store, pacific

CALL = CallSid("CA1")


@pytest.fixture
async def store(database: Database) -> AStore:
    return await a_store(database)


async def an_offer(
    database: Database, store: AStore, at: str = "2026-11-17T09:00", *jobs: Job, **wish: object
) -> Offer:
    async with database.reading(store.rooftop_id) as db:
        asked = Wish(jobs or (OIL,), earliest=pacific(at), latest=pacific(at), how_many=1, **wish)  # type: ignore[arg-type]
        return (await find_offers(db, asked, NOW))[0]


def a_request(store: AStore, offer: Offer | str, key: str = "CA1:1", **given: object) -> Request:
    slot_id = offer if isinstance(offer, str) else offer.slot_id
    return replace(Request(slot_id, ("LOF",), store.customers[0], key, call_sid=CALL), **given)  # type: ignore[arg-type]


async def booked(database: Database, store: AStore, request: Request, now: datetime = NOW) -> Booked:
    async with database.writing(store.rooftop_id) as db:
        result = await book(db, request, now)
    assert isinstance(result, Booked), result
    return result


async def reserved(database: Database, store: AStore) -> list[tuple[str, datetime]]:
    async with database.reading(store.rooftop_id) as db:
        rows = await db.execute(select(ReservationRow.resource_id, ReservationRow.quantum_start))
        return sorted((row.resource_id, row.quantum_start) for row in rows)


async def events(database: Database, store: AStore) -> list[str]:
    async with database.reading(store.rooftop_id) as db:
        return list(await db.scalars(select(OutboxEvent.kind).order_by(OutboxEvent.id)))


async def test_a_booking_is_stored_as_offered(database: Database, store: AStore) -> None:
    offer = await an_offer(database, store)
    result = await booked(database, store, a_request(store, offer, concern="it is due"))
    made = result.appointment
    assert (made.starts_at, made.ends_at, made.state) == (offer.starts_at, offer.ready_at, AppointmentState.BOOKED)
    assert (made.advisor.id, made.technician_id, made.concern) == (offer.advisor_id, offer.technician_id, "it is due")
    assert made.op_codes == ("LOF",) and made.services == (OIL.plain_name,)
    assert made.advisor.name.startswith("Advisor")
    assert len(made.confirmation) == 5 and made.confirmation[0].isalpha() and made.confirmation[1:].isdigit()
    async with database.reading(store.rooftop_id) as db:
        assert await appointments_of(db, store.customers[0], NOW) == [made]
        assert await appointment(db, made.appointment_id) == made
        spoken = f"{made.confirmation[0].lower()}-{made.confirmation[1:3]} {made.confirmation[3:]}"
        assert await by_confirmation(db, spoken) == made
        assert await booked_in_call(db, CALL) == [made]
        assert await appointments_between(db, made.starts_at, made.ends_at) == [made]
    assert len(await reserved(database, store)) == 1 + 2
    assert await events(database, store) == ["appointment_booked"]


async def test_the_same_request_twice_is_one_booking(database: Database, store: AStore) -> None:
    request = a_request(store, await an_offer(database, store))
    first = await booked(database, store, request)
    again = await booked(database, store, request)
    assert again.repeated and again.appointment == first.appointment
    assert await events(database, store) == ["appointment_booked"]


async def test_a_model_that_books_the_same_visit_again_gets_the_booking_it_has(
    database: Database, store: AStore
) -> None:
    offer = await an_offer(database, store)
    first = await booked(database, store, a_request(store, offer))
    again = await booked(database, store, a_request(store, offer, "CA1:2"))
    assert again.repeated and again.appointment == first.appointment


async def test_when_the_offered_people_are_taken_others_serve_until_nobody_is_left(
    database: Database, store: AStore
) -> None:
    offer = await an_offer(database, store)
    first = await booked(database, store, a_request(store, offer))
    second = await booked(database, store, a_request(store, offer, "CA2:1", customer_id=store.customers[1]))
    assert first.appointment.advisor.id != second.appointment.advisor.id
    third = a_request(store, offer, "CA3:1", vehicle_id=None, customer_id=store.customers[0], op_codes=("BRKF",))
    async with database.writing(store.rooftop_id) as db:
        assert await book(db, third, NOW) == SlotTaken(offer.starts_at, Lacking.ADVISOR)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"slot_id": "20261117t1700z.drop_off.none.aaaa.bbbb.cccccccccc"}, SlotUnknown()),
        ({"op_codes": ("LOF", "XYZ")}, UnknownOpCode(("xyz",))),
        ({"op_codes": ()}, UnknownOpCode(())),
        ({"customer_id": None}, CustomerMissing()),
        ({"op_codes": ("BRKF",), "visit": Visit.WAITER}, NotWaitable(("BRKF",))),
        ({"transport": Transport.SHUTTLE}, SlotTaken(pacific("2026-11-17T09:00"), Lacking.TRANSPORT)),
    ],
)
async def test_what_cannot_be_booked_is_refused_and_leaves_nothing(
    database: Database, store: AStore, given: dict[str, object], refusal: object
) -> None:
    request = a_request(store, await an_offer(database, store), **given)
    async with database.writing(store.rooftop_id) as db:
        assert await book(db, request, NOW) == refusal
    assert await reserved(database, store) == []
    assert await events(database, store) == []


async def test_an_offer_is_good_while_the_caller_thinks_but_not_for_ever(database: Database, store: AStore) -> None:
    offer = await an_offer(database, store)
    async with database.writing(store.rooftop_id) as db:
        late = await book(db, a_request(store, offer), offer.starts_at - timedelta(minutes=44))
        assert late == TooSoon(offer.starts_at)
        assert isinstance(await book(db, a_request(store, offer), offer.starts_at - timedelta(minutes=46)), Booked)


async def test_another_stores_slot_is_unknown_here(database: Database, store: AStore) -> None:
    other = await a_store(database)
    offer = await an_offer(database, other)
    async with database.writing(store.rooftop_id) as db:
        assert await book(db, a_request(store, offer), NOW) == SlotUnknown()


async def test_a_store_that_takes_no_appointments_offers_and_books_nothing(database: Database, store: AStore) -> None:
    async with database.writing(store.rooftop_id) as db:
        for row in await db.scalars(select(setup.SchedulingPolicyRow)):
            await db.delete(row)
        await db.flush()
        assert await find_offers(db, Wish((OIL,)), NOW) == []
        assert await book(db, a_request(store, "any"), NOW) == SlotUnknown()
        assert await hold(db, a_request(store, "any"), NOW) == SlotUnknown()
        assert await move(db, "any", "any", key="k", now=NOW) == NotFound()
        assert await cancel(db, "any", key="k", now=NOW) == NotFound()


async def test_a_hold_keeps_the_slot_for_five_minutes_and_becomes_the_booking(
    database: Database, store: AStore
) -> None:
    offer = await an_offer(database, store)
    async with database.writing(store.rooftop_id) as db:
        held = await hold(db, a_request(store, offer, customer_id=None), NOW)
        assert isinstance(held, Held)
        again = await hold(db, a_request(store, offer, customer_id=None), NOW)
        assert again == Held(held.appointment, repeated=True)
        assert held.appointment.hold_expires_at == NOW + timedelta(minutes=5)
        assert await appointments_of(db, store.customers[0], NOW) == []
    made = await booked(database, store, a_request(store, offer, "CA1:2"), NOW + timedelta(minutes=4))
    assert made.appointment.appointment_id == held.appointment.appointment_id
    assert made.appointment.confirmation == held.appointment.confirmation
    assert made.appointment.customer_id == store.customers[0] and made.appointment.hold_expires_at is None
    assert len(await reserved(database, store)) == 3


async def test_a_hold_that_ran_out_is_free_for_others_at_once(database: Database) -> None:
    store = await a_store(database, technicians=1, advisors=1)
    offer = await an_offer(database, store)
    other = a_request(store, offer, "CA2:1", customer_id=store.customers[1], call_sid=CallSid("CA2"))
    async with database.writing(store.rooftop_id) as db:
        assert isinstance(await hold(db, a_request(store, offer), NOW), Held)
        assert isinstance(await book(db, other, NOW + timedelta(minutes=4)), SlotTaken)
    late = NOW + timedelta(minutes=5)
    async with database.reading(store.rooftop_id) as db:
        wish = Wish((OIL,), earliest=offer.starts_at, latest=offer.starts_at)
        assert [each.starts_at for each in await find_offers(db, wish, late)] == [offer.starts_at]
    await booked(database, store, other, late)


async def test_the_sweep_gives_back_every_stores_expired_holds_and_nothing_else(
    database: Database, store: AStore
) -> None:
    other = await a_store(database)
    for each in (store, other):
        async with database.writing(each.rooftop_id) as db:
            assert isinstance(await hold(db, a_request(each, await an_offer(database, each)), NOW), Held)
    kept = await booked(database, store, a_request(store, await an_offer(database, store), "CA2:1", call_sid=None))
    async with database.across_rooftops("sweep") as db:
        assert await sweep_expired_holds(db, NOW + timedelta(minutes=4)) == 0
        assert await sweep_expired_holds(db, NOW + timedelta(minutes=5)) == 2
        assert await sweep_expired_holds(db, NOW + timedelta(minutes=5)) == 0
    assert len(await reserved(database, store)) == 3 and await reserved(database, other) == []
    async with database.reading(store.rooftop_id) as db:
        assert [each.appointment_id for each in await appointments_of(db, store.customers[0], NOW)] == [
            kept.appointment.appointment_id
        ]


async def test_a_move_takes_the_new_time_and_frees_the_old(database: Database, store: AStore) -> None:
    made = (await booked(database, store, a_request(store, await an_offer(database, store)))).appointment
    later = await an_offer(database, store, "2026-11-18T14:00")
    async with database.writing(store.rooftop_id) as db:
        moved = await move(db, made.appointment_id, later.slot_id, key="CA2:1", now=NOW, call_sid=CallSid("CA2"))
        assert isinstance(moved, Moved)
        assert (moved.was, moved.appointment.starts_at) == (made.starts_at, later.starts_at)
        assert moved.appointment.confirmation == made.confirmation and moved.appointment.version > made.version
        again = await move(db, made.appointment_id, later.slot_id, key="CA2:1", now=NOW)
        assert again == Moved(moved.appointment, made.starts_at, repeated=True)
        same = await move(db, made.appointment_id, later.slot_id, key="CA2:2", now=NOW)
        assert same == NothingToMove(moved.appointment)
        line = (await db.scalars(select(AppointmentLineRow))).one()
        assert (line.work_starts_at, line.work_ends_at) == (later.starts_at, later.ready_at)
    assert {start.date() for _, start in await reserved(database, store)} == {later.starts_at.date()}
    assert await events(database, store) == ["appointment_booked", "appointment_moved"]


async def test_a_move_to_a_taken_time_leaves_the_appointment_as_it_was(database: Database) -> None:
    store = await a_store(database, technicians=1, advisors=1)
    made = (await booked(database, store, a_request(store, await an_offer(database, store)))).appointment
    wanted = await an_offer(database, store, "2026-11-18T14:00")
    await booked(database, store, a_request(store, wanted, "CA2:1", customer_id=store.customers[1]))
    before = await reserved(database, store)
    async with database.writing(store.rooftop_id) as db:
        refused = await move(db, made.appointment_id, wanted.slot_id, key="CA3:1", now=NOW)
        assert refused == SlotTaken(wanted.starts_at, Lacking.ADVISOR)
    assert await reserved(database, store) == before
    async with database.reading(store.rooftop_id) as db:
        assert await appointment(db, made.appointment_id) == made


async def test_an_appointment_may_move_onto_its_own_time(database: Database) -> None:
    store = await a_store(database, technicians=1, advisors=1)
    offer = await an_offer(database, store, "2026-11-17T09:00", BRAKES)
    made = (await booked(database, store, a_request(store, offer, op_codes=("BRKF",)))).appointment
    async with database.writing(store.rooftop_id) as db:
        wish = await wish_to_move(db, made.appointment_id)
        assert wish is not None and wish.jobs == (BRAKES,)
        near = replace(wish, earliest=pacific("2026-11-17T09:15"), latest=pacific("2026-11-17T09:15"))
        (quarter_past,) = await find_offers(db, near, NOW, moving=made.appointment_id)
        moved = await move(db, made.appointment_id, quarter_past.slot_id, key="CA2:1", now=NOW)
        assert isinstance(moved, Moved) and moved.appointment.ends_at == made.ends_at + timedelta(minutes=15)
    assert len(await reserved(database, store)) == 1 + 8


async def test_two_appointments_may_trade_places_by_way_of_a_third_time(database: Database) -> None:
    store = await a_store(database, technicians=1, advisors=1)
    nine, ten, noon = [await an_offer(database, store, f"2026-11-17T{hour}:00") for hour in ("09", "10", "12")]
    one = (await booked(database, store, a_request(store, nine))).appointment
    two = (await booked(database, store, a_request(store, ten, "2", customer_id=store.customers[1]))).appointment
    async with database.writing(store.rooftop_id) as db:
        for key, which, slot in (("3", one, noon), ("4", two, nine), ("5", one, ten)):
            assert isinstance(await move(db, which.appointment_id, slot.slot_id, key=key, now=NOW), Moved)
        assert (await appointments_of(db, store.customers[0], NOW))[0].starts_at == ten.starts_at
        assert (await appointments_of(db, store.customers[1], NOW))[0].starts_at == nine.starts_at


async def test_a_loaner_stays_with_the_appointment_that_moves(database: Database, store: AStore) -> None:
    offer = await an_offer(database, store, transport=Transport.LOANER)
    made = (await booked(database, store, a_request(store, offer))).appointment
    assert made.transport is Transport.LOANER
    other_day = await an_offer(database, store, "2026-11-18T09:00")
    other = await an_offer(database, store, "2026-11-18T10:00", transport=Transport.LOANER)
    await booked(database, store, a_request(store, other, "CA2:1", customer_id=store.customers[1]))
    async with database.writing(store.rooftop_id) as db:
        refused = await move(db, made.appointment_id, other_day.slot_id, key="CA3:1", now=NOW)
        assert refused == SlotTaken(other_day.starts_at, Lacking.TRANSPORT)
        without = await move(db, made.appointment_id, other_day.slot_id, key="CA3:2", now=NOW, transport=Transport.NONE)
        assert isinstance(without, Moved)


async def test_cancelling_frees_the_time_and_happens_once(database: Database, store: AStore) -> None:
    made = (await booked(database, store, a_request(store, await an_offer(database, store)))).appointment
    async with database.writing(store.rooftop_id) as db:
        gone = await cancel(db, made.appointment_id, key="CA2:1", now=NOW, reason="sold the car")
        assert isinstance(gone, Cancelled) and gone.appointment.state is AppointmentState.CANCELLED
        assert await cancel(db, made.appointment_id, key="CA2:1", now=NOW) == Cancelled(gone.appointment, repeated=True)
        assert await cancel(db, made.appointment_id, key="CA2:2", now=NOW) == AlreadyCancelled(gone.appointment)
        later = await find_offers(db, Wish((OIL,)), NOW)
        assert await move(db, made.appointment_id, later[0].slot_id, key="CA2:3", now=NOW) == AlreadyCancelled(
            gone.appointment
        )
        assert await appointments_of(db, store.customers[0], NOW) == []
        assert await appointments_of(db, store.customers[0], NOW, include_past=True) == [gone.appointment]
        with pytest.raises(KeyUsedForSomethingElse):
            await book(db, a_request(store, later[0], "CA2:1"), NOW)
    assert await reserved(database, store) == []
    assert await events(database, store) == ["appointment_booked", "appointment_cancelled"]


async def test_giving_up_a_hold_tells_nobody(database: Database, store: AStore) -> None:
    offer = await an_offer(database, store)
    async with database.writing(store.rooftop_id) as db:
        held = await hold(db, a_request(store, offer), NOW)
        assert isinstance(held, Held)
        elsewhere = await move(db, held.appointment.appointment_id, offer.slot_id, key="CA1:2", now=NOW)
        assert elsewhere == NotOpenForChange(held.appointment)
        assert isinstance(await cancel(db, held.appointment.appointment_id, key="CA1:3", now=NOW), Cancelled)
    assert await reserved(database, store) == [] and await events(database, store) == []


async def test_another_customers_or_another_stores_appointment_is_not_found(database: Database, store: AStore) -> None:
    made = (await booked(database, store, a_request(store, await an_offer(database, store)))).appointment
    slot = (await an_offer(database, store, "2026-11-18T09:00")).slot_id
    stranger = store.customers[1]
    async with database.writing(store.rooftop_id) as db:
        assert await cancel(db, made.appointment_id, key="a", now=NOW, customer_id=stranger) == NotFound()
        assert await move(db, made.appointment_id, slot, key="b", now=NOW, customer_id=stranger) == NotFound()
    other = await a_store(database)
    async with database.writing(other.rooftop_id) as db:
        assert await cancel(db, made.appointment_id, key="c", now=NOW) == NotFound()
        assert await appointment(db, made.appointment_id) is None


async def test_a_customer_who_has_arrived_is_past_moving(database: Database, store: AStore) -> None:
    made = (await booked(database, store, a_request(store, await an_offer(database, store)))).appointment
    slot = (await an_offer(database, store, "2026-11-18T09:00")).slot_id
    async with database.writing(store.rooftop_id) as db:
        row = (await db.scalars(select(AppointmentRow))).one()
        row.state = AppointmentState.ARRIVED
    async with database.writing(store.rooftop_id) as db:
        assert isinstance(await move(db, made.appointment_id, slot, key="a", now=NOW), NotOpenForChange)
        assert isinstance(await cancel(db, made.appointment_id, key="b", now=NOW), NotOpenForChange)


async def test_work_that_has_left_the_menu_can_still_be_moved(database: Database, store: AStore) -> None:
    made = (await booked(database, store, a_request(store, await an_offer(database, store)))).appointment
    slot = (await an_offer(database, store, "2026-11-18T09:00")).slot_id
    async with database.writing(store.rooftop_id) as db:
        for row in await db.scalars(select(setup.OpCodeRow).where(setup.OpCodeRow.code == "LOF")):
            row.active = False
    async with database.writing(store.rooftop_id) as db:
        again = a_request(store, slot, "n", customer_id=store.customers[1])
        assert await book(db, again, NOW) == UnknownOpCode(("lof",))
        assert isinstance(await move(db, made.appointment_id, slot, key="a", now=NOW), Moved)


async def test_an_advisor_who_left_and_a_retired_technician_take_nobody(database: Database, store: AStore) -> None:
    offer = await an_offer(database, store)
    async with database.writing(store.rooftop_id) as db:
        for row in await db.scalars(select(setup.TechnicianRow).where(setup.TechnicianRow.id == offer.technician_id)):
            row.active = False
        starts, ends = pacific("2026-11-17T00:00"), pacific("2026-11-18T00:00")
        await setup.block(db, starts, ends, "absence", staff_id=offer.advisor_id)
    made = (await booked(database, store, a_request(store, offer))).appointment
    assert made.technician_id != offer.technician_id and made.advisor.id != offer.advisor_id


async def test_an_unknown_customer_is_a_fault_and_leaves_nothing(database: Database, store: AStore) -> None:
    offer = await an_offer(database, store)
    with pytest.raises(IntegrityError):
        async with database.writing(store.rooftop_id) as db:
            await book(db, a_request(store, offer, customer_id=CustomerId(new_id())), NOW)
    assert await reserved(database, store) == []


async def test_the_table_itself_refuses_a_second_claim_and_a_stale_write(database: Database, store: AStore) -> None:
    made = (await booked(database, store, a_request(store, await an_offer(database, store)))).appointment
    resource, quantum = (await reserved(database, store))[0]
    with pytest.raises(IntegrityError):
        async with database.writing(store.rooftop_id) as db:
            db.add(ReservationRow(resource_id=resource, quantum_start=quantum, appointment_id=made.appointment_id))
    async with database.reading(store.rooftop_id) as stale:
        row = (await stale.scalars(select(AppointmentRow))).one()
        async with database.writing(store.rooftop_id) as db:
            assert isinstance(await cancel(db, made.appointment_id, key="a", now=NOW), Cancelled)
        row.concern = "written over somebody else's change"
        with pytest.raises(StaleDataError):
            await stale.flush()


async def test_every_change_is_on_the_record(database: Database, store: AStore) -> None:
    made = await booked(database, store, a_request(store, await an_offer(database, store, "2026-11-17T09:00", WIPERS)))
    async with database.writing(store.rooftop_id) as db:
        await cancel(db, made.appointment.appointment_id, key="CA2:1", now=NOW, reason="x" * 500)
        kinds = list(await db.scalars(select(AppointmentChangeRow.kind).order_by(AppointmentChangeRow.id)))
        assert kinds == ["booked", "cancelled"]
        assert await db.scalar(select(func.max(func.length(AppointmentChangeRow.reason)))) == 200
