"""The durable engine behind `Jobs`: dbos, with its tables in our own database so that a wake commits with its row."""

import asyncio
import concurrent.futures
import fcntl
import logging
import os
import sqlite3
import time
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from sqlalchemy import Engine, event, make_url
from sqlalchemy.orm import Session

from kit.clock import Clock
from kit.db import Database
from kit.errors import ConfigurationError
from kit.ids import new_id
from kit.jobs import NOW, JobBoard, JobTimes
from kit.logging import logger

log = logger("jobs")

APPLICATION = "lanekeeper"
QUEUE = "lanekeeper"
WORKFLOW = "lanekeeper_look_at_row"
# Fixed, because dbos's default is a hash of the code and work of another version is never recovered.
# Raise it only when the arguments of the workflow below change.
VERSION = "1"
LOCK_SPACE = 0x1A4E


@event.listens_for(Engine, "connect")
def _teach_sqlite_milliseconds(connection: Any, _record: object) -> None:
    """On Python 3.12 and later dbos asks for unixepoch('subsec'), which SQLite knows since 3.42; Debian 12 has 3.40,
    and there it means null. Its tables' defaults need it on every connection that files a job."""
    if sqlite3.sqlite_version_info < (3, 42) and hasattr(connection, "create_function"):
        connection.create_function("unixepoch", 1, _unixepoch)


def _unixepoch(modifier: str) -> float:
    return time.time() if modifier == "subsec" else int(time.time())


class DbosJobs(JobBoard):
    """`Jobs` over dbos. One per process: dbos itself is a singleton.

    With `work=False` this process only enqueues and another one does the work. On SQLite one process works at a
    time: a second one waits for its seat, enqueues meanwhile, and takes over when the first ends or dies.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        times: JobTimes | None = None,
        *,
        work: bool = True,
        claimed: int = 32,
        at_once: int = 8,
    ) -> None:
        super().__init__(clock, times)
        self._url = _plain_url(database)
        self._work = work
        self._claimed = claimed
        # Fewer run than are claimed per poll: handlers share the database's connections with live calls.
        self._turns = asyncio.Semaphore(at_once)
        self._client: DBOSClient | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hops: set[concurrent.futures.Future[None]] = set()
        self._seat: Seat
        if database.is_sqlite:
            # One process, one fixed name: what it left running is recovered when it starts again.
            self._executor = APPLICATION
            self._seat = FileSeat(Path(make_url(self._url).database or ""))
        else:
            self._executor = f"{APPLICATION}-{new_id()}"
            self._seat = PostgresSeat(self._url, self._executor)
        self.launched = asyncio.Event()
        self._stopping = asyncio.Event()

    def wake_in(self, session: Session, job: str, row_id: str, *, rooftop_id: str, delay: timedelta = NOW) -> None:
        if self._client is None:
            return  # not started: the row waits for the sweep
        options = EnqueueOptions(workflow_name=WORKFLOW, queue_name=QUEUE, app_version=VERSION)
        if delay > NOW:
            options["delay_seconds"] = delay.total_seconds()
        self._client.enqueue_in_transaction(session.connection(), options, job, rooftop_id, row_id)

    async def start(self) -> None:
        """Makes dbos's tables, and works if it can have the seat at once; otherwise goes on waiting for it."""
        self._loop = asyncio.get_running_loop()
        self._stopping.clear()
        await asyncio.to_thread(_quietly_migrate, self._url)
        self._client = DBOSClient(system_database_url=self._url, application_name=APPLICATION, lazy=True)
        if not self._work:
            return
        if await asyncio.to_thread(self._seat.take):
            await self._launch()
        else:
            log.warning("jobs_seat_taken", reason="another process works on this database; waiting for it to end")
        self._keeper = asyncio.create_task(self._keep(), name="jobs-keeper")

    async def stop(self) -> None:
        """Takes no more jobs, lets running ones end for a moment, and gives the seat back."""
        self._stopping.set()
        if self._keeper is not None:
            # Not cancelled: its thread would go on by itself and could take the seat back.
            await self._keeper
            self._keeper = None
        if self.launched.is_set():
            grace = max(1, round(self.times.finishing.total_seconds())) if self._hops else 0
            await asyncio.to_thread(_destroy, grace)
            self.launched.clear()
            # A thread that still waits for its handler would hold up the exit of the process.
            for hop in list(self._hops):
                hop.cancel()
        await asyncio.to_thread(self._seat.release)
        if self._client is not None:
            client, self._client = self._client, None
            await asyncio.to_thread(client.destroy)

    async def adopt(self) -> int:
        """Resumes jobs that dead processes left running; returns how many. Only PostgreSQL has other processes."""
        return await asyncio.to_thread(_adopt, self._seat, self._executor)

    async def _launch(self) -> None:
        global _working
        _working = self
        poll = self.times.poll.total_seconds()
        await asyncio.to_thread(_launch, self._url, self._executor, self._claimed, poll)
        self.launched.set()

    async def _keep(self) -> None:
        """Holds the seat, adopts what the dead left, and forgets finished jobs after a while."""
        forgotten_at = -3600.0
        while not self._stopping.is_set():
            try:
                held = await asyncio.to_thread(self._seat.take)
                if held and not self.launched.is_set():
                    await self._launch()
                if held and (adopted := await self.adopt()):
                    log.warning("jobs_adopted", jobs=adopted)
                if held and self._clock.monotonic() - forgotten_at > 3600:
                    forgotten_at = self._clock.monotonic()
                    await asyncio.to_thread(_forget, datetime.now(UTC) - self.times.kept)
            except Exception as error:
                log.warning("jobs_keeper_failed", error=repr(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self.times.adoption.total_seconds())

    def hop(self, job: str, rooftop_id: str, row_id: str) -> None:
        """Runs a handler on the application's loop (its database engine lives there) and waits in dbos's thread."""
        if self._loop is None:
            raise RuntimeError("the job engine is not started")
        hop = asyncio.run_coroutine_threadsafe(self._in_turn(job, rooftop_id, row_id), self._loop)
        self._hops.add(hop)
        try:
            hop.result()  # ends by the handler's own deadline, or is cancelled by stop()
        finally:
            self._hops.discard(hop)

    async def _in_turn(self, job: str, rooftop_id: str, row_id: str) -> None:
        async with self._turns:
            await self.perform(job, rooftop_id, row_id)


_working: DbosJobs | None = None


@DBOS.workflow(name=WORKFLOW)
def _look_at_row(job: str, rooftop_id: str, row_id: str) -> None:
    if _working is None:
        raise RuntimeError("no job engine is running in this process")
    _working.hop(job, rooftop_id, row_id)


class Seat(Protocol):
    """The right to work under an executor's name, given back by the system when the process dies."""

    def take(self) -> bool: ...

    def take_from(self, other: str) -> bool:
        """True when the other executor is dead; its name is then ours until `give_back`."""
        ...

    def give_back(self, other: str) -> None: ...

    def release(self) -> None: ...


class FileSeat:
    """A lock on a file beside the SQLite database: one working process at a time."""

    def __init__(self, database: Path) -> None:
        if not database.name or database.name == ":memory:":
            raise ConfigurationError("DATABASE_URL: background work needs a database in a file")
        self._path = database.with_name(database.name + ".worker")
        self._file: int | None = None

    def take(self) -> bool:
        if self._file is not None:
            return True
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._file = handle
        return True

    def take_from(self, other: str) -> bool:
        return False  # every process has the same name here, and recovers its own jobs when it starts

    def give_back(self, other: str) -> None: ...

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class PostgresSeat:
    """A session advisory lock: PostgreSQL frees it the moment the process that held it is gone."""

    def __init__(self, url: str, executor: str) -> None:
        self._url = url
        self._executor = executor
        self._connection: psycopg.Connection[tuple[bool]] | None = None

    def take(self) -> bool:
        if self._connection is not None:
            try:
                self._connection.execute("select 1")
                return True
            except psycopg.Error:
                self._connection.close()
                self._connection = None
        connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5, application_name="lanekeeper-seat")
        if not _try_lock(connection, self._executor):  # being adopted at this moment: try again later
            connection.close()
            return False
        self._connection = connection
        return True

    def take_from(self, other: str) -> bool:
        return self._connection is not None and _try_lock(self._connection, other)

    def give_back(self, other: str) -> None:
        if self._connection is not None:
            self._connection.execute("select pg_advisory_unlock(%s, %s)", (LOCK_SPACE, _lock_key(other)))

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _try_lock(connection: psycopg.Connection[tuple[bool]], executor: str) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s, %s)", (LOCK_SPACE, _lock_key(executor))).fetchone()
    return bool(row and row[0])


