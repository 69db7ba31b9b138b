"""The parts of OpenAI Realtime server messages that we use, as msgspec structs told apart by their `type`."""

from __future__ import annotations

from typing import Literal

import msgspec

from agent.events import ReplyStatus


class Server(msgspec.Struct, tag_field="type", gc=False):
    pass


class AudioDelta(Server, tag="response.output_audio.delta"):
    """The one hot message: handed on as it is, never through the event union."""

    response_id: str
    item_id: str
    delta: str


class SessionObject(msgspec.Struct):
    id: str | None = None
    expires_at: int | None = None


class SessionCreated(Server, tag="session.created"):
    session: SessionObject


class SessionUpdated(Server, tag="session.updated"):
    session: SessionObject


class SpeechStartedMessage(Server, tag="input_audio_buffer.speech_started"):
    item_id: str
    audio_start_ms: int


class SpeechStoppedMessage(Server, tag="input_audio_buffer.speech_stopped"):
    item_id: str
    audio_end_ms: int


class Committed(Server, tag="input_audio_buffer.committed"):
    item_id: str
    previous_item_id: str | None = None


class Item(msgspec.Struct):
    type: str | None = None
    id: str | None = None
    role: str | None = None
    status: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None


class ItemAddedMessage(Server, tag="conversation.item.added"):
    item: Item
    previous_item_id: str | None = None


class ItemCreatedMessage(Server, tag="conversation.item.created"):
    item: Item
    previous_item_id: str | None = None


class UsageDetails(msgspec.Struct):
    text_tokens: int | None = None
    audio_tokens: int | None = None
    cached_tokens: int | None = None
    cached_tokens_details: UsageDetails | None = None


class TranscriptUsage(msgspec.Struct):
    seconds: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_token_details: UsageDetails | None = None


class CallerHeardMessage(Server, tag="conversation.item.input_audio_transcription.completed"):
    item_id: str
    transcript: str
    usage: TranscriptUsage | None = None


class ErrorDetails(msgspec.Struct):
    type: str | None = None
    code: str | None = None
    message: str | None = None
    event_id: str | None = None


class CallerUnheardMessage(Server, tag="conversation.item.input_audio_transcription.failed"):
    item_id: str
    error: ErrorDetails


class Usage(msgspec.Struct):
    input_token_details: UsageDetails | None = None
    output_token_details: UsageDetails | None = None


class StatusDetails(msgspec.Struct):
    reason: str | None = None
    error: ErrorDetails | None = None


class Response(msgspec.Struct):
    id: str | None = None
    status: ReplyStatus | Literal["in_progress"] | None = None
    status_details: StatusDetails | None = None
    metadata: dict[str, str] | None = None
    usage: Usage | None = None


class ResponseCreated(Server, tag="response.created"):
    response: Response


class ResponseDone(Server, tag="response.done"):
    response: Response


class OutputItemAdded(Server, tag="response.output_item.added"):
    response_id: str
    item: Item


class OutputItemDone(Server, tag="response.output_item.done"):
    response_id: str
    item: Item


class Words(Server, tag="response.output_audio_transcript.delta"):
    response_id: str
    item_id: str
    delta: str


class WordsDone(Server, tag="response.output_audio_transcript.done"):
    response_id: str
    item_id: str
    transcript: str


class AudioDone(Server, tag="response.output_audio.done"):
    response_id: str
    item_id: str


class Truncated(Server, tag="conversation.item.truncated"):
    item_id: str
    audio_end_ms: int


class Fault(Server, tag="error"):
    error: ErrorDetails


SERVER_EVENT = msgspec.json.Decoder(
    AudioDelta
    | SessionCreated
    | SessionUpdated
    | SpeechStartedMessage
    | SpeechStoppedMessage
    | Committed
    | ItemAddedMessage
    | ItemCreatedMessage
    | CallerHeardMessage
    | CallerUnheardMessage
    | ResponseCreated
    | ResponseDone
    | OutputItemAdded
    | OutputItemDone
    | Words
    | WordsDone
    | AudioDone
    | Truncated
    | Fault
)
