"""What people do with a loop, and what the watch does when they do not."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select, text, update

from followup import desk as at
from followup.closing import DONE, NotClosed, Proof
from followup.desk import Try
from followup.ledger import broken_links
from followup.lifecycle import Illegal
from followup.loop_models import AppendOnly, Completion, LoopPromise
from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.policies import NotAllowed, policy_of, set_policy
from followup.proofs import exists
from followup.queue_views import whole
from followup.reading_back import ai_did
from kit.db import Database
from kit.ids import CallId, new_id
from record import texts
from record.models import Call, ContactPoint, RepairOrder, Staff
from record.staff_models import StaffAway, StaffShift
from record.text_models import TextMessage
from tests.builders import ANA, LINE, NOW, ROOFTOP, a_customer, a_store
from tests.followup.a_desk import Desk, a_desk

SOON = NOW + timedelta(minutes=5)
STRANGER = "+15035550177"


def note(part: str, says: str = "spoke with Ana") -> Proof:
    return Proof(part, "note", says=says)


ALL_FOUR = [note(part) for part in ("reached", "need_identified", "estimate_sent", "next_step_confirmed")]


async def tried(desk: Desk, key: str, minutes: int, **did: object) -> None:
    async with desk.database.writing(ROOFTOP) as db:
        await at.tried(db, desk.loop_id, Try(**did), desk.dan, key, NOW + timedelta(minutes=minutes))  # type: ignore[arg-type]


async def test_a_voicemail_stops_no_clock_and_a_live_call_does(database: Database) -> None:
    """S2-40, S2-72."""
    desk = await a_desk(database)
    await tried(desk, "1", 5, channel="voicemail", outcome="voicemail_left")
    assert (await desk.look(NOW + timedelta(minutes=60))).due_for == "first_contact"
    assert await desk.alarms() == [("first_contact_late", 0)]
    await tried(desk, "2", 61, channel="call", outcome="spoke_customer", seconds=40)
    await tried(desk, "2", 61, channel="call", outcome="spoke_customer", seconds=40)
    loop = await desk.look(NOW + timedelta(minutes=62))
    assert await desk.alarms() == []
    assert (loop.state, loop.level) == ("waiting_customer", 0)
    assert (await desk.acts()).count("try") == 2


async def test_a_late_one_is_told_to_the_manager_and_in_the_end_the_director(database: Database) -> None:
    desk = await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        db.add(Staff(name="Gail Manager", role="director", department="service"))
    loop = await desk.look(NOW + timedelta(days=4))
    assert (loop.level, loop.cause_code) == (2, "bad_timing")
    assert {level for _, level in await desk.alarms()} == {0, 1, 2}


async def test_putting_it_off_never_hides_that_it_is_late(database: Database) -> None:
    desk = await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        await at.snooze(db, desk.loop_id, NOW + timedelta(days=1), "parts desk closed", desk.dan, NOW)
    assert (await desk.loop()).due_at == NOW + timedelta(hours=1)
    await desk.look(NOW + timedelta(hours=1))
    assert await desk.alarms() == [("first_contact_late", 0)]


async def test_a_loop_of_somebody_who_left_goes_to_somebody_who_is_here_at_once(database: Database) -> None:
    desk = await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        await db.execute(update(Staff).where(Staff.id == desk.mara.id).values(disabled_at=NOW))
    assert await desk.due() == [desk.loop_id], "found before any clock runs out"
    loop = await desk.look()
    assert loop.owner_id == desk.dan.id
    assert await desk.alarms() == [("unowned", 1)]
    await desk.look()
    assert await desk.alarms() == []


async def test_whoever_goes_off_shift_hands_on_what_is_due_before_they_are_back(database: Database) -> None:
    desk = await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        for day in range(6):
            db.add(StaffShift(staff_id=desk.mara.id, weekday=day, starts=time(7), ends=time(10, 30)))
            db.add(StaffShift(staff_id=desk.dan.id, weekday=day, starts=time(7), ends=time(18)))
    loop = await desk.look()
    assert (loop.owner_id, loop.next_look_at) == (desk.mara.id, NOW + timedelta(minutes=30))
    assert (await desk.look(NOW + timedelta(minutes=30))).owner_id == desk.dan.id


async def test_what_is_due_after_they_are_back_stays_theirs(database: Database) -> None:
    desk = await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        for day in range(6):
            db.add(StaffShift(staff_id=desk.mara.id, weekday=day, starts=time(7), ends=time(18)))
            db.add(StaffShift(staff_id=desk.dan.id, weekday=day, starts=time(7), ends=time(18)))
        db.add(StaffAway(staff_id=desk.mara.id, starts_at=NOW, ends_at=NOW + timedelta(minutes=40)))
    assert (await desk.look(SOON)).owner_id == desk.mara.id


async def test_a_hand_over_is_the_receivers_once_they_accept(database: Database) -> None:
    """S2-30, S2-36: until then it is the sender's, and it is timed."""
    desk = await a_desk(database)
    told = {"customer": "Ana Ortega", "vehicle": "2019 Tahoe", "next_step": "call with the estimate"}
    async with database.writing(ROOFTOP) as db:
        with pytest.raises(ValueError, match="vehicle"):
            await at.hand_over(db, desk.loop_id, desk.dan.id, told | {"vehicle": ""}, desk.mara, NOW)
        await at.hand_over(db, desk.loop_id, desk.dan.id, told, desk.mara, NOW)
    assert (await desk.look(NOW + timedelta(minutes=15))).owner_id == desk.mara.id
    assert ("handoff_late", 0) in await desk.alarms()
    async with database.writing(ROOFTOP) as db:
        with pytest.raises(LookupError):
            await at.answer_handoff(db, desk.loop_id, desk.mara, NOW, accept=True)
        await at.answer_handoff(db, desk.loop_id, desk.dan, NOW + timedelta(minutes=16), accept=True)
    assert (await desk.look(NOW + timedelta(minutes=16))).owner_id == desk.dan.id
    assert ("handoff_late", 0) not in await desk.alarms()