def _lock_key(executor: str) -> int:
    return zlib.crc32(executor.encode()) - 2**31  # PostgreSQL's int4 is signed


def _launch(url: str, executor: str, claimed: int, poll: float) -> None:
    config = DBOSConfig(
        name=APPLICATION,
        system_database_url=url,
        application_version=VERSION,
        executor_id=executor,
        log_level="WARNING",
        run_migrations=True,
        scheduler_polling_interval_sec=3600.0,
    )
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=claimed, polling_interval_sec=poll, on_conflict="always_update")


def _destroy(grace: int) -> None:
    DBOS.destroy(workflow_completion_timeout_sec=grace)


def _quietly_migrate(url: str) -> None:
    # With a handler of its own dbos adds no second console output; its warnings go where ours go.
    engine_log = logging.getLogger("dbos")
    if not engine_log.handlers:
        engine_log.addHandler(logging.NullHandler())
    engine_log.setLevel(logging.WARNING)
    DBOS.migrate(url)


def _adopt(seat: Seat, me: str) -> int:
    pending = DBOS.list_workflows(status="PENDING", queue_name=QUEUE, load_input=False, load_output=False)
    adopted = 0
    for other in {w.executor_id for w in pending if w.executor_id and w.executor_id != me}:
        if not seat.take_from(other):
            continue
        try:
            # Asked again under the lock: another survivor may have been first.
            left = DBOS.list_workflows(
                status="PENDING", queue_name=QUEUE, executor_id=[other], load_input=False, load_output=False
            )
            ids = [w.workflow_id for w in left]
            if ids:
                DBOS.cancel_workflows(ids)
                DBOS.resume_workflows(ids, queue_name=QUEUE)
            adopted += len(ids)
        finally:
            seat.give_back(other)
    return adopted


def _forget(before: datetime) -> None:
    done = DBOS.list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED"],
        completed_before=before.isoformat(),
        load_input=False,
        load_output=False,
        limit=2000,
    )
    if done:
        DBOS.delete_workflows([w.workflow_id for w in done])


def _plain_url(database: Database) -> str:
    """The database's address with the synchronous driver dbos uses."""
    name = "sqlite" if database.is_sqlite else "postgresql"
    return make_url(database.url).set(drivername=name).render_as_string(hide_password=False)
