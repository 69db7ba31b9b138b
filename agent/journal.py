"""The facts a call leaves behind, as frozen values; taking one never blocks the call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from kit.ids import CallId

TurnSpeaker = Literal["caller", "agent", "staff", "system"]


@dataclass(frozen=True, slots=True)
class TurnSpoken:
    """One turn, keyed by (call, item). It may be handed over again as more is known; the latest wins.

    `seq` follows item ancestry, not arrival. For the agent `heard_text` and `cut_text` split `text` at what the caller
    heard. Times are milliseconds since the call's socket opened, -1 where unknown.
    """

    call_id: CallId
    seq: int
    speaker: TurnSpeaker
    item_id: str
    previous_item_id: str | None
    text: str
    heard_text: str
    cut_text: str
    started_ms: int
    ended_ms: int
    heard_ms: int
    settled: bool = True


@dataclass(frozen=True, slots=True)
class ToolFailed:
    """A use that failed and could not be stored where uses are stored: in the tool's own transaction."""

    call_id: CallId
    tool_call_id: str
    tool: str
    decision: str
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TurnTimed:
    """The seven stamps of one turn on one clock, in milliseconds since the call's socket opened; -1 where unknown.

    `speech_end_ms` is where the caller's voice stopped in the audio, not when we were told. `first_heard_ms` is the
    carrier's own word that playback reached the reply.
    """

    call_id: CallId
    turn: int
    speech_end_ms: int
    stop_event_ms: int
    response_create_ms: int
    created_ms: int
    first_delta_ms: int
    first_sent_ms: int
    first_heard_ms: int


@dataclass(frozen=True, slots=True)
class Used:
    """Something billable."""

    call_id: CallId
    model: str
    modality: str
    quantity: float


@dataclass(frozen=True, slots=True)
class CallNoted:
    """Anything else worth knowing: barge_in, false_alarm, model_lost, filler_played, digits, claim_flagged, ..."""

    call_id: CallId
    kind: str
    data: Mapping[str, str | int | float | bool] = field(default_factory=dict)


JournalFact = TurnSpoken | ToolFailed | TurnTimed | Used | CallNoted


class CallJournal(Protocol):
    """Takes the facts of calls: synchronous, bounded, never on the audio path's time."""

    def take(self, fact: JournalFact) -> None: ...
