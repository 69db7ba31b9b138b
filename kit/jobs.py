"""Durable wake-ups: a stored row is the work, a job only says "look at this row now"."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from kit.clock import Clock
from kit.db import Database
from kit.logging import logger

log = logger("jobs")

Handler = Callable[[str, str], Awaitable[None]]
"""Looks at one row, given its rooftop and id. It re-reads the row, so being woken twice or late changes nothing."""

Finder = Callable[[datetime, int], Awaitable[Sequence[tuple[str, str]]]]
"""Rooftop and id of at most `limit` rows that were due at a time, oldest first, over every rooftop."""

NOW = timedelta()

RETRY_AFTER = (
    timedelta(),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""How long each try waits after the one before it: eight tries in a little over a day (Svix's schedule)."""


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait after that many tries; None when there have been enough."""
    return RETRY_AFTER[attempts] if attempts < len(RETRY_AFTER) else None


class Jobs(Protocol):
    """Wakes handlers for rows; whatever it forgets, the sweep finds."""

    def on(self, job: str, handler: Handler, due: Finder | None = None) -> None:
        """Registers what is done when a row of this kind wakes, and how overdue ones are found."""
        ...

    async def wake(self, db: AsyncSession, job: str, row_id: str, *, rooftop_id: str, delay: timedelta = NOW) -> None:
        """Wakes the handler after `db` commits, and never if it rolls back."""
        ...

    def wake_in(self, session: Session, job: str, row_id: str, *, rooftop_id: str, delay: timedelta = NOW) -> None:
        """The same from inside SQLAlchemy's own callbacks."""
        ...

    async def sweep(self) -> int:
        """Handles rows that were due a while ago and that nothing woke; returns how many were looked at."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass(frozen=True)
class JobTimes:
    """How long things may take: a handler, a poll of the queue, a row left to its own job before the sweep looks."""

    handler: timedelta = timedelta(minutes=2)
    poll: timedelta = timedelta(seconds=1)
    overdue: timedelta = timedelta(seconds=20)
    adoption: timedelta = timedelta(seconds=5)
    finishing: timedelta = timedelta(seconds=5)
    kept: timedelta = timedelta(days=3)


class JobBoard(ABC):
    """The part every engine shares: who handles what, one careful run of a handler, and the sweep."""

    sweep_batch = 50

    def __init__(self, clock: Clock, times: JobTimes | None = None) -> None:
        self._clock = clock
        self.times = times or JobTimes()
        self._handlers: dict[str, Handler] = {}
        self._finders: dict[str, Finder] = {}

    def on(self, job: str, handler: Handler, due: Finder | None = None) -> None:
        self._handlers[job] = handler
        if due is not None:
            self._finders[job] = due

    @abstractmethod
    def wake_in(self, session: Session, job: str, row_id: str, *, rooftop_id: str, delay: timedelta = NOW) -> None:
        """Wakes the handler once the session has committed."""

    async def wake(self, db: AsyncSession, job: str, row_id: str, *, rooftop_id: str, delay: timedelta = NOW) -> None:
        await db.run_sync(lambda session: self.wake_in(session, job, row_id, rooftop_id=rooftop_id, delay=delay))

    async def perform(self, job: str, rooftop_id: str, row_id: str) -> None:
        """Runs one handler to its end or its deadline. It never raises: the row keeps the truth, and is swept again."""
        handler = self._handlers.get(job)
        if handler is None:
            log.error("job_unknown", job=job, row_id=row_id)
            return
        try:
            async with asyncio.timeout(self.times.handler.total_seconds()):
                await handler(rooftop_id, row_id)
        except Exception:
            log.exception("job_failed", job=job, row_id=row_id, rooftop_id=rooftop_id)

    async def sweep(self) -> int:
        """Looks for overdue rows one job after the other, which asks for one connection and not one of each; then the
        jobs are done side by side."""
        before = self._clock.now() - self.times.overdue
        found = [(job, await self._overdue(job, due, before)) for job, due in self._finders.items()]
        await asyncio.gather(*(self._perform_all(job, rows) for job, rows in found if rows))
        return sum(len(rows) for _, rows in found)

    async def _overdue(self, job: str, due: Finder, before: datetime) -> Sequence[tuple[str, str]]:
        try:
            return await due(before, self.sweep_batch)
        except Exception:
            log.exception("sweep_failed", job=job)
            return ()

    async def _perform_all(self, job: str, rows: Sequence[tuple[str, str]]) -> None:
        for rooftop_id, row_id in rows:
            await self.perform(job, rooftop_id, row_id)
        log.info("sweep_found_rows", job=job, rows=len(rows))


class InlineJobs(JobBoard):
    """Runs handlers on this loop right after the commit, remembering nothing across a crash: for tests and
    virtual time. The sweep finds what it forgot, so the promise is the same and only the speed differs."""

    _KEY = "inline_wakes"

    def __init__(self, clock: Clock, times: JobTimes | None = None, *, at_once: int = 4) -> None:
        super().__init__(clock, times or JobTimes(overdue=NOW))
        self._running = False
        self._limit = asyncio.Semaphore(at_once)
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()

    def wake_in(self, session: Session, job: str, row_id: str, *, rooftop_id: str, delay: timedelta = NOW) -> None:
        if not self._running:
            return
        if self._KEY not in session.info:
            session.info[self._KEY] = []
            event.listen(session, "after_commit", self._committed)
            event.listen(session, "after_rollback", self._rolled_back)
        session.info[self._KEY].append((job, rooftop_id, row_id, delay.total_seconds()))

    async def start(self) -> None:
        self._running = True

    async def stop(self) -> None:
        self._running = False
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settle(self) -> None:
        """Waits until every handler that is running, and those they wake at once, have ended."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _committed(self, session: Session) -> None:
        if session.in_nested_transaction():
            return  # a savepoint's end: others see the row only after the whole transaction's
        wakes, session.info[self._KEY] = session.info[self._KEY], []
        loop = asyncio.get_running_loop()
        for job, rooftop_id, row_id, delay in wakes:
            if delay <= 0:
                self._begin(job, rooftop_id, row_id)
                continue
            self._timers.add(loop.call_later(delay, self._begin, job, rooftop_id, row_id))
        self._timers = {timer for timer in self._timers if not timer.cancelled() and timer.when() > loop.time()}

    def _rolled_back(self, session: Session) -> None:
        if not session.in_nested_transaction():
            session.info[self._KEY] = []

    def _begin(self, job: str, rooftop_id: str, row_id: str) -> None:
        if not self._running:
            return
        task = asyncio.get_running_loop().create_task(self._in_turn(job, rooftop_id, row_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _in_turn(self, job: str, rooftop_id: str, row_id: str) -> None:
        async with self._limit:
            await self.perform(job, rooftop_id, row_id)


@dataclass(frozen=True)
class WakeRule:
    """Which job looks at a new row of some table, and when the row is due (None: nothing to wake)."""

    job: str
    due_at: Callable[[Any], datetime | None]


class WakesNewRows:
    """Wakes a job for every new row of the named tables, in the transaction that stores the row.

    Whoever files an event or a write-back then needs no knowledge of jobs, and cannot forget to wake them.
    """

    def __init__(self, database: Database, jobs: Jobs, clock: Clock, rules: Mapping[type[Any], WakeRule]) -> None:
        self._engine = database.engine.sync_engine
        self._jobs = jobs
        self._clock = clock
        self._rules = rules

    def begin(self) -> None:
        event.listen(Session, "after_flush", self._flushed)

    def end(self) -> None:
        event.remove(Session, "after_flush", self._flushed)

    def _flushed(self, session: Session, _context: object) -> None:
        if session.bind is not self._engine:
            return
        for row in session.new:
            rule = self._rules.get(type(row))
            due_at = rule.due_at(row) if rule else None
            if rule and due_at:
                delay = max(NOW, due_at - self._clock.now())
                self._jobs.wake_in(session, rule.job, row.id, rooftop_id=row.rooftop_id, delay=delay)
