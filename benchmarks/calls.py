"""What carrier and mock model know together about one call: who is who, what was sent, and what should have arrived."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.measure import Meter
from benchmarks.playout import Heard, Playout
from benchmarks.script import FIRST_ONSET_FRAMES
from benchmarks.wheel import Wheel


@dataclass(slots=True)
class Troubles:
    """Everything that should be zero; counted over the whole run."""

    frames_lost_up: int = 0
    deltas_lost: int = 0
    stale_bytes: int = 0
    missed_clears: int = 0
    needless_clears: int = 0
    gaps: int = 0
    refused_by_model: int = 0
    truncated_past_end: int = 0
    calls_failed: int = 0
    calls_not_answered: int = 0
    unanswered_turns: int = 0

    def line(self) -> str:
        """Those that are not zero."""
        return "".join(f"  {name} {count}" for name in self.__slots__ if (count := getattr(self, name)))

    def less(self, before: Troubles) -> Troubles:
        return Troubles(*(getattr(self, name) - getattr(before, name) for name in self.__slots__))

    def copy(self) -> Troubles:
        return self.less(Troubles())


@dataclass(slots=True)
class Call:
    """One simulated call, as both ends of the app see it."""

    index: int
    sid: str
    stream_sid: str
    playout: Playout = field(default_factory=Playout)
    # False for an app that transcodes: then only beginnings can be timed, not every frame.
    stamped: bool = True
    model_ready: bool = False
    next_seq: int = -1
    onset_ns: int = 0
    turn_closed_ns: int = 0
    replied: bool = True
    reply_serial: int = -1
    reply_deltas: int = 0
    reply_done: bool = True
    # The last reply during which the caller spoke: an app may rightly have dropped the rest of it.
    spoken_over: int = -1
    first_sent_ns: int = 0
    tool_turn: bool = False
    heard: dict[int, float] = field(default_factory=dict)
    told: dict[int, float] = field(default_factory=dict)


@dataclass(slots=True)
class Scripted:
    """How the callers and the model of a run behave."""

    reply_deltas: int = 20
    real_time_factor: float = 3.0
    first_onset_frames: int = FIRST_ONSET_FRAMES
    # A model takes its time before the first sound; not counted as the app's.
    think_ms: float = 350.0
    tool_every: int = 4
    barge_every: int = 3
    # What a call asks of the store, in turn: from a row that is always warm to a search through the calendar.
    tools: tuple[tuple[str, str], ...] = (
        ("store_facts", '{"topic": "hours"}'),
        ("service_menu", '{"words": "brakes squeal"}'),
        ("offer_slots", '{"words": "brakes squeal"}'),
        ("find_customer", '{"name": "Maria Alvarez"}'),
    )


@dataclass(slots=True)
class Rig:
    """The state that carriers, model and wheel share; one thread, one loop."""

    meter: Meter = field(default_factory=Meter)
    troubles: Troubles = field(default_factory=Troubles)
    script: Scripted = field(default_factory=Scripted)
    calls: dict[int, Call] = field(default_factory=dict)
    # Calls whose model session has not shown itself yet, for an app that does not pass stamps through.
    expecting: list[Call] = field(default_factory=list)
    wheel: Wheel = field(init=False)
    _serials: int = 0

    def __post_init__(self) -> None:
        self.wheel = Wheel(self.meter)

    def new_serial(self) -> int:
        """Every reply of every call has its own number."""
        self._serials += 1
        return self._serials

    def fold(self, call: Call) -> None:
        """A call that is over leaves its counts behind."""
        self.troubles.deltas_lost += call.playout.lost
        self.troubles.gaps += call.playout.gaps

    def counted(self) -> Troubles:
        """Everything that went wrong so far, in calls gone and calls live."""
        total = self.troubles.copy()
        total.deltas_lost += sum(call.playout.lost for call in self.calls.values())
        total.gaps += sum(call.playout.gaps for call in self.calls.values())
        return total

    def carrier_cleared(self, call: Call, heard: Heard) -> None:
        """The carrier's truth about a reply that was cut."""
        call.heard[heard.serial] = heard.heard_ms
        self._compare(call, heard.serial)

    def model_told(self, call: Call, serial: int, audio_end_ms: float) -> None:
        """What the app told the model was heard."""
        call.told[serial] = audio_end_ms
        self._compare(call, serial)

    def _compare(self, call: Call, serial: int) -> None:
        if serial in call.heard and serial in call.told:
            self.meter.now.truncation.append(abs(call.told.pop(serial) - call.heard.pop(serial)))
