"""OpenAI Realtime messages to and from our events; pure, and cheap enough to stand in the audio path.

The SDK's own models cost about 135 us an event, most of a call's budget, so messages are read into msgspec structs that
name only what we use. The SDK's types still rule: what we build is typed with its TypedDicts, and the tests put every
message of both directions through its pydantic models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from agent.events import (
    AgentAudioDone,
    AgentWords,
    AgentWordsDone,
    CallerHeard,
    CallerUnheard,
    ItemAdded,
    ItemTruncated,
    ModelEvent,
    ModelFault,
    ReplyDone,
    ReplyItem,
    ReplyStarted,
    ReplyStatus,
    SessionLost,
    SessionReady,
    SpeechStarted,
    SpeechStopped,
    TokenUsage,
    ToolAsked,
    TurnCommitted,
)
from agent.ports import SessionConfig
from agent.realtime.server_events import (
    SERVER_EVENT,
    AudioDelta,
    AudioDone,
    CallerHeardMessage,
    CallerUnheardMessage,
    Committed,
    ErrorDetails,
    Fault,
    Item,
    ItemAddedMessage,
    ItemCreatedMessage,
    OutputItemAdded,
    OutputItemDone,
    Response,
    ResponseCreated,
    ResponseDone,
    SessionUpdated,
    SpeechStartedMessage,
    SpeechStoppedMessage,
    StatusDetails,
    TranscriptUsage,
    Truncated,
    Usage,
    UsageDetails,
    Words,
    WordsDone,
)
from agent.settings import AgentSettings

if TYPE_CHECKING:
    from openai.types.realtime import (
        ConversationItemParam,
        RealtimeClientEventParam,
        RealtimeSessionCreateRequestParam,
    )
    from openai.types.realtime.realtime_audio_input_turn_detection_param import RealtimeAudioInputTurnDetectionParam

# Asking again cannot help with these: the store needs somebody to pay a bill or fix a setting.
TERMINAL_CODES = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "account_deactivated",
        "invalid_api_key",
        "incorrect_api_key",
        "invalid_organization",
        "organization_not_found",
        "permission_denied",
        "unsupported_country_region_territory",
        "model_not_found",
        "model_deprecated",
    }
)
ALREADY_ACTIVE = "conversation_already_has_active_response"
_KEYWORD_TRANSCRIBERS = ("gpt-transcribe", "gpt-live-transcribe")


def is_terminal(code: str, kind: str = "") -> bool:
    """True for quota, key and account errors, which open the breaker; rate limits and network trouble pass."""
    return code in TERMINAL_CODES or kind in ("authentication_error", "permission_error")


# ---- out ---------------------------------------------------------------------------------------------------------

_APPEND = b'{"type":"input_audio_buffer.append","audio":"%b"}'


def append_audio(payload_b64: bytes) -> bytes:
    """The caller's audio, spliced in as it came: the payload must already be known to be base64."""
    return _APPEND % payload_b64


def session_update(config: SessionConfig, settings: AgentSettings) -> bytes:
    """The whole configuration of one session; a reconnect is a blank session, so it is always sent in full."""
    session: RealtimeSessionCreateRequestParam = {
        "type": "realtime",
        "model": config.model or settings.model,
        "output_modalities": ["audio"],
        "instructions": config.instructions,
        "max_output_tokens": settings.max_output_tokens,
        "audio": {
            "input": {
                "format": {"type": "audio/pcmu"},
                "transcription": _transcription(config, settings),
                "turn_detection": _turn_detection(settings, config.pause_ms),
            },
            # With a `rate`, pcmu is refused: it is 8 kHz by nature.
            "output": {"format": {"type": "audio/pcmu"}, "voice": config.voice or settings.voice},
        },
        "tools": [_function_tool(schema) for schema in config.tools],
        "tool_choice": "auto",
        "tracing": {"workflow_name": "lanekeeper", "group_id": config.call_sid},
    }
    if settings.noise_reduction != "off":
        session["audio"]["input"]["noise_reduction"] = {"type": settings.noise_reduction}
    speed = config.speed or settings.voice_speed
    if speed != 1.0:
        session["audio"]["output"]["speed"] = speed
    if settings.reasoning_effort:
        session["reasoning"] = {"effort": settings.reasoning_effort}
    return _client({"type": "session.update", "session": session})


