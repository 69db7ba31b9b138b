"""Exceptions and promises: every number on the pages is the length of the list it leads to."""

import re
from datetime import timedelta
from html import unescape

import httpx
import pytest
from sqlalchemy import select

from console.app import create_console
from console.settings import ConsoleSettings
from followup.desk import Person, promised, snooze, tried
from followup.desk import Try as Attempt
from followup.loop_models import LoopAlarm, LoopPromise
from followup.models import Loop
from kit.bus import InProcessBus
from kit.db import Database
from kit.ids import StaffId
from record.models import Call, CallTransfer, ClaimFlag, Staff
from tests.builders import NOW, ROOFTOP, StandingClock, a_store
from tests.console.conftest import Counter, a_browser
from tests.visibility.test_morning import let_down
from visibility.burn import Alert, burning

ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def store(database: Database) -> Database:
    """A store in which much is wrong."""
    await a_store(database)
    late = await let_down(database, "late", contact="+15550100001")
    hidden = await let_down(database, "hidden", "missed_call", contact="+15550100002")
    await let_down(database, "upset", "complaint", contact="+15550100003")
    await let_down(database, "stale", "feed_stale")
    async with database.writing(ROOFTOP) as db:
        who = (await db.scalars(select(Staff).order_by(Staff.id).limit(1))).one()
        me = Person(StaffId(who.id), who.name)
        db.add(
            LoopAlarm(loop_id=late, kind="first_contact_late", level=1, since=NOW - timedelta(hours=2), raised_at=NOW)
        )
        for days in (1, 2):
            await snooze(db, hidden, NOW + timedelta(days=days), "later", me, NOW)
        (await db.get_one(Loop, hidden)).due_at = NOW - timedelta(minutes=5)
        kept = await let_down_not(db, "kept")
        await tried(db, kept, Attempt("call", "spoke", 60), me, "k", NOW)
        await promised(db, kept, "a price", NOW + timedelta(hours=1), me, NOW)
        (await db.scalars(select(LoopPromise))).one().due_at = NOW - timedelta(minutes=1)
        for number in range(2):
            sid = f"CA{number}"
            call = Call(call_sid=sid, account_sid="AC", from_e164="+15550100009", to_e164="+1", started_at=NOW)
            call.first_ai_audio_at, call.ended_at = NOW + timedelta(seconds=4 + 20 * number), NOW
            db.add(call)
            await db.flush()
            db.add(ClaimFlag(call_id=call.id, turn=1, kind="booked", words="You are booked"))
            db.add(CallTransfer(call_id=call.id, key="service", to_e164="+1", stage="over", outcome="busy"))
    return database


async def let_down_not(db, key: str) -> str:  # type: ignore[no-untyped-def]
    from followup.loops import Promise, promise_callback

    given = Promise(source_key=key, need=f"Need {key}", department="service", contact="+15550100077")
    return str((await promise_callback(db, given, NOW - timedelta(minutes=5))).id)


def a_console(store: Database) -> httpx.AsyncClient:
    clock = StandingClock(NOW)
    console = create_console(store, clock, InProcessBus(clock), ConsoleSettings(console_rooftop=ROOFTOP))
    return a_browser(console, headers=ORIGIN)


async def test_every_number_on_both_pages_is_the_length_of_its_list(store: Database) -> None:
    async with a_console(store) as browser:
        counted = Counter(browser, store)
        page = await counted.page("/exceptions")
        tabs = re.findall(
            r'<a href="(/exceptions[^"]*)"[^>]*>(?:<bdi>)?([^<]+?)(?:</bdi>)? <span class="count">(\d+)', page
        )
        assert len(tabs) >= 9, tabs
        for address, name, number in tabs:
            listed = await counted.page(unescape(address))
            assert listed.count('class="case"') == int(number), (name, address)
        page = await counted.page("/promises")
        figures = re.findall(r'<a href="(/promises[^"]*)" aria-label="(\d+) ([^"]*)"', page)
        assert len(figures) >= 6, figures
        for address, number, name in figures:
            listed = await counted.page(unescape(address).partition("#")[0])
            section = listed.partition('id="list"')[2].partition("</section>")[0]
            assert section.count('class="row"') == int(number) and f"({number})" in section, (name, address)
        assert "AI’s first word" in page and page.index("People’s clocks") < page.index("The AI’s clocks")


