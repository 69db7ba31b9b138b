"""Every page of a filled store in a real browser: axe finds nothing, nothing is cut off; the first steps by keys."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from sqlalchemy import select

from console.app import create_console
from console.settings import ConsoleSettings
from followup.models import Loop
from kit.bus import InProcessBus
from kit.clock import SystemClock
from kit.db import Database
from lanekeeper.setting_up import SettingUp
from lanekeeper.settings import Settings
from record import audit
from record.models import Call, CallTurn, Customer, Staff
from record.texts import Arrival, arrive
from simulator.back_office import open_the_back_office
from simulator.store import build_store
from tests.console.chromium import Chromium, found
from tests.console.test_writing import Suggestion
from tests.soak.seeds import Figures

pytestmark = [pytest.mark.soak, pytest.mark.skipif(found() is None, reason="no Chromium on this machine")]

AXE = (Path(__file__).parent.parent / "assets" / "axe" / "axe.min.js").read_text()
RUN = """
axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}})
  .then(r => JSON.stringify({
    bad: r.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + n.failureSummary)]),
    unsure: r.incomplete.map(v => v.id)}))
"""
FIXED = ("/desk", "/desk?view=all", "/calls", "/calls/live", "/texts", "/customers", "/leads", "/leads/new", "/review",
         "/calendar", "/morning", "/exceptions", "/exceptions?rule=late", "/promises?clock=first_answer&outcome=late",
         "/coaching", "/tune", "/feeds", "/admin/rooftops", "/admin/people", "/admin/phones", "/admin/health",
         "/admin/audit", "/setup", "/replies", "/me", "/kit", "/nothing-here")  # fmt: skip


@asynccontextmanager
async def a_filled_store(url: str, folder: Path) -> AsyncIterator[tuple[str, Database, str]]:
    """The demo's store with a live call and a text, behind its pages on a real socket."""
    database, clock = Database(url), SystemClock()
    store = await build_store(database, clock.now())
    await open_the_back_office(database, store, clock.now(), folder / "feeds")
    async with database.writing(store.rooftop_id) as db:
        call = Call(call_sid="CAlive", account_sid="AC", from_e164="+15035550142", to_e164=store.line)
        call.started_at = call.connected_at = clock.now()
        db.add(call)
        await db.flush()
        turn = {"item_id": "i", "started_ms": 0, "ended_ms": 1}
        db.add(CallTurn(call_id=call.id, seq=1, speaker="caller", text="I want to speak to a person.", **turn))
        await arrive(db, Arrival("SM1", "+15035550142", store.line, "Is my car ready?"), "service", clock.now())
        await audit.note(db, "Dana", "gave", "loop", "x", clock.now(), "to somebody")
    settings = ConsoleSettings(web_address="127.0.0.1:8000", recordings_folder=folder)
    setup = SettingUp(Settings(), database, clock)
    console = create_console(database, clock, InProcessBus(clock), settings, suggests=Suggestion(), setup=setup)
    server = uvicorn.Server(uvicorn.Config(console.app, host="127.0.0.1", port=0, log_level="warning"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.wait({task}, timeout=0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", database, store.rooftop_id
    finally:
        console.streams.close()
        server.should_exit = server.force_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await database.close()


async def one_of_each(address: str) -> list[str]:
    """An address of every kind of object that the lists lead to."""
    seen: dict[str, str] = {}
    async with httpx.AsyncClient(trust_env=False) as browser:
        for path in FIXED[:-1]:
            page = (await browser.get(address + path)).text
            for link in re.findall(r'href="(/[a-z][^"#]*)"', page):
                kind = re.sub(r"[0-9a-f]{32}", "ID", link.partition("?")[0])
                if "ID" in kind or kind.startswith("/tune/"):
                    seen.setdefault(kind, link)
    return [link.replace("&amp;", "&") for link in seen.values() if "/assets/" not in link and "/recording" not in link]


async def test_no_page_has_a_violation_in_either_theme_at_either_width(
    sqlite_store: str, tmp_path: Path, figures: Figures
) -> None:
    async with a_filled_store(sqlite_store, tmp_path) as (address, _, _), Chromium() as browser:
        pages = [*FIXED, *await one_of_each(address)]
        await browser.command("Page.addScriptToEvaluateOnNewDocument", source=AXE)
        bad: list[str] = []
        unsure: set[str] = set()
        for path in pages:
            for width, dark in ((1280, False), (1280, True), (360, False), (360, True)):
                await browser.open(address + path, width=width, dark=dark)
                said = json.loads(await browser.js(RUN))
                bad += [f"{path} at {width}{' dark' if dark else ''}: {each}" for each in said["bad"]]
                unsure |= set(said["unsure"])
            await browser.open(address + path, width=320)
            if not await browser.js("document.documentElement.scrollWidth <= innerWidth"):
                bad.append(f"{path} scrolls sideways at 320")
        figures(f"{len(pages)} pages, {len(pages) * 4} runs of axe, not decided by it: {sorted(unsure)}")
        assert not bad, "\n".join(bad)
        refused = [each for each in browser.troubles if "404" not in each]
        assert refused == []


async def test_a_newcomer_takes_a_loop_notes_the_call_and_closes_it_by_keys_alone(
    sqlite_store: str, tmp_path: Path
) -> None:
    async with a_filled_store(sqlite_store, tmp_path) as (address, database, rooftop), Chromium() as browser:
        await browser.open(f"{address}/calls")
        await press(browser, "g")
        await press(browser, "d", until="location.pathname === '/desk'")
        await press(browser, "j")
        await press(browser, "Enter", until="location.pathname.startsWith('/loops/')")
        loop_id = (await browser.js("location.pathname")).rpartition("/")[2]
        await press(browser, "o", until="document.body.innerText.includes('has it')")
        await press(browser, "n", until="document.activeElement.name === 'channel'")
        await choose(browser, "spoke", "Y")
        await write(browser, "minutes", "3")
        await write(browser, "note", "Told the price, comes on Thursday")
        await press(browser, "Enter", until="document.body.innerText.includes('Told the price')")
        await press(browser, "e", until="document.activeElement.name === 'outcome'")
        await choose(browser, "outcome", "W")
        await write(browser, "says_why", "It was somebody else's number")
        await press(browser, "Enter", until="document.body.innerText.includes('It was not over')")
        async with database.reading(rooftop) as db:
            loop = await db.get_one(Loop, loop_id)
            assert loop.closed_at is not None and loop.close_reason
            assert await db.scalar(select(Customer.id).limit(1)) and await db.scalar(select(Staff.id).limit(1))


async def press(browser: Chromium, key: str, until: str = "") -> None:
    """One key, as a keyboard sends it."""
    codes = {"Enter": 13, "Tab": 9}
    more = {"windowsVirtualKeyCode": codes[key]} if key in codes else {}
    typed = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
    await browser.command("Input.dispatchKeyEvent", type="keyDown", key=key, **typed, **more)
    await browser.command("Input.dispatchKeyEvent", type="keyUp", key=key, **more)
    if until:
        await browser.until(until)


async def reach(browser: Chromium, name: str) -> None:
    """Tab by tab to a field."""
    for _ in range(60):
        if await browser.js(f"document.activeElement.name === '{name}'"):
            return
        await press(browser, "Tab")
    raise AssertionError(f"{name} cannot be reached with the keyboard")


async def choose(browser: Chromium, name: str, letter: str) -> None:
    await reach(browser, name)
    await press(browser, letter)


async def write(browser: Chromium, name: str, words: str) -> None:
    await reach(browser, name)
    await browser.command("Input.insertText", text=words)
