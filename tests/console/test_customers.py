"""Finding a customer, what they need now, their story, and what is on record of them; on both engines."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.lead_models import Lead, LeadDelivery
from followup.models import Loop
from kit.db import Database
from record import merging
from record.contact_models import ConsentEntry
from record.directory import Asked, understood
from record.identity_models import ExternalRef, HouseholdLink
from record.models import Call, ContactPoint, RepairOrder, Staff, Vehicle
from record.text_models import Conversation, TextMessage
from tests.console.conftest import ELSEWHERE, NOW, STORE, Counter
from tests.record.people import a_person
from tests.record.test_timeline import a_busy_customer

XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


async def ana(db: Database, rooftop: str = STORE) -> str:
    async with db.writing(rooftop) as session:
        return await a_person(
            session, "Ana", "Ortega", phones=("+15035550142",), emails=("ana@example.com",), vin="7XXABCDE0FG123456"
        )


@pytest.mark.parametrize(
    ("typed", "asked", "words"),
    [
        ("", Asked.NOTHING, ()),
        ("0142", Asked.DIGITS, ("0142",)),
        ("1 (503) 555-0142", Asked.DIGITS, ("5035550142",)),
        ("Ana@Example.com", Asked.EMAIL, ("ana@example.com",)),
        ("ortega, ana", Asked.NAME, ("ortega", "ana")),
        ("7 abc-123", Asked.CODE, ("7ABC123",)),
    ],
)
def test_what_is_typed_says_what_is_looked_for(typed: str, asked: Asked, words: tuple[str, ...]) -> None:
    query = understood(typed)
    assert (query.asked, query.words) == (asked, words)


@pytest.mark.parametrize("typed", ["0142", "5550142", "(503) 555-0142", "ana@exam", "123456", "RO6001", "6001"])
async def test_an_exact_find_opens_the_customer_at_once(counter: Counter, typed: str) -> None:
    who = await ana(counter.database)
    async with counter.database.writing(STORE) as db:
        for number in ("6001", "RO6001"):
            db.add(RepairOrder(ro_number=number, customer_id=who, status="in_shop", opened_at=NOW, status_at=NOW))
    answer = await counter.browser.get("/customers", params={"q": typed})
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/customers/{who}")


async def test_a_name_lists_everybody_it_fits_and_nobody_of_another_store(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        gone = await a_person(db, "Ana", "Orteg")
        await merging.join(db, merging.Join(await a_person(db, "Ana", "Ortega"), gone), "Mara", NOW)
        await a_person(db, "Bo", "Larsen")
    async with counter.database.writing(ELSEWHERE) as db:
        await a_person(db, "Ana", "Ortiz")
    page = await counter.page("/customers?q=ort+an")
    assert page.count('class="row person"') == 1 and "Ana Ortega" in page and "Ortiz" not in page
    assert "Nobody’s first or last name starts with" in await counter.page("/customers?q=%25")


async def test_a_long_list_goes_on_without_gap_or_repeat(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        for at in range(55):
            await a_person(db, f"Person{at % 3}", f"Name{at:02d}")
    first = await counter.page("/customers")
    further = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = await counter.page(further)
    assert first.count('class="row person"') == 50 and second.count('class="row person"') == 5
    assert "Name49" in first and "Name50" in second and 'rel="next"' not in second


async def test_one_customer_shows_what_is_open_who_knows_and_the_story_newest_first(counter: Counter) -> None:
    """S1-41, S1-27, S1-30"""
    async with counter.database.writing(STORE) as db:
        who = await a_busy_customer(db)
        await _everything_else(db, who)
    page = await counter.page(f"/customers/{who}")
    needs, story = page.split("What happened, newest first")
    for words in (
        "RO 6001, 2019 Honda CR-V: in shop",
        "<bdi>Dan Osei</bdi> knows",
        "A brake price",
        "Special order S1",
    ):
        assert words in needs
    for words in ("Retail deal D1", "Text from the customer", "My brakes squeal", "Lead by web", "Lee Ortega",
                  "No texts since"):  # fmt: skip
        assert words in page
    for kind, other in (("Call", "Visit"), ("Visit", "Deal")):
        assert story.index(f'class="kind">{kind}<') < story.index(f'class="kind">{other}<')
    sales = await counter.page(f"/customers/{who}?show=sales")
    assert "Retail deal D1" in sales and 'class="kind">Call<' not in sales


async def test_what_is_on_record_says_where_it_comes_from(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        who = await a_busy_customer(db)
        await _everything_else(db, who)
        db.add(ExternalRef(system="dms", kind="customer", external_id="C-77", row_id=who))
    page = await counter.page(f"/customers/{who}/record")
    for words in ("C-77", "Took back", "Texts, marketing", "Stop texting me", "No other record was joined"):
        assert words in page


async def test_a_joined_record_leads_to_the_one_it_is_part_of_and_can_be_taken_apart(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        kept, gone = await a_person(db, "Ana", "Ortega"), await a_person(db, "Anna", "Ortega")
        merge = await merging.join(db, merging.Join(kept, gone), "Dan", NOW)
    answer = await counter.browser.get(f"/customers/{gone}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/customers/{kept}")
    assert "Anna Ortega joined into Ana Ortega" in await counter.page(f"/customers/{kept}/record")
    assert (await counter.post(f"/review/joined/{merge}/undo")).status_code == 303
    assert "Anna Ortega" in await counter.page(f"/customers/{gone}")
    assert "Taken apart again by Mara Field" in await counter.page(f"/customers/{kept}/record")
    again = await counter.post(f"/review/joined/{merge}/undo")
    assert again.status_code == 409 and "taken back already" in again.text


async def test_another_stores_customer_and_merge_are_not_here(counter: Counter) -> None:
    theirs = await ana(counter.database, ELSEWHERE)
    async with counter.database.writing(ELSEWHERE) as db:
        merge = await merging.join(db, merging.Join(theirs, await a_person(db, "Anna", "Ortega")), "Dan", NOW)
    for path in (f"/customers/{theirs}", f"/customers/{theirs}/record", "/customers/nobody"):
        await counter.page(path, 404)
    assert (await counter.post(f"/review/joined/{merge}/undo")).status_code == 404


async def test_no_name_note_or_text_is_ever_markup(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        who = await a_person(db, XSS[:80], "Ortega", phones=("+15035550142",), street=XSS, city=XSS[:60])
        db.add(Vehicle(customer_id=who, year=2019, make=XSS[:40], model=XSS[:60]))
        await _everything_else(db, who, words=XSS)
    for path in ("/customers", f"/customers/{who}", f"/customers/{who}/record", "/customers?q=" + "%3Cscript%3E"):
        page = await counter.page(path)
        assert "<script>alert" not in page and "<img src=x" not in page, path


async def test_two_thousand_entries_are_paged(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        who = await a_person(db)
        db.add_all(
            Call(
                id=f"c{at:04d}", call_sid=f"CA{at}", account_sid="AC", from_e164="+15035550112", to_e164="+1",
                customer_id=who, started_at=NOW - timedelta(hours=at),
            )
            for at in range(120)
        )  # fmt: skip
    path, seen = f"/customers/{who}", 0
    while path:
        page = await counter.page(path)
        seen += page.count('class="kind">')
        path = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
    assert seen == 120


async def _everything_else(db: AsyncSession, who: str, words: str = "My brakes squeal") -> None:
    """A loop, a text, a lead, a relative and an opt-out beside what `a_busy_customer` has."""
    mara = Staff(name="Mara Field", role="manager", department="service")
    relative = await a_person(db, "Lee", "Ortega")
    talk = Conversation(customer_e164="+15035550142", line_e164="+15035550100", customer_id=who, last_inbound_at=NOW)
    delivery = LeadDelivery(door="web_form", body=b"x", received_at=NOW)
    db.add_all([mara, talk, delivery])
    await db.flush()
    one, other = sorted((who, relative))
    db.add_all(
        [
            Loop(
                kind="callback", source_key=f"k{who}", customer_id=who, department="service", need="A brake price",
                owner_id=mara.id, due_at=NOW + timedelta(minutes=20),
            ),
            TextMessage(
                conversation_id=talk.id, direction="inbound", author="customer", from_e164="+15035550142",
                to_e164="+15035550100", body=words, at=NOW, state="received",
            ),
            Lead(
                delivery_id=delivery.id, channel="web", department="sales", customer_id=who, comments=words,
                parse_state="whole", content_hash="h", received_at=NOW - timedelta(days=1),
            ),
            HouseholdLink(one_id=one, other_id=other, kind="shared_address", confidence=0.8, source="1 Main"),
            ConsentEntry(
                entry_key=f"all{who}", customer_id=who, contact="+15035550142", kind="revoke", channel="all",
                scope="all", source="text", words="Stop texting me", at=NOW - timedelta(days=2),
            ),
        ]
    )  # fmt: skip
    if await db.scalar(select(ContactPoint.id).where(ContactPoint.customer_id == who)) is None:
        db.add(ContactPoint(customer_id=who, kind="phone", value="+15035550142"))
    await db.flush()
