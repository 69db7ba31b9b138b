"""Three `lanekeeper worker` processes on one PostgreSQL, texts that keep coming, and something that keeps dying."""

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import psycopg
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from kit.clock import SystemClock
from kit.db import Database
from kit.dbos_jobs import DbosJobs
from kit.jobs import JobTimes
from lanekeeper.events import wakes_for_new_rows
from lanekeeper.invariants import breaches
from record import text_outbox, texts
from record.consent import Purpose
from record.models import PhoneLine
from record.text_models import TextMessage
from record.text_outbox import Reply
from simulator.carrier import Carrier, CarrierSettings, PhoneNumber
from simulator.store import DemoStore, build_store
from telephony import inbound_texts
from telephony.edge import TwilioEdge
from telephony.forms import parse_delivery, parse_text
from tests.flows.world import ACCOUNT, ORIGIN, TOKEN
from tests.telephony.twilio import settings

_WARM = "import sys, lanekeeper.cli, lanekeeper.running; sys.stdin.readline(); lanekeeper.cli.app(['worker'])"
SETTLED_WITHIN = 300
LINES = tuple(f"+1503555{9000 + number}" for number in range(12))
"""A number sends a segment a second: with one the load would be no load."""

QUESTIONS = ("When do you open on Saturday?", "How much is an oil change?", "Where are you located?")


@dataclass
class Load:
    """What was asked for, and what came of it."""

    written: int = 0
    arrived: int = 0
    kills: int = 0
    restarts: int = 0
    longest_stranded_s: float = 0.0
    states: Counter[str] = field(default_factory=Counter)