def history_items(config: SessionConfig) -> list[bytes]:
    """Earlier turns as the caller heard them, for a session that takes a call over."""
    return [say_item(turn.text, turn.speaker) for turn in config.history if turn.text]


def say_item(text: str, speaker: Literal["caller", "agent", "system"], item_id: str = "") -> bytes:
    """A text item: a system note, or a past turn of the caller's or the agent's. Without an id it is given one."""
    item: ConversationItemParam
    if speaker == "agent":
        item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    elif speaker == "caller":
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    else:
        item = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": text}]}
    if item_id:
        item["id"] = item_id
    return _client({"type": "conversation.item.create", "item": item})


def response_create(event_id: str, instructions: str | None = None) -> bytes:
    """One reply. The id comes back in the response's metadata, and in the error if it is refused.

    Instructions given here replace the session's for this reply: a note beforehand is nearly always better.
    """
    if instructions is None:
        return _client(
            {"type": "response.create", "event_id": event_id, "response": {"metadata": {"request": event_id}}}
        )
    return _client(
        {
            "type": "response.create",
            "event_id": event_id,
            "response": {"metadata": {"request": event_id}, "instructions": instructions},
        }
    )


def response_cancel(response_id: str, event_id: str) -> bytes:
    return _client({"type": "response.cancel", "response_id": response_id, "event_id": event_id})


def truncate(item_id: str, heard_ms: int, event_id: str) -> bytes:
    return _client(
        {
            "type": "conversation.item.truncate",
            "item_id": item_id,
            "content_index": 0,
            "audio_end_ms": heard_ms,
            "event_id": event_id,
        }
    )


def delete_item(item_id: str, event_id: str) -> bytes:
    return _client({"type": "conversation.item.delete", "item_id": item_id, "event_id": event_id})


def tool_result(tool_call_id: str, output: str) -> bytes:
    return _client(
        {
            "type": "conversation.item.create",
            "item": {"type": "function_call_output", "call_id": tool_call_id, "output": output},
        }
    )


def _turn_detection(settings: AgentSettings, pause_ms: int | None) -> RealtimeAudioInputTurnDetectionParam:
    if settings.vad == "semantic_vad":
        return {
            "type": "semantic_vad",
            "eagerness": settings.vad_eagerness,
            "create_response": False,
            "interrupt_response": False,
        }
    return {
        "type": "server_vad",
        "threshold": settings.vad_threshold,
        "prefix_padding_ms": settings.vad_prefix_ms,
        "silence_duration_ms": pause_ms or settings.vad_silence_ms,
        "create_response": False,
        "interrupt_response": False,
    }


def _transcription(config: SessionConfig, settings: AgentSettings) -> Any:
    transcription: dict[str, object] = {"model": settings.transcription_model}
    if settings.transcription_model in _KEYWORD_TRANSCRIBERS:
        if config.languages:
            transcription["languages"] = list(config.languages)
        if config.keywords:
            transcription["keywords"] = list(config.keywords)
    elif len(config.languages) == 1:
        transcription["language"] = config.languages[0]
    return transcription


def _function_tool(schema: dict[str, object]) -> Any:
    return {
        "type": "function",
        "name": schema["name"],
        "description": schema.get("description", ""),
        "parameters": schema.get("parameters", {"type": "object", "properties": {}}),
    }


def _client(event: RealtimeClientEventParam) -> bytes:
    return msgspec.json.encode(event)


# ---- in ----------------------------------------------------------------------------------------------------------


# Sent often or large, and nothing in them that we use: told apart before any parsing. Spelled another way they are
# parsed, and come to nothing all the same.
_IGNORED = (
    b'{"type":"response.content_part',
    b'{"type":"response.function_call_arguments',
    b'{"type":"conversation.item.done',
    b'{"type":"rate_limits.updated',
    b'{"type":"conversation.item.input_audio_transcription.delta',
)


def read(message: bytes) -> AudioDelta | ModelEvent | None:
    """What one server message says; None for kinds we have no use for and for anything malformed."""
    if message.startswith(_IGNORED):
        return None
    try:
        event = SERVER_EVENT.decode(message)
    except msgspec.MsgspecError:
        return None
    if type(event) is AudioDelta:
        return event
    return _told(event)


