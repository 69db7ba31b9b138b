"""Whoever is limited to departments sees theirs and nothing else: in every list, count, page and form."""

import re
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from console.app import create_console
from console.rights import asked_for, rights_of
from console.settings import ConsoleSettings
from followup.lead_models import Lead, LeadDelivery
from followup.loops import Promise, promise_callback
from followup.seen_by import BOUND
from kit.bus import InProcessBus
from kit.db import Database
from record.accounts import Role
from record.models import Customer
from record.text_models import Conversation, TextMessage
from tests.console.conftest import NOW, STORE, a_browser, add_call, add_staff
from tests.console.test_sign_in import ORIGIN, MovingClock, a_key, an_account, clock, db, sign_in  # noqa: F401

_FORM = {"body": "hello", "seen": "", "outcome": "booked"}


@pytest.fixture
async def objects(db: Database) -> dict[str, str]:  # noqa: F811
    """One of everything that belongs to sales, and a customer they all are about."""
    await add_staff(db)
    async with db.writing(STORE) as session:
        session.add(Customer(id="ana", first_name="Ana", last_name="Ortega"))
        session.add(LeadDelivery(id="came", door="web_form", body=b"x", received_at=NOW))
        await session.flush()
        numbers = {"customer_e164": "+15035550142", "line_e164": "+15035550100"}
        talk = {"customer_id": "ana", "department": "sales", "last_inbound_at": NOW}
        session.add(Conversation(id="talk", **numbers, **talk))
        await session.flush()
        ends = {"from_e164": "+15035550142", "to_e164": "+15035550100", "direction": "inbound", "state": "received"}
        session.add(TextMessage(conversation_id="talk", at=NOW, author="customer", body="A secret text", **ends))
        way = {"channel": "email", "received_at": NOW, "content_hash": "h", "parse_state": "parsed"}
        lead = {"delivery_id": "came", "customer_id": "ana", "department": "sales", "comments": "A secret wish"}
        session.add(Lead(id="lead", **lead, **way))
        owed = Promise(source_key="CA9", need="A secret promise", department="sales", contact="+15035550142")
        loop = await promise_callback(session, owed, NOW)
    await add_call(db, "theirs", department="sales", customer_id="ana", note="secret call")
    for number in range(3):
        await add_call(db, f"newer-{number}", department="sales", started_at=NOW - timedelta(minutes=number))
    await add_call(db, "ours", department="service", note="our own", started_at=NOW - timedelta(hours=3))
    return {"call_id": "theirs", "thread_id": "talk", "lead_id": "lead", "loop_id": str(loop.id)}


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
async def test_another_departments_objects_are_not_there_and_no_form_reaches_them(
    db: Database,  # noqa: F811
    clock: MovingClock,  # noqa: F811
    objects: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    console = create_console(db, clock, InProcessBus(clock), ConsoleSettings(console_rooftop=STORE))
    monkeypatch.setattr("console.call_pages._PAGE", 2)
    async with a_browser(console, headers=ORIGIN) as browser:
        await an_account(db, "lee@store.example", Role.ADVISOR, ("service",))
        await an_account(db, "gm@store.example", Role.GM)
        await sign_in(browser, clock, "lee@store.example")
        tried = 0
        for method, path in routes(console.inside):
            named = [place for place in BOUND if f"{{{place}}}" in path]
            if named:
                address = re.sub(r"{(\w+)[^}]*}", lambda found: objects.get(found[1], "take"), path)
                answer = await browser.request(method, address, data=_FORM if method == "POST" else None)
                may = asked_for(method, address) in rights_of(Role.ADVISOR)
                assert answer.status_code == (404 if may else 403), (method, address)
                tried += 1
        assert tried > 10
        seen = [await text(browser, page) for page in ("/calls", "/calls/live", "/texts", "/leads", "/desk?view=all")]
        seen += [await text(browser, "/customers/ana"), await text(browser, "/customers/ana/record")]
        assert not any("secret" in page.lower() for page in seen)
        assert "our own" in seen[0], "a limit of rows is counted in what they see"
        browser.cookies.clear()
        await sign_in(browser, clock, "gm@store.example")
        for place, address in (("call_id", "/calls/"), ("thread_id", "/texts/"), ("loop_id", "/loops/")):
            assert "secret" in (await text(browser, address + objects[place])).lower(), place
        assert "secret" in (await text(browser, "/customers/ana")).lower()


async def text(browser: httpx.AsyncClient, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.text


def routes(inside: FastAPI) -> list[tuple[str, str]]:
    described = inside.openapi()["paths"]
    return [(method.upper(), path) for path, methods in described.items() for method in methods]