@dataclass
class Workshop:
    """Workers that die and are replaced, a carrier they send through, and a desk that keeps writing."""

    url: str
    folder: Path
    seed: int
    load: Load = field(default_factory=Load)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.workers: list[asyncio.subprocess.Process] = []
        self._standby: asyncio.subprocess.Process | None = None
        self._writing = asyncio.Event()

    # ---- processes -------------------------------------------------------------------------------------------------

    async def hire(self) -> None:
        """The next worker, whose imports were done while the last one lived."""
        process = self._standby or await self._warm()
        assert process.stdin is not None
        process.stdin.write(b"\n")
        await process.stdin.drain()
        self.workers.append(process)
        self._standby = await self._warm()

    async def _warm(self) -> asyncio.subprocess.Process:
        with (self.folder / "workers.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-c", _WARM, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log,
                env=self.environment,
            )  # fmt: skip

    async def kill_one(self) -> None:
        """SIGKILL: not one more instruction."""
        victim = self.dice.choice([each for each in self.workers if each.returncode is None])
        victim.send_signal(signal.SIGKILL)
        await victim.wait()
        self.workers.remove(victim)
        self.load.kills += 1

    async def close(self) -> None:
        for process in [*self.workers, *([self._standby] if self._standby else [])]:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    # ---- the run ---------------------------------------------------------------------------------------------------

    async def run(self, trouble: "Trouble") -> Load:
        database = Database(self.url)
        store = await build_store(database, SystemClock().now())
        at_carrier = CarrierSettings(ACCOUNT, TOKEN, ORIGIN, keeps_audio=False)
        async with Carrier(at_carrier) as carrier:
            for line in [store.line, *LINES]:
                carrier.add_number(PhoneNumber(line, message_path="/twilio/message"))
            async with database.writing(store.rooftop_id) as db:
                db.add_all(PhoneLine(e164=line, department="service") for line in LINES)
            self.environment = self._environment(carrier.api_base)
            jobs = DbosJobs(database, SystemClock(), JobTimes(), work=False)
            wakes = wakes_for_new_rows(database, jobs, SystemClock())
            desk = Desk(database, carrier, store, self)
            carrier.exchange.webhooks = desk  # type: ignore[assignment]
            try:
                await jobs.start()
                wakes.begin()
                for _ in range(3):
                    await self.hire()
                await asyncio.sleep(6)
                async with asyncio.TaskGroup() as busy:
                    writing = busy.create_task(desk.keep_writing())
                    watching = busy.create_task(self._watch_the_stranded())
                    await trouble(self)
                    writing.cancel()
                    await asyncio.sleep(20)
                    watching.cancel()
                await self._settled(database)
                await asyncio.wait_for(carrier.exchange.settle(), 60)
                await self._reckoning(database, carrier)
            finally:
                wakes.end()
                await self.close()
                await jobs.stop()
                await database.close()
        return self.load

    async def _watch_the_stranded(self) -> None:
        """How long the oldest job that somebody had begun has not been finished by anybody."""
        while True:
            await asyncio.sleep(1)
            with contextlib.suppress(psycopg.OperationalError):
                age = await asyncio.to_thread(_oldest_begun, self.url)
                self.load.longest_stranded_s = max(self.load.longest_stranded_s, age)

    async def _settled(self, database: Database) -> None:
        for _ in range(SETTLED_WITHIN):
            with contextlib.suppress(SQLAlchemyError, OSError):
                async with database.looking_across("what waits") as db:
                    waits = select(TextMessage.id).where(TextMessage.next_try_at.is_not(None)).limit(1)
                    if await db.scalar(waits) is None:
                        return
            await asyncio.sleep(1)
        raise AssertionError(f"seed {self.seed}: texts still wait: {self.tail()}")

    async def _reckoning(self, database: Database, carrier: Carrier) -> None:
        taken: Counter[str] = Counter()
        for message in carrier.messages.values():
            if message.direction == "outbound-api":
                taken[parse_qs(urlsplit(message.callback).query)["o"][0]] += 1
        async with database.looking_across("the reckoning") as db:
            rows = list(await db.scalars(select(TextMessage)))
            broken = [invariant.id for invariant, _ in await breaches(db, SystemClock().now())]
        ours = {row.id: row for row in rows if row.direction == "outbound"}
        wrong = [f"sent {count} times: {text_id}" for text_id, count in taken.items() if count > 1]
        wrong += [f"{row.state}, {taken[row.id]} at the carrier" for row in ours.values()
                  if (row.state == "accepted") != (taken[row.id] == 1)]  # fmt: skip
        wrong += [f"not ours: {text_id}" for text_id in taken if text_id not in ours]
        wrong += [f"invariant {each}" for each in broken]
        came = {row.message_sid: row.state for row in rows if row.direction == "inbound"}
        sent_us = [m.sid for m in carrier.messages.values() if m.direction == "inbound"]
        wrong += [f"lost or unanswered: {sid}" for sid in sent_us if came.get(sid) != "handled"]
        self.load.written = sum(row.author == "staff" for row in ours.values())
        self.load.arrived = len(sent_us)
        self.load.states = Counter(row.state for row in ours.values())
        if wrong:
            raise AssertionError(f"seed {self.seed}: {len(wrong)} wrong: {wrong[:10]}\n{self.tail()}")

    def tail(self) -> str:
        return (self.folder / "workers.log").read_text(errors="replace")[-3000:]

    def _environment(self, api: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {
            "PYTHONPATH": os.getcwd(),
            "DATABASE_URL": self.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_BASE": api,
            "LANEKEEPER_PUBLIC_ORIGIN": ORIGIN,
            "LANEKEEPER_WRITEBACK_FOLDER": str(self.folder / "writeback"),
            "LANEKEEPER_RECORDINGS_FOLDER": str(self.folder / "recordings"),
            "LANEKEEPER_LOG_LEVEL": "WARNING",
            "LANEKEEPER_WORKER_RECONCILE_SECONDS": "20",
        }


@dataclass
class Desk:
    """What of the store stays alive: people write, customers answer, webhooks are taken while the database is up."""

    database: Database
    carrier: Carrier
    store: DemoStore
    shop: Workshop

    def __post_init__(self) -> None:
        self.edge = TwilioEdge(self.database, SystemClock(), settings(), lambda: None)

    async def keep_writing(self) -> None:
        dice, number = random.Random(self.shop.seed + 1), 0
        while True:
            number += 1
            await asyncio.sleep(dice.random() * 0.4)
            place = dice.randrange(5_000)
            customer, line = f"+1503{5_550_000 + place:07d}", LINES[place % len(LINES)]
            if dice.random() < 0.3:
                await self.carrier.text(customer, line, dice.choice(QUESTIONS))
                continue
            with contextlib.suppress(SQLAlchemyError, OSError):
                async with self.database.writing(self.store.rooftop_id) as db:
                    thread = await texts.reach(db, customer, line, "service")
                    reply = Reply(f"Your car is ready ({number}).", "staff", f"load:{number}", Purpose.CODE)
                    await text_outbox.write(db, thread, reply, SystemClock().now())

    async def send(self, url: str, fields: dict[str, str], *_: object, **__: object) -> None:
        """The carrier's webhooks; with the database away they are lost, and the lists make it good."""
        parts = urlsplit(url)
        with contextlib.suppress(SQLAlchemyError, OSError):
            if parts.path == "/twilio/message":
                await inbound_texts.receive(self.edge, parse_text(fields))
            else:
                ours = parse_qs(parts.query).get("o", [""])[0]
                await inbound_texts.delivered(self.edge, parse_delivery(fields), ours)

    async def close(self) -> None:
        return


class Trouble(Protocol):
    """What goes wrong while the load runs."""

    async def __call__(self, shop: Workshop) -> None: ...


@dataclass
class Kills(Trouble):
    """A worker dies every few seconds and another takes its place a moment later."""

    how_many: int

    async def __call__(self, shop: Workshop) -> None:
        for _ in range(self.how_many):
            await asyncio.sleep(shop.dice.uniform(0.5, 4.0))
            await shop.kill_one()
            await asyncio.sleep(shop.dice.uniform(0.0, 1.0))
            await shop.hire()


def _oldest_begun(url: str) -> float:
    plain = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True, connect_timeout=2) as connection:
        row = connection.execute(
            "select min(updated_at) from dbos.workflow_status where status = 'PENDING' and queue_name = 'lanekeeper'"
        ).fetchone()
    return time.time() - row[0] / 1000 if row and row[0] else 0.0


def work(url: str, folder: Path, trouble: Trouble, *, seed: int) -> Load:
    with asyncio.Runner() as runner:
        return runner.run(Workshop(url, folder, seed).run(trouble))
