"""Files sent through the pages: what became of them, rows corrected, headers explained; on both engines."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from console.app import create_console
from console.settings import ConsoleSettings
from console.uploads import Uploads
from crm_sync.ingest import ingest_file
from crm_sync.models import RefusedRow, SyncRun
from crm_sync.opening import Unpacking
from crm_sync.runs import RunReport
from kit.bus import InProcessBus
from kit.clock import Clock
from kit.db import Database
from record.models import Customer, RepairOrder
from tests.console.conftest import ELSEWHERE, NOW, STORE, Counter, a_browser, a_rooftop
from tests.console.test_customers import XSS
from tests.crm_sync.files import sv

OURS = {"Sec-Fetch-Site": "same-origin"}
SHOP = "Ticket,Came in,Guest,Handy\n901,11/20/2026,Marta Kowalski,503-555-0171\n902,11/20/2026,Owen Price,5035550172\n"


@pytest.fixture
async def counter(database: Database, clock: Clock, bus: InProcessBus, tmp_path: Path) -> AsyncIterator[Counter]:
    """Two stores, and pages that take files of up to 20,000 bytes."""
    async with database.across_rooftops("test") as session:
        session.add_all([a_rooftop(STORE), a_rooftop(ELSEWHERE)])

    async def ingest(rooftop_id: str, path: Path, feed: str | None) -> RunReport:
        return await ingest_file(database, rooftop_id, path, feed, NOW)

    uploads = Uploads(ingest, tmp_path / "feeds", 20_000, Unpacking(tmp_path / "unpacking"))
    settings = ConsoleSettings(console_rooftop=STORE, console_user="Mara Field")
    console = create_console(database, clock, bus, settings, uploads=uploads)
    async with a_browser(console) as client:
        await client.get("/feeds")
        yield Counter(client, database)
    await uploads.close()


async def send(counter: Counter, name: str, body: bytes, feed: str = "") -> httpx.Response:
    return await counter.browser.post(
        "/feeds/upload", data={"feed": feed}, files={"file": (name, body, "text/plain")}, headers=OURS
    )


async def a_night(counter: Counter, tmp_path: Path) -> str:
    """A file with one good and one bad row; the page that says so."""
    path = sv(tmp_path, {}, {"RO Number": "9", "Open Date": "11/45/2026"}, at="20260714_0300")
    answer = await send(counter, path.name, path.read_bytes())
    assert answer.status_code == 303
    return answer.headers["location"]


async def test_a_file_that_was_sent_says_what_became_of_each_row(counter: Counter, tmp_path: Path) -> None:
    run = await a_night(counter, tmp_path)
    page = await counter.page(run)
    for words in ("Closed repair orders (SV)", "Rows to look at", "line 3", "Open Date", "11/45/2026"):
        assert words in page, words
    assert "1 new · 1 refused" in await counter.page("/feeds")
    assert await a_night(counter, tmp_path) == run, "the same file again is the same run"


async def test_a_refused_row_is_corrected_where_it_is_wrong_and_taken_in(counter: Counter, tmp_path: Path) -> None:
    """S2-121"""
    await a_night(counter, tmp_path)
    async with counter.database.reading(STORE) as db:
        refused = (await db.scalars(select(RefusedRow.id))).one()
    page = await counter.page(f"/feeds/refused/{refused}")
    blamed = page.split('class="blamed"')[1].split("</label>")[0]
    assert "Open Date" in blamed and 'value="11/45/2026"' in blamed
    name = blamed.split('name="')[1].split('"')[0]
    still = await counter.post(f"/feeds/refused/{refused}/retry", **{name: "soon"})
    assert still.status_code == 422 and "Still refused" in still.text and 'value="soon"' in still.text
    still_there = still.text.split('class="correct" method="post" action="')[1].split('"')[0]
    done = await counter.post(still_there, **{name: "07/10/2026"})
    assert "Corrected by Mara Field" in await counter.page(done.headers["location"])
    assert "No row waits" in await counter.page("/feeds/refused")
    async with counter.database.reading(STORE) as db:
        assert "9" in set(await db.scalars(select(RepairOrder.ro_number)))


async def test_a_row_that_is_not_wanted_is_cleared(counter: Counter, tmp_path: Path) -> None:
    await a_night(counter, tmp_path)
    assert "11/45/2026" in await counter.page("/feeds/refused")
    async with counter.database.reading(STORE) as db:
        refused = (await db.scalars(select(RefusedRow.id))).one()
    for _ in range(2):
        assert (await counter.post(f"/feeds/refused/{refused}/clear")).status_code == 303
    assert "No row waits" in await counter.page("/feeds/refused")
    assert "Cleared by Mara Field" in await counter.page(f"/feeds/refused/{refused}")


async def test_headers_nobody_knows_are_explained_once_and_the_file_is_taken_in(counter: Counter) -> None:
    run = (await send(counter, "shop list.csv", SHOP.encode())).headers["location"]
    assert "Not one row could be taken in" in await counter.page(run)
    assert "Say first what kind of file this is" in await counter.page(f"{run}/headers")
    page = await counter.page(f"{run}/headers?feed=repair_orders")
    assert "Without <strong>RO Number, Open Date</strong>" in page
    assert "Marta Kowalski · Owen Price" in page, "the first rows are shown beside each header"
    twice = await counter.post(f"{run}/headers", feed="repair_orders", h0="ro_number", h1="ro_number")
    assert twice.status_code == 422 and "Only one of them can be" in twice.text
    saved = await counter.post(
        f"{run}/headers", feed="repair_orders", h0="ro_number", h1="opened", h2="full_name", h3="cell_phone"
    )
    page = await counter.page(saved.headers["location"])
    assert "Saved." in page and "every column has a meaning" in page
    taken = await counter.post(f"{run}/again", feed="repair_orders")
    assert "2 new" in await counter.page("/feeds")
    assert "Taken in" in await counter.page(taken.headers["location"])
    async with counter.database.reading(STORE) as db:
        assert set(await db.scalars(select(Customer.last_name))) == {"Kowalski", "Price"}
    next_night = SHOP.replace("901", "903").replace("902", "904")
    assert "Taken in" in await counter.page((await send(counter, "next.csv", next_night.encode())).headers["location"])


@pytest.mark.parametrize(
    ("name", "body", "status", "words"),
    [
        ("big.csv", b"x" * 30_000, 413, "larger than 20,000 bytes"),
        ("", b"", 422, "Choose a file first"),
    ],
)
async def test_what_cannot_be_kept_is_said_and_leaves_nothing(
    counter: Counter, tmp_path: Path, name: str, body: bytes, status: int, words: str
) -> None:
    boundary = "x12"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    whole = head.encode() + body + f"\r\n--{boundary}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer = await counter.browser.post("/feeds/upload", content=whole, headers={**OURS, **kind})
    assert (answer.status_code, words in answer.text) == (status, True)
    assert not [path for path in (tmp_path / "feeds").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "body",
    [b"", b"--x12\r\n", b'--x12\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf', b"\0"],
)
async def test_a_form_that_is_cut_short_keeps_nothing(counter: Counter, tmp_path: Path, body: bytes) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x12"}
    answer = await counter.browser.post("/feeds/upload", content=body, headers={**OURS, **kind})
    assert answer.status_code == 422
    assert not [path for path in (tmp_path / "feeds").rglob("*") if path.is_file()]
    assert (await counter.browser.post("/feeds/upload", content=b"x", headers=OURS)).status_code == 422


async def test_another_stores_files_and_rows_are_not_here(counter: Counter, tmp_path: Path) -> None:
    path = sv(tmp_path, {"RO Number": "9", "Open Date": "11/45/2026"}, at="20260714_0300")
    await ingest_file(counter.database, ELSEWHERE, path, None, NOW)
    async with counter.database.across_rooftops("test") as db:
        run = (await db.scalars(select(SyncRun.id))).one()
        refused = (await db.scalars(select(RefusedRow.id))).one()
    for page in (f"/feeds/runs/{run}", f"/feeds/runs/{run}/headers", f"/feeds/refused/{refused}"):
        await counter.page(page, 404)
    for form in (f"runs/{run}/again", f"runs/{run}/headers", f"refused/{refused}/retry", f"refused/{refused}/clear"):
        assert (await counter.post(f"/feeds/{form}", feed="sv", h0="vin")).status_code == 404, form
    assert path.name not in await counter.page("/feeds")


async def test_no_cell_header_or_file_name_is_ever_markup(counter: Counter) -> None:
    evil = f'"{XSS.replace(chr(34), chr(34) * 2)}"'
    named = (await send(counter, f"{XSS}.csv", f"Ticket,{evil}\n1,{evil}\n".encode())).headers["location"]
    body = f"RO Number,Open Date,Last Name,{evil}\n1,{evil},Ortega,{evil}\n"
    run = (await send(counter, "x.csv", body.encode(), "repair_orders")).headers["location"]
    async with counter.database.reading(STORE) as db:
        refused = (await db.scalars(select(RefusedRow.id))).one()
    paths = ["/feeds", named, f"{named}/headers", f"{named}/headers?feed=vehicles", run, f"{run}/headers"]
    for path in (*paths, "/feeds/refused", f"/feeds/refused/{refused}"):
        page = await counter.page(path)
        assert "<script>alert" not in page and "<img src=x" not in page, path
