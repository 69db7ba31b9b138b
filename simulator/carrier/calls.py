"""A call as the carrier keeps it, and what can break into its TwiML from outside."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from simulator.carrier.faults import CarrierFaults
from simulator.carrier.line import Ear, Line

if TYPE_CHECKING:
    from simulator.carrier.media_stream import MediaStream
    from simulator.carrier.relay import RelaySession


class CallStatus(StrEnum):
    """The documented states of a call."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"
    FAILED = "failed"


ENDED = frozenset({CallStatus.COMPLETED, CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.CANCELED, CallStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the carrier did for a call, in order."""

    at: float
    verb: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Hangup:
    """Somebody ended the call."""

    by: str


@dataclass(frozen=True, slots=True)
class Goto:
    """Ask for the next document."""

    url: str
    method: str = "POST"
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inline:
    """A document given with a REST request."""

    twiml: str


Interruption = Hangup | Goto | Inline


@dataclass
class Call:
    """One leg. The interpreter runs its documents; anybody may interrupt."""

    sid: str
    from_: str
    to: str
    direction: str
    created: datetime
    line: Line
    faults: CarrierFaults = field(default_factory=CarrierFaults)
    parent_sid: str = ""
    status: CallStatus = CallStatus.QUEUED
    steps: list[Step] = field(default_factory=list)
    streams: list["MediaStream"] = field(default_factory=list)
    relays: list["RelaySession"] = field(default_factory=list)
    digits: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    answered_at: float | None = None
    ended_at: float | None = None
    ended_by: str = ""
    status_callback: str = ""
    status_events: tuple[str, ...] = ("completed",)
    caller_failure: BaseException | None = None
    _interruption: asyncio.Future[Interruption] | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def heard(self) -> Ear:
        return self.line.ear

    @property
    def stream(self) -> "MediaStream":
        """The latest media stream."""
        return self.streams[-1]

    @property
    def over(self) -> bool:
        return self._over.is_set()

    @property
    def seconds(self) -> int:
        """Whole seconds since the answer, as billed."""
        if self.answered_at is None:
            return 0
        end = self.ended_at if self.ended_at is not None else asyncio.get_running_loop().time()
        return int(end - self.answered_at + 0.999)

    def step(self, verb: str, detail: str = "") -> None:
        self.steps.append(Step(asyncio.get_running_loop().time(), verb, detail))

    def did(self) -> list[str]:
        """The verbs of the steps, for a test to compare."""
        return [step.verb for step in self.steps]

    def hang_up(self, by: str = "caller") -> None:
        """Ends the call, whatever it is doing."""
        self.interrupt(Hangup(by))

    def press(self, digits: str) -> None:
        """Keys, one after the other."""
        for digit in digits:
            self.digits.put_nowait(digit)
            self.line.press(digit)

    def drop_socket(self) -> None:
        """Cuts the media or relay socket without a close, as a broken network does."""
        for stream in self.streams:
            stream.drop()
        for relay in self.relays:
            relay.drop()

    def interrupt(self, interruption: Interruption) -> None:
        """Breaks into whatever runs. A hang-up is final: nothing that comes later replaces it."""
        pending = self.interruption()
        if not pending.done() and not self.over:
            pending.set_result(interruption)

    def interruption(self) -> asyncio.Future[Interruption]:
        """What the interpreter waits for beside its own work."""
        if self._interruption is None:
            self._interruption = asyncio.get_running_loop().create_future()
        return self._interruption

    def interruption_taken(self) -> None:
        """The interpreter has acted on it; the next may come."""
        self._interruption = None

    @property
    def hung_up(self) -> bool:
        pending = self._interruption
        return self.over or (pending is not None and pending.done() and isinstance(pending.result(), Hangup))

    def forget_audio(self) -> None:
        """Lets go of both channels and of what the application sent; what was heard of each utterance stays known."""
        self.line.caller_audio.clear()
        self.line.agent_audio.clear()
        for stream in self.streams:
            stream.audio.clear()
            stream.received.clear()

    def mark_over(self) -> None:
        self._over.set()

    async def wait_until_over(self) -> None:
        await self._over.wait()

    async def finished(self) -> "Call":
        """Waits for the end. A caller whose own script failed raises here, so that no test passes on it."""
        await self._over.wait()
        if self.caller_failure is not None:
            raise self.caller_failure
        return self
