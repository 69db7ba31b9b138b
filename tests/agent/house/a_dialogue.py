"""A caller talking to the house agent, which uses the real tools on a real store."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.house.acts import Act, CallTool, Say
from agent.house.facts import HouseFacts
from agent.house.policy import HouseAgent
from agent.ports import NextStep
from kit.db import Database
from tests.agent.tools.a_call import ACall, a_call, a_working_store
from tests.builders import ANA, NOW, StandingClock

INSTRUCTIONS = """Store: Riverside Motors
Now: {now}
Time zone: America/Los_Angeles
Caller: {caller}
Departments: service (Service), parts (Parts)
Disclosed: yes
"""


@dataclass
class Dialogue:
    """What was said and done so far."""

    agent: HouseAgent
    call: ACall
    now: datetime
    said: list[str] = field(default_factory=list)
    used: list[tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    then: NextStep | None = None

    @property
    def last(self) -> str:
        """The agent's last turn."""
        return self.said[-1] if self.said else ""

    @property
    def everything(self) -> str:
        return " ".join(self.said)

    def tools(self, *names: str) -> list[str]:
        """The tools used, in order; only these when named."""
        return [name for name, _, _ in self.used if not names or name in names]

    def results(self, name: str) -> list[dict[str, Any]]:
        return [result for used, _, result in self.used if used == name]

    async def hear(self, *lines: str) -> str:
        """The caller says these lines, waiting for an answer to each; returns the last answer."""
        for line in lines:
            await self.do(self.agent.hear(line, self.now))
        return self.last

    async def told(self, note: str) -> str:
        await self.do(self.agent.told(note))
        return self.last

    async def do(self, acts: Sequence[Act]) -> None:
        turn: list[str] = []
        waiting = list(acts)
        while waiting:
            act = waiting.pop(0)
            if isinstance(act, Say):
                turn.append(act.text)
            elif isinstance(act, CallTool):
                outcome = await self.call.box.run(act.id, act.name, json.dumps(dict(act.arguments)))
                self.used.append((act.name, dict(act.arguments), json.loads(outcome.output)))
                self.then = outcome.then or self.then
                waiting = list(self.agent.tool_result(act.id, outcome.output)) + waiting
        if turn:
            self.said.append(" ".join(turn))


async def a_dialogue(
    database: Database,
    number: str = ANA,
    now: datetime = NOW,
    *,
    store: bool = True,
    sid: str = "CA1",
    attested: bool = True,
) -> Dialogue:
    """A call that has just been greeted."""
    if store:
        await a_working_store(database)
    call = await a_call(database, number, sid, StandingClock(now), attested=attested)
    facts = HouseFacts.from_instructions(INSTRUCTIONS.format(now=now.isoformat(), caller=number))
    dialogue = Dialogue(HouseAgent(facts), call, now)
    await dialogue.do(dialogue.agent.begin())
    return dialogue
