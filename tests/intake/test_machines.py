"""Leads other systems post: stored before they are acknowledged, one lead however often they come, owned at once."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from followup import lead_deliveries, leads
from followup.lead_deliveries import LEASE
from followup.lead_doors import open_door
from followup.lead_models import Opportunity, OpportunityTouch
from followup.lead_views import messages_to_look_at, one_lead
from followup.models import Loop
from kit.db import Database
from record.models import ContactPoint, Customer
from tests.builders import ANA, NOW, ROOFTOP, a_store
from tests.intake.a_door import LeadStore, adf

MARIA = "+15035550112"


async def post(store: LeadStore, *bodies: str) -> None:
    for body in bodies:
        assert (await store.post("/leads/adf", body)).status_code == 200
    await store.work()


async def test_a_posted_lead_has_an_owner_and_is_due_in_ten_business_minutes(store: LeadStore) -> None:
    await post(store, adf(number="1"))
    (lead,) = await store.leads()
    assert (lead.name, lead.phone, lead.department, lead.car) == ("Maria Alvarez", MARIA, "sales", "2021 Honda CR-V")
    assert (lead.owner, lead.due_at) == ("Mara Field", NOW + timedelta(minutes=10))
    (loop,) = await store.loops()
    assert (loop.kind, loop.contact, loop.customer_id) == ("lead", MARIA, lead.customer_id)
    assert loop.need.startswith("Is it still available?")


async def test_a_service_lead_is_due_in_one_business_hour(store: LeadStore) -> None:
    await post(store, adf(car="", comments="Need an oil change"))
    (lead,) = await store.leads()
    assert (lead.department, lead.due_at) == ("service", NOW + timedelta(minutes=60))


async def test_a_lead_at_night_is_due_after_opening(store: LeadStore) -> None:
    store.later(timedelta(hours=12))
    await post(store, adf(number="1"))
    (lead,) = await store.leads()
    assert lead.due_at is not None and lead.due_at.isoformat() == "2026-11-21T15:40:00+00:00"


async def test_the_same_number_of_the_same_provider_is_the_same_lead(store: LeadStore) -> None:
    await post(store, adf(number="1"), adf(number="1"), adf(number="1", provider="CarGurus", car="<make>Kia</make>"))
    assert sorted(lead.provider for lead in await store.leads()) == ["AutoTrader", "CarGurus"]


async def test_a_resend_updates_the_lead_and_makes_no_second_one(store: LeadStore) -> None:
    await post(store, adf(number="1", phone="", comments="Hello"))
    assert [loop.kind for loop in await store.loops()] == ["lead", "missing_data"]
    await post(store, adf(number="1", status="resend", phone="5035550112", comments="Call after five"))
    (row,) = await store.rows()
    assert (row.phone, row.comments, row.missing) == (MARIA, "Call after five", [])
    (asked,) = await store.loops("missing_data")
    assert (asked.closed_at, asked.close_reason) == (NOW, "data_arrived")
    async with store.database.reading(ROOFTOP) as db:
        assert len(list(await db.scalars(select(OpportunityTouch)))) == 1, "a resend is not a second time they asked"


async def test_a_message_the_mailer_sends_again_is_the_same_lead(store: LeadStore) -> None:
    await post(store, adf(), f"\n{adf()}\n", f"Forwarded:\n{adf()}")
    assert len(await store.leads()) == 1
    assert len(await store.messages()) == 3, "every message is kept"


async def test_the_same_person_and_car_within_thirty_days_is_one_lead_with_two_touches(store: LeadStore) -> None:
    await post(store, adf(number="1"), adf(number="7", provider="CarGurus", comments="Any discount?"))
    (row,) = await store.rows()
    assert row.provider == "AutoTrader"
    (loop,) = await store.loops()
    assert "Is it still available?" in loop.need and "Any discount?" in loop.need
    async with store.database.reading(ROOFTOP) as db:
        assert len(list(await db.scalars(select(OpportunityTouch)))) == 2
    store.later(timedelta(days=31))
    await post(store, adf(number="9", provider="Cars"))
    assert len(await store.rows()) == 2


async def test_the_same_words_another_day_are_somebody_asking_again(store: LeadStore) -> None:
    undated = re.sub("<requestdate>.*</requestdate>", "", adf())
    await post(store, undated)
    store.later(timedelta(hours=20))
    await post(store, undated)
    async with store.database.writing(ROOFTOP) as db:
        assert len(list(await db.scalars(select(OpportunityTouch)))) == 1, "a mailer that tried again"
        await db.execute(update(Loop).values(closed_at=store.clock.at, close_reason="reached"))
    store.later(timedelta(days=4))
    await post(store, undated)
    assert len(await store.rows()) == 1
    assert [loop.closed_at is None for loop in await store.loops("lead")] == [False, True], "owed once more"


async def test_a_lead_that_was_lost_does_not_swallow_a_new_one(store: LeadStore) -> None:
    lost = "Lead ID,Source,Created,Name,Phone,Year,Make,Model,Status\n"
    lost += "1,Cars,11/18/2026,Maria Alvarez,5035550112,2021,Honda,CR-V,Lost\n"
    assert (await store.post("/leads/crm_leads", lost, "text/csv")).status_code == 200
    await post(store, adf())
    assert sorted(lead.status for lead in await store.leads()) == ["closed", "open"]
    assert len(await store.loops("lead")) == 1


async def test_messages_read_at_the_same_moment_are_one_lead_and_one_need(store: LeadStore) -> None:
    for n in range(4):
        await store.post("/leads/adf", adf(number="1"))
        await store.post("/leads/adf", adf(number=f"{n + 2}", provider="Cars", car="", comments=f"Call me {n}"))
    due = await store.desk().due(NOW, 100)
    await asyncio.gather(*(store.desk().look(*each) for each in due))
    assert {message.state for message in await store.messages()} == {"taken"}
    assert len(await store.rows()) == 5 and len(await store.loops("lead")) == 1
    async with store.database.reading(ROOFTOP) as db:
        assert len(list(await db.scalars(select(Customer)))) == 2
        (need,) = await db.scalars(select(Opportunity))
    assert {row.opportunity_id for row in await store.rows()} == {need.id}


async def test_two_people_of_one_household_stay_two(store: LeadStore) -> None:
    await post(store, adf(number="1"), adf(number="2", first="Luis"))
    first, second = await store.rows()
    assert first.customer_id != second.customer_id and first.opportunity_id != second.opportunity_id


async def test_three_ways_to_ask_are_one_open_need(store: LeadStore) -> None:
    """S2-08: other cars, other providers, one person: one opportunity, one owner."""
    await post(
        store,
        adf(number="1"),
        adf(number="2", car="<year>2022</year><make>Kia</make><model>Soul</model>", comments="Or this one"),
        adf(number="3", provider="Cars", car="<make>Ford</make><model>Focus</model>", comments="Or a Ford"),
    )
    assert len({lead.opportunity_id for lead in await store.leads()}) == 1
    assert len(await store.loops("lead")) == 1
    async with store.database.reading(ROOFTOP) as db:
        record = await one_lead(db, (await store.leads())[0].id)
        assert len(list(await db.scalars(select(Opportunity)))) == 1
    assert record is not None and len(record.touches) == 3


async def test_a_known_customer_is_found_by_number_and_name(store: LeadStore) -> None:
    await post(store, adf(first="ana", last="ORTEGA", phone=ANA))
    async with store.database.reading(ROOFTOP) as db:
        people = list(await db.scalars(select(Customer)))
        contacts = [c.value for c in await db.scalars(select(ContactPoint))]
    assert [person.first_name for person in people] == ["Ana"]
    assert contacts == [ANA], "what a stranger writes is not put on a record that exists"
    assert "whether maria@example.com is theirs (not on the record)" in (await store.rows())[0].missing


async def test_a_shared_number_is_no_proof(store: LeadStore) -> None:
    await post(store, adf(first="Pedro", last="Ortega", phone=ANA))
    async with store.database.reading(ROOFTOP) as db:
        assert sorted(c.first_name for c in await db.scalars(select(Customer))) == ["Ana", "Pedro"]


async def test_somebody_without_a_name_gets_an_owner_and_a_task_but_no_record(store: LeadStore) -> None:
    await post(store, adf(first="", last=""))
    (lead,) = await store.leads()
    assert lead.customer_id is None and lead.owner == "Mara Field"
    assert "the name" in lead.missing
    assert {loop.kind for loop in await store.loops()} == {"lead", "missing_data"}


async def test_what_is_missing_is_a_task_and_never_filled_in(store: LeadStore) -> None:
    """S2-65, S2-36."""
    await post(store, adf(phone="", car="", comments="How much are new brakes?"))
    (task,) = await store.loops("missing_data")
    assert task.need == ("Ask for: a phone number; the car’s year, make and model; the VIN: an estimate needs it")
    (row,) = await store.rows()
    assert (row.phone, row.cars) == ("", [])


async def test_an_unreadable_lead_is_a_lead_with_its_body_and_reason(store: LeadStore) -> None:
    body = "<!DOCTYPE adf SYSTEM 'http://evil.test/x.dtd'>" + adf()
    await post(store, body)
    (lead,) = await store.leads()
    async with store.database.reading(ROOFTOP) as db:
        record = await one_lead(db, lead.id)
    assert record is not None and record.body == body.encode()
    assert (lead.parse_state, record.reason) == ("raw", "has a DTD, which is never read")
    assert lead.owner == "Mara Field" and lead.due_at is not None


async def test_a_server_that_dies_after_taking_a_message_loses_nothing(store: LeadStore, database: Database) -> None:
    """Killed before anybody looked, and killed while looking: the message waits and is taken once."""
    assert (await store.post("/leads/adf", adf(number="1"))).status_code == 200
    async with database.writing(ROOFTOP) as db:
        ((_, waiting),) = await lead_deliveries.due(db, NOW, 10)
        assert await lead_deliveries.claim(db, waiting, NOW) is not None
    assert await store.work() == 0, "somebody has it"
    store.later(LEASE + timedelta(seconds=1))
    assert await store.work() == 1
    assert await store.work() == 0
    assert len(await store.leads()) == 1


async def test_a_lead_that_cannot_be_filed_is_tried_again_and_then_kept_as_it_came(
    store: LeadStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, failures = leads.take, []

    async def fails_on_names(db, lead, *rest):  # type: ignore[no-untyped-def]
        if lead.person.name:
            failures.append(lead)
            raise RuntimeError("a bug")
        return await take(db, lead, *rest)

    monkeypatch.setattr(leads, "take", fails_on_names)
    await post(store, adf(number="1"))
    assert await store.leads() == []
    for _ in range(3):
        store.later(timedelta(hours=2))
        await store.work()
    (lead,) = await store.leads()
    assert (len(failures), lead.parse_state, lead.owner) == (2, "raw", "Mara Field")


async def test_only_the_stores_own_key_opens_the_door(store: LeadStore, database: Database) -> None:
    await a_store(database, "north", "+15550100900")
    async with database.writing("north") as db:
        other = await open_door(db)
    for key in ("", "x", store.door.store_key, f"{store.door.store_key}.", f"{store.door.store_key}.wrong"):
        assert (await store.post("/leads/adf", adf(), key=key)).status_code == 401
    swapped = f"{store.door.store_key}.{other.machine_key.partition('.')[2]}"
    assert (await store.post("/leads/adf", adf(), key=swapped)).status_code == 401
    assert await store.messages() == []
    assert (await store.post("/leads/adf", adf(), key=other.machine_key)).status_code == 200
    assert await store.messages() == [], "it went to the store the key belongs to"


SENT = [
    (adf(), "application/x-adf+xml", 200),
    (adf(), "text/plain; charset=utf-8", 200),
    (adf(), "application/json", 415),
    ("", "text/xml", 422),
    ("x" * 300_000, "text/xml", 413),
]


async def test_only_leads_of_bearable_size_are_taken(store: LeadStore) -> None:
    for body, kind, status in SENT:
        assert (await store.post("/leads/adf", body, kind)).status_code == status
    assert len(await store.messages()) == 2


async def test_what_could_not_be_read_is_listed_for_a_person(store: LeadStore) -> None:
    await store.post("/leads/crm_leads", "Colour,Shape\nred,round\n", "text/csv")
    await store.work()
    async with store.database.reading(ROOFTOP) as db:
        (message,) = await messages_to_look_at(db)
    assert (message.door, message.state) == ("crm_leads", "taken")
    assert message.says.startswith("the first line names no column we know")
