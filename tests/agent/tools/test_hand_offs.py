"""Whom a caller is put through to: on the list, at work, rung least; and what that person will be told."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from kit.db import Database
from record import calls, hand_offs
from record.hand_off_moves import Happened
from record.hand_offs import HandOff
from record.models import Call, CallTransfer, Holiday, Staff, TransferTarget
from record.staff_models import StaffAway, StaffShift
from tests.agent.tools.a_call import ACall, a_call, a_working_store
from tests.builders import NOW, ROOFTOP, StandingClock

DAN, EVE, DESK = "+15550100161", "+15550100162", "+15550100151"


async def a_desk_with_people(database: Database) -> None:
    """Dan, an advisor until noon, and Eve, who keeps the department's hours; each with a phone on the list."""
    await a_working_store(database)
    async with database.writing(ROOFTOP) as db:
        dan = await db.scalar(select(Staff).where(Staff.name == "Dan Osei"))
        assert dan is not None
        eve = Staff(name="Eve Lund", role="bdc_rep", department="service")
        db.add(eve)
        await db.flush()
        db.add_all(StaffShift(staff_id=dan.id, weekday=day, starts=time(7), ends=time(12)) for day in range(6))
        since = datetime(2020, 1, 1, tzinfo=UTC)
        db.add(TransferTarget(key="dan", label="Dan Osei", e164=DAN, staff_id=dan.id, valid_from=since))
        db.add(TransferTarget(key="eve", label="Eve Lund", e164=EVE, staff_id=eve.id, valid_from=since))


async def asked(call: ACall, **arguments: str) -> HandOff:
    answer = await call.use("transfer_call", {"department": "service", **arguments})
    assert answer["result"] == "transferring", answer
    async with call.database.reading(ROOFTOP) as db:
        found = await hand_offs.asked(db, call.context.call_id)  # type: ignore[arg-type]
    assert found is not None
    return found


async def rung_and_not_answered(call: ACall, tried: HandOff) -> None:
    async with call.database.writing(ROOFTOP) as db:
        await hand_offs.move(db, tried.id, Happened.RUNG, NOW)
        await hand_offs.move(db, tried.id, Happened.NO_ANSWER, NOW)


async def test_the_person_asked_for_is_rung_while_they_are_at_work(database: Database) -> None:
    await a_desk_with_people(database)
    assert (await asked(await a_call(database), person="Dan")).to_e164 == DAN
    afternoon = await a_call(database, sid="CA2", clock=StandingClock(NOW + timedelta(hours=4)))
    assert (await asked(afternoon, person="Dan")).to_e164 == EVE


async def test_the_one_rung_least_comes_first_and_nobody_is_tried_twice_on_a_call(database: Database) -> None:
    await a_desk_with_people(database)
    call, numbers = await a_call(database), []
    for _ in range(2):
        tried = await asked(call)
        numbers.append(tried.to_e164)
        await rung_and_not_answered(call, tried)
    assert sorted(numbers) == [DAN, EVE]
    other = await a_call(database, sid="CA2")
    await rung_and_not_answered(other, await asked(other, person="Dan"))
    assert (await asked(await a_call(database, sid="CA3"))).to_e164 == EVE


async def test_somebody_away_or_gone_is_not_rung(database: Database) -> None:
    await a_desk_with_people(database)
    async with database.writing(ROOFTOP) as db:
        for person in await db.scalars(select(Staff).where(Staff.name.in_(("Dan Osei", "Eve Lund")))):
            if person.name == "Dan Osei":
                db.add(StaffAway(staff_id=person.id, starts_at=NOW, ends_at=NOW + timedelta(hours=1)))
            else:
                person.disabled_at = NOW
    assert (await asked(await a_call(database))).to_e164 == DESK


async def test_on_a_holiday_nobody_is_rung_and_the_next_opening_is_said(database: Database) -> None:
    await a_desk_with_people(database)
    async with database.writing(ROOFTOP) as db:
        db.add(Holiday(day=NOW.date(), name="Inventory day"))
    refused = await (await a_call(database)).use("transfer_call", {"department": "service"})
    assert refused["reason"] == "closed" and "Saturday" in refused["say"]


async def test_for_a_caller_who_has_hung_up_meanwhile_nobody_is_asked_any_more(database: Database) -> None:
    await a_desk_with_people(database)
    call = await a_call(database)
    async with database.writing(ROOFTOP) as db:
        [facts] = await db.scalars(select(Call))
        await calls.end_call(db, facts.call_sid, reason="hung_up", status="completed", seconds=5, now=NOW)
    refused = await call.use("transfer_call", {"department": "service"})
    assert refused["reason"] == "call_over"
    async with database.reading(ROOFTOP) as db:
        assert list(await db.scalars(select(CallTransfer))) == []


async def test_the_brief_has_who_which_car_which_order_and_how_they_sound(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("find_customer", {"name": "Ana Ortega"})
    brief = (await asked(call, reason="This is ridiculous, my Tahoe is still not done")).brief
    assert brief.name == "Ana Ortega" and "Tahoe" in brief.car and brief.repair_order.startswith("10234")
    assert "ridiculous" in brief.reason


async def test_a_number_on_file_is_only_perhaps_somebody(database: Database) -> None:
    await a_working_store(database)
    brief = (await asked(await a_call(database), reason="a person please")).brief
    assert brief.repair_order == "" and brief.name in ("", "perhaps Ana Ortega, by the number")


async def test_danger_is_heard_in_the_words_whatever_mood_was_passed_on(database: Database) -> None:
    await a_working_store(database)
    brief = (await asked(await a_call(database), reason="there is smoke coming out of the hood", mood="calm")).brief
    assert brief.urgent


async def test_off_the_record_no_words_of_the_caller_are_kept_with_the_hand_off(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("honor_wish", {"wish": "do_not_record", "words": "stop recording"})
    assert (await asked(call, reason="my private trouble")).brief.reason == ""
