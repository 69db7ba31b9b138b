"""Realtime messages both ways, each one put through the SDK's own models."""

import json
from datetime import date
from typing import Any

import pytest
from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import TypeAdapter

from agent import events
from agent.ports import HeardTurn, SessionConfig
from agent.realtime import protocol
from agent.realtime.deprecations import retirement_warnings
from agent.realtime.server_events import AudioDelta
from agent.settings import AgentSettings
from kit.ids import CallSid

CLIENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)
SERVER: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
CONFIG = SessionConfig(
    call_sid=CallSid("CA1"),
    instructions="Be kind.",
    tools=[{"name": "book", "description": "Books.", "parameters": {"type": "object", "properties": {}}}],
    history=[HeardTurn("agent", "Hello."), HeardTurn("caller", "Hi."), HeardTurn("system", "Keys: 1")],
    keywords=["Corolla"],
)


def valid(message: bytes) -> dict[str, Any]:
    """Our message, after the SDK's model has accepted it."""
    parsed = CLIENT.validate_json(message, strict=False)
    assert parsed.type == json.loads(message)["type"]
    body: dict[str, Any] = json.loads(message)
    return body


def from_server(message: dict[str, Any]) -> object:
    SERVER.validate_python({"event_id": "e1", **message})
    return protocol.read(json.dumps({"event_id": "e1", **message}).encode())


@pytest.mark.parametrize("settings", [AgentSettings(), AgentSettings(vad="semantic_vad", noise_reduction="off")])
def test_the_session_is_g711_both_ways_and_leaves_every_decision_to_us(settings: AgentSettings) -> None:
    session = valid(protocol.session_update(CONFIG, settings))["session"]
    assert session["audio"]["input"]["format"] == session["audio"]["output"]["format"] == {"type": "audio/pcmu"}
    turns = session["audio"]["input"]["turn_detection"]
    assert turns["create_response"] is False and turns["interrupt_response"] is False
    assert session["tracing"] == {"workflow_name": "lanekeeper", "group_id": "CA1"}
    assert session["tools"][0]["type"] == "function"
    assert session["audio"]["input"]["transcription"]["keywords"] == ["Corolla"]


def test_older_transcribers_are_not_given_keywords() -> None:
    update = valid(protocol.session_update(CONFIG, AgentSettings(transcription_model="whisper-1")))
    assert update["session"]["audio"]["input"]["transcription"] == {"model": "whisper-1", "language": "en"}


def test_every_message_we_send_is_one_the_sdk_knows() -> None:
    for message in [
        protocol.append_audio(b"AAAA"),
        protocol.response_create("reply_1"),
        protocol.response_create("reply_2", "Say hello."),
        protocol.response_cancel("resp_1", "cancel_1"),
        protocol.truncate("item_1", 1200, "truncate_1"),
        protocol.delete_item("item_1", "delete_1"),
        protocol.tool_result("call_1", "{}"),
        *protocol.history_items(CONFIG),
    ]:
        valid(message)


def test_audio_is_handed_on_unread() -> None:
    delta = {
        "type": "response.output_audio.delta",
        "response_id": "r",
        "item_id": "i",
        "output_index": 0,
        "content_index": 0,
        "delta": "AAAA",
    }
    assert from_server(delta) == AudioDelta("r", "i", "AAAA")