def _told(event: object) -> ModelEvent | None:
    match event:
        case Words(response_id=response, item_id=item, delta=text):
            return AgentWords(response, item, text)
        case WordsDone(response_id=response, item_id=item, transcript=text):
            return AgentWordsDone(response, item, text)
        case AudioDone(response_id=response, item_id=item):
            return AgentAudioDone(response, item)
        case SpeechStartedMessage(item_id=item, audio_start_ms=at):
            return SpeechStarted(item, at)
        case SpeechStoppedMessage(item_id=item, audio_end_ms=at):
            return SpeechStopped(item, at)
        case Committed(item_id=item, previous_item_id=previous):
            return TurnCommitted(item, previous)
        case ItemAddedMessage() | ItemCreatedMessage():
            new = event.item
            return ItemAdded(new.id or "", event.previous_item_id, new.role or "", new.type or "")
        case CallerHeardMessage():
            return _caller_heard(event)
        case CallerUnheardMessage(item_id=item, error=error):
            return CallerUnheard(item, error.code or error.type or "unknown")
        case ResponseCreated(response=response):
            return ReplyStarted(response.id or "", (response.metadata or {}).get("request", ""))
        case OutputItemAdded(response_id=response_id, item=opened):
            return ReplyItem(response_id, opened.id or "", opened.type or "")
        case OutputItemDone(response_id=response_id, item=item_done):
            return _tool_asked(response_id, item_done)
        case ResponseDone(response=response):
            return _reply_done(response)
        case SessionUpdated(session=session):
            return SessionReady(session.id or "", session.expires_at)
        case Truncated(item_id=item, audio_end_ms=at):
            return ItemTruncated(item, at)
        case Fault(error=error):
            return _fault(error)
        case _:
            return None


def _tool_asked(response_id: str, item: Item) -> ToolAsked | None:
    # arguments.done also fires on cancelled calls: only a completed item is a request.
    if item.type != "function_call" or item.status not in ("completed", None) or not item.call_id:
        return None
    return ToolAsked(response_id, item.id or "", item.call_id, item.name or "", item.arguments or "{}")


def _reply_done(response: Response) -> ReplyDone:
    details = response.status_details or StatusDetails()
    error = details.error or ErrorDetails()
    status: ReplyStatus = "completed"
    if response.status is not None and response.status != "in_progress":
        status = response.status
    return ReplyDone(
        response_id=response.id or "",
        status=status,
        reason=details.reason or "",
        error_code=error.code or error.type or "",
        terminal=status == "failed" and is_terminal(error.code or "", error.type or ""),
        usage=_usage(response.usage) if response.usage is not None else None,
    )


def _usage(usage: Usage) -> TokenUsage:
    spent = usage.input_token_details or UsageDetails()
    cached = spent.cached_tokens_details or UsageDetails()
    made = usage.output_token_details or UsageDetails()
    return TokenUsage(
        text_in=spent.text_tokens or 0,
        text_cached_in=cached.text_tokens or 0,
        audio_in=spent.audio_tokens or 0,
        audio_cached_in=cached.audio_tokens or 0,
        text_out=made.text_tokens or 0,
        audio_out=made.audio_tokens or 0,
    )


def _caller_heard(event: CallerHeardMessage) -> CallerHeard:
    usage = event.usage or TranscriptUsage()
    details = usage.input_token_details or UsageDetails()
    audio_in = details.audio_tokens if details.audio_tokens is not None else (usage.input_tokens or 0)
    return CallerHeard(
        item_id=event.item_id,
        text=event.transcript,
        seconds=usage.seconds or 0.0,
        text_tokens_in=details.text_tokens or 0,
        audio_tokens_in=audio_in,
        text_tokens_out=usage.output_tokens or 0,
    )


def _fault(error: ErrorDetails) -> ModelFault | SessionLost:
    code, kind = error.code or "", error.type or ""
    if code == "session_expired":
        return SessionLost(code)
    return ModelFault(code, kind, error.message or "", error.event_id or "", is_terminal(code, kind))


def lost(close_code: int, refused: Sequence[ModelFault] = ()) -> SessionLost:
    """What a closed socket means, given the errors that came before it."""
    for fault in refused:
        if fault.terminal:
            return SessionLost(fault.code, terminal=True)
    return SessionLost(f"closed_{close_code}")
