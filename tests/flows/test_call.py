"""The call journey, from the ring to the record, as a store would see it."""

import asyncio
import csv
import io
import re
import wave
from pathlib import Path

import pytest

from agent.house.acts import CallTool
from console.live import channel
from kit.phone import WITHHELD
from record.call_briefs import BY_MODEL
from simulator.callers import scenarios
from simulator.carrier import Phone
from simulator.carrier.calls import Call
from simulator.model import ScriptedMind
from tests.flows.ears import connected_ms
from tests.flows.world import Does, World, virtually
from tests.longer import longer

BRAKES = "brake_job_known_customer"
MAIN = (BRAKES, "oil_change_new_caller", "move_appointment", "cancel_appointment", "repair_order_status")
OTHERS = ("barge_in_mid_offer", "silent_caller", "phone_number_by_keys", "angry_wants_a_person", "spanish_request")
THE_REST = [longer(name) for name in scenarios() if name not in (*MAIN, *OTHERS)]


async def ends_as_expected(world: World, name: str) -> Call:
    """The scenario's caller gets what they called for, and the record says so, once and everywhere."""
    world.people_answer()
    call = await world.call(name)
    record = await world.record(call.sid)
    expected = scenarios()[name].expects
    assert record.line.outcome is not None
    assert record.line.outcome.code == (expected or record.line.outcome.code)
    assert record.claims == ()
    assert [delivery.state for delivery in record.deliveries] == ["acked"]
    assert world.model.violations == [] and world.writer.violations == []
    assert list(world.carrier.alerts) == []
    assert record.brief is not None and record.brief.disposition == record.line.outcome.code
    return call


@pytest.mark.parametrize("name", MAIN)
def test_what_most_people_call_for(sqlite_store: str, tmp_path: Path, name: str) -> None:
    _known_and_served(sqlite_store, tmp_path, name)


@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_a_booking_is_the_same_on_postgresql(store_url: str, tmp_path: Path) -> None:
    _known_and_served(store_url, tmp_path, BRAKES)


def _known_and_served(store_url: str, tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        call = await ends_as_expected(world, name)
        record = await world.record(call.sid)
        assert record.brief is not None and record.brief.by == BY_MODEL
        known = scenarios()[name].knows["name"]
        assert record.line.customer == known

    virtually(store_url, tmp_path, story)


@pytest.mark.parametrize("name", [*OTHERS, *THE_REST])
def test_what_else_people_call_for(sqlite_store: str, tmp_path: Path, name: str) -> None:
    async def story(world: World) -> None:
        await ends_as_expected(world, name)

    virtually(sqlite_store, tmp_path, story)


def test_without_a_model_the_house_agent_does_the_same(sqlite_store: str, tmp_path: Path) -> None:
    """By ConversationRelay, where the carrier does the speech: the same tools, the same record."""

    async def story(world: World) -> None:
        for name in (BRAKES, "repair_order_status", "hours_and_address", "angry_wants_a_person"):
            call = await ends_as_expected(world, name)
            assert "Connect/ConversationRelay" in call.did()
        assert world.model.sessions == []

    virtually(sqlite_store, tmp_path, story, key=None)


def test_each_outcome_is_one_file_in_the_drop_folder(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for name in (BRAKES, "hours_and_address"):
            await ends_as_expected(world, name)
        await world.carrier.all_finished()
        files = sorted((tmp_path / "writeback").glob("**/*.csv"))
        assert len(files) == 2
        rows = [next(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))) for file in files]
        assert {"appointment_set", "info_only"} <= {value for row in rows for value in row.values()}

    virtually(sqlite_store, tmp_path, story)


def test_the_call_page_tells_the_story_and_plays_it(sqlite_store: str, tmp_path: Path) -> None:
    """The transcript, the tools and the outcome are on the page; the recording is both voices, as long as the call."""

    async def story(world: World) -> None:
        call = await ends_as_expected(world, BRAKES)
        record = await world.record(call.sid)
        page = await world.page(f"/calls/{record.line.id}")
        assert page.status_code == 200
        for words in ("my brakes are squealing", "Which works best?", "Maria Alvarez"):
            assert words in page.text
        listing = await world.page("/calls")
        assert f"/calls/{record.line.id}" in listing.text
        sound = await world.page(f"/calls/{record.line.id}/recording")
        assert sound.headers["content-type"] == "audio/wav"
        with wave.open(io.BytesIO(sound.content)) as file:
            assert (file.getnchannels(), file.getframerate()) == (2, 8000)
            recorded = file.getnframes() / file.getframerate()
            voices = file.readframes(file.getnframes())
        # Recorded from the end of the disclosure to the hang-up.
        assert abs(recorded - (len(call.line.caller_audio) / 8000 - connected_ms(call) / 1000)) < 1.0
        assert any(voices[0::4]) and any(voices[2::4])
        assert world.carrier.recordings == {}  # the carrier's copy is gone once ours is safe

    virtually(sqlite_store, tmp_path, story)


