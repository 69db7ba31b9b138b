"""Callbacks with an owner and a time, wishes honoured, and transfers only to the allow-list."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from followup.lead_models import Lead
from followup.loops import open_loops
from followup.models import Loop
from kit.db import Database
from record import consent_ledger
from record.models import Holiday
from tests.agent.tools.a_call import a_call, a_working_store
from tests.builders import ANA, NOW, ROOFTOP, StandingClock


async def test_a_promise_has_an_owner_a_time_and_a_number(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    answer = await call.use("promise_callback", {"reason": "question about a bill"})
    assert answer["owner"] == "Mara Field"
    assert answer["say"] == "Mara Field will call you back by today, Friday the 20th at 11 in the morning."
    async with database.reading(ROOFTOP) as db:
        [loop] = await open_loops(db, call.context.call_id)
    assert loop.contact == ANA and loop.due_at > NOW


async def test_a_second_promise_in_a_call_joins_the_first(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("promise_callback", {"reason": "a bill"})
    await call.use("take_message", {"text": "tell Dan thanks", "phone": "206-555-0142"})
    async with database.reading(ROOFTOP) as db:
        [loop] = await open_loops(db, call.context.call_id)
    assert loop.need == "a bill; Message: tell Dan thanks"


async def test_a_wish_months_later_in_the_same_conversation_is_another_lead(database: Database) -> None:
    """A text thread goes on for years; what is wanted now is no correction of what was wanted then."""
    await a_working_store(database)
    wish = {"car": "2024 Honda CR-V"}
    call = await a_call(database)
    await call.use("request_test_drive", wish)
    await call.use("request_test_drive", wish | {"when": "Saturday"})
    later = await a_call(database, clock=StandingClock(NOW + timedelta(days=90)))
    later.context.started_at = NOW + timedelta(days=90)
    await later.use("request_test_drive", wish, "later")
    async with database.reading(ROOFTOP) as db:
        leads = await db.scalars(select(Lead).order_by(Lead.received_at))
        assert [(lead.received_at, lead.service.get("when", "")) for lead in leads] == [
            (NOW, "Saturday"),
            (NOW + timedelta(days=90), ""),
        ]


async def test_no_more_calls_is_honoured_and_somebody_sees_it(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    answer = await call.use("honor_wish", {"wish": "do_not_contact", "words": "stop calling me"})
    assert answer["result"] == "wish_noted"
    async with database.reading(ROOFTOP) as db:
        [loop] = await open_loops(db, call.context.call_id)
    assert loop.need == "Do not contact: stop calling me"


async def test_a_closed_store_transfers_nobody(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database, clock=StandingClock(NOW + timedelta(hours=12)))
    refused = await call.use("transfer_call", {"department": "service"})
    assert refused["reason"] == "closed"
    promised = await call.use("promise_callback", {"reason": "call me"})
    assert "Saturday" in promised["say"]


async def test_numbers_and_unknown_keys_are_never_dialled(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    outcomes = [await call.outcome("transfer_call", {"department": key}) for key in ("+19005551234", "911")]
    assert [outcome.then for outcome in outcomes] == [None, None]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (
            "2026-11-26",
            "We're closed Thursday, November 26th, for Thanksgiving. "
            "We open again Friday, November 27th at 7:30 in the morning.",
        ),
        ("2026-12-24", "We're open Thursday, December 24th, 8 to 1, for Christmas Eve."),
        (
            "2026-11-22",
            "We're closed Sunday, November 22nd. We open again Monday, November 23rd at 7:30 in the morning.",
        ),
        ("2026-11-21T09:00", "We're open tomorrow, Saturday the 21st, 7:30 to 6."),
        ("2026-11-20", "We're open today, Friday the 20th, 7:30 to 6. We're open now, until 6 in the evening."),
        (
            "some day",
            "Service is open Monday to Saturday 7:30 to 6 and closed Sunday. "
            "We're closed Thursday, November 26th, for Thanksgiving. We're open now, until 6 in the evening.",
        ),
    ],
)
async def test_one_days_hours_know_the_holidays(database: Database, day: str, said: str) -> None:
    await a_working_store(database)
    async with database.writing(ROOFTOP) as db:
        db.add(Holiday(day=date(2026, 11, 26), name="Thanksgiving"))
        db.add(Holiday(day=date(2026, 12, 24), name="Christmas Eve", opens=time(8), closes=time(13)))
    call = await a_call(database)
    assert (await call.use("store_facts", {"topic": "hours", "date": day}))["say"] == said


async def test_hours_and_address_come_from_the_record(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    hours = await call.use("store_facts", {"topic": "hours"})
    assert hours["say"] == (
        "Service is open Monday to Saturday 7:30 to 6 and closed Sunday. We're open now, until 6 in the evening."
    )
    assert (await call.use("store_facts", {"topic": "address"}))["say"] == "We're at 1 River Road."


async def test_a_message_for_somebody_by_name_is_theirs(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    named = await call.use("take_message", {"text": "my key is in the box", "person": "Dan"})
    unknown = await call.use("take_message", {"text": "thank you", "person": "Bartholomew"})
    assert named["owner"] == "Dan Osei" and unknown["owner"] == "Mara Field"
    async with database.reading(ROOFTOP) as db:
        needs = list(await db.scalars(select(Loop.need).order_by(Loop.id)))
    assert needs == ["Message: my key is in the box", "Message for Bartholomew: thank you"]


async def test_no_more_contact_is_in_force_at_once(database: Database) -> None:
    await a_working_store(database)
    call = await a_call(database)
    await call.use("honor_wish", {"wish": "do_not_contact", "words": "take me off your list"})
    async with database.reading(ROOFTOP) as db:
        assert (await consent_ledger.standing(db, ANA)).opted_out_at == NOW
