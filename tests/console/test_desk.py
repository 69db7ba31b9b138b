"""The desk: what is owed and late, and a loop that only closes with what proves it."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from followup import callback_calls
from followup.callback_models import CallbackCall
from followup.loops import Promise, promise_callback
from followup.models import Loop
from kit.db import Database
from record.models import Customer, PhoneLine, Staff
from tests.console.conftest import ELSEWHERE, NOW, STORE, a_rooftop, add_call

ANA = "+15035550142"


@pytest.fixture
async def owed(db: Database) -> Loop:
    """Ana asked for a brake price two hours ago; Dan should have called."""
    async with db.writing(STORE) as session:
        session.add(Staff(id="dan", name="Dan Osei", role="advisor", department="service"))
        session.add(Staff(id="eve", name="Eve Park", role="advisor", department="service"))
        person = Customer(first_name="Ana", last_name="Ortega")
        session.add(person)
        await session.flush()
        given = Promise("CA1", "Wants a <b>brake</b> price", "service", ANA, person.id)  # type: ignore[arg-type]
        await promise_callback(session, given, NOW - timedelta(hours=2))
        return (await session.scalars(select(Loop))).one()


async def do(browser: httpx.AsyncClient, loop: Loop, act: str, **form: str) -> httpx.Response:
    return await browser.post(
        f"/loops/{loop.id}/{act}", data={"as": "dan", **form}, headers={"Origin": "http://127.0.0.1:8000"}
    )


async def now(db: Database, loop: Loop) -> Loop:
    async with db.reading(STORE) as session:
        return await session.get_one(Loop, loop.id)


async def test_the_desk_says_what_is_late_in_the_customers_words(browser: httpx.AsyncClient, owed: Loop) -> None:
    page = (await browser.get("/desk")).text
    assert "1 late, nothing due in the next hour" in page
    assert "Ana Ortega" in page and "Late 1 h" in page
    assert "Wants a &lt;b&gt;brake&lt;/b&gt; price" in page


async def test_done_is_refused_until_all_four_parts_are_proven(
    browser: httpx.AsyncClient, db: Database, owed: Loop
) -> None:
    """S2-41: and what was typed is kept."""
    some = {"outcome": "done", "says_reached": "spoke with Ana", "says_need_identified": "front brakes"}
    refused = await do(browser, owed, "finish", **some)
    assert refused.status_code == 422
    assert "estimate sent&#39; has no evidence" in refused.text and 'value="front brakes"' in refused.text
    rest = {"says_estimate_sent": "$380, by text", "says_next_step_confirmed": "comes Thursday"}
    assert (await do(browser, owed, "finish", **some, **rest)).status_code == 303
    assert ((await now(db, owed)).state, (await browser.get("/desk?view=closed")).text.count("Ana Ortega")) == (
        "done",
        2,
    )


async def test_taking_trying_and_promising_are_written_down(
    browser: httpx.AsyncClient, db: Database, owed: Loop
) -> None:
    await do(browser, owed, "take")
    await do(browser, owed, "try", channel="voicemail", note="left a message", key="1", next_step="call at noon")
    await do(browser, owed, "promise", words="the price", due="2026-07-14T15:00")
    page = (await browser.get(f"/loops/{owed.id}")).text
    for words in ("Dan Osei has it", "left a message", "Promised", "call at noon"):
        assert words in page, words
    refused = await do(browser, owed, "finish", outcome="price", says_why="too much")
    assert "a promise is open" in refused.text
    assert (await now(db, owed)).closed_at is None
    assert (await do(browser, owed, "keep", says_promise="told her $380")).status_code == 303
    assert (await do(browser, owed, "finish", outcome="price", says_why="too much")).status_code == 303


async def test_what_is_handed_over_is_theirs_once_they_accept(
    browser: httpx.AsyncClient, db: Database, owed: Loop
) -> None:
    refused = await do(browser, owed, "hand-over", to="eve", next_step="call her")
    assert "first find out: vehicle" in refused.text
    await do(browser, owed, "hand-over", to="eve", next_step="call her", vehicle="2019 Tahoe")
    assert (await do(browser, owed, "accept")).status_code == 422, "it was offered to Eve"
    assert (await do(browser, owed, "accept", **{"as": "eve"})).status_code == 303
    assert (await now(db, owed)).owner_id == "eve"


async def test_only_this_stores_rows_are_offered_as_proof(browser: httpx.AsyncClient, db: Database, owed: Loop) -> None:
    async with db.across_rooftops("another store") as session:
        session.add(a_rooftop(ELSEWHERE))
    await add_call(db, "ours", from_e164=ANA)
    await add_call(db, "theirs", rooftop=ELSEWHERE, from_e164=ANA)
    page = (await browser.get(f"/loops/{owed.id}")).text
    assert "call:ours" in page and "call:theirs" not in page
    refused = await do(browser, owed, "finish", outcome="price", proof_why="call:theirs")
    assert "there is no call" in refused.text


async def test_nothing_is_changed_by_nobody_or_on_no_loop(browser: httpx.AsyncClient, owed: Loop) -> None:
    assert (await do(browser, owed, "take", **{"as": ""})).status_code == 422
    assert (await do(browser, owed, "explode")).status_code == 404
    assert (await browser.get("/loops/nothing")).status_code == 404


async def test_a_press_on_call_asks_for_one_call_and_its_end_asks_who_answered(
    browser: httpx.AsyncClient, db: Database, owed: Loop
) -> None:
    refused = await do(browser, owed, "call", key="1")
    assert (refused.status_code, "your phone number is not on the staff list" in refused.text) == (422, True)
    async with db.writing(STORE) as session:
        dan = await session.get_one(Staff, "dan")
        dan.phone = "+15035550122"
        session.add(PhoneLine(e164="+15035550100", department="service"))
    for _ in range(2):
        assert (await do(browser, owed, "call", key="1")).status_code == 303
    assert "about to ring your phone" in (await browser.get(f"/loops/{owed.id}")).text
    async with db.writing(STORE) as session:
        (call,) = await session.scalars(select(CallbackCall.id))
        await callback_calls.ended(session, call, callback_calls.Outcome.ANSWERED, NOW, seconds=75)
    assert "1:15, somebody or something answered" in (await browser.get(f"/loops/{owed.id}")).text
    assert (await do(browser, owed, "spoke", call=call, spoke="yes")).status_code == 303
    assert "1:15, spoke with them" in (await browser.get(f"/loops/{owed.id}")).text
