"""Carrier, model and callers together, over a bridge that does nothing clever."""

from typing import Any

import pytest

from simulator.callers import Answers, ScriptedCaller, TypedCaller, scenarios
from simulator.carrier import CarrierFaults, Phone
from simulator.model import ModelSettings, RealtimeModel, ScriptedMind
from simulator.virtual_time import run_virtually
from tests.simulator.application import CALLER, STORE, Application
from tests.simulator.bridge import STREAM, Bridge
from tests.simulator.people import Does


def test_words_cross_both_ways_beside_the_audio() -> None:
    async def main() -> None:
        heard: list[str] = []

        async def script(phone: Phone) -> None:
            heard.append((await phone.listen()).words)
            heard.append((await phone.listen()).words)
            await phone.say("I need new brake pads, please.")
            heard.append((await phone.listen()).words)

        mind = ScriptedMind("Riverside Honda, how can I help?", "Sure. When would you like to come in?")
        async with Application() as app, RealtimeModel(mind=mind) as model, app.carrier(beside=model) as carrier:
            app.documents["/voice"] = STREAM
            Bridge(app, model)
            call = await carrier.call(CALLER, STORE, Does(script))
            await call.finished()
            assert heard == [
                "This call may be recorded.",
                "Riverside Honda, how can I help?",
                "Sure. When would you like to come in?",
            ] or heard[0].startswith("This call may be recorded. Riverside Honda")
            assert mind.heard == ["I need new brake pads, please."]
            assert model.violations == []

    run_virtually(main())


def test_what_was_cut_is_the_same_for_carrier_and_model_within_one_mark() -> None:
    async def main() -> None:
        async def script(phone: Phone) -> None:
            await phone.wait_for_speech(20)
            await phone.wait(3.0)
            await phone.say("Hold on, I have a question for you.")
            await phone.listen()

        long = "Let me tell you about all of the many services that we have to offer here today, one after the other."
        mind = ScriptedMind(long, "Yes?")
        settings = ModelSettings(delta_ms=100)
        async with Application() as app, RealtimeModel(settings, mind) as model, app.carrier(beside=model) as carrier:
            app.documents["/voice"] = STREAM.replace("<Say>This call may be recorded.</Say>", "")
            Bridge(app, model)
            call = await carrier.call(CALLER, STORE, Does(script))
            await call.finished()
            item = model.sessions[0].items[0]
            assert item.truncated_ms is not None and item.serial is not None
            really = call.heard.ms_of(item.serial)
            assert 0 <= really - item.truncated_ms <= 120
            assert 2500 <= really <= 4500
            assert call.stream.clears[0].dropped_ms > 1000
            assert model.violations == []

    run_virtually(main())


def test_a_call_with_every_kind_of_carrier_trouble_still_ends() -> None:
    async def main() -> None:
        async def script(phone: Phone) -> None:
            await phone.listen()
            await phone.say("Hello there.")
            await phone.wait(30)

        faults = CarrierFaults(
            duplicate_webhooks=True, jitter_ms=60, drop_socket_after_s=6.0, late_status_callbacks_s=5.0
        )
        async with Application() as app, RealtimeModel(mind=ScriptedMind("Hello.")) as model:
            async with app.carrier(beside=model) as carrier:
                app.documents |= {"/voice": STREAM, "/after": "<Say>Sorry about that.</Say>"}
                Bridge(app, model)
                call = await carrier.call(CALLER, STORE, Does(script), faults)
                await call.finished()
                assert len(app.asked("/voice")) == 2
                assert [alert.code for alert in carrier.alerts] == [31903]
                assert "Say" in call.did()

    run_virtually(main())


def test_twenty_calls_run_side_by_side_in_little_real_time() -> None:
    async def main() -> None:
        async def script(phone: Phone) -> None:
            await phone.listen()
            await phone.say("I need an oil change.")
            await phone.listen()

        def mind(instructions: str) -> ScriptedMind:
            return ScriptedMind("How can I help?", "Certainly.")

        settings = ModelSettings(validate=False)
        async with Application() as app, RealtimeModel(settings, mind) as model, app.carrier(beside=model) as carrier:
            app.documents["/voice"] = STREAM
            Bridge(app, model)
            calls = [await carrier.call(CALLER, STORE, Does(script)) for _ in range(20)]
            for call in calls:
                await call.finished()
            assert all(call.ended_by == "caller" for call in calls)
            assert sum(len(session.replies) for session in model.sessions) == 40

    run_virtually(main())


def test_a_typed_caller_hears_and_is_heard() -> None:
    import asyncio

    async def main() -> None:
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        heard: list[str] = []

        def on_heard(words: str) -> None:
            heard.append(words)
            lines.put_nowait("Can I book an oil change?" if len(heard) < 3 else None)

        mind = ScriptedMind("How can I help?", "Certainly.")
        async with Application() as app, RealtimeModel(mind=mind) as model, app.carrier(beside=model) as carrier:
            app.documents["/voice"] = STREAM.replace("<Say>This call may be recorded.</Say>", "")
            Bridge(app, model)
            call = await carrier.call(CALLER, STORE, TypedCaller(lines, on_heard))
            await call.finished()
            assert heard[:2] == ["How can I help?", "Certainly."]

    run_virtually(main())


def test_there_are_scenarios_for_every_kind_of_call_and_each_caller_can_open() -> None:
    stories = scenarios()
    assert len(stories) >= 12
    for story in stories.values():
        assert story.about and story.from_.startswith(("+1503555", "+266696687"))  # the latter is a withheld number
        ScriptedCaller(story)
        assert story.background_audio() is None or len(story.background_audio() or b"") > 8000


@pytest.mark.parametrize(
    ("heard", "answer"),
    [
        ("Thanks. Can I get your first and last name?", "Maria Alvarez"),
        ("Thanks, Maria. And your last name?", "Alvarez"),
        ("For example: a 2018 Honda Accord. What are you driving?", "The 2019 Honda CR-V."),
        ("I have Tuesday at 8 or 9:30. Which works best?", "The first one is fine."),
        ("Will you wait while we work on it, or drop it off?", "I'll wait for it."),
        ("So that's Tuesday at 8, for a brake inspection. Shall I book it?", "Yes, please."),
        ("What's the best number to reach you?", "This number is fine, 503 555 0112."),
        ("For example: Tuesday morning, or the 15th at 9. What day works?", "Next Tuesday morning, please."),
        ("Is there anything else I can help with?", "No, that's everything. Thank you, goodbye."),
        ("Thanks for calling Riverside Honda. Goodbye!", ""),
        ("One moment while I look.", None),
    ],
)
def test_a_caller_answers_from_what_they_know_however_it_is_asked(heard: str, answer: Any) -> None:
    maria = scenarios()["brake_job_known_customer"]
    assert Answers(maria.opening, maria.knows).to(heard) == answer
