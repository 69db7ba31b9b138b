"""A one-time code proves who is calling, goes to nobody else, and is nowhere to be found afterwards (S7, S8, S6)."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from kit.db import Database
from record import text_attempts, text_outbox
from record.consent_ledger import Entry, file
from record.models import ContactPoint, Customer, ToolCall
from record.text_models import TextMessage
from record.verification_models import VerificationCode
from tests.agent.tools.a_call import ACall, a_call, a_working_store, known_as
from tests.builders import ANA, NOW, ROOFTOP, StandingClock, a_customer

MOBILE = "+15550100333"
PAYPHONE = "+15550100999"
ZONE = ZoneInfo("America/Los_Angeles")


async def written_code(database: Database) -> tuple[str, str]:
    """The newest code that waits to be sent, and to whom; empty when there is none."""
    async with database.reading(ROOFTOP) as db:
        row = await db.scalar(
            select(TextMessage).where(TextMessage.state == "pending").order_by(TextMessage.id.desc()).limit(1)
        )
    digits = "".join(c for c in row.body.partition(":")[2] if c.isdigit())[:6] if row else ""
    return digits, row.to_e164 if row else ""


async def ana_elsewhere(database: Database, clock: StandingClock | None = None, sid: str = "CA1") -> ACall:
    """Ana, calling from a telephone nobody knows, who says which number she is under."""
    call = await a_call(database, PAYPHONE, sid, clock, attested=False)
    await call.use("find_customer", {"name": "Ana Ortega", "phone": ANA})
    return call


async def test_the_code_read_back_opens_the_record(database: Database) -> None:
    await a_working_store(database)
    call = await ana_elsewhere(database)
    assert (await call.use("repair_order_status"))["reason"] == "more_facts"
    await call.use("send_code")
    code, to = await written_code(database)
    assert len(code) == 6 and to == ANA
    assert (await call.use("confirm_code", {"code": " ".join(code)}))["right"] is True
    assert (await call.use("repair_order_status"))["result"] == "repair_orders"
    assert (await known_as(database))[1] == 2


async def test_found_and_not_found_sound_the_same(database: Database) -> None:
    await a_working_store(database)
    ana = await ana_elsewhere(database)
    nobody = await a_call(database, PAYPHONE, "CA2", attested=False)
    await nobody.use("find_customer", {"name": "Zoe Quill"})
    for tool, said in (("send_code", {}), ("confirm_code", {"code": "000000"}), ("confirm_code", {"code": "x"})):
        assert (await ana.outcome(tool, said)).output == (await nobody.outcome(tool, said)).output
    async with database.reading(ROOFTOP) as db:
        assert len(list(await db.scalars(select(TextMessage)))) == 1


async def test_three_wrong_tries_use_a_code_up(database: Database) -> None:
    await a_working_store(database)
    call = await ana_elsewhere(database)
    await call.use("send_code")
    code, _ = await written_code(database)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(3):
        assert (await call.use("confirm_code", {"code": wrong}))["right"] is False
    assert (await call.use("confirm_code", {"code": code}))["right"] is False
    assert (await known_as(database)) == (None, 0)


async def test_a_code_is_good_for_ten_minutes_once_and_on_its_own_call(database: Database) -> None:
    await a_working_store(database)
    clock = StandingClock()
    call = await ana_elsewhere(database, clock)
    await call.use("send_code")
    code, _ = await written_code(database)
    elsewhere = await ana_elsewhere(database, clock, "CA2")
    assert (await elsewhere.use("confirm_code", {"code": code}))["right"] is False
    clock.at = NOW + timedelta(minutes=11)
    assert (await call.use("confirm_code", {"code": code}))["right"] is False
    clock.at = NOW + timedelta(minutes=1)
    assert (await call.use("confirm_code", {"code": code}))["right"] is True
    assert (await call.use("confirm_code", {"code": code}))["right"] is False


async def test_two_a_call_and_three_a_day_are_sent(database: Database) -> None:
    await a_working_store(database)
    for sid in ("CA1", "CA2"):
        call = await ana_elsewhere(database, sid=sid)
        answers = [(await call.use("send_code"))["result"] for _ in range(3)]
        assert answers == ["code_asked", "code_asked", "refused"]
    async with database.reading(ROOFTOP) as db:
        assert len(list(await db.scalars(select(VerificationCode)))) == 3


async def test_a_number_a_household_shares_proves_nobody(database: Database) -> None:
    await a_working_store(database)
    async with database.writing(ROOFTOP) as db:
        await a_customer(db, "Luis", "Ortega", ANA)
    call = await ana_elsewhere(database)
    assert (await call.use("send_code"))["result"] == "code_asked"
    assert await written_code(database) == ("", "")


@pytest.mark.parametrize("label", ["landline", "said", "old"])
async def test_a_number_that_proves_nothing_gets_no_code(label: str, database: Database) -> None:
    await a_working_store(database)
    async with database.writing(ROOFTOP) as db:
        (await db.scalars(select(ContactPoint))).one().label = label
    call = await ana_elsewhere(database)
    await call.use("send_code")
    assert await written_code(database) == ("", "")


async def test_a_number_named_on_this_call_gets_no_code(database: Database) -> None:
    """A stranger who books under a name of theirs cannot have us text whom they like."""
    await a_working_store(database)
    call = await a_call(database, PAYPHONE, attested=False)
    await call.use("find_customer", {"name": "Zoe Quill", "phone": MOBILE})
    await call.use("join_wait_list", {"op_codes": ["LOF"]})
    await call.use("send_code")
    assert await written_code(database) == ("", "")


async def test_another_name_said_meanwhile_gets_nothing(database: Database) -> None:
    await a_working_store(database)
    call = await ana_elsewhere(database)
    await call.use("send_code")
    code, _ = await written_code(database)
    await call.use("find_customer", {"name": "Zoe Quill"})
    assert (await call.use("confirm_code", {"code": code}))["right"] is False


async def test_once_it_has_left_the_digits_are_nowhere(database: Database) -> None:
    await a_working_store(database)
    call = await ana_elsewhere(database)
    await call.use("send_code")
    code, _ = await written_code(database)
    await call.use("confirm_code", {"code": code})
    async with database.writing(ROOFTOP) as db:
        text_id = (await db.scalars(select(TextMessage.id))).one()
        leaving = await text_outbox.claim(db, text_id, NOW, timedelta(minutes=2), ZONE)
        assert isinstance(leaving, text_outbox.Leaving) and code in leaving.body
        await text_attempts.accepted(db, text_id, 1, "SM1", "queued", NOW)
    async with database.reading(ROOFTOP) as db:
        kept = [each.body for each in await db.scalars(select(TextMessage))]
        kept += [json.dumps([each.arguments, each.result]) for each in await db.scalars(select(ToolCall))]
    assert not [text for text in kept if code in text]
    assert "[code] is your code" in kept[0]


async def test_after_an_opt_out_and_after_five_minutes_no_code_leaves(database: Database) -> None:
    await a_working_store(database)
    for minutes, opted_out in ((0, True), (6, False)):
        call = await ana_elsewhere(database, sid=f"CA{minutes}")
        await call.use("send_code")
        async with database.writing(ROOFTOP) as db:
            text_id = (await db.scalars(select(TextMessage.id).where(TextMessage.state == "pending"))).one()
            if opted_out:
                await file(db, Entry("stop", ANA, "revoke", "STOP", "text", "all"), NOW)
            at = NOW + timedelta(minutes=minutes)
            stopped = await text_outbox.claim(db, text_id, at, timedelta(minutes=2), ZONE)
            assert isinstance(stopped, text_outbox.Stopped)
            await file(db, Entry("start", ANA, "grant", "START", "text", "all"), NOW + timedelta(seconds=1))
            body = await db.scalar(select(TextMessage.body).where(TextMessage.id == text_id))
            assert "[code]" in (body or "")


async def test_a_store_that_sends_no_texts_still_has_two_facts(database: Database) -> None:
    await a_working_store(database)
    call = await ana_elsewhere(database)
    call.context.texts_go_out = False
    assert (await call.use("send_code"))["reason"] == "no_codes"
    await call.use("confirm_identity", {"kind": "zip", "value": "90012"})
    await call.use("confirm_identity", {"kind": "vehicle", "value": "2019 Chevrolet Tahoe"})
    assert (await call.use("repair_order_status"))["result"] == "repair_orders"


async def test_details_are_put_right_for_a_proven_caller_only(database: Database) -> None:
    await a_working_store(database)
    call = await ana_elsewhere(database)
    said = {"email": "ana@example.com", "zip_code": "90099", "phone": "555-010-0444"}
    first = await call.use("correct_contact", said)
    async with database.reading(ROOFTOP) as db:
        assert (await db.scalars(select(Customer.postal_code).where(Customer.last_name == "Ortega"))).one() == "90012"
    await call.use("send_code")
    code, _ = await written_code(database)
    await call.use("confirm_code", {"code": code})
    assert await call.use("correct_contact", said) == first
    async with database.reading(ROOFTOP) as db:
        assert (await db.scalars(select(Customer.postal_code).where(Customer.last_name == "Ortega"))).one() == "90099"
        points = {(each.value, each.label) for each in await db.scalars(select(ContactPoint))}
    assert {("ana@example.com", ""), ("+15550100444", "said")} <= points
