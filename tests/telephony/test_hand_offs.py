"""A caller handed to a person: told in private, taken with a key; and whoever is not taken goes back, owed a call."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from followup.models import Loop
from kit.db import Database
from kit.ids import CallId
from record import calls, hand_offs
from record.hand_off_brief import Brief
from record.hand_offs import NewHandOff
from record.models import Call, CallTransfer, OutboxEvent, TransferTarget
from tests.builders import ANA, LINE, NOW, PARTS, ROOFTOP, STORE_PHONE, StandingClock, a_store
from tests.telephony.twilio import CALL, Twilio, document, edge, twilio_for, verbs

LEG = "CA" + "7" * 32
BRIEF = Brief(
    name="Ana Ortega",
    number=ANA,
    car="2019 Chevrolet Tahoe",
    repair_order="10234, awaiting parts",
    reason="is the alternator in",
    promised="a call by noon",
    mood="upset",
)


class Desk:
    """One call that its agent puts through to parts, and the leg of whoever is rung."""

    def __init__(self, twilio: Twilio, database: Database, clock: StandingClock) -> None:
        self.twilio, self.database, self.clock = twilio, database, clock

    async def ask(self, brief: Brief | None = BRIEF, warm: bool = True, extension: str = "") -> ElementTree.Element:
        """The agent's tool files whom to ring, its stream ends, and the carrier asks what is next."""
        async with self.database.writing(ROOFTOP) as db:
            call = await db.scalar(select(Call))
            assert call is not None
            new = NewHandOff("parts", PARTS, "x", warm=warm, extension=extension, brief=brief)
            await hand_offs.ask(db, CallId(call.id), new, self.clock.now())
            await calls.stream_ended(
                db, CallId(call.id), reason="x", next_step="transfer", transfer_key="parts", now=self.clock.now()
            )
        answer = await self.twilio.post("after-stream", CallStatus="in-progress", StreamSid="MZ" + "1" * 32)
        return document(answer)

    async def whisper(self) -> ElementTree.Element:
        answer = await self.twilio.post(f"whisper?h={(await self.row()).id}", CallSid=LEG, ParentCallSid=CALL)
        return document(answer)

    async def key(self, digits: str) -> ElementTree.Element:
        name = f"whisper-answer?h={(await self.row()).id}"
        return document(await self.twilio.post(name, CallSid=LEG, ParentCallSid=CALL, Digits=digits))

    async def over(self, status: str, bridged: str = "false", call: str = "in-progress") -> ElementTree.Element:
        told = {"CallStatus": call, "DialCallStatus": status, "DialBridged": bridged, "DialCallSid": LEG}
        return document(await self.twilio.post(f"after-dial?h={(await self.row()).id}", **told))

    async def row(self) -> CallTransfer:
        async with self.database.reading(ROOFTOP) as db:
            row = await db.scalar(select(CallTransfer).order_by(CallTransfer.created_at.desc()))
            assert row is not None
            return row

    async def owed(self, kind: str = "callback") -> list[Loop]:
        async with self.database.reading(ROOFTOP) as db:
            return list(await db.scalars(select(Loop).where(Loop.kind == kind)))


@pytest.fixture
async def desk(database: Database) -> Desk:
    await a_store(database)
    clock = StandingClock()
    twilio = twilio_for(edge(database, clock))
    await twilio.ring()
    return Desk(twilio, database, clock)


async def test_the_person_hears_who_it_is_about_what_before_they_take_the_call(desk: Desk) -> None:
    dial = (await desk.ask()).find("Dial")
    assert dial is not None and dial.get("answerOnBridge") == "true"
    number = dial.find("Number")
    assert number is not None and number.text == PARTS and "/twilio/whisper?h=" in (number.get("url") or "")
    heard = " ".join(say.text or "" for say in (await desk.whisper()).iter("Say"))
    for told in ("Ana Ortega", "2019 Chevrolet Tahoe", "10234", "alternator", "a call by noon", "upset", "Press 1"):
        assert told in heard


async def test_a_1_joins_them_and_the_acceptance_is_on_record(desk: Desk) -> None:
    await desk.ask()
    await desk.whisper()
    desk.clock.at += timedelta(seconds=9)
    assert verbs(await desk.key("1")) == ["Say"]
    taken = await desk.row()
    assert (taken.stage, taken.outcome, taken.accepted_at) == ("talking", "connected", NOW + timedelta(seconds=9))
    desk.clock.at += timedelta(minutes=2)
    assert verbs(await desk.over("completed", "true")) == ["Hangup"]
    assert (await desk.row()).stage == "over" and await desk.owed() == []