PLACE = {"output_index": 0, "content_index": 0}
CALL = {"type": "function_call", "id": "f1", "call_id": "c1", "name": "book", "arguments": "{}", "status": "completed"}
MESSAGE = {"type": "message", "id": "i1", "role": "assistant", "content": [], "status": "in_progress"}


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (
            {"type": "input_audio_buffer.speech_started", "item_id": "u", "audio_start_ms": 5},
            events.SpeechStarted("u", 5),
        ),
        (
            {"type": "input_audio_buffer.speech_stopped", "item_id": "u", "audio_end_ms": 9},
            events.SpeechStopped("u", 9),
        ),
        (
            {"type": "input_audio_buffer.committed", "item_id": "u", "previous_item_id": None},
            events.TurnCommitted("u", None),
        ),
        (
            {"type": "conversation.item.added", "item": MESSAGE, "previous_item_id": "u"},
            events.ItemAdded("i1", "u", "assistant", "message"),
        ),
        (
            {
                "type": "conversation.item.input_audio_transcription.completed",
                "item_id": "u",
                "content_index": 0,
                "transcript": "Hi",
                "usage": {"type": "duration", "seconds": 1.5},
            },
            events.CallerHeard("u", "Hi", seconds=1.5),
        ),
        (
            {
                "type": "conversation.item.input_audio_transcription.completed",
                "item_id": "u",
                "content_index": 0,
                "transcript": "Hi",
                "usage": {
                    "type": "tokens",
                    "input_tokens": 12,
                    "output_tokens": 3,
                    "total_tokens": 15,
                    "input_token_details": {"audio_tokens": 10, "text_tokens": 2},
                },
            },
            events.CallerHeard("u", "Hi", text_tokens_in=2, audio_tokens_in=10, text_tokens_out=3),
        ),
        (
            {
                "type": "conversation.item.input_audio_transcription.failed",
                "item_id": "u",
                "content_index": 0,
                "error": {"code": "bad_audio"},
            },
            events.CallerUnheard("u", "bad_audio"),
        ),
        (
            {"type": "response.created", "response": {"id": "r", "metadata": {"request": "reply_1"}}},
            events.ReplyStarted("r", "reply_1"),
        ),
        (
            {"type": "response.output_item.added", "response_id": "r", "output_index": 0, "item": MESSAGE},
            events.ReplyItem("r", "i1", "message"),
        ),
        (
            {
                "type": "response.output_audio_transcript.delta",
                "response_id": "r",
                "item_id": "i",
                "delta": "He",
                **PLACE,
            },
            events.AgentWords("r", "i", "He"),
        ),
        (
            {
                "type": "response.output_audio_transcript.done",
                "response_id": "r",
                "item_id": "i",
                "transcript": "Hello",
                **PLACE,
            },
            events.AgentWordsDone("r", "i", "Hello"),
        ),
        (
            {"type": "response.output_audio.done", "response_id": "r", "item_id": "i", **PLACE},
            events.AgentAudioDone("r", "i"),
        ),
        (
            {"type": "response.output_item.done", "response_id": "r", "output_index": 0, "item": CALL},
            events.ToolAsked("r", "f1", "c1", "book", "{}"),
        ),
        (
            {
                "type": "response.output_item.done",
                "response_id": "r",
                "output_index": 0,
                "item": {**CALL, "status": "incomplete"},
            },
            None,
        ),
        (
            {"type": "conversation.item.truncated", "item_id": "i", "content_index": 0, "audio_end_ms": 700},
            events.ItemTruncated("i", 700),
        ),
        (
            {
                "type": "error",
                "error": {"type": "invalid_request_error", "code": "x", "message": "m", "event_id": "e9"},
            },
            events.ModelFault("x", "invalid_request_error", "m", "e9", False),
        ),
        (
            {"type": "error", "error": {"type": "insufficient_quota", "code": "insufficient_quota", "message": "m"}},
            events.ModelFault("insufficient_quota", "insufficient_quota", "m", "", True),
        ),
        (
            {"type": "error", "error": {"type": "invalid_request_error", "code": "session_expired", "message": "m"}},
            events.SessionLost("session_expired"),
        ),
        ({"type": "rate_limits.updated", "rate_limits": []}, None),
    ],
)
def test_what_the_server_says_is_understood(message: dict[str, Any], event: object) -> None:
    assert from_server(message) == event


def test_cached_tokens_and_terminal_failures_are_read_from_the_end_of_a_reply() -> None:
    done = from_server(
        {
            "type": "response.done",
            "response": {
                "id": "r",
                "status": "failed",
                "status_details": {"type": "failed", "error": {"type": "x", "code": "insufficient_quota"}},
                "usage": {
                    "input_token_details": {
                        "text_tokens": 50,
                        "audio_tokens": 70,
                        "cached_tokens": 60,
                        "cached_tokens_details": {"text_tokens": 40, "audio_tokens": 20},
                    },
                    "output_token_details": {"text_tokens": 5, "audio_tokens": 9},
                },
            },
        }
    )
    assert isinstance(done, events.ReplyDone) and done.terminal and done.status == "failed"
    assert done.usage == events.TokenUsage(50, 40, 70, 20, 5, 9)


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'{"type":"unheard.of"}', b'{"type":"error"}', b"\xff"])
def test_junk_from_the_server_is_nothing(junk: bytes) -> None:
    assert protocol.read(junk) is None


def test_models_with_a_shutdown_date_are_named_at_start() -> None:
    lines = retirement_warnings(["gpt-realtime", "gpt-realtime-2.1", "whisper-1"], date(2026, 11, 21))
    assert len(lines) == 2 and "2027-01-20" in lines[0] and "gpt-transcribe" in lines[1]
    assert "was shut down" in retirement_warnings(["whisper-1"], date(2027, 3, 1))[0]
