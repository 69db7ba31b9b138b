"""Leads on the pages: the list, one with its message, and what could not be read; on both engines."""

from datetime import timedelta

from followup import leads
from followup.lead_deliveries import Arrived, keep
from followup.lead_facts import Channel, LeadCar, LeadPerson, NewLead, RequestedService, raw_lead
from kit.db import Database
from kit.ids import E164
from record.models import Staff
from tests.console.conftest import ELSEWHERE, NOW, STORE, Counter
from tests.console.test_customers import XSS

BODY = b"<?xml version='1.0'?><adf>brakes</adf>"


async def a_lead(
    db: Database, name: str = "Priya", rooftop: str = STORE, ago: int = 5, words: str = "They squeal"
) -> str:
    lead = NewLead(
        Channel.ADF, LeadPerson(name, last_name="Raman", phones=(E164("+15035550163"),)), provider="CarFinder",
        external_id=f"{name}{ago}", department="service", service=RequestedService("Rear brakes", "Thursday"),
        cars=(LeadCar("service", year=2021, make="Toyota"),), comments=words,
    )  # fmt: skip
    async with db.writing(rooftop) as session:
        session.add(Staff(name="Dan Osei", role="manager", department="service"))
        await session.flush()
        at = NOW - timedelta(minutes=ago)
        delivery = await keep(session, Arrived("adf", BODY), at, taken=True)
        return (await leads.take(session, lead, delivery, at)).lead_id


async def test_a_lead_shows_what_is_asked_who_owns_it_and_what_is_still_to_ask(counter: Counter) -> None:
    """S2-63"""
    lead = await a_lead(counter.database)
    listed = await counter.page("/leads")
    for words in ("Priya Raman", "Rear brakes", "CarFinder", "Dan Osei", "Due "):
        assert words in listed, words
    page = await counter.page(f"/leads/{lead}")
    for words in ("Still to ask", "Thursday", "They squeal", "&lt;adf&gt;brakes", "Read whole", "Open the customer"):
        assert words in page, words


async def test_the_list_is_narrowed_by_what_is_in_the_address(counter: Counter) -> None:
    await a_lead(counter.database)
    assert "Priya" in await counter.page("/leads?department=service&status=open")
    for narrowed in ("department=sales", "status=closed", "unread=1"):
        assert "No lead matches" in await counter.page(f"/leads?{narrowed}")


async def test_a_message_nobody_could_read_is_on_the_list_and_among_the_messages(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        db.add(Staff(name="Dan Osei", role="manager", department="sales"))
        await db.flush()
        delivery = await keep(db, Arrived("email", b"helo", sender="x@y.test"), NOW, refused="no lead in it")
        await leads.take(db, raw_lead(Channel.EMAIL, b"helo", "no lead in it"), delivery, NOW)
    assert "Read it" in await counter.page("/leads?unread=1")
    page = await counter.page("/leads/messages")
    assert "x@y.test" in page and "no lead in it" in page


async def test_many_leads_are_paged(counter: Counter) -> None:
    for at in range(3):
        await a_lead(counter.database, f"P{at}", ago=at)
    async with counter.database.writing(STORE) as db:
        for at in range(50):
            lead = NewLead(Channel.WEB, LeadPerson(f"Q{at}"), department="service", comments=f"{at}")
            when = NOW - timedelta(hours=1, minutes=at)
            delivery = await keep(db, Arrived("web_form", b"x"), when, taken=True)
            await leads.take(db, lead, delivery, when)
    first = await counter.page("/leads")
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert (first.count('<li class="row">'), (await counter.page(older)).count('<li class="row">')) == (50, 3)


async def test_another_stores_lead_is_not_here(counter: Counter) -> None:
    await counter.page(f"/leads/{await a_lead(counter.database, rooftop=ELSEWHERE)}", 404)
    assert "No leads yet" in await counter.page("/leads")


async def test_no_lead_is_ever_markup(counter: Counter) -> None:
    lead = await a_lead(counter.database, XSS[:80], words=XSS)
    for path in ("/leads", f"/leads/{lead}"):
        page = await counter.page(path)
        assert "<script>alert" not in page and "<img src=x" not in page
