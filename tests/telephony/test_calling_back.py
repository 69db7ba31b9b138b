"""Calling a customer from a loop: the staff member's phone first, the customer at their key, and honest evidence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, update

from followup import callback_calls, closing, desk
from followup.attempts import valid_attempts
from followup.callback_calls import CannotCall, Outcome
from followup.callback_models import CallbackCall
from followup.callback_placing import CallbackPlacing
from followup.closing import Proof
from followup.desk import Person
from followup.loop_facts import definition_for, touches_of
from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.policies import policy_of
from kit.db import Database
from kit.ids import CustomerId, StaffId
from kit.phone import may_be_dialled
from record import consent_ledger
from record.consent_ledger import Entry
from record.contact_models import ContactEvent
from record.hours import hours_of
from record.models import Customer, Staff
from simulator.carrier import Carrier, CarrierSettings, DialScript, PhoneNumber
from simulator.virtual_time import run_virtually
from telephony.dialer import TwilioCalls
from tests.builders import ANA, LINE, NOW, ROOFTOP, StandingClock, a_store
from tests.telephony.twilio import ACCOUNT, ORIGIN, TOKEN, Twilio, document, edge, settings, twilio_for, verbs

DAN = "+15550100122"
LEG = "CA" + "2" * 32


@dataclass
class Wish:
    """Dan wants to call Ana about her brakes."""

    database: Database
    clock: StandingClock
    loop_id: str
    dan: Person
    id: str = ""

    async def ask(self, key: str = "1") -> str:
        async with self.database.writing(ROOFTOP) as db:
            self.id = await callback_calls.ask(db, self.loop_id, self.dan, key, self.clock.now())
        return self.id

    async def claim(self) -> object:
        async with self.database.writing(ROOFTOP) as db:
            return await callback_calls.claim(db, self.id, self.clock.now())

    async def row(self) -> CallbackCall:
        async with self.database.reading(ROOFTOP) as db:
            return await db.get_one(CallbackCall, self.id)

    async def attempts(self) -> int:
        async with self.database.reading(ROOFTOP) as db:
            loop = await db.get_one(Loop, self.loop_id)
            hours, policy = await hours_of(db, "service"), await policy_of(db, "service")
            definition = await definition_for(db, loop, policy)
            return len(valid_attempts(await touches_of(db, loop), definition, hours.zone))

    async def logged(self) -> list[tuple[str, int]]:
        async with self.database.reading(ROOFTOP) as db:
            return [(row.outcome, row.seconds) for row in await db.scalars(select(ContactEvent))]


async def a_wish(database: Database, clock: StandingClock) -> Wish:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        await db.execute(update(Staff).where(Staff.name == "Dan Osei").values(phone=DAN))
        dan = await db.scalar(select(Staff).where(Staff.name == "Dan Osei"))
        ana = await db.scalar(select(Customer.id))
        assert dan is not None
        owed = await promise_callback(
            db, Promise("CA9", "Wants a price for brakes", "service", ANA, CustomerId(str(ana))), NOW
        )
        return Wish(database, clock, owed.id, Person(StaffId(dan.id), dan.name))


@pytest.fixture
async def wish(database: Database) -> Wish:
    return await a_wish(database, StandingClock(NOW + timedelta(minutes=5)))


async def to_the_key(wish: Wish) -> Twilio:
    """Until Dan has heard whom he is to call."""
    await wish.ask()
    await wish.claim()
    twilio = twilio_for(edge(wish.database, wish.clock))
    heard = document(await twilio.post(f"callback?c={wish.id}", CallSid=LEG, CallStatus="in-progress"))
    assert "Wants a price for brakes" in "".join(heard.itertext())
    return twilio


async def test_a_voicemail_never_counts_and_a_talk_does_once_the_person_says_so(wish: Wish) -> None:
    """S2-40, S2-72 and requirements 1C."""
    twilio = await to_the_key(wish)
    for _ in range(2):  # Twilio may ask twice, and gets the same
        ringing = document(await twilio.post(f"callback-answer?c={wish.id}", CallSid=LEG, Digits="1"))
        (dial,) = ringing.findall("Dial")
        assert (dial.get("callerId"), dial.findtext("Number")) == (LINE, ANA)
    over = {"CallSid": LEG, "DialCallStatus": "completed", "DialCallDuration": "45", "DialCallSid": "CA" + "3" * 32}
    asked = document(await twilio.post(f"callback-over?c={wish.id}", **over))
    assert verbs(asked) == ["Gather", "Hangup"]
    assert (await wish.logged(), await wish.attempts()) == ([("answered", 45)], 0), "a machine answers too"
    await twilio.post(f"callback-said?c={wish.id}", CallSid=LEG, Digits="2")
    await twilio.post(f"callback-said?c={wish.id}", CallSid=LEG, Digits="1")
    assert (await wish.logged(), await wish.attempts()) == ([("voicemail_left", 45)], 0), "said once"
    await wish.ask("2")
    await wish.claim()
    await twilio.post(f"callback-answer?c={wish.id}", CallSid=LEG[:-1] + "4", Digits="1")
    await twilio.post(f"callback-over?c={wish.id}", **over | {"CallSid": LEG[:-1] + "4"})
    await twilio.post(f"callback-said?c={wish.id}", CallSid=LEG[:-1] + "4", Digits="1")
    assert await wish.attempts() == 1
    async with wish.database.writing(ROOFTOP) as db:
        event = await db.scalar(select(ContactEvent.id).where(ContactEvent.outcome == "spoke_customer"))
        proofs = [Proof("reached", "call", str(event))]
        proofs += [Proof(part, "note", says="told") for part in closing.PARTS[1:]]
        await desk.finish(db, wish.loop_id, closing.DONE, proofs, wish.dan, wish.clock.now())


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("no-answer", "no_answer"), ("busy", "busy"), ("failed", "failed"), ("canceled", "no_answer")],
)
async def test_nobody_who_did_not_answer_is_called_reached(wish: Wish, status: str, outcome: str) -> None:
    twilio = await to_the_key(wish)
    await twilio.post(f"callback-answer?c={wish.id}", CallSid=LEG, Digits="1")
    said = await twilio.post(f"callback-over?c={wish.id}", CallSid=LEG, DialCallStatus=status)
    assert verbs(document(said)) == ["Say", "Hangup"]
    assert (await wish.logged(), await wish.attempts()) == ([(outcome, 0)], 0)


async def test_a_customer_is_rung_only_at_a_key_of_a_person(wish: Wish) -> None:
    twilio = await to_the_key(wish)
    silent = document(await twilio.post(f"callback-answer?c={wish.id}", CallSid=LEG, Digits=""))
    assert (verbs(silent), (await wish.row()).outcome, await wish.logged()) == (["Hangup"], Outcome.DECLINED, [])
    again = document(await twilio.post(f"callback-answer?c={wish.id}", CallSid=LEG, Digits="1"))
    assert "Dial" not in verbs(again), "what is over stays over"


async def test_permission_is_asked_again_when_the_customer_is_about_to_be_rung(wish: Wish) -> None:
    twilio = await to_the_key(wish)
    wish.clock.at = NOW + timedelta(hours=12)
    refused = document(await twilio.post(f"callback-answer?c={wish.id}", CallSid=LEG, Digits="1"))
    assert verbs(refused) == ["Say", "Hangup"]
    row = await wish.row()
    assert (row.outcome, "8:00 to 21:00" in row.says) == (Outcome.REFUSED, True)


async def test_an_opt_out_of_texts_leaves_a_person_free_to_call(wish: Wish) -> None:
    async with wish.database.writing(ROOFTOP) as db:
        await consent_ledger.file(db, Entry("k", ANA, "revoke", "STOP", "text"), NOW)
    await wish.ask()
    assert isinstance(await wish.claim(), callback_calls.Ringing)


async def test_what_cannot_be_called_is_said_at_once(wish: Wish) -> None:
    assert await wish.ask() == await wish.ask(), "the same press is the same call"
    with pytest.raises(CannotCall, match="being called already"):
        await wish.ask("2")
    async with wish.database.writing(ROOFTOP) as db:
        await callback_calls.ended(db, wish.id, Outcome.DECLINED, NOW)
        await db.execute(update(Staff).values(phone=None))
    with pytest.raises(CannotCall, match="staff list"):
        await wish.ask("3")
    numbers = ("+19005551234", "+15039765555", "+18765550123", "+442079460000", "withheld", ANA)
    assert [may_be_dialled(number) for number in numbers] == [False] * 5 + [True]


@asynccontextmanager
async def an_office(url: str) -> AsyncIterator[tuple[Wish, CallbackPlacing, Carrier]]:
    """Dan's wish and a carrier, with webhooks that reach nobody."""
    clock, database = StandingClock(NOW + timedelta(minutes=5)), Database(url)
    wish = await a_wish(database, clock)
    at_carrier = CarrierSettings(ACCOUNT, TOKEN, ORIGIN, web_address="127.0.0.1:1", keeps_audio=False)
    async with Carrier(at_carrier, starts_at=clock.at) as carrier, httpx.AsyncClient(trust_env=False) as http:
        carrier.add_number(PhoneNumber(LINE))
        try:
            yield (
                wish,
                CallbackPlacing(database, clock, TwilioCalls(settings(twilio_api_base=carrier.api_base), http)),
                carrier,
            )
        finally:
            await database.close()


def test_a_call_whose_request_was_never_answered_is_found_and_never_placed_again(database_url: str) -> None:
    async def story() -> None:
        async with an_office(database_url) as (wish, placing, carrier):
            carrier.people[DAN] = DialScript("no-answer")
            carrier._rest.lose_calls = 1
            await placing.look(ROOFTOP, await wish.ask())
            assert (await wish.row()).state == "unknown"
            for minutes in (1, 5):
                await asyncio.sleep(61)
                wish.clock.at += timedelta(minutes=minutes)
                await placing.look(ROOFTOP, wish.id)
            row = await wish.row()
            assert (row.state, row.outcome, row.call_sid) == (
                "over",
                Outcome.STAFF_NO_ANSWER,
                next(iter(carrier.calls)),
            )
            assert len(carrier.calls) == 1

    run_virtually(story())
