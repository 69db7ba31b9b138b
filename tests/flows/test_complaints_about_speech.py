"""What people complain about in live voice agents (numbers of voice.md, section 3): who hears what and believes what.

Rows 1 to 4, 14, 18 and 19, and the choppy words noted below that table. Everything is measured at the caller's handset:
the simulator stamps each 20 ms of the model's speech, so what was really heard is known without asking the product.
"""

import random
from pathlib import Path

import pytest

from agent.house.acts import CallTool, Say
from simulator.carrier import Phone
from simulator.model import ModelFaults, ScriptedMind
from simulator.mulaw import encode
from tests.flows.ears import (
    connected_ms,
    first_sound,
    frames_of,
    heard_after_clear,
    is_whole,
    length_ms,
    longest_silence,
    spans,
    widest_mark_gap_ms,
)
from tests.flows.world import World, virtually
from tests.longer import longer

MARK_INTERVAL_MS = 120
LONG = (
    "We can take care of that for you. Our technicians are here all day, the waiting room has coffee and a quiet "
    "corner, and the shuttle leaves every half hour until five. Most people are back on the road in about an hour "
    "and a half."
)


async def interrupts(phone: Phone, after_s: float = 3.0, words: str = "Wait, I need to tell you something.") -> None:
    """Lets the greeting pass, asks for something, and speaks over the answer."""
    await phone.listen()
    await phone.say("I have a question about my car.")
    await phone.wait_for_speech(9.0)
    await phone.wait(after_s)
    await phone.say(words)
    await phone.words_since()
    await phone.listen()


async def a_lorry_passes(phone: Phone) -> None:
    """Half a second, louder than our gate's floor and not as loud as what the model takes for a voice."""
    noise = random.Random(3)
    await phone.listen()
    await phone.say("I have a question about my car.")
    await phone.wait_for_speech(9.0)
    await phone.wait(2.0)
    await phone.make_noise(encode(noise.gauss(0, 760) for _ in range(4_000)))
    await phone.listen()


