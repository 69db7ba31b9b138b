"""A manager tries a version on scenarios, reads what came of it, and it goes live only through the gate."""

import re
from datetime import timedelta
from html import unescape

import httpx
import pytest
from sqlalchemy import select

from agent.rehearsal import rehearsals
from agent.rehearsal.planning import Owed, owed
from agent.rehearsal.played import RunDone
from kit.db import Database
from lanekeeper.releases import keep_shipped_prompts
from prompts import release, scenario_store, versions
from prompts.agents import SERVICE_LINE
from prompts.tuning_models import Rehearsal
from record.models import CallTurn
from tests.console.conftest import NOW, STORE, add_call
from tests.console.test_tune import OURS, a_draft, through_the_gate

BASE = "/tune/service_inbound"


@pytest.fixture(autouse=True)
async def shipped(db: Database) -> None:
    await keep_shipped_prompts(db, NOW)


async def a_version(browser: httpx.AsyncClient) -> int:
    address, sent = await a_draft(browser)
    talk = next(name for name, text in sent.items() if "One question at a time" in text)
    sent[talk] += "\n- Say the store's name first."
    frozen = await browser.post(address, data={**sent, "do": "freeze", "why": "Name first"}, headers=OURS)
    return int(frozen.headers["location"].rsplit("/", 1)[1])


async def play_all(db: Database, rehearsal_id: str, broken: str = "") -> None:
    """Every run passes but for the candidate's of one scenario."""
    async with db.writing(STORE) as session:
        row = await session.get_one(Rehearsal, rehearsal_id)
        for one in owed(rehearsals.scenarios_of(row), []):
            await rehearsals.keep(session, row.id, one, _done(one, broken))
        await rehearsals.settle(session, row, NOW)


def _done(one: Owed, broken: str) -> RunDone:
    fails = one.key == broken and one.side == "candidate"
    turn = {"caller": "Get me a person", "agent": "What car is it?" if fails else "Connecting you.", "used": []}
    return RunDone("", [turn], [{"name": "person", "must": True, "passed": not fails, "why": "Nobody was rung"}], 0.2)


async def test_a_version_is_rehearsed_blocked_with_its_reason_and_read_side_by_side(
    browser: httpx.AsyncClient, db: Database
) -> None:
    number = await a_version(browser)
    begun = await browser.post(f"{BASE}/runs", data={"number": str(number)}, headers=OURS)
    run = begun.headers["location"]
    waiting = (await browser.get(run)).text
    assert "0 of 400 runs" in waiting and "about 2 min" in waiting and "$0.00" in waiting
    assert "this rehearsal cannot show what it changes" in waiting, "the page says what no house agent can show"
    await play_all(db, run.rsplit("/", 1)[1], broken="angry")
    blocked = unescape((await browser.get(run)).text)
    assert "✕ Gate blocked" in blocked and "which the live version keeps" in blocked
    assert re.search(r"▼ worse.*?5/5.*?0/5", blocked, re.S)
    side_by_side = (await browser.get(f"{run}/angry")).text
    assert "What car is it?" in side_by_side and "Connecting you." in side_by_side
    refused = await browser.post(f"{BASE}/publish", data={"number": str(number), "why": "so"}, headers=OURS)
    assert (refused.status_code, "Blocked by its rehearsal" in refused.text) == (409, True)


async def test_a_rehearsal_is_cancelled_and_goes_on(browser: httpx.AsyncClient, db: Database) -> None:
    begun = await browser.post(f"{BASE}/runs", data={"number": str(await a_version(browser))}, headers=OURS)
    run = begun.headers["location"]
    await browser.post(f"{run}/cancel", headers=OURS)
    assert "Go on where it was" in (await browser.get(run)).text
    await browser.post(f"{run}/go-on", headers=OURS)
    assert "● Waiting to begin" in (await browser.get(run)).text


