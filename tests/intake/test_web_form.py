"""The store's lead form: anybody may fill it in without JavaScript, machines and floods are kept out."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import select

from followup.lead_views import messages_to_look_at
from record.contact_models import ConsentEntry
from tests.builders import NOW, ROOFTOP
from tests.intake.a_door import LeadStore

GIVEN = {
    "first_name": "Maria", "last_name": "Alvarez", "phone": "(503) 555-0112", "email": "", "department": "service",
    "year": "2019", "make": "Honda", "model": "CR-V", "vin": "", "comments": "Oil change & tires", "when": "Tuesday",
    "website": "",
}  # fmt: skip


async def fill_in(store: LeadStore, seconds: float = 20, **changes: str) -> httpx.Response:
    page = await store.http.get(f"/lead/{store.door.store_key}")
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None
    store.later(timedelta(seconds=seconds))
    return await send(store, {**GIVEN, "token": token[1], **changes})


async def send(store: LeadStore, form: dict[str, str]) -> httpx.Response:
    return await store.http.post(
        f"/lead/{store.door.store_key}",
        content=urlencode(form),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )


async def test_what_a_visitor_asks_for_is_owned_within_the_hour(store: LeadStore) -> None:
    answer = await fill_in(store)
    assert answer.status_code == 200 and "will be in touch" in answer.text
    await store.work()
    (lead,) = await store.leads()
    assert (lead.name, lead.phone, lead.channel, lead.department) == ("Maria Alvarez", "+15035550112", "web", "service")
    assert (lead.car, lead.asked, lead.owner) == ("2019 Honda CR-V", "Oil change & tires", "Mara Field")
    assert lead.due_at == NOW + timedelta(minutes=60, seconds=20)


async def test_the_form_works_in_a_frame_of_any_site_and_runs_nothing(doors: LeadStore) -> None:
    page = await doors.http.get(f"/lead/{doors.door.store_key}")
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors *" in policy and "default-src 'none'" in policy and "form-action 'self'" in policy
    assert "x-frame-options" not in page.headers and "<script" not in page.text


async def test_agreeing_to_texts_is_stored_in_the_words_that_were_shown(store: LeadStore) -> None:
    page = await store.http.get(f"/lead/{store.door.store_key}")
    shown = re.search(r'name="text_me"[^>]*><span>([^<]+)</span>', page.text)
    await fill_in(store, text_me="yes", lanekeeper_words="I agree to everything")
    await store.work()
    async with store.database.reading(ROOFTOP) as db:
        (entry,) = await db.scalars(select(ConsentEntry))
    assert shown is not None and entry.words == shown[1]
    assert (entry.kind, entry.channel, entry.scope, entry.contact) == ("grant", "text", "informational", "+15035550112")
    assert entry.source == f"web_form:{store.door.store_key}" and entry.customer_id is not None


async def test_an_unticked_box_is_no_consent(doors: LeadStore) -> None:
    await fill_in(doors)
    await doors.work()
    async with doors.database.reading(ROOFTOP) as db:
        assert list(await db.scalars(select(ConsentEntry))) == []


@pytest.mark.parametrize(("change", "seconds"), [({"website": "http://spam.test"}, 20), ({}, 1)])
async def test_a_machine_is_answered_the_same_and_becomes_no_lead(
    doors: LeadStore, change: dict[str, str], seconds: float
) -> None:
    answer = await fill_in(doors, seconds, **change)
    assert answer.status_code == 200 and "will be in touch" in answer.text
    assert await doors.work() == 0 and await doors.leads() == []
    async with doors.database.reading(ROOFTOP) as db:
        (message,) = await messages_to_look_at(db)
    assert (message.state, bool(message.says)) == ("refused", True), "a person can still see it"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"phone": ""}, "a phone number or an e-mail"),
        ({"phone": "12"}, "cannot be dialed"),
        ({"first_name": "", "last_name": " "}, "your name"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    doors: LeadStore, change: dict[str, str], says: str
) -> None:
    answer = await fill_in(doors, **change)
    assert answer.status_code == 422 and says in answer.text
    assert "Oil change &amp; tires" in answer.text and 'value="CR-V"' in answer.text
    assert await doors.messages() == []


async def test_a_forged_or_old_page_must_be_sent_again(doors: LeadStore) -> None:
    assert (await send(doors, {**GIVEN, "token": f"{int(NOW.timestamp())}.{'0' * 64}"})).status_code == 422
    assert (await send(doors, GIVEN)).status_code == 422
    assert (await fill_in(doors, 90_000)).status_code == 422
    assert await doors.messages() == []


async def test_one_number_may_be_named_three_times_a_day(store: LeadStore) -> None:
    for wish in "abc":
        assert (await fill_in(store, comments=wish)).status_code == 200
    refused = await fill_in(store, comments="d")
    assert refused.status_code == 429 and "Please call" in refused.text
    store.later(timedelta(days=1))
    assert (await fill_in(store, comments="e")).status_code == 200


async def test_one_visitor_may_send_twenty_forms_an_hour(doors: LeadStore) -> None:
    for n in range(20):
        assert (await fill_in(doors, 2, phone=f"50355501{n:02}")).status_code == 200
    assert (await fill_in(doors, phone="5035550199")).status_code == 429


async def test_a_key_nobody_has_opens_no_form(doors: LeadStore) -> None:
    assert (await doors.http.get("/lead/nothing")).status_code == 404
    assert (await doors.http.post("/lead/nothing", content="a=b")).status_code == 404


async def test_a_body_that_is_no_form_or_too_large_is_refused(doors: LeadStore) -> None:
    path = f"/lead/{doors.door.store_key}"
    assert (await doors.http.post(path, content="&".join(f"a{n}=1" for n in range(100)))).status_code == 422
    assert (await doors.http.post(path, content=b"x" * 20_000)).status_code == 413
