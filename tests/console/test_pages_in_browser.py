"""The demo store's pages in a real browser: they fit, the browser has no complaint, and keys do what buttons do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn

from console.app import create_console
from console.settings import ConsoleSettings
from crm_sync.settings import FeedSettings
from kit.bus import InProcessBus
from kit.clock import Clock
from kit.db import Database
from lanekeeper.wiring import uploads
from simulator.back_office import open_the_back_office
from simulator.store import build_store
from tests.console.chromium import Chromium, found
from tests.console.conftest import NOW
from tests.console.test_browser import SMALL_TARGETS

pytestmark = pytest.mark.skipif(found() is None, reason="no Chromium on this machine")

LISTS = ("/customers", "/texts", "/leads", "/feeds", "/review")
OTHERS = ("/leads/new", "/leads/messages", "/feeds/refused", "/review/findings", "/review/codes", "/review/joined",
          "/programs/declined_red", "/programs/declined_red/preview", "/policy", "/shifts")  # fmt: skip
DEEPER = (("/feeds/refused", ".stacks th a"), ("/feeds", ".row:last-child .who a"), ("/customers?q=garber", ".who a"))
SCREENS = ((320, False), (360, True), (1280, False))


@pytest.fixture
async def address(url: str, clock: Clock, bus: InProcessBus, tmp_path: Path) -> AsyncIterator[str]:
    """The demo store on a real socket."""
    database = Database(url)
    store = await build_store(database, NOW)
    await open_the_back_office(database, store, NOW, tmp_path / "feeds")
    taker = uploads(database, clock, FeedSettings(folder=str(tmp_path / "feeds")))
    console = create_console(database, clock, bus, ConsoleSettings(console_rooftop=store.rooftop_id), uploads=taker)
    server = uvicorn.Server(uvicorn.Config(console.app, host="127.0.0.1", port=0, log_level="warning"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.wait({task}, timeout=0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    console.streams.close()
    server.should_exit = server.force_exit = True
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await taker.close()
    await database.close()


async def test_every_page_has_something_to_show_and_fits_every_screen(address: str) -> None:
    async with Chromium() as browser:
        paths = [*LISTS, *OTHERS]
        for page, link in (*((each, ".row .who a") for each in LISTS), *DEEPER):
            await browser.open(address + page)
            there = await browser.js(f"document.querySelector('{link}')?.getAttribute('href')")
            assert there, page
            paths.append(there)
        paths += [f"{next(path for path in paths if path.startswith('/feeds/runs/'))}/headers?feed=repair_orders"]
        paths += [f"{next(path for path in paths if path.startswith('/customers/'))}/record"]
        for path in paths:
            for width, dark in SCREENS:
                await browser.open(address + path, width=width, dark=dark)
                assert await browser.js("document.documentElement.scrollWidth <= innerWidth"), (path, width)
                assert await browser.js(SMALL_TARGETS) == [], (path, width)
                assert await browser.js("document.querySelectorAll('h1').length") == 1, path
                assert await browser.js("document.querySelectorAll('.rail a[aria-current]').length") == 1, path
        assert browser.troubles == []


async def test_pairs_are_decided_by_keys_alone_and_taken_back(address: str) -> None:
    async with Chromium() as browser:
        await browser.open(f"{address}/review")
        await browser.js("document.querySelector('.row .who a').click()")
        await browser.until("document.querySelector('[data-key=\"y\"]')")
        first = await browser.js("location.pathname")
        await press(browser, "y")
        await browser.until(f"location.pathname !== '{first}' && document.querySelector('.told')")
        assert "Joined into one record by store" in await browser.js("document.querySelector('.told').innerText")
        await press(browser, "z")
        await browser.until(f"location.pathname === '{first}' && document.querySelector('[data-key=\"n\"]')")
        await press(browser, "n")
        await browser.until("document.querySelector('.told')?.innerText.includes('Kept as two people')")
        assert browser.troubles == []


async def test_a_key_typed_into_a_field_is_a_letter(address: str) -> None:
    async with Chromium() as browser:
        await browser.open(f"{address}/customers")
        await press(browser, "/")
        assert await browser.js("document.activeElement.id") == "find"
        await browser.command("Input.insertText", text="y/n")
        assert await browser.js("document.activeElement.value + location.pathname") == "y/n/customers"


async def test_a_file_is_sent_with_its_progress_and_its_report_opens(address: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Customer Number,First Name,Last Name,Cell Phone\n77,Ines,Duarte,503-555-0175\n")
    async with Chromium() as browser:
        await browser.open(f"{address}/feeds")
        document = await browser.command("DOM.getDocument")
        node = await browser.command(
            "DOM.querySelector", nodeId=document["root"]["nodeId"], selector="input[type=file]"
        )
        await browser.command("DOM.setFileInputFiles", nodeId=node["nodeId"], files=[str(file)])
        await browser.js("document.querySelector('form.upload button').click()")
        await browser.until("location.pathname.startsWith('/feeds/runs/')")
        assert "Taken in" in await browser.js("document.querySelector('.outcome').innerText")
        assert browser.troubles == []


async def press(browser: Chromium, key: str) -> None:
    for kind in ("keyDown", "keyUp"):
        await browser.command("Input.dispatchKeyEvent", type=kind, key=key, text=key if kind == "keyDown" else "")