async def test_a_second_promise_stands_beside_the_first(database: Database) -> None:
    desk = await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        await at.promised(db, desk.loop_id, "I will ring at 10:30", NOW + timedelta(minutes=30), desk.dan, NOW)
        await at.promised(db, desk.loop_id, "A quote by Friday", NOW + timedelta(days=2), desk.dan, NOW)
    async with database.reading(ROOFTOP) as db:
        said = list(await db.execute(select(LoopPromise.words, LoopPromise.due_at).order_by(LoopPromise.due_at)))
    assert [tuple(each) for each in said] == [
        ("I will ring at 10:30", NOW + timedelta(minutes=30)),
        ("A quote by Friday", NOW + timedelta(days=2)),
    ]


async def test_a_promise_is_due_at_its_time_and_holds_the_loop_open(database: Database) -> None:
    """S2-33, S2-93."""
    desk = await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        await at.promised(db, desk.loop_id, "I will ring at 10:30", NOW + timedelta(minutes=30), desk.dan, NOW)
        with pytest.raises(NotClosed, match="promise"):
            await at.finish(db, desk.loop_id, "price", [note("reached")], desk.dan, SOON)
    loop = await desk.look(NOW + timedelta(minutes=31))
    assert (loop.due_for, ("promise_late", 0) in await desk.alarms()) == ("promise", True)
    async with database.writing(ROOFTOP) as db:
        await at.finish(db, desk.loop_id, DONE, ALL_FOUR, desk.dan, NOW + timedelta(minutes=35))
    async with database.reading(ROOFTOP) as db:
        assert list(await db.scalars(select(LoopPromise.settled_as))) == ["late"]


