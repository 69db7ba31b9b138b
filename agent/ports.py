"""What a conversation needs from outside: a model, tools, a line to the caller, and somewhere to leave its facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from agent.events import ModelEvent
from agent.journal import CallJournal
from kit.ids import CallId, CallSid

Speaker = Literal["caller", "agent", "system"]


# ---- what the call does next -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call is over: say goodbye first, and leave once it was heard."""

    reason: str = "done"


@dataclass(frozen=True, slots=True)
class TransferTo:
    """Ring a department, by its key in the rooftop's allow-list."""

    key: str


@dataclass(frozen=True, slots=True)
class HumanPath:
    """The agent cannot go on: ring the store, else take a message."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Another process takes the call on (drain)."""


NextStep = HangUp | TransferTo | HumanPath | Reconnect


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """Why a live call ended here, and what the carrier is to do after the socket closes (None: the caller is gone)."""

    reason: str
    then: NextStep | None
    seconds: float = 0.0


# ---- the model ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """A past turn as the caller heard it; a fresh session is given these."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """What one model session is told before the first word. Model, voice and turn detection come from settings."""

    call_sid: CallSid
    instructions: str
    tools: Sequence[dict[str, object]] = ()
    history: Sequence[HeardTurn] = ()
    languages: Sequence[str] = ("en",)
    keywords: Sequence[str] = ()
    model: str = ""
    voice: str = ""
    speed: float | None = None
    pause_ms: int | None = None


class ModelUnavailable(Exception):
    """No session could be had. Terminal (quota, key, unknown model) means that another try cannot help."""

    def __init__(self, code: str, *, terminal: bool) -> None:
        super().__init__(code)
        self.code = code
        self.terminal = terminal


class ModelListener(Protocol):
    """Who hears a model session; called on the loop, in order, and never blocks."""

    def on_audio(self, item_id: str, response_id: str, payload_b64: bytes) -> None: ...

    def on_event(self, event: ModelEvent) -> None: ...


class ModelSession(Protocol):
    """One live speech-to-speech session; nothing here waits except `close`."""

    @property
    def model(self) -> str:
        """The model that answers, for the record of what it cost."""
        ...

    def append_audio(self, payload_b64: bytes) -> None:
        """The caller's mu-law, base64 as it came."""
        ...

    def respond(self, event_id: str, instructions: str | None = None) -> None:
        """Asks for one reply; only the sequencer decides when."""
        ...

    def cancel(self, response_id: str) -> None: ...

    def truncate(self, item_id: str, heard_ms: int) -> None: ...

    def delete_item(self, item_id: str) -> None: ...

    def tool_result(self, tool_call_id: str, output: str) -> None: ...

    def tell(self, text: str, role: Literal["system", "user"] = "system", item_id: str = "") -> None:
        """Adds a note to the conversation: keys pressed, silence, resumed history. With an id, its place is told."""
        ...

    async def close(self) -> None: ...


class ModelConnector(Protocol):
    """Opens model sessions."""

    async def connect(self, config: SessionConfig, listener: ModelListener) -> ModelSession:
        """A configured session, or ModelUnavailable. Events may reach the listener before this returns."""
        ...


# ---- a model that writes ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A tool the model wants used, under the id its answer goes back with."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote, and the tools it wants first. `raw` is the client's own, handed back with the results."""

    words: str
    wants: tuple[ToolRequest, ...] = ()
    raw: tuple[object, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """One exchange within a turn: what the model wrote, what its tools returned, what it was told besides."""

    written: Written
    results: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class TextRequest:
    """One turn of a text conversation so far; the last of `history` is what is to be answered."""

    instructions: str
    history: Sequence[HeardTurn]
    tools: Sequence[dict[str, object]] = ()
    rounds: Sequence[Round] = ()
    model: str = ""
    schema: Mapping[str, object] | None = None
    """The form the words must have, as a JSON schema; None for free words."""


class TextModel(Protocol):
    """Writes the next words of a text conversation, or asks for tools."""

    @property
    def name(self) -> str: ...

    async def write(self, request: TextRequest) -> Written:
        """Raises ModelUnavailable when nothing usable came."""
        ...


# ---- tools and guards --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What a tool call came to."""

    output: str
    decision: str
    then: NextStep | None = None
    read_back: bool = False


class ToolRunner(Protocol):
    """The agent's hands for one call. `run` never raises, keeps its own deadline and repeats safely by tool call id."""

    def schemas(self) -> list[dict[str, object]]: ...

    async def run(self, tool_call_id: str, name: str, arguments: str) -> ToolOutcome: ...


class ClaimGuard(Protocol):
    """Compares what the agent says with what its tools did."""

    def tool_finished(self, name: str, outcome: ToolOutcome) -> None: ...

    def said(self, text: str) -> str | None:
        """A correction to give the model when the words claim what no tool did, else None."""
        ...


# ---- the line to the caller --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeardItem:
    """How much of one reply the caller heard, of how much there was."""

    item_id: str
    heard_ms: int
    received_ms: int


class Line(Protocol):
    """The caller's ear: what a conversation may do to it. Positions come from the carrier's own marks."""

    def play(self, item_id: str, payload_b64: bytes) -> None:
        """Sends agent audio; audio of an item that was cut is dropped here."""
        ...

    def item_complete(self, item_id: str) -> None:
        """No more audio will come for the item; its end is marked so that its last word can be known as heard."""
        ...

    def play_clip(self, name: str) -> float:
        """Plays a local clip after whatever is queued; its seconds, 0.0 when there is no such clip."""
        ...

    def cut(self) -> Sequence[HeardItem]:
        """Silences the line at once and says what had been heard of every item that was outstanding."""
        ...

    def heard(self, item_id: str) -> HeardItem | None: ...

    @property
    def outstanding(self) -> bool:
        """Sound was sent that the caller has not heard yet."""
        ...

    @property
    def last_heard_at(self) -> float:
        """Loop time at which the caller last heard something of ours."""
        ...

    def speech_started(self) -> None:
        """The model's detector hears the caller. The line may cut playback at once and tell the conversation so."""
        ...

    def speech_stopped(self) -> None: ...

    def words_came(self, real: bool) -> None:
        """What was said over playback that was not cut turned out to be words, or a nod, a cough, nothing."""
        ...

    def protect(self, on: bool) -> None:
        """While on, the caller's voice does not cut playback (disclosure, a price or time read back)."""
        ...


# ---- one call, as the composition root hands it over -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Greeting:
    """How the call opens: local audio, then the model asked to greet at once (it is told `instructions` as a note)."""

    instructions: str | None = None
    clip: str | None = None
    protected: bool = False


@dataclass(frozen=True, slots=True)
class CallPlan:
    """Everything one admitted call needs; made by the claim of its token."""

    call_id: CallId
    call_sid: CallSid
    session: SessionConfig
    tools: ToolRunner
    journal: CallJournal
    finish: Callable[[CallOutcome], Awaitable[None]]
    greeting: Greeting = field(default_factory=Greeting)
    guard: ClaimGuard | None = None
    resumed: bool = False
    silence_seconds: float | None = None
    """How long a silent caller is left alone, where the version says so."""
    connection: int = 0
    """How many sockets carried this call before: the ids of each are its own."""
