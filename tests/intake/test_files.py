"""Files other systems export: leads, calls and texts, under whatever names their columns have."""

from datetime import timedelta

from sqlalchemy import select

from followup.lead_models import LeadDelivery, OpportunityTouch
from record.contact_models import ConsentEntry, ContactEvent, HygieneFinding
from record.models import Customer
from tests.builders import ANA, NOW, ROOFTOP, a_customer
from tests.intake.a_door import LeadStore, adf


async def send(store: LeadStore, kind: str, text: str | bytes) -> str:
    """Posts a file and has it read; returns what could not be."""
    assert (await store.post(f"/leads/{kind}", text, "text/csv")).status_code == 200
    await store.work()
    message = max(await store.messages(), key=lambda each: each.id)
    assert message.state == "taken"
    return message.says


async def events(store: LeadStore) -> list[ContactEvent]:
    async with store.database.reading(ROOFTOP) as db:
        return list(await db.scalars(select(ContactEvent).order_by(ContactEvent.at)))


CRM = """\ufeffLead ID;Lead Source;Created Date;First Name;Last Name;Cell Phone;E-mail;Year;Make;Model;Status;No Text
77;Cars.com;11/20/2026 9:50 AM;Maria;Alvarez;503-555-0112;maria@example.com;2021;Honda;CR-V;Active;
78;Cars.com;11/19/2026 9:50 AM;Luis;Vega;503-555-0113;;2020;Kia;Soul;Sold;Y
79;Cars.com;11/19/2026;;;;;2020;Kia;Soul;Active;
"""


async def test_a_crms_leads_are_read_by_the_names_of_its_columns(store: LeadStore) -> None:
    assert await send(store, "crm_leads", CRM) == "line 4: nobody to reach"
    maria, luis = await store.leads()
    assert (maria.name, maria.phone, maria.provider, maria.car) == (
        "Maria Alvarez", "+15035550112", "Cars.com", "2021 Honda CR-V",
    )  # fmt: skip
    assert maria.received_at == NOW - timedelta(minutes=10), "she has waited since she asked, not since the file came"
    assert (luis.status, luis.owner) == ("closed", ""), "what is finished there is owed nothing here"
    assert [loop.kind for loop in await store.loops()] == ["lead"]


async def test_a_block_in_the_file_tightens_and_nothing_in_it_grants(doors: LeadStore) -> None:
    await send(doors, "crm_leads", CRM)
    async with doors.database.reading(ROOFTOP) as db:
        entries = list(await db.scalars(select(ConsentEntry)))
    assert [(entry.kind, entry.channel, entry.contact) for entry in entries] == [("block", "text", "+15035550113")]


async def test_the_same_file_again_changes_nothing(store: LeadStore) -> None:
    await send(store, "crm_leads", CRM)
    await send(store, "crm_leads", CRM)
    assert len(await store.leads()) == 2 and len(await store.loops()) == 1


CALLS = """Call ID,Start Time,Direction,From,To,Result,Duration,Queue
a1,2026-11-20 08:00:00,Inbound,(503) 555-0121,5550100100,Missed,0:00,Service
a2,2026-11-20 08:05:00,Inbound,+15035550121,5550100100,Abandoned,0:12,Service
a3,2026-11-20 08:06:00,Inbound,5035550121,5550100100,Voicemail,0:40,Service
b1,2026-11-20 08:10:00,Inbound,5035550122,5550100100,No Answer,0:00,Sales
b2,2026-11-20 08:30:00,Outbound,5550100100,5035550122,Answered,2:30,Sales
c1,2026-11-20 08:40:00,Inbound,5550100177,5550100100,Answered,1:02:03,Service
d1,2026-11-20 08:50:00,Inbound,Anonymous,5550100100,Missed,0:00,Service
e1,2026-11-20 08:55:00,Inbound,5035550123,5550100100,Zorched,0:00,Service
f1,yesterday,Inbound,5035550124,5550100100,Missed,0:00,Service
"""


async def test_a_missed_caller_is_owed_one_call_back_however_often_they_rang(store: LeadStore) -> None:
    await send(store, "call_log", CALLS)
    (owed,) = await store.loops("missed_call")
    assert (owed.contact, owed.department, owed.source_key) == ("+15035550121", "service", "missed:+15035550121")
    assert owed.need.startswith("Called 3 times and reached nobody")
    assert owed.due_at == NOW - timedelta(minutes=60), "due one hour after the first ring, not after the file"


