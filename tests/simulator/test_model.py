"""The simulated model speaks the Realtime protocol, and refuses what the real one refuses."""

import base64
import copy
from typing import Any

import pytest
from picows import WSHandshakeError

from agent.house.acts import CallTool, Say
from simulator.model import FixedMind, ModelFaults, ModelSettings, RealtimeModel, ScriptedMind
from simulator.mulaw import silence
from simulator.stamps import StampReader
from simulator.virtual_time import run_virtually
from simulator.voice import babble, cough
from tests.simulator.realtime_client import SESSION, Client

TOOL = {"type": "function", "name": "find_customer", "description": "x", "parameters": {"type": "object"}}


def changed(path: str, value: Any) -> dict[str, Any]:
    session = copy.deepcopy(SESSION)
    *parents, last = path.split(".")
    place = session
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = value
    return session


def test_a_turn_is_heard_committed_answered_and_transcribed_in_the_documented_order() -> None:
    async def main() -> None:
        mind = ScriptedMind("Good morning.", "Sure, Tuesday at nine.")
        async with RealtimeModel(mind=mind) as model:
            client = await Client.configured(model)
            client.send("response.create")
            await client.wait_for("response.done")
            await client.say(model, "I would like an oil change on Tuesday.")
            client.send("response.create")
            await client.wait_for("response.done", 2)
            assert mind.heard == ["I would like an oil change on Tuesday."]
            order = [kind for kind in client.kinds() if "delta" not in kind and kind != "rate_limits.updated"]
            start = order.index("input_audio_buffer.speech_started")
            assert order[start : start + 5] == [
                "input_audio_buffer.speech_started",
                "input_audio_buffer.speech_stopped",
                "input_audio_buffer.committed",
                "conversation.item.added",
                "conversation.item.done",
            ]
            reply = order[len(order) - 1 - order[::-1].index("response.created") :]
            expected = [
                "response.created",
                "response.output_item.added",
                "conversation.item.added",
                "response.content_part.added",
                "response.output_audio.done",
                "response.output_audio_transcript.done",
                "response.content_part.done",
                "conversation.item.done",
                "response.output_item.done",
                "response.done",
            ]
            kind = "conversation.item.input_audio_transcription.completed"
            assert [entry for entry in reply if entry != kind] == expected
            heard = await client.wait_for(kind)
            assert heard["transcript"] == "I would like an oil change on Tuesday."
            committed = await client.wait_for("input_audio_buffer.committed")
            first_item = (await client.wait_for("response.output_item.added"))["item"]["id"]
            assert committed["previous_item_id"] == first_item and heard["item_id"] == committed["item_id"]
            assert model.violations == []

    run_virtually(main())


