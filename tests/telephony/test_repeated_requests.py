"""Twilio retries, and a captured request replays for ever: the second copy gets the same answer and changes nothing."""

import asyncio

import pytest
from sqlalchemy import func, select, update

from followup.models import Loop
from kit.db import Base, Database
from record.models import Call, CallTransfer, Recording
from telephony import media
from tests.builders import ANA, LINE, NOW, ROOFTOP, StandingClock, a_store
from tests.telephony.twilio import CALL, Twilio, edge, twilio_for

STREAM, DIALLED, RECORDED = "MZ" + "4" * 32, "CA" + "5" * 32, "RE" + "6" * 32
COPIES = 5


@pytest.fixture
async def twilio(database: Database) -> Twilio:
    await a_store(database)
    return twilio_for(edge(database, StandingClock()))


async def count(database: Database, table: type[Base]) -> int:
    async with database.reading(ROOFTOP) as db:
        return await db.scalar(select(func.count()).select_from(table)) or 0


async def the_call(database: Database) -> Call:
    async with database.reading(ROOFTOP) as db:
        row = await db.scalar(select(Call))
        assert row is not None
        return row


async def test_copies_of_the_first_request_at_once_all_connect_the_agent(twilio: Twilio, database: Database) -> None:
    voice = {"To": LINE, "From": ANA, "CallStatus": "ringing"}
    answers = await asyncio.gather(*(twilio.post("voice", **voice) for _ in range(COPIES)))
    assert len({answer.text for answer in answers}) == 1 and "<Stream" in answers[0].text
    assert await count(database, Call) == 1


async def test_copies_of_a_lost_sockets_request_reconnect_it_once(twilio: Twilio, database: Database) -> None:
    """Each would spend a resume and make the token of the copy before it worthless."""
    await twilio.ring()
    lost = {"CallStatus": "in-progress", "StreamSid": STREAM}
    answers = await asyncio.gather(*(twilio.post("after-stream", **lost) for _ in range(COPIES)))
    assert len({answer.text for answer in answers}) == 1 and "<Stream" in answers[0].text
    assert (await the_call(database)).resumes == 1


async def test_a_dial_told_twice_is_one_transfer_and_one_promise(twilio: Twilio, database: Database) -> None:
    await twilio.ring()
    dialled = {"CallStatus": "in-progress", "DialCallStatus": "no-answer", "DialCallSid": DIALLED}
    answers = await asyncio.gather(*(twilio.post("after-dial", **dialled) for _ in range(COPIES)))
    assert len({answer.text for answer in answers}) == 1
    assert await count(database, Loop) == 1


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("after-dial", {"CallStatus": "in-progress", "DialCallStatus": "no-answer", "DialCallSid": DIALLED}),
        ("after-voicemail", {"CallStatus": "in-progress", "RecordingSid": RECORDED, "RecordingDuration": "5"}),
    ],
)
async def test_a_promise_that_was_kept_is_not_owed_again_by_a_replay(
    twilio: Twilio, database: Database, name: str, fields: dict[str, str]
) -> None:
    await twilio.ring()
    await twilio.post(name, **fields)
    async with database.writing(ROOFTOP) as db:
        await db.execute(update(Loop).values(closed_at=NOW))
    await twilio.post(name, **fields)
    assert await count(database, Loop) == 1


async def test_a_request_about_a_call_that_is_over_changes_nothing(twilio: Twilio, database: Database) -> None:
    await twilio.ring()
    await twilio.post("status", CallStatus="completed", CallDuration="9", SequenceNumber="3")
    answer = await twilio.post("after-stream", CallStatus="in-progress")
    assert "<Connect" not in answer.text
    assert await count(database, CallTransfer) == 0 and (await the_call(database)).resumes == 0


async def test_a_recording_told_of_several_times_at_once_is_filed_once(twilio: Twilio, database: Database) -> None:
    await twilio.ring()
    ready = {"RecordingSid": RECORDED, "RecordingStatus": "completed", "RecordingDuration": "9"}
    answers = await asyncio.gather(*(twilio.post("recording", **ready) for _ in range(COPIES)))
    assert {answer.status_code for answer in answers} == {204}
    assert await count(database, Recording) == 1


async def test_a_call_heard_of_only_by_its_last_status_is_kept(twilio: Twilio, database: Database) -> None:
    """We were down when it rang, or the caller gave up first: the store must learn that somebody called."""
    status = {"To": LINE, "From": ANA, "Direction": "inbound", "CallStatus": "no-answer", "SequenceNumber": "1"}
    answers = await asyncio.gather(*(twilio.post("status", **status) for _ in range(COPIES)))
    assert {answer.status_code for answer in answers} == {204}
    row = await the_call(database)
    assert row.ended_at == NOW and row.end_reason == "missed" and row.from_e164 == ANA
    assert await count(database, Call) == 1


async def test_the_status_of_a_call_we_placed_opens_nothing(twilio: Twilio, database: Database) -> None:
    await twilio.post("status", To=LINE, From=ANA, Direction="outbound-api", CallStatus="completed", CallSid=CALL)
    assert await count(database, Call) == 0


def test_a_frame_nested_too_deeply_is_refused_like_any_other() -> None:
    with pytest.raises(media.Malformed):
        media.read(b'{"event":"media","media":' + b"[" * 20_000 + b"]" * 20_000 + b"}", "MZ" + "1" * 32)