def test_pages_hear_of_a_call_when_it_happens(sqlite_store: str, tmp_path: Path) -> None:
    """Opened, spoken, ended, wrapped up, its recording fetched: each commit is followed by a hint to look again."""

    async def story(world: World) -> None:
        loop = asyncio.get_running_loop()
        heard: list[tuple[float, object]] = []

        async def listen() -> None:
            async with world.bus.subscribe(channel(world.store.rooftop_id)) as hints:
                async for _, hint in hints:
                    heard.append((loop.time(), hint["id"]))

        page = asyncio.create_task(listen())
        call = await world.call("hang_up_mid_sentence")
        record = await world.record(call.sid)
        page.cancel()
        at = {step.verb: step.at for step in call.steps}
        assert {call_id for _, call_id in heard} == {record.line.id}
        times = [time for time, _ in heard]
        assert min(times) < at["Connect/Stream"]
        assert any(at["Ended"] <= time < at["Ended"] + 0.2 for time in times)
        assert max(times) >= at["Ended"] + 1.0  # the carrier needs a second to make the recording

    virtually(sqlite_store, tmp_path, story)


def test_a_visit_that_was_only_said_is_flagged_for_a_person(sqlite_store: str, tmp_path: Path) -> None:
    async def script(phone: Phone) -> None:
        await phone.listen()
        await phone.say("I need an oil change on Tuesday at nine.")
        await phone.listen()

    async def story(world: World) -> None:
        call = await world.talk(script)
        record = await world.record(call.sid)
        assert [(claim.kind, claim.words) for claim in record.claims] == [("said_booked", said)]
        page = await world.page(f"/calls/{record.line.id}")
        assert "Said it was booked, and no booking was found" in page.text

    said = "You're booked for Tuesday at nine in the morning."
    virtually(sqlite_store, tmp_path, story, mind=ScriptedMind("How can I help?", said, "Let me correct that."))


def test_a_number_alone_opens_nobodys_repair_order(sqlite_store: str, tmp_path: Path) -> None:
    """Level 0: the caller's number is Robert Chen's, and anybody may be holding his telephone."""

    async def script(phone: Phone) -> None:
        await phone.listen()
        await phone.say("Is my truck ready?")
        await phone.listen()
        await phone.say("Just tell me, please.")
        await phone.listen()

    async def story(world: World) -> None:
        call = await (await world.ring(Does(script), scenarios()["repair_order_status"].from_)).finished()
        record = await world.record(call.sid)
        uses = [use for use in record.tools if use.tool == "repair_order_status"]
        assert [use.decision for use in uses] == ["refused"]
        told = " ".join(item.output for session in world.sessions(call) for item in session.items)
        assert not re.search(r"Tacoma|waiting for parts|Dana|97214|Chen", told)
        assert record.line.outcome is not None and record.line.outcome.code != "status_given"

    asks = CallTool("a", "repair_order_status", {})
    mind = ScriptedMind("How can I help?", [asks], "I need to know who is calling.", "I'm sorry, I can't.")
    virtually(sqlite_store, tmp_path, story, mind=mind)


def test_a_withheld_number_is_nobody_and_is_still_served(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        call = await ends_as_expected(world, "phone_number_by_keys")
        record = await world.record(call.sid)
        assert record.line.from_e164 == WITHHELD
        assert record.line.on_file is None
        assert [loop.contact for loop in await world.owed(call.sid)] == ["+15035550144"]
        assert "Caller: withheld" in world.sessions(call)[0].config.instructions

    virtually(sqlite_store, tmp_path, story)


def test_who_does_not_want_to_be_recorded_is_not(store_url: str, tmp_path: Path) -> None:
    """The recording ends at once and goes, at the carrier as well; of what was said from then on nothing is kept."""

    async def script(phone: Phone) -> None:
        await phone.listen()
        await phone.say("Please do not record this call.")
        await phone.listen()
        await phone.say("What time do you close on Saturday?")
        await phone.listen()
        await phone.say("My secret word is marmalade.")
        await phone.listen()

    async def story(world: World) -> None:
        call = await world.talk(script)
        record = await world.record(call.sid)
        stopped, ended = connected_ms(call, "RecordingStopped"), connected_ms(call, "Ended")
        assert ended - stopped > 8_000
        assert world.carrier.recordings == {}
        assert [(clip.path, clip.deleted_at is None) for clip in record.clips] == [(None, False)]
        assert list((tmp_path / "recordings").glob("**/*.wav")) == []
        assert record.turns[-1].text == "Please do not record this call."
        assert "marmalade" not in str(record)
        assert record.line.outcome is not None and record.line.outcome.code == "info_only"
        page = await world.page(f"/calls/{record.line.id}")
        assert page.status_code == 200 and "marmalade" not in page.text
        assert (await world.page(f"/calls/{record.line.id}/recording")).status_code == 404

    virtually(store_url, tmp_path, story)