async def test_what_a_log_says_is_filed_and_what_it_does_not_say_is_told(doors: LeadStore) -> None:
    says = await send(doors, "call_log", CALLS)
    assert says == "line 10: no time we can read; 1 rows with a result nobody mapped: “Zorched”"
    filed = {event.external_id: event for event in await events(doors)}
    assert set(filed) == {"a1", "a2", "a3", "b1", "b2", "c1", "d1", "e1"}
    assert (filed["c1"].outcome, filed["c1"].seconds) == ("spoke_customer", 3723)
    assert (filed["d1"].contact, filed["e1"].outcome) == ("", "")


async def test_a_number_hints_at_its_only_customer_and_a_shared_one_at_nobody(store: LeadStore) -> None:
    await send(store, "call_log", CALLS)
    async with store.database.reading(ROOFTOP) as db:
        ana = await db.scalar(select(Customer.id))
    assert [event.customer_id for event in await events(store) if event.contact == ANA] == [ana]
    async with store.database.writing(ROOFTOP) as db:
        await a_customer(db, "Pedro", "Ortega", ANA)
    await send(store, "call_log", CALLS.replace("c1,2026-11-20 08:40", "c2,2026-11-20 08:41"))
    assert [event.customer_id for event in await events(store) if event.external_id == "c2"] == [None]


async def test_a_longer_log_adds_only_what_is_new(doors: LeadStore) -> None:
    await send(doors, "call_log", CALLS)
    one_more = "a4,2026-11-20 09:00:00,Inbound,5035550121,5550100100,Missed,0:00,Service\n"
    await send(doors, "call_log", CALLS + one_more)
    assert len(await events(doors)) == 9
    (owed,) = await doors.loops("missed_call")
    assert "reached nobody" in owed.need


async def test_a_log_without_ids_files_each_row_once(doors: LeadStore) -> None:
    rings = (f"5035550121\t11/20/2026 8:0{minute} AM\tmissed\n" for minute in (0, 2))
    rows = "Caller ID\tCall Time\tStatus\n" + "".join(rings)
    await send(doors, "call_log", rows)
    await send(doors, "call_log", rows)
    assert len(await events(doors)) == 2 and len(await doors.loops("missed_call")) == 1


async def test_texts_are_filed_with_their_words_and_touch_an_open_need(store: LeadStore) -> None:
    await store.post("/leads/adf", adf(first="Ana", last="Ortega", phone=ANA))
    await store.work()
    says = "Any news? My card is 4111111111111111"
    row = f"1,2026-11-20 10:30,incoming,{ANA},5550100100,{says}"
    await send(store, "text_log", f"Message ID,Sent At,Type,From,To,Message\n{row}\n")
    (event,) = await events(store)
    assert event.channel == "text" and event.body.startswith("Any news?") and "4111" not in event.body
    async with store.database.reading(ROOFTOP) as db:
        touches = list(await db.scalars(select(OpportunityTouch).order_by(OpportunityTouch.at)))
    assert [(touch.kind, touch.certain) for touch in touches] == [("adf", True), ("text", False)]


async def test_a_lead_in_one_system_only_is_listed_until_both_have_it(store: LeadStore) -> None:
    """S2-15."""
    sam = adf(number="5", provider="Cars.com", first="Sam", last="Lee", phone="5035550188", email="")
    for lead in (adf(number="1", provider="Cars.com"), sam):
        await store.post("/leads/adf", lead)
    await store.work()
    export = "Lead ID,Source,Created,Name,Phone\n1,Cars.com,2026-11-20 09:00,Maria Alvarez,\n"
    export += "9,Web,2026-11-20 12:00,Eve Adams,5035550177\n"
    await send(store, "crm_export", export)
    assert len(await store.leads()) == 2, "an export to compare with makes no leads"
    here, there = (
        "Sam Lee of 2026-11-20 (Cars.com) is here, not in the CRM",
        "Eve Adams of 2026-11-20 (Web) is in the CRM, not here",
    )
    assert await findings(store) == {here, there}
    await send(store, "crm_export", export + "5,Cars.com,2026-11-20 11:00,Sam Lee,\n")
    assert await findings(store) == {there}


async def findings(store: LeadStore) -> set[str]:
    async with store.database.reading(ROOFTOP) as db:
        rows = await db.scalars(select(HygieneFinding).where(HygieneFinding.cleared_at.is_(None)))
        return {row.says for row in rows if row.kind == "lead_in_one_system"}


BROKEN = [b"\0\0\0", b'"unclosed', b"a,b\n1,2,3\n", b"Lead ID,Phone\n1,\xed\xa0\xbd", b",,,\n,,,"]


async def test_a_broken_file_is_kept_and_told(doors: LeadStore) -> None:
    for kind in ("crm_leads", "crm_export", "call_log", "text_log"):
        for body in BROKEN:
            assert await send(doors, kind, body)
    async with doors.database.reading(ROOFTOP) as db:
        assert {row.state for row in await db.scalars(select(LeadDelivery))} == {"taken"}
