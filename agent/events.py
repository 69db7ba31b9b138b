"""The closed set of things a live model session can tell us; audio itself comes by a separate, direct callback."""

from dataclasses import dataclass
from typing import Literal

ReplyStatus = Literal["completed", "cancelled", "failed", "incomplete"]


@dataclass(frozen=True, slots=True)
class SessionReady:
    """The session exists and has our configuration. `expires_at` is the provider's epoch second, when it says one."""

    session_id: str
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The model's voice detector opened a caller turn, `audio_start_ms` into the audio this session was sent."""

    item_id: str
    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The detector closed it, `audio_end_ms` into the audio this session was sent."""

    item_id: str
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class TurnCommitted:
    """The caller's turn became a conversation item and may be answered."""

    item_id: str
    previous_item_id: str | None


@dataclass(frozen=True, slots=True)
class CallerHeard:
    """The recogniser's words for a caller item. May land after the reply it caused: order by item, never by arrival."""

    item_id: str
    text: str
    seconds: float = 0.0
    text_tokens_in: int = 0
    audio_tokens_in: int = 0
    text_tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class CallerUnheard:
    """The recogniser failed on a caller item; the model itself still heard the audio."""

    item_id: str
    code: str


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """A conversation item took its place after `previous_item_id`."""

    item_id: str
    previous_item_id: str | None
    role: str
    kind: str


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """A response began. `request_id` is ours when the server echoes what we asked it with, else empty."""

    response_id: str
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class ReplyItem:
    """A response opened an item: a spoken message or a function call."""

    response_id: str
    item_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class AgentWords:
    """More words of the agent's reply; they run ahead of the audio."""

    response_id: str
    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class AgentWordsDone:
    """The whole text of one spoken item."""

    response_id: str
    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class AgentAudioDone:
    """No more audio will come for this item."""

    response_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class ToolAsked:
    """A function call finished with status completed; calls of a cancelled response never arrive here."""

    response_id: str
    item_id: str
    tool_call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """What one response was billed. Cached counts are part of the input counts, not on top of them."""

    text_in: int = 0
    text_cached_in: int = 0
    audio_in: int = 0
    audio_cached_in: int = 0
    text_out: int = 0
    audio_out: int = 0


@dataclass(frozen=True, slots=True)
class ReplyDone:
    """A response ended, one way or another; cancelled ones are billed too."""

    response_id: str
    status: ReplyStatus
    reason: str = ""
    error_code: str = ""
    terminal: bool = False
    usage: TokenUsage | None = None


@dataclass(frozen=True, slots=True)
class ItemTruncated:
    """The server agreed that the caller heard only `audio_end_ms` of an item."""

    item_id: str
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class ModelFault:
    """The server refused something. Mostly harmless; `about` is the event id of ours that it answers, when known."""

    code: str
    kind: str
    message: str
    about: str = ""
    terminal: bool = False


@dataclass(frozen=True, slots=True)
class SessionLost:
    """The session is gone. Terminal means that asking again cannot help (quota, key, model retired)."""

    code: str
    terminal: bool = False


ModelEvent = (
    SessionReady
    | SpeechStarted
    | SpeechStopped
    | TurnCommitted
    | CallerHeard
    | CallerUnheard
    | ItemAdded
    | ReplyStarted
    | ReplyItem
    | AgentWords
    | AgentWordsDone
    | AgentAudioDone
    | ToolAsked
    | ReplyDone
    | ItemTruncated
    | ModelFault
    | SessionLost
)
