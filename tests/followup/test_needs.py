"""One open need per person and department: leads, calls and voicemails about it are touches of the same one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from followup.call_touches import booked, touch_of_call
from followup.lead_facts import Channel, LeadPerson, NewLead, raw_lead
from followup.lead_models import Lead, Opportunity, OpportunityTouch
from followup.lead_views import LeadFilter, newest_leads
from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.opportunities import join
from followup.typed_leads import type_in
from kit.db import Database
from kit.ids import CallId
from record.models import Call, Customer, Recording
from tests.builders import ANA, LINE, NOW, ROOFTOP, a_store

PERSON = LeadPerson(first_name="Ana", last_name="Ortega", phones=(ANA,))
QUOTE = NewLead(Channel.WALK_IN, PERSON, department="service", comments="Tires")


async def a_call(database: Database, sid: str, *, known: bool, voicemail: bool = False, owed: bool = False) -> CallId:
    async with database.writing(ROOFTOP) as db:
        ana = (await db.scalars(select(Customer.id))).one()
        who = {"customer_id": ana} if known else {"customer_hint_id": ana}
        call = Call(call_sid=sid, account_sid="AC1", from_e164=ANA, to_e164=LINE, started_at=NOW, **who)
        db.add(call)
        await db.flush()
        if voicemail:
            db.add(
                Recording(call_id=call.id, recording_sid=f"RE{sid}", kind="voicemail", source_url="", delete_after=NOW)
            )
        if owed:
            promise = Promise(source_key=sid, need="Tires", department="service", contact=ANA, call_id=CallId(call.id))
            await promise_callback(db, promise, NOW)
        await touch_of_call(db, CallId(call.id))
        return CallId(call.id)


async def needs(database: Database) -> list[tuple[str, list[str]]]:
    async with database.reading(ROOFTOP) as db:
        found = list(await db.scalars(select(Opportunity).order_by(Opportunity.id)))
        touches = list(await db.scalars(select(OpportunityTouch).order_by(OpportunityTouch.id)))
        return [(need.stage, [t.kind for t in touches if t.opportunity_id == need.id]) for need in found]


async def test_a_quote_a_call_and_a_voicemail_are_one_need_with_three_touches(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        taken = await type_in(db, QUOTE, b"Tires", "dan", NOW)
    assert taken.opportunity_id is not None
    await a_call(database, "CA1", known=True, owed=True)
    await a_call(database, "CA2", known=False, voicemail=True)
    assert await needs(database) == [("inquiry", ["walk_in", "call", "voicemail"])]


async def test_a_call_of_somebody_who_is_owed_something_opens_the_need(database: Database) -> None:
    await a_store(database)
    call_id = await a_call(database, "CA1", known=True, owed=True)
    async with database.writing(ROOFTOP) as db:
        await touch_of_call(db, call_id)
        await type_in(db, QUOTE, b"Tires", "dan", NOW + timedelta(minutes=5))
    assert await needs(database) == [("inquiry", ["call", "walk_in"])]


async def test_a_number_alone_opens_no_need(database: Database) -> None:
    await a_store(database)
    await a_call(database, "CA1", known=False, owed=True)
    await a_call(database, "CA2", known=True)
    assert await needs(database) == []


async def test_an_appointment_moves_the_need_on_and_a_later_inquiry_not_back(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        taken = await type_in(db, QUOTE, b"Tires", "dan", NOW)
        await booked(db, str(taken.customer_id), NOW)
        await type_in(db, QUOTE, b"Tires", "dan", NOW + timedelta(days=1))
    assert await needs(database) == [("confirmation", ["walk_in", "walk_in"])]


async def test_the_database_itself_refuses_a_second_open_need(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        taken = await type_in(db, QUOTE, b"Tires", "dan", NOW)
    with pytest.raises(IntegrityError):
        async with database.writing(ROOFTOP) as db:
            again = Opportunity(customer_id=taken.customer_id, department="service", opened_at=NOW, last_touch_at=NOW)
            db.add(again)


async def test_when_two_records_prove_to_be_one_person_their_needs_become_one(database: Database) -> None:
    await a_store(database)
    other = replace(QUOTE, person=replace(PERSON, first_name="Anna"), comments="Tires, again")
    async with database.writing(ROOFTOP) as db:
        first = await type_in(db, QUOTE, b"1", "dan", NOW)
        second = await type_in(db, other, b"2", "dan", NOW + timedelta(minutes=5))
        assert await join(db, str(first.customer_id), str(second.customer_id), NOW + timedelta(hours=1)) == 1
    async with database.reading(ROOFTOP) as db:
        kept, gone = await db.scalars(select(Opportunity).order_by(Opportunity.id))
        loops = list(await db.scalars(select(Loop).where(Loop.kind == "lead").order_by(Loop.id)))
        leads = list(await db.scalars(select(Lead)))
    assert (kept.state, gone.state, gone.close_reason) == ("open", "closed", f"joined:{kept.id}"[:40])
    assert kept.last_touch_at == NOW + timedelta(minutes=5)
    assert [loop.close_reason for loop in loops] == [None, "joined"], "one person is rung once"
    assert {lead.opportunity_id for lead in leads} == {kept.id}
    assert await needs(database) == [("inquiry", ["walk_in", "walk_in"]), ("inquiry", [])]


async def test_the_list_of_leads_is_read_page_by_page_and_narrowed(database: Database) -> None:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        for n, department in enumerate(("sales", "service", "sales", "parts", "sales")):
            lead = replace(QUOTE, department=department, comments=f"Wish {n}")
            await type_in(db, lead, b"x", "dan", NOW + timedelta(minutes=n // 2))
        await type_in(db, raw_lead(Channel.EMAIL, b"?", "has no ADF in it"), b"?", "dan", NOW)
    async with database.reading(ROOFTOP) as db:
        whole = await newest_leads(db, LeadFilter())
        first = await newest_leads(db, LeadFilter(), limit=4)
        rest = await newest_leads(db, LeadFilter(), before=(first[-1].received_at, first[-1].id), limit=4)
        sales = await newest_leads(db, LeadFilter(department="sales"))
        unread = await newest_leads(db, LeadFilter(unread=True, status="open"))
    assert [line.id for line in (*first, *rest)] == [line.id for line in whole] and len(whole) == 6
    assert [line.asked for line in sales if line.asked] == ["Wish 4", "Wish 2", "Wish 0"]
    assert [line.channel for line in unread] == ["email"]
