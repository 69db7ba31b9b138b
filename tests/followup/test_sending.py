"""What a carrier's codes come to, and whose turn it is on a number that sends a segment a second."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from followup.models import Loop
from followup.outreach import failed
from followup.sending_trouble import SAMPLE, SENDING_TROUBLE
from kit.db import Database
from record import carrier_words, sender_pace, text_outbox, texts
from record.consent import Purpose
from record.contact_models import ConsentEntry
from record.models import ContactPoint, Rooftop
from record.text_models import SenderRegistration, TextMessage
from record.text_outbox import Reply
from tests.builders import ANA, LINE, NOW, ROOFTOP, a_store

BOB = "+15550100188"


async def write(database: Database, key: str, purpose: Purpose, rooftop_id: str = ROOFTOP, **more: object) -> str:
    async with database.writing(rooftop_id) as db:
        thread = await texts.reach(db, ANA if rooftop_id == ROOFTOP else BOB, LINE, "service")
        reply = Reply("Your car is ready.", "system", key, purpose, kind="ro_ready", **more)  # type: ignore[arg-type]
        return str(await text_outbox.write(db, thread, reply, NOW))


async def lost(database: Database, text_id: str, sid: str, code: int) -> None:
    async with database.writing(ROOFTOP) as db:
        gone = await carrier_words.told(db, text_id, sid, "undelivered", code, NOW)
        await failed(db, gone, code, NOW)


async def waiting(database: Database) -> list[tuple[str, datetime | None]]:
    async with database.reading(ROOFTOP) as db:
        rows = await db.scalars(select(TextMessage).where(TextMessage.state == "pending").order_by(TextMessage.id))
        return [(str(row.idem_key), row.next_try_at) for row in rows]


WORTH_MINUTES = [
    (30003, Purpose.INFORMATIONAL, 60), (30003, Purpose.MARKETING, 60), (30008, Purpose.INFORMATIONAL, 60),
    (30008, Purpose.MARKETING, None), (30001, Purpose.INFORMATIONAL, 15), (30036, Purpose.INFORMATIONAL, 15),
    (30006, Purpose.INFORMATIONAL, None), (30003, Purpose.REPLY, None),
]  # fmt: skip


async def test_what_was_lost_on_the_way_goes_once_more_where_that_helps(store: Database) -> None:
    for number, (code, purpose, again) in enumerate(WORTH_MINUTES):
        key = f"k{number}"
        await lost(store, await write(store, key, purpose), f"SM{number}", code)
        expected = [(f"{key}:again", NOW + timedelta(minutes=again))] if again else []
        assert await waiting(store) == expected, (code, purpose)
        if again:
            async with store.reading(ROOFTOP) as db:
                second = str(await db.scalar(select(TextMessage.id).where(TextMessage.idem_key == f"{key}:again")))
            await lost(store, second, f"SM{number}again", code)
            assert await waiting(store) == [], "once"


async def test_nothing_goes_once_more_that_will_not_be_true_then(store: Database) -> None:
    soon = NOW + timedelta(minutes=59)
    await lost(store, await write(store, "k", Purpose.INFORMATIONAL, stale_after=soon), "SM1", 30003)
    assert await waiting(store) == []


async def test_two_strikes_make_a_number_one_to_call(store: Database) -> None:
    for sid, labels in (("SM1", {""}), ("SM2", {"landline"})):
        await lost(store, await write(store, sid, Purpose.INFORMATIONAL), sid, 30005)
        async with store.reading(ROOFTOP) as db:
            assert set(await db.scalars(select(ContactPoint.label))) == labels


async def test_an_opt_out_at_the_carrier_is_an_opt_out_here(store: Database) -> None:
    await lost(store, await write(store, "k", Purpose.INFORMATIONAL), "SM1", 21610)
    async with store.reading(ROOFTOP) as db:
        assert [row.kind for row in await db.scalars(select(ConsentEntry))] == ["revoke"]


@pytest.mark.parametrize(("offers", "stopped"), [(SAMPLE - 1, None), (SAMPLE, "filtered")])
async def test_one_offer_in_fifty_taken_for_spam_stops_the_offers(
    store: Database, offers: int, stopped: str | None
) -> None:
    for number in range(offers):
        await write(store, f"k{number}", Purpose.MARKETING)
    async with store.writing(ROOFTOP) as db:
        for row in await db.scalars(select(TextMessage)):
            row.state, row.first_wire_at = "accepted", NOW
        last = row.id
    await lost(store, last, "SM1", 30007)
    async with store.reading(ROOFTOP) as db:
        assert await db.scalar(select(SenderRegistration.state)) == stopped
        assert await db.scalar(select(Loop.kind)) == SENDING_TROUBLE, "somebody hears of it either way"


async def test_conversation_passes_news_and_news_passes_offers(store: Database) -> None:
    async with store.writing(ROOFTOP) as db:

        async def turn(purpose: Purpose, segments: int = 1) -> int | None:
            at = await sender_pace.turn(db, LINE, purpose, segments, NOW)
            return None if at is None else round((at - NOW).total_seconds())

        assert [await turn(Purpose.MARKETING) for _ in range(3)] == [None, 2, 3], "one a second"
        assert [await turn(Purpose.INFORMATIONAL, 15) for _ in range(4)] == [None, None, 16, 31]
        assert await turn(Purpose.REPLY, 2) is None
        assert await turn(Purpose.MARKETING) == 34, "behind all that was given to the carrier"
        assert await turn(Purpose.MARKETING, 1800) == 34 + 1800
        assert await turn(Purpose.MARKETING) == 1800, "asks again later: the queue is full"


async def test_a_store_with_thousands_of_texts_keeps_no_other_waiting(store: Database) -> None:
    async with store.writing("hillside") as db:
        db.add(
            Rooftop(id="hillside", name="H", time_zone="UTC", address="", store_phone="+15550100999", created_at=NOW)
        )
    many = [await write(store, f"k{number}", Purpose.MARKETING) for number in range(6)]
    news = await write(store, "news", Purpose.INFORMATIONAL)
    other = await write(store, "other", Purpose.MARKETING, "hillside")
    async with store.looking_across("test") as db:
        found = [text_id for _, text_id in await texts.due(db, NOW, 4)]
    assert found == [news, other, *many[:2]]


@pytest.fixture
async def store(database: Database) -> Database:
    await a_store(database)
    return database
