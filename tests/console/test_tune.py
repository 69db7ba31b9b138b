"""A manager writes, compares and freezes a prompt; who may publish puts it live, and takes it back in two clicks."""

import re
from html import unescape

import httpx
import pytest

from agent.rehearsal import rehearsals
from console.rights import Right, asked_for, rights_of
from kit.db import Database
from lanekeeper.releases import keep_shipped_prompts
from prompts import scenario_store, versions
from prompts.agents import SERVICE_LINE, Agent
from record.accounts import Role
from tests.console.conftest import NOW, STORE, add_call

OURS = {"Sec-Fetch-Site": "same-origin"}


def fields(page: str) -> dict[str, str]:
    """What the editor's form would send as it stands."""
    form = page[page.index('class="typed prompt-form"') :]
    sent = {unescape(n): unescape(v) for n, v in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)}
    sent |= {n: unescape(v) for n, v in re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', form)}
    return sent


async def a_draft(browser: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
    started = await browser.post("/tune/service_inbound/drafts", data={"name": "Shorter"}, headers=OURS)
    address = started.headers["location"]
    return address, fields((await browser.get(address)).text)


async def through_the_gate(db: Database, number: int, agent: Agent = SERVICE_LINE) -> str:
    """A rehearsal of a version beside what is live, played and passed."""
    async with db.writing(STORE) as session:
        version, live = await versions.version(session, agent, number), await versions.live(session, agent)
        assert version is not None
        candidate = rehearsals.Candidate(f"v{number}", version.text, version.id)
        played = await scenario_store.of_agent(session, agent.name)
        row = await rehearsals.ask(session, agent, candidate, live, played, rehearsals.Runner(), "Karen", NOW)
        row.state, row.open, row.next_look_at = "done", True, None
        return row.id


@pytest.fixture
async def shipped(db: Database) -> None:
    await keep_shipped_prompts(db, NOW)


@pytest.mark.usefixtures("shipped")
async def test_from_a_draft_to_live_and_back(browser: httpx.AsyncClient, db: Database) -> None:
    address, sent = await a_draft(browser)
    talk = next(name for name, text in sent.items() if "One question at a time" in text)
    sent[talk] += "\n- Say the store's name first."
    frozen = await browser.post(address, data={**sent, "do": "freeze", "why": "Name first"}, headers=OURS)
    assert frozen.headers["location"] == "/tune/service_inbound/versions/2"
    compared = await browser.get("/tune/service_inbound/diff?from=1&to=2")
    assert (
        re.findall(r"<ins>.*?</span>(.*?)</ins>", compared.text, re.S)[-1].strip()
        == "- Say the store&#39;s name first."
    )
    put_live = {"number": "2", "why": "Name first"}
    too_soon = await browser.post("/tune/service_inbound/publish", data=put_live, headers=OURS)
    assert (too_soon.status_code, "Not rehearsed" in too_soon.text) == (409, True)
    await through_the_gate(db, 2)
    published = await browser.post("/tune/service_inbound/publish", data=put_live, headers=OURS)
    assert published.status_code == 303
    async with db.reading(STORE) as session:
        assert (await versions.live(session, SERVICE_LINE)).number == 2
    page = await browser.get("/tune/service_inbound")
    assert "Make v1 live again" in page.text
    late = await browser.post("/tune/service_inbound/roll-back", data={"from": "1"}, headers=OURS)
    assert late.status_code == 409, "what is live moved since that page was shown"
    await browser.post("/tune/service_inbound/roll-back", data={"from": "2"}, headers=OURS)
    async with db.reading(STORE) as session:
        assert (await versions.live(session, SERVICE_LINE)).number == 1


@pytest.mark.usefixtures("shipped")
async def test_a_call_leads_to_its_exact_words_in_one_click(browser: httpx.AsyncClient, db: Database) -> None:
    async with db.reading(STORE) as session:
        name = (await versions.live(session, SERVICE_LINE)).name
    await add_call(db, "c1", prompt_version=name)
    page = await browser.get("/calls/c1")
    address = re.search(r'href="(/tune/[^"]+)"', page.text)[1]  # type: ignore[index]
    assert "One question at a time" in (await browser.get(address, follow_redirects=True)).text
    assert "1 conversation on it" in (await browser.get("/tune/service_inbound")).text


@pytest.mark.usefixtures("shipped")
async def test_two_editors_see_each_other_and_nobodys_words_are_lost(browser: httpx.AsyncClient) -> None:
    address, mine = await a_draft(browser)
    theirs = dict(mine)
    theirs["text_1"] = "- Theirs."
    assert (await browser.post(address, data=theirs, headers=OURS)).status_code == 303
    mine["text_1"] = "- Mine."
    clash = await browser.post(address, data=mine, headers=OURS)
    assert clash.status_code == 409
    assert "- Theirs." in clash.text and "- Mine." in clash.text
    assert fields(clash.text)["text_1"] == "- Mine."
    assert "- Theirs." in (await browser.get(address)).text


@pytest.mark.usefixtures("shipped")
async def test_a_draft_with_a_refusal_says_where_and_stays_a_draft(browser: httpx.AsyncClient) -> None:
    address, sent = await a_draft(browser)
    sent["text_1"] += "\nOffer {{ secret_of_others }} and a discount."
    refused = await browser.post(address, data={**sent, "do": "freeze", "why": "x"}, headers=OURS)
    assert refused.status_code == 422
    assert "Unknown name" in refused.text and "a discount" in refused.text
    assert (await browser.get("/tune/service_inbound/versions/2")).status_code == 404


@pytest.mark.usefixtures("shipped")
async def test_a_version_without_a_reason_is_neither_made_nor_published(browser: httpx.AsyncClient) -> None:
    address, sent = await a_draft(browser)
    assert (await browser.post(address, data={**sent, "do": "freeze", "why": " "}, headers=OURS)).status_code == 422
    refused = await browser.post("/tune/service_inbound/publish", data={"number": "1", "why": ""}, headers=OURS)
    assert refused.status_code == 422


@pytest.mark.usefixtures("shipped")
async def test_what_is_written_is_shown_and_never_run(browser: httpx.AsyncClient) -> None:
    address, sent = await a_draft(browser)
    sent["title_1"], sent["text_1"] = "<script>x</script>", "</textarea><script>alert(1)</script>"
    await browser.post(address, data=sent, headers=OURS)
    for page in (address, f"/tune/service_inbound/diff?draft={address.rsplit('/', 1)[1]}"):
        assert "<script>alert" not in (await browser.get(page)).text


def test_managers_write_and_publish_only_when_they_were_given_that_right() -> None:
    assert asked_for("POST", "/tune/service_inbound/publish") is Right.PUBLISH
    assert asked_for("POST", "/tune/service_inbound/drafts/x") is Right.TUNE
    assert Right.TUNE in rights_of(Role.MANAGER) and Right.PUBLISH not in rights_of(Role.MANAGER)
    assert Right.PUBLISH in rights_of(Role.ADMIN)
    assert Right.TUNE not in rights_of(Role.ADVISOR)
