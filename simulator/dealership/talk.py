"""A conversation being written down: turns and tools on one clock, with the stamps a real one would have left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.disposing import Did, Said
from simulator.dealership.chance import Chance

_AGENT_WORD_MS = 330
_CALLER_WORD_MS = 350
_DEADLINE_MS = 10_000


@dataclass(frozen=True)
class Spoken:
    """One turn as stored."""

    seq: int
    speaker: str
    text: str
    heard: str
    cut: str
    started_ms: int
    ended_ms: int


@dataclass(frozen=True)
class Used:
    """One tool use as stored."""

    tool: str
    arguments: dict[str, Any]
    decision: str
    result: dict[str, Any]
    level: int
    started_ms: int
    took_ms: int


@dataclass(frozen=True)
class Stamps:
    """The seven stamps of one reply."""

    turn: int
    speech_end: int
    stop_event: int
    response_create: int
    created: int
    first_delta: int
    first_sent: int
    first_heard: int


@dataclass
class Talk:
    """Speakers take turns; each line moves the clock by as long as it takes to say."""

    chance: Chance
    ms: int = 400
    turns: list[Spoken] = field(default_factory=list)
    tools: list[Used] = field(default_factory=list)
    stamps: list[Stamps] = field(default_factory=list)
    caller_ms: int = 0
    agent_ms: int = 0
    hand_off: tuple[str, str, int] | None = None
    end_reason: str = "done"
    _caller_stopped: int | None = None
    _tools_done: int = 0

    def agent(self, text: str, heard: float = 1.0) -> None:
        """The agent speaks; of `heard` below one, the caller heard that share of the words and then spoke."""
        if self._caller_stopped is not None:
            self._stamp(self._caller_stopped)
        words = text.split()
        kept = len(words) if heard >= 1 else max(1, round(len(words) * heard))
        lasts = kept * _AGENT_WORD_MS + self.chance.between(80, 300)
        cut = " ".join(words[kept:])
        self._turn("agent", text, " ".join(words[:kept]), cut, lasts)
        self.agent_ms += lasts
        self._caller_stopped = None
        self.ms += 0 if cut else self.chance.between(350, 1100)

    def caller(self, text: str) -> None:
        lasts = len(text.split()) * _CALLER_WORD_MS + self.chance.between(120, 500)
        self._turn("caller", text, "", "", lasts)
        self.caller_ms += lasts
        self._caller_stopped = self.ms

    def tool(
        self,
        name: str,
        arguments: Mapping[str, Any],
        result: Mapping[str, Any],
        *,
        decision: str = "allowed",
        level: int = 0,
    ) -> None:
        took = self.chance.between(14, 60) if name != "offer_slots" else self.chance.between(90, 260)
        if decision == "timed_out":
            took = _DEADLINE_MS
        started = max(self.ms, self._tools_done) + self.chance.between(380, 620)
        self._tools_done = started + took
        self.tools.append(Used(name, dict(arguments), decision, dict(result), level, started, took))

    def transfer(self, key: str, outcome: str) -> None:
        self.ms = max(self.ms, self._tools_done)
        self.hand_off = (key, outcome, self.ms + 400)
        self.ms += {"connected": 14_000, "no_answer": 26_000, "busy": 4_000}.get(outcome, 6_000)

    def said(self) -> tuple[Said, ...]:
        return tuple(
            Said(
                turn.seq, turn.speaker, turn.heard if turn.speaker == "agent" else turn.text, turn.started_ms, turn.text
            )
            for turn in self.turns
        )

    def did(self) -> tuple[Did, ...]:
        return tuple(Did(use.tool, use.decision, use.arguments, use.result, use.started_ms) for use in self.tools)

    def _turn(self, speaker: str, text: str, heard: str, cut: str, lasts: int) -> None:
        self.turns.append(Spoken(len(self.turns) + 1, speaker, text, heard, cut, self.ms, self.ms + lasts))
        self.ms += lasts

    def _stamp(self, stopped: int) -> None:
        between = self.chance.between
        last_tool = self.tools[-1] if self.tools else None
        noticed = stopped + between(505, 560)
        asked = noticed + between(1, 6)
        if last_tool is not None and last_tool.started_ms >= stopped:
            asked = max(asked, last_tool.started_ms + last_tool.took_ms + 4)
        created = asked + between(25, 70)
        delta = created + between(190, 520)
        sent = delta + between(1, 3)
        heard = sent + between(70, 140)
        self.stamps.append(Stamps(len(self.turns) + 1, stopped, noticed, asked, created, delta, sent, heard))
        self.ms = heard