async def test_done_needs_all_four_parts_and_evidence_that_exists(database: Database) -> None:
    desk = await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        with pytest.raises(NotClosed, match="estimate sent"):
            await at.finish(db, desk.loop_id, DONE, [ALL_FOUR[0], *ALL_FOUR[1::2]], desk.dan, SOON)
        with pytest.raises(NotClosed, match="there is no call"):
            await at.finish(db, desk.loop_id, DONE, [Proof("reached", "call", "nope"), *ALL_FOUR[1:]], desk.dan, SOON)
        await at.finish(db, desk.loop_id, DONE, ALL_FOUR, desk.dan, SOON)
    loop = await desk.loop()
    assert (loop.state, loop.close_reason, loop.stage) == ("done", "done", "completion")
    async with database.writing(ROOFTOP) as db:
        with pytest.raises(Illegal):
            await at.take(db, desk.loop_id, desk.dan, SOON)
        await at.reopen(db, desk.loop_id, "she rang again", desk.mara, SOON)
    assert (await desk.loop()).state == "open"


def rang(minutes: int, who: str = ANA) -> Call:
    at = NOW + timedelta(minutes=minutes)
    return Call(id=new_id(), call_sid=new_id(), account_sid="AC1", from_e164=who, to_e164=LINE, started_at=at)


@pytest.mark.parametrize(
    ("who", "minutes", "counts"), [(ANA, 3, True), (ANA, 0, True), (ANA, -1, False), (STRANGER, 3, False)]
)
async def test_only_a_call_of_this_customer_since_it_was_opened_proves_anything(
    database: Database, who: str, minutes: int, counts: bool
) -> None:
    desk = await a_desk(database)
    call = rang(minutes, who)
    async with database.writing(ROOFTOP) as db:
        db.add(call)
        await db.flush()
        shown = await whole(db, desk.loop_id)
        assert shown is not None and [each.value for each in shown.candidates] == [f"call:{call.id}"] * counts
        proofs = [Proof("reached", "call", call.id), *ALL_FOUR[1:]]
        if not counts:
            with pytest.raises(NotClosed, match="of this customer since it was opened"):
                await at.finish(db, desk.loop_id, DONE, proofs, desk.dan, SOON)
        else:
            await at.finish(db, desk.loop_id, DONE, proofs, desk.dan, SOON)


async def test_the_call_that_opened_it_does_not_prove_that_anybody_was_reached(database: Database) -> None:
    await a_store(database)
    call = rang(0)
    async with database.writing(ROOFTOP) as db:
        db.add(call)
        await db.flush()
        await promise_callback(db, Promise("CA1", "Brakes", "service", ANA, call_id=CallId(call.id)), NOW)
        loop = (await db.scalars(select(Loop))).one()
        assert not await exists(db, Proof("reached", "call", call.id), loop)


async def test_a_repair_order_of_somebody_else_or_from_before_proves_nothing(
    database: Database,
) -> None:
    desk = await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        ana = await db.scalar(select(ContactPoint.customer_id).where(ContactPoint.value == ANA))
        bo = await a_customer(db, "Bo", "Li", STRANGER)
        orders = [
            RepairOrder(ro_number=str(number), customer_id=whose, status="ready", opened_at=NOW, status_at=NOW + when)
            for number, (whose, when) in enumerate(
                [(ana, timedelta(minutes=1)), (ana, -timedelta(minutes=1)), (bo, timedelta(minutes=1))]
            )
        ]
        db.add_all(orders)
        await db.flush()
        loop = await db.get_one(Loop, desk.loop_id)
        found = [await exists(db, Proof("reached", "repair_order", order.id), loop) for order in orders]
    assert found == [True, False, False]


@pytest.mark.parametrize(
    ("ours", "who", "minutes", "counts"),
    [
        (True, ANA, 0, True),
        (False, ANA, 1, True),
        (False, ANA, 0, False),
        (True, ANA, -1, False),
        (True, STRANGER, 1, False),
    ],
)
async def test_the_text_that_opened_it_proves_nothing_and_our_answer_does(
    database: Database, ours: bool, who: str, minutes: int, counts: bool
) -> None:
    desk = await a_desk(database)
    when = NOW + timedelta(minutes=minutes)
    async with database.writing(ROOFTOP) as db:
        thread = await texts.reach(db, who, LINE, "service")
        said = TextMessage(
            conversation_id=thread.id, direction="outbound" if ours else "inbound", author="staff", body="Brakes",
            from_e164=LINE if ours else who, to_e164=who if ours else LINE, at=when, state="accepted",
        )  # fmt: skip
        db.add(said)
        await db.flush()
        loop = await db.get_one(Loop, desk.loop_id)
        assert await exists(db, Proof("reached", "text", said.id), loop) is counts


