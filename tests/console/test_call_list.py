"""The list of calls: newest first, narrowed by its address, and nothing in it that a caller could break."""

import re
from datetime import timedelta

import httpx
from sqlalchemy import event

from console.app import create_console
from console.settings import ConsoleSettings
from followup.models import Loop
from kit.bus import InProcessBus
from kit.clock import Clock
from kit.db import Database
from record.models import ClaimFlag, Customer
from tests.console.conftest import NOW, STORE, a_browser, a_rooftop, add_call, add_staff

HOSTILE = '<script>alert("x")</script>\u202e" onmouseover="x'


def ids(page: str) -> list[str]:
    return re.findall(r'<li id="call-([^"]+)"', page)


async def test_home_is_the_list_of_calls(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls")


async def test_a_store_without_calls_says_what_to_try(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/calls")).text
    assert "No calls yet" in page
    assert "make call" in page
    assert "No live calls" in page


async def test_the_newest_call_is_first_with_who_result_and_length(db: Database, browser: httpx.AsyncClient) -> None:
    await add_call(db, "old", started_at=NOW - timedelta(days=1))
    async with db.writing(STORE) as session:
        session.add(Customer(id="ana", first_name="Ana", last_name="Ortega"))
    await add_call(
        db, "new", customer_id="ana", code="appointment_set", note="Asked for: brakes; Booked Thu 8:00, oil change"
    )
    page = (await browser.get("/calls")).text
    assert ids(page) == ["new", "old"]
    assert "Ana Ortega" in page
    assert "Booked Thu 8:00, oil change" in page
    assert "Asked for" not in page
    assert "Today 11:25 am" in page
    assert "Yesterday 11:30 am" in page
    assert ">1:00<" in page


async def test_a_number_is_not_a_name(db: Database, browser: httpx.AsyncClient) -> None:
    async with db.writing(STORE) as session:
        session.add(Customer(id="ana", first_name="Ana", last_name="Ortega"))
    await add_call(db, "hinted", customer_hint_id="ana")
    page = (await browser.get("/calls")).text
    assert re.search(r'<a href="/calls/hinted"><bdi>\(503\) 555-0142</bdi></a>', page)
    assert "On file for Ana Ortega" in page


async def test_a_live_call_is_marked_and_the_pill_leads_to_it(db: Database, browser: httpx.AsyncClient) -> None:
    await add_call(db, "now", live=True, started_at=NOW - timedelta(seconds=42))
    page = (await browser.get("/calls")).text
    assert '<a href="/calls/now"><span aria-hidden="true">◉</span> 1 live</a>' in page
    assert "On the line now" in page
    assert ">0:42<" in page
    await add_call(db, "too", live=True)
    assert '<a href="/calls/live"><span aria-hidden="true">◉</span> 2 live</a>' in (await browser.get("/calls")).text


async def test_what_is_owed_comes_before_how_it_was_closed(db: Database, browser: httpx.AsyncClient) -> None:
    owner = await add_staff(db)
    for call_id, minutes in (("late", -42), ("soon", 12), ("later", 200)):
        await add_call(db, call_id, code="promise_made")
        async with db.writing(STORE) as session:
            due = NOW + timedelta(minutes=minutes)
            session.add(
                Loop(
                    kind="callback", source_key=call_id, call_id=call_id, department="service", need="A price",
                    owner_id=owner, due_at=due,
                )
            )  # fmt: skip
    page = (await browser.get("/calls")).text
    for badge in ("▲</span> Late 42 min", "◔</span> Due 12 min", "◔</span> Due 2:50 pm"):
        assert badge in page
    assert "callback owed by 10:48 am" in page


async def test_a_claim_without_a_record_is_never_shown_as_closed(db: Database, browser: httpx.AsyncClient) -> None:
    await add_call(db, "lie")
    async with db.writing(STORE) as session:
        session.add(ClaimFlag(call_id="lie", turn=1, kind="said_booked", words="You're booked."))
    assert "▲</span> Check claim" in (await browser.get("/calls")).text


async def test_an_ended_call_without_an_outcome_stands_out(db: Database, browser: httpx.AsyncClient) -> None:
    await add_call(db, "lost", code="", end_reason="process_lost")
    page = (await browser.get("/calls")).text
    assert "▲</span> No outcome" in page
    assert "The server stopped during the call" in page


async def test_filters_live_in_the_address(db: Database, browser: httpx.AsyncClient) -> None:
    await add_call(db, "booked", code="appointment_set")
    await add_call(db, "asked", code="info_only")
    await add_call(db, "on", live=True)
    await add_call(db, "before", code="info_only", started_at=NOW - timedelta(days=1))
    assert ids((await browser.get("/calls?disposition=appointment_set")).text) == ["booked"]
    assert ids((await browser.get("/calls?live=1")).text) == ["on"]
    assert ids((await browser.get("/calls?date=2026-07-13")).text) == ["before"]
    assert ids((await browser.get("/calls?disposition=info_only&date=2026-07-14")).text) == ["asked"]
    page = (await browser.get("/calls?disposition=cancelled")).text
    assert "No call matches" in page
    assert '<option value="cancelled" selected>' in page


async def test_a_day_is_the_stores_day(db: Database, browser: httpx.AsyncClient) -> None:
    late_evening = NOW.replace(day=14, hour=6, minute=30)  # 11:30 pm on the 13th at the store
    await add_call(db, "evening", started_at=late_evening)
    assert ids((await browser.get("/calls?date=2026-07-13")).text) == ["evening"]
    assert ids((await browser.get("/calls?date=2026-07-14")).text) == []


async def test_a_date_that_is_none_is_said_and_nothing_hidden(db: Database, browser: httpx.AsyncClient) -> None:
    await add_call(db, "one")
    page = (await browser.get("/calls?date=tuesday%22%3E")).text
    assert 'aria-invalid="true"' in page
    assert "That is no date" in page
    assert ids(page) == ["one"]


async def test_paging_shows_every_call_once_even_when_calls_arrive_meanwhile(
    db: Database, browser: httpx.AsyncClient
) -> None:
    for number in range(120):
        # Pairs share a moment, so the position needs the id as well.
        await add_call(db, f"c{number:03}", started_at=NOW - timedelta(minutes=10 + number // 2))
    seen: list[str] = []
    address: str | None = "/calls?disposition=info_only"
    while address:
        page = (await browser.get(address)).text
        seen += ids(page)
        await add_call(db, f"new{len(seen)}", started_at=NOW)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else None
    assert len(seen) == 120
    assert len(set(seen)) == 120
    assert seen == sorted(seen, key=lambda c: (-(int(c[1:]) // 2), c), reverse=True)


async def test_a_made_up_position_starts_at_the_top(db: Database, browser: httpx.AsyncClient) -> None:
    await add_call(db, "one")
    for position in ("x", "99999999999999999-a", "1-'--", "-"):
        answer = await browser.get("/calls", params={"before": position})
        assert answer.status_code == 200
        assert "No calls yet" in answer.text or ids(answer.text) == ["one"]


async def test_hostile_names_stay_text(db: Database, browser: httpx.AsyncClient) -> None:
    async with db.writing(STORE) as session:
        session.add(Customer(id="eve", first_name=HOSTILE, last_name="</bdi>"))
    await add_call(db, "bad", customer_id="eve", note=HOSTILE, code=HOSTILE[:40], from_e164="<b>anonymous</b>")
    for path in ("/calls", "/calls/bad", "/calls?disposition=" + "%3Cscript%3E"):
        page = (await browser.get(path)).text
        assert "<script>" not in page
        assert "<b>" not in page
        assert not re.search(r'"\s+onmouseover="x', page.replace("&#34;", "'"))


async def test_another_store_has_no_calls_here(db: Database, browser: httpx.AsyncClient) -> None:
    async with db.across_rooftops("test") as session:
        session.add(a_rooftop("other"))
    await add_call(db, "theirs", rooftop="other")
    assert ids((await browser.get("/calls")).text) == []
    assert (await browser.get("/calls/theirs")).status_code == 404
    assert (await browser.get("/calls/theirs/recording")).status_code == 404


async def test_a_full_list_takes_at_most_twelve_queries(db: Database, browser: httpx.AsyncClient) -> None:
    for number in range(60):
        await add_call(db, f"c{number}")
    await browser.get("/calls")
    asked: list[str] = []
    event.listen(db.engine.sync_engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    await browser.get("/calls")
    assert 0 < len(asked) <= 12


async def test_a_script_gets_the_changed_part_only(db: Database, browser: httpx.AsyncClient) -> None:
    await add_call(db, "one")
    answer = await browser.get("/calls", headers={"HX-Request": "true"})
    assert answer.headers["vary"] == "HX-Request"
    assert "<html" not in answer.text
    assert 'id="pill"' in answer.text
    assert ids(answer.text) == ["one"]


async def test_the_demo_says_what_is_simulated(db: Database, clock: Clock, bus: InProcessBus) -> None:
    settings = ConsoleSettings(console_rooftop=STORE)
    for simulated in (True, False):
        async with a_browser(create_console(db, clock, bus, settings, simulated=simulated)) as browser:
            page = (await browser.get("/calls")).text
            assert ("Carrier and model are simulated on this machine." in page) is simulated
            assert ("OPENAI_API_KEY" in page) is simulated


async def test_without_a_store_the_page_says_how_to_get_one(db: Database, clock: Clock, bus: InProcessBus) -> None:
    async with a_browser(create_console(db, clock, bus, ConsoleSettings(console_rooftop="gone"))) as browser:
        answer = await browser.get("/calls")
        assert (answer.status_code, "LANEKEEPER_CONSOLE_ROOFTOP" in answer.text) == (503, True)
    async with db.across_rooftops("test") as session:
        session.add(a_rooftop("second"))
    async with a_browser(create_console(db, clock, bus, ConsoleSettings())) as browser:
        assert "several stores" in (await browser.get("/calls")).text