async def test_what_is_ticked_goes_to_one_person_and_what_is_accepted_or_muted_is_not_seen(store: Database) -> None:
    async with store.reading(ROOFTOP) as db:
        loops = list(await db.scalars(select(Loop.id).where(Loop.closed_at.is_(None))))
        other = (await db.scalars(select(Staff.id).order_by(Staff.id.desc()).limit(1))).one()
    async with a_console(store) as browser:
        done = await browser.post("/exceptions/give", data={"to": other, "loop": loops}, follow_redirects=True)
        assert f"{len(loops)} loops have a new owner" in done.text
        async with store.reading(ROOFTOP) as db:
            assert set(await db.scalars(select(Loop.owner_id).where(Loop.id.in_(loops)))) == {other}
        refused = await browser.post("/exceptions/give", data={"to": "nobody", "loop": loops}, follow_redirects=True)
        assert "Nothing was changed" in refused.text
        page = (await browser.get("/exceptions?rule=upset")).text
        ref = re.search(r'name="ref" value="([^"]+)"', page)[1]  # type: ignore[index]
        accepted = {"rule": "upset", "ref": ref, "reason": "called already"}
        await browser.post("/exceptions/accept", data=accepted)
        assert 'class="case"' not in (await browser.get("/exceptions?rule=upset")).text
        without = await browser.post("/exceptions/mute", data={"rule": "late", "until": "2100-01-01", "reason": "x"})
        assert "within+four+weeks" in without.headers["location"]
        day = (NOW + timedelta(days=2)).date().isoformat()
        await browser.post("/exceptions/mute", data={"rule": "late", "until": day, "reason": "closed for stock-taking"})
        page = (await browser.get("/exceptions")).text
        assert ">Late <span" not in page and "closed for stock-taking" in page
        muted = re.search(r'name="id" value="([^"]+)"', page)[1]  # type: ignore[index]
        await browser.post("/exceptions/unmute", data={"id": muted})
        assert 'rule=late"' in (await browser.get("/exceptions")).text


@pytest.mark.parametrize(("kind", "who"), [("feed_stale", "The store"), ("callback", "Somebody unnamed")])
async def test_a_task_of_the_stores_own_is_nobodys_who_gave_no_name(store: Database, kind: str, who: str) -> None:
    async with store.writing(ROOFTOP) as db:
        for loop in await db.scalars(select(Loop).where(Loop.closed_at.is_(None))):
            loop.kind, loop.customer_id, loop.contact = kind, None, ""
    async with a_console(store) as browser:
        page = (await browser.get("/exceptions?rule=late")).text
    assert page.count('class="case"') and set(re.findall(r"The store|Somebody unnamed", page)) == {who}


@pytest.mark.parametrize(
    ("minutes_ago", "late", "said"),
    [
        ([1, 2, 3, 4, 5, 6], [True] * 4 + [False] * 2, Alert.NOW),
        ([1, 2, 3, 4], [True] * 4, None),
        ([100, 100, 110, 115, 118, 119], [True] * 6, Alert.TODAY),
        ([530, 531, 532, 533, 534, 535], [True, True, True, True, False, False], Alert.TREND),
        ([1, 2, 3, 4, 5, 6], [False] * 6, None),
    ],
)
def test_an_alert_needs_the_long_and_the_short_window_and_enough_cases(
    minutes_ago: list[int], late: list[bool], said: Alert | None
) -> None:
    ended = [(timedelta(minutes=ago), was) for ago, was in zip(minutes_ago, late, strict=True)]
    assert burning(ended, 90, timedelta(hours=9)) is said
    assert burning(ended, 79, timedelta(hours=9)) is None