async def test_a_scenario_is_made_by_form_by_file_and_from_a_call_in_two_clicks(
    browser: httpx.AsyncClient, db: Database
) -> None:
    form = {"name": "Winter tires", "openings": "I need winter tires.", "must": "booked", "caller": "+15035550199"}
    saved = await browser.post(f"{BASE}/scenarios/new", data={**form, "must": "flies"}, headers=OURS)
    assert saved.status_code == 422
    assert "there is no check" in saved.text and "I need winter tires." in saved.text
    await browser.post(f"{BASE}/scenarios/new", data=form, headers=OURS)
    file = (await browser.get(f"{BASE}/scenarios.toml")).text
    assert file.count("[[scenario]]") == 41 and "winter_tires" in file
    changed = file.replace("I need winter tires.", "Snow is coming.")
    await browser.post(f"{BASE}/scenarios/import", data={"file": changed}, headers=OURS)
    assert "Snow is coming." in (await browser.get(f"{BASE}/scenarios/winter_tires")).text
    await add_call(db, "c1")
    async with db.writing(STORE) as session:
        said = "Hi, this is Zelda Quimby, 503 234 8899, the brakes grind."
        session.add(CallTurn(call_id="c1", seq=1, speaker="caller", item_id="i1", text=said, started_ms=0, ended_ms=1))
    assert "Make a scenario" in (await browser.get("/calls/c1")).text
    made = await browser.post(f"{BASE}/scenarios/from-call", data={"call": "c1"}, headers=OURS)
    page = (await browser.get(made.headers["location"])).text
    assert "brakes grind" in page and "Quimby" not in page and "8899" not in page
    await browser.post(made.headers["location"], data={"do": "out"}, headers=OURS)
    async with db.reading(STORE) as session:
        assert len(await scenario_store.of_agent(session, SERVICE_LINE.name)) == 41


async def test_a_real_call_is_played_again_against_a_draft(browser: httpx.AsyncClient, db: Database) -> None:
    await add_call(db, "c1")
    async with db.writing(STORE) as session:
        session.add(CallTurn(call_id="c1", seq=1, speaker="caller", item_id="i", text="Hi", started_ms=0, ended_ms=1))
    address, _ = await a_draft(browser)
    assert "Draft “Shorter”" in (await browser.get("/tune/replay?call=c1")).text
    against = {"call": "c1", "against": f"draft:{address.rsplit('/', 1)[1]}"}
    begun = await browser.post(f"{BASE}/replay", data=against, headers=OURS)
    page = (await browser.get(begun.headers["location"])).text
    assert "0 of 2 runs" in page and "Replay: no gate" in page


async def test_a_version_goes_live_at_a_time_and_only_if_the_gate_is_still_open(
    browser: httpx.AsyncClient, db: Database
) -> None:
    number = await a_version(browser)
    await through_the_gate(db, number)
    planned = {"number": str(number), "why": "Monday", "at": "2026-07-15T08:00"}
    await browser.post(f"{BASE}/publish", data=planned, headers=OURS)
    assert "Planned" in (await browser.get(BASE)).text
    async with db.writing(STORE) as session:
        await release.carry_out_plans(session, NOW)
        assert (await versions.live(session, SERVICE_LINE)).number == 1
        await release.carry_out_plans(session, NOW + timedelta(days=1))
        assert (await versions.live(session, SERVICE_LINE)).number == number
    assert f"Watch: v{number}" in (await browser.get(BASE)).text


async def test_an_experiment_says_its_size_first_and_keeps_its_verdict_locked(
    browser: httpx.AsyncClient, db: Database
) -> None:
    number = await a_version(browser)
    await through_the_gate(db, number)
    asked = (await browser.get(f"{BASE}/experiments?rate=40&hoped=45")).text
    assert "needs 1,534 customers on each side" in asked
    begun = {"outcome": "booked", "rate": "40", "hoped": "45", "name": "Name first", "number": str(number)}
    started = await browser.post(f"{BASE}/experiments", data=begun, headers=OURS)
    page = (await browser.get(started.headers["location"])).text
    assert "Locked until 1,534 customers per arm" in page
    async with db.reading(STORE) as session:
        arms = {(await versions.for_conversation(session, SERVICE_LINE, f"+1503555{n:04d}")).number for n in range(40)}
        again = [await versions.for_conversation(session, SERVICE_LINE, "+15035550111") for _ in range(3)]
    assert arms == {1, number} and len({each.number for each in again}) == 1, "sticky, and both sides are used"
    await browser.post(f"{started.headers['location']}/end", headers=OURS)
    assert (
        "Ended before the planned size: nothing can be said." in (await browser.get(started.headers["location"])).text
    )
    async with db.reading(STORE) as session:
        assert not [row for row in await session.scalars(select(Rehearsal)) if row.state == "running"]
