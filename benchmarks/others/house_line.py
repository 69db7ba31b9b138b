"""The house agent on a call at the simulated store, with the real tools on a real database."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.house.acts import Act, CallTool, Say
from agent.house.facts import HouseFacts
from agent.house.policy import HouseAgent
from agent.ports import NextStep
from agent.tools.context import ToolContext, caller_of
from agent.tools.everything import SERVICE_INBOUND
from agent.tools.registry import ToolBox
from kit.db import Database
from kit.ids import CallSid
from lanekeeper.migrate import upgrade
from record.calls import NewCall, open_call
from simulator.store import DemoStore, build_store

SID = "CA" + "7" * 32
_TOO_LONG = 60


class Stands:
    """A clock that stands still."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()


@dataclass
class Line:
    """One call: what was said to the caller, which tools were used, and how it ended."""

    agent: HouseAgent
    box: ToolBox
    database: Database
    store: DemoStore
    now: datetime
    altered: Callable[[str], str] = str
    said: list[str] = field(default_factory=list)
    used: list[tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    then: NextStep | None = None

    async def begin(self) -> str:
        """The greeting."""
        return await self._do(self.agent.begin())

    async def hear(self, words: str) -> str:
        """The caller says this; returns everything answered."""
        return await self._do(self.agent.hear(words, self.now))

    async def _do(self, acts: Sequence[Act]) -> str:
        turn: list[str] = []
        waiting = list(acts)
        while waiting and len(self.used) < _TOO_LONG:
            act = waiting.pop(0)
            if isinstance(act, Say):
                turn.append(act.text)
            elif isinstance(act, CallTool):
                outcome = await self.box.run(act.id, act.name, json.dumps(dict(act.arguments)))
                self.used.append((act.name, dict(act.arguments), json.loads(outcome.output)))
                self.then = outcome.then or self.then
                waiting = [*self.agent.tool_result(act.id, self.altered(outcome.output)), *waiting]
        self.said += [" ".join(turn)] if turn else []
        return " ".join(turn)


class Shop:
    """A furnished store in a file, copied for every call so that none sees another's bookings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._calls = 0

    async def furnish(self, now: datetime) -> None:
        """Builds the store once."""
        url = f"sqlite+aiosqlite:///{self._folder / 'store.db'}"
        await upgrade(url)
        database = Database(url)
        await build_store(database, now)
        await database.close()

    @asynccontextmanager
    async def call(self, number: str, now: datetime, *, attested: bool = False) -> AsyncIterator[Line]:
        """One call from a number at a moment."""
        self._calls += 1
        path = self._folder / f"call{self._calls}.db"
        shutil.copy(self._folder / "store.db", path)
        database = Database(f"sqlite+aiosqlite:///{path}")
        store = await build_store(database, now)
        new = NewCall(
            call_sid=CallSid(SID),
            account_sid="AC1",
            rooftop_id=store.rooftop_id,
            from_e164=number,
            to_e164=store.line,
            department="service",
            customer_hint_id=None,
            caller_attested=attested,
            agent="house",
            prompt_version="",
            token_hash="",
            token_expires_at=now,
        )
        async with database.writing(store.rooftop_id) as db:
            facts, _ = await open_call(db, new, now)
        context = ToolContext(
            rooftop_id=store.rooftop_id,
            call_id=facts.id,
            call_sid=CallSid(SID),
            clock=Stands(now),
            caller=caller_of(number, attested=attested),
            started_at=now,
        )
        departments = ", ".join(store.transfer_numbers)
        about = f"Store: {store.name}\nNow: {now.isoformat()}\nTime zone: {store.time_zone}\nCaller: {number}\n"
        facts_known = HouseFacts.from_instructions(f"{about}Departments: {departments}\nDisclosed: yes\n")
        box = ToolBox(database, context, SERVICE_INBOUND)
        try:
            yield Line(HouseAgent(facts_known), box, database, store, now)
        finally:
            await database.close()
            path.unlink()
