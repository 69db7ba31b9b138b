"""The job that plays rehearsals: a stretch at a time, in processes of their own, each run stored as it is done.

Killed at any moment it loses at most the runs under way. A run is counted by its names, so one that is played again
counts once; the copy of the store is made once and found again by whoever goes on.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from agent.rehearsal import planning, rehearsals, sandbox
from agent.rehearsal.gate import FIRST_RUNS
from agent.rehearsal.planning import CANDIDATE, Owed
from agent.rehearsal.played import RunDone, RunTask
from kit.clock import Clock
from kit.db import Database
from kit.jobs import Jobs
from kit.logging import logger
from prompts.tuning_models import Rehearsal

log = logger("rehearsals")

_STRETCH = timedelta(seconds=45)
_LEASE = {False: timedelta(seconds=30), True: timedelta(minutes=4)}
"""How long a worker may be silent about a rehearsal; a model takes longer to play."""
_GOODBYE_SECONDS = 3.0
_AGAIN = timedelta(seconds=30)
_AT_ONCE = 8
_LONGEST_LINE = 8 * 1024 * 1024


class Player(Protocol):
    """Somewhere runs are played."""

    async def play(self, task: RunTask) -> RunDone: ...

    async def close(self) -> None: ...


class Players(Protocol):
    """Makes players for one copy of a store."""

    async def __call__(self, template: Path, rooftop_id: str) -> Player: ...


@dataclass(frozen=True)
class Rehearser:
    """`folder` keeps the copies of stores while they are rehearsed in; `width` is how many runs are played at once."""

    database: Database
    clock: Clock
    jobs: Jobs
    folder: Path
    players: Players
    width: int = 1

    async def look(self, rooftop_id: str, rehearsal_id: str) -> None:
        """One stretch of a rehearsal; it wakes itself for the next."""
        async with self.database.writing(rooftop_id) as db:
            row = await rehearsals.claim(db, rehearsal_id, self.clock.now(), _LEASE)
        if row is None:
            return
        trouble = ""
        try:
            trouble = await self._stretch(row)
        except Exception as error:
            log.exception("rehearsal_stopped", rehearsal_id=rehearsal_id)
            trouble = type(error).__name__
        await self._leave(row, trouble)

    async def due(self, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
        async with self.database.looking_across("rehearsals nobody plays, whichever store's") as db:
            return await rehearsals.due(db, before, limit)

    async def _stretch(self, row: Rehearsal) -> str:
        """Plays for a while; "" when all went well, else what is in the way."""
        template = await self._template(row)
        ends = asyncio.get_running_loop().time() + _STRETCH.total_seconds()
        async with AsyncExitStack() as stack:
            players: asyncio.Queue[Player] = asyncio.Queue()
            for _ in range(self.width):
                player = await self.players(template, row.rooftop_id)
                stack.push_async_callback(player.close)
                players.put_nowait(player)
            while asyncio.get_running_loop().time() < ends:
                left = await self._owed(row)
                if not left:
                    return ""
                trouble = await self._play(
                    row, left[: self.width * (_AT_ONCE if row.runner == rehearsals.HOUSE else 1)], players
                )
                if trouble:
                    return trouble
        return ""

    async def _owed(self, row: Rehearsal) -> list[Owed]:
        """What is left, and nothing once somebody cancelled."""
        async with self.database.writing(row.rooftop_id) as db:
            now = await rehearsals.one(db, row.id)
            if now is None or now.state != rehearsals.RUNNING:
                return []
            now.lease_until = now.next_look_at = self.clock.now() + _LEASE[now.runner != rehearsals.HOUSE]
            done = await rehearsals.ran(db, now)
            runs = 1 if now.kind == "replay" else FIRST_RUNS
            left = planning.owed(rehearsals.scenarios_of(now), done, runs)
            now.runs_planned = len(done) + len(left)
            return left

    async def _play(self, row: Rehearsal, owed: Sequence[Owed], players: asyncio.Queue[Player]) -> str:
        by_key = {each["key"]: each for each in row.scenarios}
        troubles: list[str] = []

        async def play(one: Owed) -> tuple[Owed, RunDone]:
            player = await players.get()
            try:
                return one, await player.play(_task(row, one, by_key[one.key]))
            finally:
                players.put_nowait(player)

        played = await asyncio.gather(*(play(each) for each in owed))
        async with self.database.writing(row.rooftop_id) as db:
            for one, done in played:
                if done.problem:
                    troubles.append(done.problem)
                else:
                    await rehearsals.keep(db, row.id, one, done)
        return troubles[0] if troubles else ""

    async def _leave(self, row: Rehearsal, trouble: str) -> None:
        """Settles what is done, else sees to it that somebody goes on."""
        async with self.database.writing(row.rooftop_id) as db:
            now = await rehearsals.one(db, row.id)
            if now is None:
                return
            now.lease_until = None
            if now.state != rehearsals.RUNNING:
                return
            runs = 1 if now.kind == "replay" else FIRST_RUNS
            if trouble:
                at = self.clock.now() + _AGAIN
                now.state, now.trouble, now.next_look_at = rehearsals.PAUSED, trouble[:200], at
                await self.jobs.wake(db, rehearsals.JOB, row.id, rooftop_id=row.rooftop_id, delay=_AGAIN)
            elif planning.owed(rehearsals.scenarios_of(now), await rehearsals.ran(db, now), runs):
                now.next_look_at, now.trouble = self.clock.now(), ""
                await self.jobs.wake(db, rehearsals.JOB, row.id, rooftop_id=row.rooftop_id)
            else:
                now.trouble = ""
                await rehearsals.settle(db, now, self.clock.now())
                self._path(row).unlink(missing_ok=True)

    async def _template(self, row: Rehearsal) -> Path:
        """The copy of the store, made whole before it has its name."""
        path = self._path(row)
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.unlink(missing_ok=True)
            await sandbox.build(self.database, row.rooftop_id, row.pinned_at, part)
            part.rename(path)
        return path

    def _path(self, row: Rehearsal) -> Path:
        return self.folder / f"{row.id}-{sandbox.shape()}.db"


class ChildPlayer:
    """A player in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def begin(cls, template: Path, rooftop_id: str) -> ChildPlayer:
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "agent.rehearsal.player",
                str(template),
                rooftop_id,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LONGEST_LINE,
            )
        )

    async def play(self, task: RunTask) -> RunDone:
        writing, reading = self._process.stdin, self._process.stdout
        if writing is None or reading is None:
            raise RuntimeError("a player has both ends")
        writing.write(json.dumps(asdict(task)).encode() + b"\n")
        await writing.drain()
        line = await reading.readline()
        if not line:
            raise RuntimeError("the player ended")
        return RunDone(**json.loads(line))

    async def close(self) -> None:
        """Its input ends, and so does it; one in the middle of a run is not waited for."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


def _task(row: Rehearsal, one: Owed, scenario: dict[str, object]) -> RunTask:
    prompt = row.candidate_text if one.side == CANDIDATE else row.live_text
    return RunTask(
        f"{one.key}/{one.side}/{one.number}",
        scenario,
        prompt,
        row.agent,
        row.pinned_at.isoformat(),
        one.number,
        row.runner != rehearsals.HOUSE,
    )