def test_speech_times_count_the_audio_that_was_received() -> None:
    async def main() -> None:
        async with RealtimeModel(mind=FixedMind()) as model:
            client = await Client.configured(model)
            await client.frames(silence(2000))
            audio = await client.say(model, "Hello there")
            started = await client.wait_for("input_audio_buffer.speech_started")
            stopped = await client.wait_for("input_audio_buffer.speech_stopped")
            assert 1650 <= started["audio_start_ms"] <= 1760  # 2,000 less the 300 ms of padding
            assert abs(stopped["audio_end_ms"] - (2000 + len(audio) // 8 + 500)) <= 60

    run_virtually(main())


def test_a_cough_opens_a_turn_without_words_and_room_noise_does_not() -> None:
    async def main() -> None:
        from simulator.voice import room_noise

        async with RealtimeModel(mind=FixedMind()) as model:
            client = await Client.configured(model)
            await client.frames(room_noise())
            assert "input_audio_buffer.speech_started" not in client.kinds()
            await client.frames(cough() + silence(700))
            heard = await client.wait_for("conversation.item.input_audio_transcription.completed")
            assert heard["transcript"] == ""

    run_virtually(main())


def test_half_an_utterance_is_half_heard() -> None:
    async def main() -> None:
        words = "one two three four five six seven eight nine ten"
        async with RealtimeModel(mind=FixedMind()) as model:
            client = await Client.configured(model)
            from simulator.stamps import stamped

            audio = stamped(babble(words), 0x8005)
            await model.caller_says("CA1", words, 0, len(audio) // 8, 0x8005)
            await client.frames(audio[: len(audio) // 2 // 160 * 160] + silence(700))
            heard = await client.wait_for("conversation.item.input_audio_transcription.completed")
            assert heard["transcript"] in ("one two three four", "one two three four five")

    run_virtually(main())


def test_create_response_and_interrupt_response_are_honoured() -> None:
    async def main() -> None:
        async with RealtimeModel(ModelSettings(speed=1.0), mind=FixedMind(6_000)) as model:
            client = await Client.connect(model)
            client.send("session.update", session=changed("audio.input.turn_detection", {"type": "server_vad"}))
            await client.wait_for("session.updated")
            await client.say(model, "Hello, is anybody there?", quiet_ms=2000)
            await client.say(model, "Wait, stop please.", serial=0x8002)
            done = await client.wait_for("response.done")
            assert done["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
            assert done["response"]["output"][0]["status"] == "incomplete"

    run_virtually(main())


def test_a_second_reply_while_one_is_active_is_refused() -> None:
    async def main() -> None:
        async with RealtimeModel(mind=FixedMind()) as model:
            client = await Client.configured(model)
            client.send("response.create", event_id="first")
            client.send("response.create", event_id="second")
            error = await client.error()
            assert error["code"] == "conversation_already_has_active_response" and error["event_id"] == "second"
            done = await client.wait_for("response.done")
            assert done["response"]["status"] == "completed"
            client.send("response.create")
            assert (await client.wait_for("response.done", 2))["response"]["status"] == "completed"

    run_virtually(main())


def test_truncation_past_the_audio_of_nothing_or_of_an_unknown_item_is_refused() -> None:
    async def main() -> None:
        async with RealtimeModel(mind=FixedMind(2_000)) as model:
            client = await Client.configured(model)
            client.send("response.create")
            item = (await client.wait_for("response.output_item.done"))["item"]["id"]
            cut = {"content_index": 0}
            client.send("conversation.item.truncate", item_id=item, audio_end_ms=2_400, **cut)
            assert (await client.error(1))["message"] == "Audio content of 2000ms is already shorter than 2400ms"
            client.send("conversation.item.truncate", item_id="item_no", audio_end_ms=1, **cut)
            assert (await client.error(2))["code"] == "item_truncate_invalid_item_id"
            await client.say(model, "Hello there")
            caller = (await client.wait_for("input_audio_buffer.committed"))["item_id"]
            client.send("conversation.item.truncate", item_id=caller, audio_end_ms=1, **cut)
            assert (await client.error(3))["message"] == "Only model output audio messages can be truncated"
            client.send("conversation.item.truncate", item_id=item, audio_end_ms=900, **cut)
            assert (await client.wait_for("conversation.item.truncated"))["audio_end_ms"] == 900
            client.send("conversation.item.truncate", item_id=item, audio_end_ms=901, **cut)
            assert (await client.error(4))["message"] == "Audio content of 900ms is already shorter than 901ms"
            client.send("conversation.item.retrieve", item_id=item)
            content = (await client.wait_for("conversation.item.retrieved"))["item"]["content"]
            assert content == [{"type": "output_audio", "transcript": ""}]  # truncation takes the words with it

    run_virtually(main())


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        (changed("nonsense", 1), "unknown_parameter", "session.nonsense"),
        (changed("audio.input.turn_detection.patience", 1), "unknown_parameter", None),
        (
            changed("audio.output.format", {"type": "audio/pcmu", "rate": 8000}),
            "unknown_parameter",
            "session.audio.output.format.rate",
        ),
        (changed("output_modalities", ["audio", "text"]), "invalid_value", "session.output_modalities"),
        (changed("audio.output.voice", "robot"), "invalid_value", "session.audio.output.voice"),
        (changed("model", "gpt-realtime"), "invalid_value", "session.model"),
        (changed("type", None), "invalid_value", None),
        (
            changed("audio.input.transcription", {"model": "whisper-1", "keywords": ["Civic"]}),
            "invalid_value",
            "session.audio.input.transcription.keywords",
        ),
    ],
)
def test_a_session_field_that_does_not_exist_or_cannot_be_is_refused(
    session: dict[str, Any], code: str, param: str | None
) -> None:
    async def main() -> None:
        async with RealtimeModel(mind=FixedMind()) as model:
            client = await Client.connect(model)
            client.send("session.update", session=session)
            error = await client.error()
            assert error["code"] == code
            assert param is None or error["param"] == param
            assert "session.updated" not in client.kinds()

    run_virtually(main())


def test_the_voice_is_locked_once_it_was_heard() -> None:
    async def main() -> None:
        async with RealtimeModel(mind=FixedMind(1_000)) as model:
            client = await Client.configured(model)
            client.send("session.update", session=changed("audio.output.voice", "cedar"))
            await client.wait_for("session.updated", 2)
            client.send("response.create")
            await client.wait_for("response.done")
            client.send("session.update", session=changed("audio.output.voice", "marin"))
            assert (await client.error())["code"] == "cannot_update_voice"

    run_virtually(main())


def test_tools_are_called_only_when_offered_and_their_results_are_read() -> None:
    async def main() -> None:
        lookup = CallTool("t1", "find_customer", {"name": "Maria"})
        mind = ScriptedMind([Say("One moment."), lookup], "Hello Maria.")
        async with RealtimeModel(mind=mind) as model:
            client = await Client.configured(model, tools=[TOOL])
            client.send("response.create")
            done = (await client.wait_for("response.done"))["response"]
            assert [item["type"] for item in done["output"]] == ["message", "function_call"]
            call = done["output"][1]
            assert call["arguments"] == '{"name": "Maria"}' and call["call_id"].startswith("call_")
            output = {"type": "function_call_output", "call_id": call["call_id"], "output": '{"found": true}'}
            client.send("conversation.item.create", item=output)
            client.send("response.create")
            await client.wait_for("response.done", 2)
            assert mind.results == [("t1", '{"found": true}')]
            assert model.violations == []

        async with RealtimeModel(mind=ScriptedMind([lookup])) as model:
            client = await Client.configured(model)
            client.send("response.create")
            done = (await client.wait_for("response.done"))["response"]
            assert [item["type"] for item in done["output"]] == ["message"]

    run_virtually(main())


def test_usage_counts_cached_tokens_as_a_part_and_cancelled_replies_are_billed() -> None:
    async def main() -> None:
        async with RealtimeModel(ModelSettings(speed=1.0), mind=FixedMind(4_000)) as model:
            client = await Client.configured(model)
            client.send("response.create")
            await client.wait_for("response.output_audio.delta", 5)
            client.send("response.cancel")
            done = (await client.wait_for("response.done"))["response"]
            assert done["status"] == "cancelled"
            assert done["usage"]["output_token_details"]["audio_tokens"] >= 16
            client.send("response.create")
            usage = (await client.wait_for("response.done", 2))["response"]["usage"]
            details = usage["input_token_details"]
            assert details["cached_tokens"] <= usage["input_tokens"] == details["text_tokens"] + details["audio_tokens"]

    run_virtually(main())


def test_a_wrong_key_is_401_and_an_unknown_model_is_told_and_closed_with_4000() -> None:
    async def main() -> None:
        async with RealtimeModel(mind=FixedMind()) as model:
            with pytest.raises(WSHandshakeError) as refused:
                await Client.connect(model, key="sk-wrong")
            assert refused.value.response is not None and int(refused.value.response.status) == 401
            client = await Client.connect(model, name="gpt-5-telepathy")
            assert (await client.error())["code"] == "invalid_model"
            await client.gone.wait()
            assert client.close_code == 4000

    run_virtually(main())


def test_what_goes_wrong_on_demand() -> None:
    async def failure(faults: ModelFaults) -> dict[str, Any]:
        async with RealtimeModel(mind=FixedMind(1_000)) as model:
            model.faults = faults
            client = await Client.configured(model)
            client.send("response.create")
            return (await client.wait_for("response.done"))["response"]  # type: ignore[no-any-return]

    async def main() -> None:
        quota = await failure(ModelFaults(quota=True))
        assert quota["status"] == "failed" and quota["status_details"]["error"]["code"] == "insufficient_quota"
        limited = await failure(ModelFaults(rate_limit=True))
        assert limited["status_details"]["error"]["code"] == "rate_limit_exceeded"
        silent = await failure(ModelFaults(empty_audio=True))
        assert silent["status"] == "completed"
        async with RealtimeModel(mind=FixedMind()) as model:
            model.faults = ModelFaults(expire_after_s=3.0)
            client = await Client.configured(model)
            assert (await client.error())["code"] == "session_expired"
            await client.gone.wait()
            assert client.close_code == 1001
            model.faults = ModelFaults(refuse_connect=503)
            with pytest.raises(WSHandshakeError):
                await Client.connect(model)
            model.faults = ModelFaults(drop_after_s=1.0)
            client = await Client.configured(model)
            await client.gone.wait()
            assert client.close_code is None

    run_virtually(main())


def test_the_audio_carries_its_stamp_and_its_words_can_be_looked_up() -> None:
    async def main() -> None:
        async with RealtimeModel(mind=ScriptedMind("We open at seven.")) as model:
            client = await Client.configured(model)
            client.send("response.create")
            await client.wait_for("response.done")
            deltas = [event["delta"] for event in client.events if event["type"] == "response.output_audio.delta"]
            stamps = StampReader().feed(b"".join(base64.b64decode(delta) for delta in deltas))
            said = await model.agent_said(stamps[0].serial)
            assert said is not None and said.text == "We open at seven."
            assert len(stamps) == said.frames and model.sessions[0].items[0].serial == stamps[0].serial

    run_virtually(main())


def test_nonsense_is_answered_with_an_error_and_the_session_goes_on() -> None:
    async def main() -> None:
        async with RealtimeModel(mind=FixedMind(500)) as model:
            client = await Client.configured(model)
            client.raw("{nonsense")
            client.send("response.explode")
            client.send("input_audio_buffer.append", audio="***")
            client.send("input_audio_buffer.commit")
            client.send("response.cancel")
            client.send("conversation.item.delete", item_id="item_no")
            output = {"type": "function_call_output", "call_id": "call_no", "output": "{}"}
            client.send("conversation.item.create", item=output)
            codes = [(await client.error(n))["code"] for n in range(1, 8)]
            assert codes == [
                "invalid_json",
                "invalid_value",
                "invalid_value",
                "input_audio_buffer_commit_empty",
                "response_cancel_not_active",
                "item_delete_invalid_item_id",
                "item_create_invalid_call_id",
            ]
            client.send("response.create")
            await client.wait_for("response.done")

    run_virtually(main())
