"""Text conversations on the pages: who waits, one's own answer, taking over and handing back; on both engines."""

from datetime import timedelta

from sqlalchemy import select

from followup import threads
from kit.db import Database
from record import consent_ledger, text_outbox, texts
from record.consent_ledger import Entry
from record.models import Staff
from record.text_models import Conversation, TextMessage
from record.texts import Arrival, Thread
from tests.console.conftest import ELSEWHERE, NOW, STORE, Counter
from tests.console.test_customers import XSS, ana

NUMBER = "+15035550142"


async def wrote(db: Database, words: str, sid: str = "SM1", number: str = NUMBER, rooftop: str = STORE) -> Thread:
    async with db.writing(rooftop) as session:
        thread, _ = await texts.arrive(session, Arrival(sid, number, "+15035550100", words), "service", NOW)
        return thread


async def newest(db: Database) -> str:
    async with db.reading(STORE) as session:
        query = select(TextMessage.id).order_by(TextMessage.at.desc(), TextMessage.id.desc()).limit(1)
        return (await session.scalars(query)).one()


async def replies(db: Database) -> list[TextMessage]:
    async with db.reading(STORE) as session:
        return list(await session.scalars(select(TextMessage).where(TextMessage.direction == "outbound")))


async def test_who_wrote_last_is_on_top_with_whose_number_it_is(counter: Counter) -> None:
    await ana(counter.database)
    await wrote(counter.database, "Is my car ready?")
    page = await counter.page("/texts")
    for words in ("Is my car ready?", "On file for Ana Ortega", "(503) 555-0142", "New"):
        assert words in page
    assert "No conversation matches" in await counter.page("/texts?answering=human")


async def test_a_person_answers_once_and_has_the_conversation(counter: Counter) -> None:
    thread = await wrote(counter.database, "Is my car ready?")
    form = {"seen": await newest(counter.database), "key": "k1", "body": "Yes, come by any time."}
    for _ in range(2):
        assert (await counter.post(f"/texts/{thread.id}/reply", **form)).status_code == 303
    [reply] = await replies(counter.database)
    assert (reply.body, reply.author_name, reply.state) == ("Yes, come by any time.", "Mara Field", "pending")
    page = await counter.page(f"/texts/{thread.id}")
    assert "Mara Field has this conversation" in page and "Hand back to the AI" in page


async def test_whoever_has_not_read_the_newest_text_is_shown_it_and_keeps_the_draft(counter: Counter) -> None:
    thread = await wrote(counter.database, "Is my car ready?")
    seen = await newest(counter.database)
    await wrote(counter.database, "Never mind, I see it", "SM2")
    answer = await counter.post(f"/texts/{thread.id}/reply", seen=seen, key="k1", body="At 5 <today>")
    assert answer.status_code == 409
    for words in ("The customer wrote again; it is above", "Never mind, I see it", "At 5 &lt;today&gt;"):
        assert words in answer.text
    assert await replies(counter.database) == []


async def test_a_blank_or_endless_text_is_not_sent(counter: Counter) -> None:
    thread = await wrote(counter.database, "Hi")
    for body in ("  ", "x" * 1601):
        answer = await counter.post(f"/texts/{thread.id}/reply", seen="", key="k", body=body)
        assert answer.status_code == 422
    assert await replies(counter.database) == []


async def test_a_conversation_is_taken_over_and_handed_back(counter: Counter) -> None:
    """S2-109"""
    thread = await wrote(counter.database, "Hi")
    for step, mode in (("take-over", "human"), ("take-over", "human"), ("hand-back", "ai")):
        assert (await counter.post(f"/texts/{thread.id}/{step}")).status_code == 303
        async with counter.database.reading(STORE) as db:
            row = await db.get_one(Conversation, thread.id)
            assert row.mode == mode
    assert row.epoch == 2, "pressing twice is one change"


async def test_what_is_owed_and_what_did_not_arrive_is_shown(counter: Counter) -> None:
    thread = await wrote(counter.database, "Hi")
    async with counter.database.writing(STORE) as db:
        db.add(Staff(name="Dan Osei", role="manager", department="service"))
        await db.flush()
        await threads.owe_answer(db, thread, "Asks about the loaner", NOW)
        reply = text_outbox.Reply("It is ready", "staff", "k", author_name="Dan Osei")
        text_id = await text_outbox.write(db, thread, reply, NOW)
        row = await db.get_one(TextMessage, text_id)
        row.state, row.status, row.error_code = "accepted", "undelivered", 30006
    page = await counter.page(f"/texts/{thread.id}")
    for words in ("Asks about the loaner", "Dan Osei", "Did not arrive (carrier code 30006)"):
        assert words in page, words


async def test_nobody_is_offered_to_text_who_asked_for_no_more_texts(counter: Counter) -> None:
    thread = await wrote(counter.database, "STOP")
    async with counter.database.writing(STORE) as db:
        await consent_ledger.file(db, Entry("k", NUMBER, "revoke", "STOP", "text"), NOW)
    page = await counter.page(f"/texts/{thread.id}")
    assert "They asked for no more texts" in page and "<textarea" not in page


async def test_another_stores_conversation_is_not_here(counter: Counter) -> None:
    theirs = await wrote(counter.database, "Hi", rooftop=ELSEWHERE)
    await counter.page(f"/texts/{theirs.id}", 404)
    for form in ("reply", "take-over", "hand-back"):
        answer = await counter.post(f"/texts/{theirs.id}/{form}", body="x", seen="", key="k")
        assert answer.status_code == 404
    assert "Nobody has texted" in await counter.page("/texts")


async def test_no_text_is_ever_markup(counter: Counter) -> None:
    thread = await wrote(counter.database, XSS)
    for path in ("/texts", f"/texts/{thread.id}"):
        page = await counter.page(path)
        assert "<script>alert" not in page and "<img src=x" not in page


async def test_many_conversations_are_paged(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        for at in range(53):
            came = Arrival(f"SM{at}", f"+1503555{at:04d}", "+15035550100", f"words {at}")
            await texts.arrive(db, came, "service", NOW - timedelta(minutes=at))
    first = await counter.page("/texts")
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = await counter.page(older)
    assert "words 49" in first and "words 50" not in first and "words 50" in second and "words 52" in second