async def test_what_was_shown_before_it_was_opened_again_counts_no_more(database: Database) -> None:
    desk = await a_desk(database)
    call, later = rang(2), NOW + timedelta(minutes=20)
    proofs = [Proof("reached", "call", call.id), *ALL_FOUR[1:]]
    async with database.writing(ROOFTOP) as db:
        db.add(call)
        await at.finish(db, desk.loop_id, DONE, proofs, desk.dan, SOON)
        await at.reopen(db, desk.loop_id, "she was never told", desk.mara, NOW + timedelta(minutes=10))
    async with database.writing(ROOFTOP) as db:
        shown = await whole(db, desk.loop_id)
        assert shown is not None and (shown.proven, shown.candidates) == ({}, ())
        with pytest.raises(NotClosed, match="estimate sent' has no evidence"):
            await at.finish(db, desk.loop_id, DONE, [ALL_FOUR[0]], desk.dan, later)
        with pytest.raises(NotClosed, match="there is no call"):
            await at.finish(db, desk.loop_id, DONE, proofs, desk.dan, later)
    async with database.writing(ROOFTOP) as db:
        await at.finish(db, desk.loop_id, DONE, ALL_FOUR, desk.dan, later)
        shown = await whole(db, desk.loop_id)
    assert shown is not None and set(shown.proven) == {proof.part for proof in ALL_FOUR}


async def test_the_ai_never_finishes_anything_by_itself(database: Database) -> None:
    """S2-109, S2-114: it stays under a named person until they say so."""
    desk = await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        await ai_did(db, (await db.scalars(select(Loop))).one(), Proof("sent", "note", says="told the hours"), NOW)
    loop = await desk.look(NOW + timedelta(minutes=60))
    assert (loop.state, loop.closed_at, loop.owner_id) == ("ai_done_unconfirmed", None, desk.mara.id)
    assert await desk.alarms() == [("confirmation_late", 0)]
    async with database.writing(ROOFTOP) as db:
        with pytest.raises(Illegal):
            await at.finish(db, desk.loop_id, DONE, ALL_FOUR, desk.dan, SOON)
        await at.acknowledge(db, desk.loop_id, desk.mara, "read it, fine", SOON)
    assert (await desk.loop()).state == "done"


async def test_the_ledger_finds_what_was_changed_behind_its_back(database: Database) -> None:
    desk = await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        await at.finish(db, desk.loop_id, "price", [note("reached")], desk.dan, SOON)
        await at.reopen(db, desk.loop_id, "again", desk.dan, SOON)
        await at.finish(db, desk.loop_id, DONE, ALL_FOUR, desk.dan, SOON)
    async with database.across_rooftops("verify") as db:
        assert await broken_links(db) == []
        await db.execute(text("update completion set body = replace(body, 'price', 'done') where seq = 1"))
        assert len(await broken_links(db)) == 1
        await db.execute(text("delete from completion where seq = 1"))
        assert len(await broken_links(db)) == 1
    with pytest.raises(AppendOnly):
        async with database.writing(ROOFTOP) as db:
            (await db.scalars(select(Completion))).one().body = "{}"


async def test_a_store_sets_its_own_numbers_and_cannot_switch_them_off(database: Database) -> None:
    """S2-69."""
    await a_desk(database)
    async with database.writing(ROOFTOP) as db:
        await set_policy(db, "parts", first_contact_minutes=30, close_attempts=3)
        policy = await policy_of(db, "parts")
        assert (policy.first_contact, policy.close_attempts) == (timedelta(minutes=30), 3)
        for never in ({"first_contact_minutes": 0}, {"close_attempts": 999}, {"idle_minutes": 10**6}):
            with pytest.raises(NotAllowed):
                await set_policy(db, "parts", **never)
