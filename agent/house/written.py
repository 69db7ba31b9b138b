"""The house agent over texts: its state is the stored conversation itself, gone through again before each answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agent.house.acts import Act, CallTool, Say
from agent.house.facts import HouseFacts
from agent.house.policy import HouseAgent

UseTool = Callable[[str, str, str], Awaitable[str]]
"""Id, name and arguments of a tool; its answer as JSON."""

HOUSE = "house"


@dataclass(frozen=True, slots=True)
class PastTurn:
    """What was said together and heard at a time, by whom it was answered, and with which words."""

    heard: str
    at: datetime
    agent: str
    answer: str


class _Diverged(Exception):
    """Going through the conversation again asks for a tool that was not used then: the program has changed since."""


class HouseThread:
    """One session of texts. The house agent is pure, so what it heard and what its tools answered is all it is."""

    def __init__(self, instructions: str, began_at: datetime, past: Sequence[PastTurn], answers: Mapping[str, str]):
        # The session's own start: ids of tools carry it, and are the same each time the session is gone through.
        self._facts = replace(HouseFacts.from_instructions(instructions), now=began_at)
        self._past, self._answers = past, answers

    async def answer(self, heard: str, at: datetime, use: UseTool) -> str:
        """The words for what was just said."""
        try:
            agent = await self._as_it_was()
        except _Diverged:
            agent = self._as_far_as_words_tell()
        return await _led(agent, agent.hear(heard, at), use)

    async def _as_it_was(self) -> HouseAgent:
        agent = HouseAgent(self._facts)
        agent.begin()
        for turn in self._past:
            if turn.agent == HOUSE:
                await _led(agent, agent.hear(turn.heard, turn.at), self._stored)
            else:
                _recall(agent, turn)
        return agent

    def _as_far_as_words_tell(self) -> HouseAgent:
        agent = HouseAgent(self._facts)
        agent.begin()
        for turn in self._past:
            _recall(agent, turn)
        return agent

    async def _stored(self, tool_call_id: str, _name: str, _arguments: str) -> str:
        if tool_call_id not in self._answers:
            raise _Diverged(tool_call_id)
        return self._answers[tool_call_id]


async def _led(agent: HouseAgent, acts: Sequence[Act], use: UseTool) -> str:
    """Does what the agent asks for, in order, until it waits for the customer; returns its words."""
    words: list[str] = []
    waiting = list(acts)
    while waiting:
        act = waiting.pop(0)
        if isinstance(act, Say):
            words.append(act.text)
        elif isinstance(act, CallTool):
            output = await use(act.id, act.name, json.dumps(dict(act.arguments)))
            waiting += agent.tool_result(act.id, output)
    return " ".join(words)


def _recall(agent: HouseAgent, turn: PastTurn) -> None:
    if turn.heard:
        agent.recall("caller", turn.heard)
    if turn.answer:
        agent.recall("agent", turn.answer)