def test_01_a_refused_truncation_never_silences_the_agent(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 1: truncate rejected ("audio content of X is already shorter"), then the bot is silent for good."""

    async def story(world: World) -> None:
        world.model.faults = ModelFaults(error_on_truncate=True)
        call = await world.call("barge_in_mid_offer")
        assert "server_error" in [error["code"] for error in world.sessions(call)[0].errors]
        record = await world.record(call.sid)
        assert record.line.outcome is not None and record.line.outcome.code == "appointment_set"
        assert longest_silence(call) < 4_000

    virtually(sqlite_store, tmp_path, story)


def test_01_no_truncation_goes_past_the_end_of_an_item(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 1: however late the caller interrupts, the model never refuses what it is told."""

    async def story(world: World) -> None:
        world.model.settings.speed = 20.0
        whole = 0
        for quarter in range(1, 5):

            async def script(phone: Phone, at: float = quarter * 3.0) -> None:
                await interrupts(phone, at)

            call = await world.talk(script)
            for session in world.sessions(call):
                assert session.errors == []
                whole += sum(event["type"] == "conversation.item.truncate" for event in session.received)
        assert whole >= 3

    virtually(sqlite_store, tmp_path, story, mind=lambda _: ScriptedMind("How can I help?", LONG, "Go ahead."))


@pytest.mark.parametrize("after_s", [longer(0.7), 1.9, longer(4.43)])
def test_02_the_model_is_told_what_the_caller_really_heard(sqlite_store: str, tmp_path: Path, after_s: float) -> None:
    """Complaint 2: the model believes that it said what the caller never heard."""

    async def story(world: World) -> None:
        call = await world.talk(lambda phone: interrupts(phone, after_s))
        item = world.item_saying(call, LONG)
        assert item.truncated_ms is not None
        really = call.heard.ms_of(item.serial or 0)
        assert abs(really - item.truncated_ms) <= MARK_INTERVAL_MS
        assert item.truncated_ms <= length_ms(item)
        record = await world.record(call.sid)
        turn = next(turn for turn in record.turns if turn.cut)
        assert LONG.startswith(f"{turn.heard} {turn.cut}")  # the model had not made all of it yet
        assert abs(len(turn.heard) / len(turn.text) - really / length_ms(item)) < 0.1

    virtually(sqlite_store, tmp_path, story, mind=lambda _: ScriptedMind("How can I help?", LONG, "Go ahead."))


def test_02_what_was_still_queued_leaves_the_models_memory(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 2: a reply queued behind the one that was cut was never heard at all."""
    first = "Let me see what our opening hours are, one moment, I have them here somewhere on this desk of mine."
    second = "We are open from seven in the morning until six in the evening, Monday to Friday, all year round."
    asks = CallTool("look", "store_facts", {"topic": "hours"})

    async def story(world: World) -> None:
        world.model.settings.speed = 20.0
        call = await world.talk(lambda phone: interrupts(phone, 1.5))
        cut, unheard = world.item_saying(call, first), world.item_saying(call, second)
        assert call.heard.ms_of(unheard.serial or 0) == 0
        session = world.sessions(call)[0]
        assert unheard in session.conversation.deleted
        assert abs(call.heard.ms_of(cut.serial or 0) - (cut.truncated_ms or 0)) <= MARK_INTERVAL_MS
        turn = next(t for t in (await world.record(call.sid)).turns if t.text == second)
        assert (turn.heard, turn.cut) == ("", second)

    mind = ScriptedMind("How can I help?", [Say(first), asks], second, "Go ahead.")
    virtually(sqlite_store, tmp_path, story, mind=mind)


def test_03_no_stale_word_is_heard_after_the_caller_spoke_up(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 3: the caller keeps hearing one to three seconds of stale speech. The reply was long generated."""

    async def story(world: World) -> None:
        world.model.settings.speed = 20.0
        call = await world.talk(interrupts)
        item = world.item_saying(call, LONG)
        assert world.sessions(call)[0].replies[1].status == "completed"
        assert call.stream.clears[0].dropped_ms > 5_000
        assert heard_after_clear(call, item) <= 20  # the frame that was in the ear already

    virtually(sqlite_store, tmp_path, story, mind=lambda _: ScriptedMind("How can I help?", LONG, "Go ahead."))


def test_03_late_sound_of_a_cut_reply_is_not_played(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 3: a reply that is still being generated when it is cut; its late deltas must not be played."""

    async def story(world: World) -> None:
        world.model.settings.speed = 1.2
        call = await world.talk(interrupts)
        item = world.item_saying(call, LONG[:30])
        assert world.sessions(call)[0].replies[1].status == "cancelled"
        assert heard_after_clear(call, item) <= 20

    virtually(sqlite_store, tmp_path, story, mind=lambda _: ScriptedMind("How can I help?", LONG, "Go ahead."))


def test_03_clear_leaves_in_the_turn_of_the_loop_that_decides(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 3: on virtual time the loop's turn has no length, so decision and clear bear the same stamp."""

    async def story(world: World) -> None:
        call = await world.talk(lambda phone: interrupts(phone, words="Excuse me but that is not what I asked."))
        await world.record(call.sid)
        decided = (await world.notes(call.sid, "paused"))[0]["at_ms"]
        opened = connected_ms(call)
        cleared = round((call.stream.clears[0].at - call.line.answered_at) * 1000)
        assert abs(cleared - opened - decided) <= 10
        spoke_at = spans(call.line.caller_audio)[1][0]
        assert cleared - spoke_at <= 300  # sustained for 250 ms, noticed within a few frames
        cut = (await world.notes(call.sid, "barge_in"))[0]["at_ms"]
        assert cut - decided <= 600  # and when it goes on, the model is told

    mind = ScriptedMind("How can I help?", LONG, "Go ahead.")
    virtually(sqlite_store, tmp_path, story, mind=mind)


def test_04_a_cough_costs_not_one_word(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 4: noise kills the reply. After a false alarm playback goes on where it stopped, to the byte."""

    async def script(phone: Phone) -> None:
        await phone.listen()
        await phone.say("I have a question about my car.")
        await phone.wait_for_speech(9.0)
        await phone.wait(2.0)
        await phone.cough()
        await phone.listen()

    async def story(world: World) -> None:
        call = await world.talk(script)
        item = world.item_saying(call, LONG)
        assert is_whole(call, item)
        assert item.truncated_ms is None
        assert item.text == LONG

    virtually(sqlite_store, tmp_path, story, mind=lambda _: ScriptedMind("How can I help?", LONG, "Go ahead."))


def test_04_a_false_alarm_pauses_and_goes_on(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 4: a lorry that our gate takes for a voice and the model does not: silence, then all the rest of it."""

    async def story(world: World) -> None:
        call = await world.talk(a_lorry_passes)
        await world.record(call.sid)
        assert len(await world.notes(call.sid, "false_alarm")) >= 1
        assert await world.notes(call.sid, "barge_in") == []
        assert len(call.stream.clears) >= 1
        item = world.item_saying(call, LONG)
        heard = frames_of(call, item)
        assert sorted(set(heard)) == list(range(length_ms(item) // 20))  # nothing is lost
        assert len(heard) - len(set(heard)) <= 1  # and no more is repeated than the frame that was in the ear
        assert heard == sorted(heard)
        assert item.truncated_ms is None

    mind = ScriptedMind("How can I help?", LONG, "Go ahead.")
    virtually(sqlite_store, tmp_path, story, mind=mind, vad_threshold=1.0)


def test_04_a_nod_is_not_an_interruption(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 4: "uh-huh" kills the reply; or is answered as if it were a question."""

    async def story(world: World) -> None:
        call = await world.talk(lambda phone: interrupts(phone, 2.0, "Mm."))
        item = world.item_saying(call, LONG)
        assert is_whole(call, item)
        assert [reply.heard for reply in world.sessions(call)[0].replies if reply.heard == ["Mm."]] == []

    virtually(sqlite_store, tmp_path, story, mind=lambda _: ScriptedMind("How can I help?", LONG, "Go ahead."))


def test_04_a_workshop_behind_the_caller_interrupts_nobody(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 4: speakerphone and room tone. A whole booking from a noisy shop floor, and no false alarm either."""

    async def story(world: World) -> None:
        call = await world.call("cough_false_alarm")
        record = await world.record(call.sid)
        assert record.line.outcome is not None and record.line.outcome.code == "appointment_set"
        assert [turn.cut for turn in record.turns if turn.cut] == []
        for item in world.spoken(call)[:-1]:
            assert is_whole(call, item), world.said(item)

    virtually(sqlite_store, tmp_path, story)


def test_14_the_goodbye_is_heard_before_the_line_goes(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 14: hangs up before the goodbye is heard."""

    async def story(world: World) -> None:
        world.model.settings.speed = 20.0
        call = await world.call("hours_and_address")
        goodbye = world.spoken(call)[-1]
        assert "Goodbye" in world.said(goodbye)
        assert is_whole(call, goodbye)
        assert call.ended_by == "carrier"  # we hung up: the stream closed and the document said so
        record = await world.record(call.sid)
        assert record.turns[-1].heard == world.said(goodbye)

    virtually(sqlite_store, tmp_path, story)


def test_14_a_caller_who_speaks_over_the_goodbye_stays(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 14: cannot be stopped from hanging up. Speaking up cancels the end of the call."""
    goodbye = "Thank you for calling Riverside Motors, have a wonderful day and drive safely. Goodbye."
    leaves = CallTool("bye", "end_call", {"reason": "done"})

    async def story(world: World) -> None:
        call = await world.talk(lambda phone: interrupts(phone, 2.0, "Oh wait, what is your address?"))
        assert world.sessions(call)[0].replies[-1].heard == ["Oh wait, what is your address?"]
        assert is_whole(call, world.item_saying(call, "Northeast Riverside Way"))
        assert call.ended_by == "caller"

    mind = ScriptedMind("How can I help?", [Say(goodbye), leaves], "It is 2400 Northeast Riverside Way.")
    virtually(sqlite_store, tmp_path, story, mind=mind)


def test_18_the_disclosure_and_the_greeting_are_heard_whole(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 18: the greeting is clipped, begins before the answer, or is cut by a noise."""

    async def script(phone: Phone) -> None:
        await phone.cough()
        await phone.say("Hello?")
        await phone.listen()
        await phone.listen()

    async def story(world: World) -> None:
        call = await world.talk(script)
        disclosure = call.heard.serials()[0]
        said = await world.carrier.exchange.said(disclosure)
        assert said is not None and "automated AI assistant" in said.text and "recorded" in said.text
        assert call.heard.ms_of(disclosure) == said.frames * 20
        assert is_whole(call, world.spoken(call)[0])
        assert first_sound(call) <= 1_500

    virtually(sqlite_store, tmp_path, story)


def test_19_silence_is_counted_from_what_was_heard(sqlite_store: str, tmp_path: Path) -> None:
    """Complaint 19: the idle timer fires while the bot is still audible. The model was done long before."""

    async def quiet(phone: Phone) -> None:
        await phone.listen()
        await phone.say("I have a question about my car.")
        await phone.wait(120.0)

    async def story(world: World) -> None:
        world.model.settings.speed = 20.0
        call = await world.talk(quiet)
        item = world.item_saying(call, LONG)
        heard_until = next(f.at_ms for f in reversed(call.heard.frames) if f.serial == item.serial) + 20
        await world.record(call.sid)
        first = (await world.notes(call.sid, "silence"))[0]["at_ms"] + connected_ms(call)
        patience = world.settings.agent.silence_reprompt_seconds * 1000
        assert patience <= first - heard_until <= patience + 500
        assert call.ended_by == "carrier"

    more = ("Are you there?", "Hello?", "Goodbye then.")
    virtually(sqlite_store, tmp_path, story, mind=lambda _: ScriptedMind("How can I help?", LONG, *more))


def test_a_price_or_time_read_back_is_not_talked_over(sqlite_store: str, tmp_path: Path) -> None:
    """Protected windows: the booked time is heard whole, and what the caller said meanwhile is answered after it."""

    async def script(phone: Phone) -> None:
        await _books_until(phone, "Shall I book it?")
        await phone.say("Yes, please.")
        await phone.listen(quiet_s=0.2)  # "One moment while I book that."
        await phone.wait_for_speech(9.0)
        await phone.wait(1.5)
        await phone.say("Great, and what is your address?")
        await phone.listen()
        await phone.listen()

    async def story(world: World) -> None:
        call = await world.talk(script)
        read_back = world.item_saying(call, "You're booked for")
        assert is_whole(call, read_back)
        assert read_back.truncated_ms is None
        assert any("address" in " ".join(reply.heard) for reply in world.sessions(call)[0].replies)
        assert any("Riverside Way" in world.said(item) for item in world.spoken(call))

    virtually(sqlite_store, tmp_path, story)


def test_words_are_not_choppy_and_marks_are_close(sqlite_store: str, tmp_path: Path) -> None:
    """Below the table: choppy starts of words. Nothing is paced: audio goes out as it comes, a mark each 120 ms."""

    async def story(world: World) -> None:
        call = await world.call("hours_and_address")
        for item in world.spoken(call):
            assert is_whole(call, item), world.said(item)
            at = [frame.at_ms for frame in call.heard.frames if frame.serial == item.serial]
            assert at == list(range(at[0], at[0] + 20 * len(at), 20)), world.said(item)
        assert widest_mark_gap_ms(call) <= MARK_INTERVAL_MS
        assert all(mark.played for mark in call.stream.marks)

    virtually(sqlite_store, tmp_path, story)


async def _books_until(phone: Phone, question: str) -> None:
    """Maria books a tire rotation up to a question of the agent's."""
    answers = {
        "How can I help": "I need a tire rotation for my 2019 Honda CR-V.",
        "first and last name": "Maria Alvarez",
        "What day": "Monday morning.",
        "drop it off": "I'll wait.",
        "Which works": "The first one.",
    }
    while question not in (heard := (await phone.listen()).words):
        reply = next((words for asked, words in answers.items() if asked in heard), None)
        assert reply is not None or heard, f"the agent fell silent before {question!r}"
        if reply is not None:
            await phone.say(reply)