@pytest.mark.parametrize(
    ("keys", "dial_status", "outcome"),
    [
        (None, "busy", "busy"),
        (None, "no-answer", "no_answer"),
        (None, "failed", "failed"),
        ("2", "no-answer", "declined"),
        ("2", "completed", "declined"),
        ("", "no-answer", "voicemail"),
        ("", "completed", "voicemail"),
        ("hung up", "no-answer", "dropped"),
        ("hung up", "completed", "dropped"),
        ("1 and gone", "completed", "dropped"),
    ],
)
async def test_whoever_nobody_takes_goes_back_to_the_agent_with_a_call_owed(
    desk: Desk, keys: str | None, dial_status: str, outcome: str
) -> None:
    """Whatever the carrier makes of a leg that answered and was never joined (both words are seen)."""
    await desk.ask()
    if keys is not None:
        await desk.whisper()
    if keys in ("2", ""):
        assert "Hangup" in verbs(await desk.key(keys))
    if keys == "1 and gone":
        await desk.key("1")
    back = await desk.over(dial_status)
    assert back.find("Connect/Stream") is not None and "Dial" in verbs(back)
    row = await desk.row()
    assert (row.stage, row.outcome, row.returned_on, row.connected_at) == ("over", outcome, 1, None)
    owed = await desk.owed()
    assert len(owed) == 1 and owed[0].owner_id and owed[0].due_at > NOW and "alternator" in owed[0].need


async def test_cut_off_within_seconds_of_being_joined_nobody_has_been_helped(desk: Desk) -> None:
    await desk.ask()
    await desk.whisper()
    await desk.key("1")
    desk.clock.at += timedelta(seconds=3)
    assert (await desk.over("completed", "true")).find("Connect") is not None
    assert (await desk.row()).outcome == "dropped" and len(await desk.owed()) == 1


async def test_a_caller_who_gives_up_while_it_rings_is_owed_a_call(desk: Desk) -> None:
    await desk.ask()
    await desk.twilio.post("status", CallStatus="completed", CallDuration="40", SequenceNumber="3")
    assert (await desk.row()).outcome == "cancelled"
    assert verbs(await desk.over("canceled", call="completed")) == ["Hangup"]
    assert len(await desk.owed()) == 1


async def test_with_no_agent_to_go_back_to_a_message_is_taken(database: Database) -> None:
    await a_store(database)
    kinds = iter(["stream", None, None, None])
    clock = StandingClock()
    desk = Desk(twilio_for(edge(database, clock, lambda: next(kinds))), database, clock)
    await desk.twilio.ring()
    await desk.ask()
    assert "Record" in verbs(await desk.over("busy")) and len(await desk.owed()) == 1


async def test_what_the_hand_off_must_tell_and_does_not_becomes_a_task(desk: Desk) -> None:
    await desk.ask(Brief(number=ANA, reason="is my part in"))
    await desk.whisper()
    await desk.key("1")
    tasks = await desk.owed("missing_data")
    assert len(tasks) == 1 and "their name" in tasks[0].need and "the car" in tasks[0].need
    assert await desk.owed() == []


async def test_nobody_in_danger_is_asked_for_a_model_year(desk: Desk) -> None:
    await desk.ask(Brief(reason="smoke from under the hood", mood="urgent"))
    heard = " ".join(say.text or "" for say in (await desk.whisper()).iter("Say"))
    await desk.key("1")
    assert "urgent" in heard and await desk.owed("missing_data") == []


async def test_a_cold_number_is_rung_without_a_word_and_its_extension_keyed(desk: Desk) -> None:
    number = (await desk.ask(warm=False, extension="204")).find("Dial/Number")
    assert number is not None and number.get("url") is None and (number.get("sendDigits") or "").endswith("204")
    await desk.over("completed", "true")
    row = await desk.row()
    assert (row.outcome, row.accepted_at) == ("connected", None)


async def test_each_request_twice_is_one_hand_off_one_answer_and_one_promise(desk: Desk) -> None:
    await desk.ask()
    row = await desk.row()
    again = await desk.twilio.post("after-stream", CallStatus="in-progress", StreamSid="MZ" + "1" * 32)
    assert f"after-dial?h={row.id}" in again.text
    for _ in range(2):
        await desk.whisper()
    declined = [ElementTree.tostring(await desk.key("2")) for _ in range(2)]
    assert declined[0] == declined[1]
    assert verbs(await desk.key("1"))[-1] == "Hangup"  # they said no: a second thought joins nobody
    back = [ElementTree.tostring(await desk.over("no-answer")) for _ in range(3)]
    assert len(set(back)) == 1
    async with desk.database.reading(ROOFTOP) as db:
        call = await db.scalar(select(Call))
        told = list(await db.scalars(select(OutboxEvent).where(OutboxEvent.kind == "hand_off_ended")))
    assert call is not None and call.resumes == 1
    assert [event.payload["outcome"] for event in told] == ["declined"] and len(await desk.owed()) == 1


async def test_a_number_taken_off_the_list_meanwhile_is_not_rung(desk: Desk) -> None:
    async with desk.database.writing(ROOFTOP) as db:
        for target in await db.scalars(select(TransferTarget)):
            target.valid_to = NOW
    number = (await desk.ask()).find("Dial/Number")
    assert number is not None and number.text == STORE_PHONE


async def test_a_leg_of_another_call_is_told_nothing(desk: Desk) -> None:
    await desk.ask()
    other = "CA" + "9" * 32
    await desk.twilio.ring(other, to=LINE, caller="+15550100166")
    answer = await desk.twilio.post(f"whisper?h={(await desk.row()).id}", CallSid=LEG, ParentCallSid=other)
    assert verbs(document(answer)) == ["Hangup"] and "Ana" not in answer.text
    unknown = await desk.twilio.post("whisper?h=nothing", CallSid=LEG, ParentCallSid=CALL)
    assert verbs(document(unknown)) == ["Hangup"]
