"""Who answers in a rehearsal: the house agent, or the model over Responses. Both with the real tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol

from agent import guardrails, text_form
from agent.guardrails import Backing
from agent.house.acts import Act, CallTool, Say
from agent.house.facts import HouseFacts
from agent.house.policy import HouseAgent
from agent.ports import HeardTurn, ModelUnavailable, Round, TextModel, TextRequest, ToolOutcome
from agent.rehearsal.played import Used
from agent.tools.registry import ToolBox
from kit.clock import Clock

NOT_BY_TEXT = frozenset({"transfer_call", "send_code", "confirm_code"})
_GREET = "Greet the caller now, in one short sentence, and ask how you can help. They have just heard the disclosure."
_CORRECT = "You said something no tool returned: {words} Say it again without it, or do it first."
_MOST_ROUNDS = 8


class Tools:
    """The tools of one run, remembering each use in the order it was made."""

    def __init__(self, box: ToolBox) -> None:
        self._box = box
        self._used: list[Used] = []
        self.over = False

    async def run(self, tool_call_id: str, name: str, arguments: str) -> ToolOutcome:
        outcome = await self._box.run(tool_call_id, name, arguments)
        self._used.append(Used(name, _mapping(arguments), outcome.decision, _mapping(outcome.output)))
        self.over = self.over or outcome.then is not None
        return outcome

    def taken(self) -> tuple[Used, ...]:
        """What was used since this was last asked."""
        used, self._used = tuple(self._used), []
        return used

    def schemas(self, *, spoken: bool) -> list[dict[str, object]]:
        return [each for each in self._box.schemas() if spoken or each["name"] not in NOT_BY_TEXT]


class Talker(Protocol):
    """One side of one conversation."""

    tokens_in: int
    tokens_out: int

    async def open(self) -> str:
        """The first words, "" where the customer speaks first."""
        ...

    async def hear(self, line: str) -> str:
        """The words for what was said."""
        ...


class HouseTalker:
    """The built-in agent, exactly as it serves calls and texts."""

    def __init__(self, instructions: str, tools: Tools, clock: Clock, store: str, *, spoken: bool) -> None:
        self._agent = HouseAgent(HouseFacts.from_instructions(instructions))
        self._tools, self._clock, self._store, self._spoken = tools, clock, store, spoken
        self._first = True
        self.tokens_in = self.tokens_out = 0

    async def open(self) -> str:
        words = await self._led(self._agent.begin())
        return words if self._spoken else ""

    async def hear(self, line: str) -> str:
        words = await self._led(self._agent.hear(line, self._clock.now()))
        if self._spoken:
            return words
        first, self._first = self._first, False
        written = text_form.for_the_eye(words)
        return text_form.opening(self._store, written) if first else text_form.fitted(written)

    async def _led(self, acts: Sequence[Act]) -> str:
        words: list[str] = []
        waiting = list(acts)
        while waiting:
            act = waiting.pop(0)
            if isinstance(act, Say):
                words.append(act.text)
            elif isinstance(act, CallTool):
                outcome = await self._tools.run(act.id, act.name, json.dumps(dict(act.arguments)))
                waiting = [*self._agent.tool_result(act.id, outcome.output), *waiting]
        return " ".join(words)


class ModelTalker:
    """The model that writes, given the version's words and tools: what it says is what a caller would hear read."""

    def __init__(
        self, instructions: str, tools: Tools, model: TextModel, name: str, store: str, *, spoken: bool
    ) -> None:
        self._instructions, self._tools, self._model, self._name = instructions, tools, model, name
        self._store, self._spoken = store, spoken
        self._history: list[HeardTurn] = []
        self._backing = Backing()
        self._rounds = 0
        self.tokens_in = self.tokens_out = 0

    async def open(self) -> str:
        if not self._spoken:
            return ""
        self._history.append(HeardTurn("system", _GREET))
        return await self._reply()

    async def hear(self, line: str) -> str:
        self._history.append(HeardTurn("caller", line))
        words = await self._reply()
        if self._spoken:
            return words
        first = not any(turn.speaker == "agent" for turn in self._history[:-1])
        return text_form.opening(self._store, words) if first else text_form.fitted(words)

    async def _reply(self) -> str:
        schemas = self._tools.schemas(spoken=self._spoken)
        rounds: list[Round] = []
        corrected = False
        for _ in range(_MOST_ROUNDS):
            request = TextRequest(self._instructions, self._history, schemas, rounds, self._name)
            written = await self._model.write(request)
            self.tokens_in += written.tokens_in
            self.tokens_out += written.tokens_out
            if written.wants:
                results = []
                for want in written.wants:
                    self._rounds += 1
                    outcome = await self._tools.run(f"m{self._rounds}-{want.id}"[:80], want.name, want.arguments)
                    self._backing.add(outcome.output, outcome.decision)
                    results.append((want.id, outcome.output))
                rounds.append(Round(written, tuple(results)))
                if self._tools.over and written.words:
                    return self._said(written.words)
                continue
            found = [each for each in guardrails.findings(written.words, self._backing) if each.kind != "said_link"]
            if not found or corrected:
                return self._said(written.words)
            corrected = True  # as the guard of a live conversation does
            rounds.append(Round(written, note=_CORRECT.format(words=found[0].words)))
        raise ModelUnavailable("too_many_rounds", terminal=False)

    def _said(self, words: str) -> str:
        self._history.append(HeardTurn("agent", words))
        return words


def _mapping(text: str) -> dict[str, object]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
