"""Staff type in who walked in: it is owned when the page comes back, and no other site can type for them."""

import httpx
import pytest
from sqlalchemy import select

from followup.lead_models import Lead
from followup.models import Loop
from kit.db import Database
from tests.console.conftest import STORE, add_staff

WALK_IN = {"channel": "walk_in", "department": "service", "first_name": "Maria", "last_name": "Alvarez",
           "phone": "503-555-0112", "make": "Honda", "model": "CR-V", "comments": "Brakes squeal"}  # fmt: skip
OURS = {"Sec-Fetch-Site": "same-origin"}


async def leads(db: Database) -> list[Lead]:
    async with db.reading(STORE) as session:
        return list(await session.scalars(select(Lead)))


async def test_a_walk_in_is_owned_when_the_page_comes_back(browser: httpx.AsyncClient, db: Database) -> None:
    await add_staff(db)
    answer = await browser.post("/leads/new", data=WALK_IN, headers=OURS, follow_redirects=True)
    assert answer.status_code == 200
    assert "Maria Alvarez" in answer.text and "Dana Ortiz" in answer.text and "gets back to them by" in answer.text
    assert "Still to ask: the car’s year." in answer.text
    (lead,) = await leads(db)
    assert (lead.channel, lead.source, lead.department) == ("walk_in", "staff", "service")
    async with db.reading(STORE) as session:
        assert {loop.kind for loop in await session.scalars(select(Loop))} == {"lead", "missing_data"}


async def test_pressing_the_button_twice_is_one_lead(browser: httpx.AsyncClient, db: Database) -> None:
    await add_staff(db)
    for _ in range(2):
        assert (await browser.post("/leads/new", data=WALK_IN, headers=OURS)).status_code == 303
    assert len(await leads(db)) == 1


FOREIGN = [{"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "none")]
FOREIGN += [{}, {"Origin": "https://evil.test"}, {"Origin": "null"}]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_another_site_types_nothing_in(browser: httpx.AsyncClient, db: Database, headers: dict[str, str]) -> None:
    await add_staff(db)
    assert (await browser.post("/leads/new", data=WALK_IN, headers=headers)).status_code == 403
    assert await leads(db) == []


async def test_an_older_browser_is_known_by_its_origin(browser: httpx.AsyncClient, db: Database) -> None:
    await add_staff(db)
    answer = await browser.post("/leads/new", data=WALK_IN, headers={"Origin": "http://127.0.0.1:8000"})
    assert answer.status_code == 303


async def test_nobody_at_all_is_asked_for_and_what_was_typed_stays(browser: httpx.AsyncClient, db: Database) -> None:
    await add_staff(db)
    typed = {"comments": "Brakes <squeal>", "channel": "phone"}
    answer = await browser.post("/leads/new", data=typed, headers=OURS)
    assert answer.status_code == 422 and "at least a name" in answer.text
    assert "Brakes &lt;squeal&gt;" in answer.text and 'value="phone" selected' in answer.text
    assert await leads(db) == []
