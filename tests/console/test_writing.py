"""Writing a text: drafts are kept, canned replies fill in, a sent text can be taken back, the AI only suggests."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import select

from console.app import create_console
from console.ports import CannotDo
from console.settings import ConsoleSettings
from followup import threads
from followup.models import Loop
from kit.bus import InProcessBus
from kit.ids import RooftopId
from record import text_outbox
from record.models import Staff
from record.text_models import TextMessage
from tests.builders import StandingClock
from tests.console.conftest import NOW, STORE, Counter, a_browser
from tests.console.test_texts import newest, replies, wrote

ZONE = ZoneInfo("America/Los_Angeles")


class Suggestion:
    """A model that answers with what it is told to."""

    words = "I can ask the shop and text you back."

    async def suggest(self, rooftop_id: RooftopId, conversation_id: str) -> tuple[str, str]:
        if not self.words:
            raise CannotDo("the AI is not available now")
        return self.words, "a-model"


async def test_what_is_typed_is_there_on_every_device_until_it_is_sent(counter: Counter) -> None:
    thread = await wrote(counter.database, "Is my car ready?")
    saved = await counter.browser.post(
        f"/texts/{thread.id}/draft",
        data={"body": "Let me look"},
        headers={"HX-Request": "true", "Sec-Fetch-Site": "same-origin"},
    )
    assert saved.text == "Draft saved 11:30 am"
    page = await counter.page(f"/texts/{thread.id}")
    assert ">Let me look</textarea>" in page and "Draft saved 11:30 am" in page
    sent = {"seen": await newest(counter.database), "key": "k1", "body": "Let me look"}
    await counter.post(f"/texts/{thread.id}/reply", **sent)
    assert ">Let me look</textarea>" not in await counter.page(f"/texts/{thread.id}")
    stale = await counter.post(f"/texts/{thread.id}/reply", seen="", key="k2", body="Kept <words>")
    assert stale.status_code == 409 and "Mara Field replied meanwhile" in stale.text
    assert "Kept &lt;words&gt;" in await counter.page(f"/texts/{thread.id}"), "the draft outlives a collision"


async def test_a_sent_text_waits_five_seconds_and_comes_back_as_a_draft(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        db.add(Staff(name="Dan Osei", role="manager", department="service"))
    thread = await wrote(counter.database, "Is my car ready?")
    async with counter.database.writing(STORE) as db:
        await threads.owe_answer(db, thread, "Texted: Is my car ready?", NOW)
    sent = {"seen": await newest(counter.database), "key": "k1", "body": "No, I will call you tomorrow at 9 am."}
    answer = await counter.post(f"/texts/{thread.id}/reply", **sent)
    [text] = await replies(counter.database)
    assert text.next_try_at == NOW + threads.UNDO
    page = await counter.page(answer.headers["location"].partition("#")[0])
    assert "Undo send" in page
    assert (await counter.post(f"/texts/{thread.id}/undo", text=text.id)).status_code == 303
    page = await counter.page(f"/texts/{thread.id}")
    assert (
        ">No, I will call you tomorrow at 9 am.</textarea>" in page
        and "Taken back before it left" in page
        and "Texted: Is my car ready?" in page
    )
    async with counter.database.reading(STORE) as db:
        promised = (await db.scalars(select(Loop).where(Loop.source_key.contains(f"+{text.id}:")))).all()
        assert [loop.close_reason for loop in promised] == ["never_sent"], "what was never said is not owed"
        assert not await text_outbox.claim(db, text.id, NOW + timedelta(minutes=1), timedelta(minutes=1), ZONE)
    assert (await counter.post(f"/texts/{thread.id}/undo", text=text.id)).status_code == 409, "once"


async def test_canned_replies_stack_with_what_is_known_filled_in(counter: Counter) -> None:
    thread = await wrote(counter.database, "Is my car ready?")
    for name, body in (("Hello", "Hi {first_name}, {advisor} at {store}."), ("Later", "I will look.")):
        assert (await counter.post("/replies", name=name, body=body)).status_code == 303
    assert (await counter.post("/replies", name="", body="x")).status_code == 422
    page = await counter.page("/replies")
    assert "Hi {first_name}" in page and "yours" in page
    ids = re.findall(r'<option value="([0-9a-f]{32})"', await counter.page(f"/texts/{thread.id}"))
    await counter.post(f"/texts/{thread.id}/insert", canned=ids[0], body="")
    first = re.search(r"<textarea[^>]*>([^<]*)<", await counter.page(f"/texts/{thread.id}"))[1]  # type: ignore[index]
    assert first == "Hi [first name], Mara at Riverside Motors."
    await counter.post(f"/texts/{thread.id}/insert", canned=ids[1], body=first)
    assert f"{first} I will look." in await counter.page(f"/texts/{thread.id}")
    assert (await counter.post(f"/replies/{ids[0]}/remove")).status_code == 303
    assert "Hi {first_name}" not in await counter.page("/replies")


async def test_the_ai_suggests_and_only_a_person_sends(counter: Counter) -> None:
    thread = await wrote(counter.database, "Is my car ready?")
    page = await counter.page(f"/texts/{thread.id}")
    assert "Suggest reply" not in page, "without a model there is no such button"
    clock = StandingClock(NOW)
    model = Suggestion()
    console = create_console(
        counter.database, clock, InProcessBus(clock), ConsoleSettings(console_rooftop=STORE), suggests=model
    )
    async with a_browser(console, headers={"Sec-Fetch-Site": "same-origin"}) as browser:
        asked = await browser.post(f"/texts/{thread.id}/suggest", data={"body": "my own"}, follow_redirects=True)
        assert "The AI suggests, and has sent nothing" in asked.text and model.words in asked.text
        assert ">my own</textarea>" in asked.text, "what was typed stays"
        assert await replies(counter.database) == []
        await wrote(counter.database, "Hello?", "SM2")
        assert model.words not in (await browser.get(f"/texts/{thread.id}")).text, "void once something newer was said"
        model.words = ""
        gone: httpx.Response = await browser.post(f"/texts/{thread.id}/suggest", data={"body": "mine"})
        assert gone.status_code == 409 and ">mine</textarea>" in gone.text
    async with counter.database.reading(STORE) as db:
        assert not list(await db.scalars(select(TextMessage).where(TextMessage.author == "ai")))
