"""Kills the serving process at random moments with calls live, starts the next, and then asks what became of them."""

import asyncio
import contextlib
import os
import random
import socket
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import httpx
import pytest

import simulator.callers
from kit.clock import SystemClock
from kit.db import Database
from simulator.callers import caller_for, scenarios
from simulator.carrier import Carrier, CarrierSettings, DialScript, PhoneNumber
from simulator.model import HouseMind, ModelSettings, RealtimeModel
from simulator.mulaw import FRAME
from simulator.store import DemoStore, build_store
from simulator.voice import babble
from tests.flows.world import ACCOUNT, KEY, ORIGIN, TOKEN
from tests.soak.evidence import evidence, faults_of, unfinished

# Everybody speaks eight times as fast, so that a booking takes seconds and a kill can meet it anywhere.
HASTE = 8
READY_WITHIN = 60.0
STOPS_WITHIN = 30.0
# Jobs that were under way are adopted after seconds; rows that nothing woke are swept after twenty.
SETTLED_WITHIN = 120.0
STORIES = (
    "brake_job_known_customer",
    "brake_job_known_customer",
    "hours_and_address",
    "message_for_an_advisor",
    "oil_change_new_caller",
    "repair_order_status",
    "silent_caller",
    "transfer_to_parts",
)

# Imports are most of a start. The next process does them while the present one still lives, and waits for its turn.
_WARM = "import sys, lanekeeper.cli, lanekeeper.running; sys.stdin.readline(); lanekeeper.cli.app(['serve'])"


@dataclass
class Server:
    """`lanekeeper serve` in a process of its own, always on the same two ports."""

    environment: dict[str, str]
    log: Path
    process: asyncio.subprocess.Process | None = None

    async def warm(self) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", _WARM, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log, env=self.environment
            )

    async def go(self) -> None:
        """Returns when it says that it is ready for calls."""
        process = self.process
        assert process is not None and process.stdin is not None
        process.stdin.write(b"\n")
        await process.stdin.drain()
        async with asyncio.timeout(READY_WITHIN), httpx.AsyncClient(trust_env=False) as client:
            while not await self._ready(client):
                if process.returncode is not None:
                    raise AssertionError(f"the server ended with {process.returncode}:\n{self.tail()}")
                await asyncio.sleep(0.02)

    async def _ready(self, client: httpx.AsyncClient) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            answer = await client.get(f"http://{self.environment['LANEKEEPER_WEB_ADDRESS']}/readyz")
            return answer.status_code == 200
        return False

    async def kill(self) -> None:
        """SIGKILL: not one more instruction."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        async with asyncio.timeout(STOPS_WITHIN):
            return await self.process.wait()

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


@dataclass
class Killings:
    """`kills` kills under `seed`; `at_once` calls are kept live whenever the server stands."""

    url: str
    folder: Path
    seed: int
    kills: int
    at_once: int = 6
    live_at_kill: list[int] = field(default_factory=list)
    under_way: list[str] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.feeding = asyncio.Event()

    async def run(self) -> None:
        fast = ModelSettings(api_key=KEY, speech=hasty, speed=40, think_ms=20, transcript_ms=40, validate=False)
        at_carrier = CarrierSettings(ACCOUNT, TOKEN, ORIGIN, speech=hasty, rings_seconds=0.1, keeps_audio=False)
        database = Database(self.url)
        try:
            store = await build_store(database, SystemClock().now())
            async with RealtimeModel(fast, mind=HouseMind) as model, Carrier(at_carrier, beside=model) as carrier:
                carrier.add_number(PhoneNumber(store.line))
                carrier.exchange.people = Colleagues(self.dice)
                at_carrier.web_address, at_carrier.media_address = _free_address(), _free_address()
                environment = self._environment(at_carrier, carrier.api_base, model.base_url)
                await self._kill_again_and_again(environment, carrier, store, database)
        finally:
            await database.close()

    async def _kill_again_and_again(
        self, environment: dict[str, str], carrier: Carrier, store: DemoStore, database: Database
    ) -> None:
        feeder = asyncio.create_task(self._feed(carrier, store))
        server = Server(environment, self.folder / "server.log")
        await server.warm()
        standby: Server | None = None
        try:
            for _ in range(self.kills):
                await server.go()
                self.feeding.set()
                standby = Server(environment, server.log)
                await standby.warm()
                await asyncio.sleep(self._moment())
                self._note(carrier)
                self.feeding.clear()
                await server.kill()
                server, standby = standby, None
            await server.go()
            feeder.cancel()
            await asyncio.gather(feeder, return_exceptions=True)
            await self._reckoning(server, carrier, database)
            assert await server.stop() == 0, server.tail()
            await self._verify(environment)
        finally:
            feeder.cancel()
            await asyncio.gather(feeder, return_exceptions=True)
            for each in (server, standby):
                if each is not None and each.process is not None and each.process.returncode is None:
                    await each.kill()

    def _moment(self) -> float:
        """Mostly soon: a call that opens, a greeting, a first tool. Sometimes late, when bookings and ends happen."""
        return self.dice.uniform(0.05, 2.0) if self.dice.random() < 0.6 else self.dice.uniform(2.0, 7.0)

    def _note(self, carrier: Carrier) -> None:
        live = [call for call in carrier.live_calls() if call.direction == "inbound"]
        self.live_at_kill.append(len(live))
        self.under_way += [(call.did() or ["Ringing"])[-1] for call in live]

    async def _feed(self, carrier: Carrier, store: DemoStore) -> None:
        async with asyncio.TaskGroup() as callers:
            for number in range(self.at_once):
                callers.create_task(self._caller(random.Random(f"{self.seed}:{number}"), carrier, store))

    async def _caller(self, dice: random.Random, carrier: Carrier, store: DemoStore) -> None:
        """One line that rings again and again; a call that the kill cut stays to be finished by the carrier."""
        while True:
            await self.feeding.wait()
            await asyncio.sleep(dice.uniform(0, 0.5))
            story = scenarios()[dice.choice(STORIES)]
            call = await carrier.call(story.from_, store.line, caller_for(story), voice=story.voice)
            await call.wait_until_over()
            carrier.exchange.failures.clear()

    async def _reckoning(self, server: Server, carrier: Carrier, database: Database) -> None:
        """Calls that were up may end as they like; then everything must come to rest by itself."""
        for call in carrier.live_calls():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(20):
                    await call.wait_until_over()
            call.hang_up()
        await carrier.exchange.settle()
        # A request that was answered, or whose row was stored before the kill cut its answer off.
        told = self._calls_we_were_told_of(carrier) | set(await evidence(database, carrier.calls))
        late = [""]
        for _ in range(int(SETTLED_WITHIN)):
            late = await unfinished(database, told)
            if not late:
                break
            await asyncio.sleep(1)
        reached = {call.sid for call in carrier.calls.values() if "Bridged" in call.did()}
        folder = Path(server.environment["LANEKEEPER_WRITEBACK_FOLDER"])
        wrong = late or await faults_of(database, told, folder, SystemClock().now(), reached)
        if wrong:
            histories = {sid: carrier.calls[sid].did() for sid in told if any(sid in line for line in wrong[:5])}
            raise AssertionError(
                f"seed {self.seed}: {len(wrong)} of {len(told)} calls:\n" + "\n".join(wrong[:20]) + f"\n{histories}\n"
                f"{server.tail()}"
            )
        self.calls = len(told)

    def _calls_we_were_told_of(self, carrier: Carrier) -> set[str]:
        """Calls of which at least one request that opens a row was answered; of the others nobody could know."""
        return {
            request.fields["CallSid"]
            for request in carrier.requests
            if request.status in (200, 204)
            and (
                request.url.endswith("/twilio/voice")
                or (request.url.endswith("/twilio/status") and request.fields["CallStatus"] == "completed")
            )
        }

    async def _verify(self, environment: dict[str, str]) -> None:
        """The store's own check agrees."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "lanekeeper", "verify", env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()

    def _environment(self, at_carrier: CarrierSettings, carrier_api: str, model_api: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {
            "PYTHONPATH": os.getcwd(),
            "DATABASE_URL": self.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_BASE": carrier_api,
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": model_api,
            "LANEKEEPER_PUBLIC_ORIGIN": ORIGIN,
            "LANEKEEPER_WEB_ADDRESS": at_carrier.web_address,
            "LANEKEEPER_MEDIA_ADDRESS": at_carrier.media_address,
            "LANEKEEPER_WRITEBACK_FOLDER": str(self.folder / "writeback"),
            "LANEKEEPER_RECORDINGS_FOLDER": str(self.folder / "recordings"),
            "LANEKEEPER_EMBEDDED_WORKER": "true",
            "LANEKEEPER_LOG_LEVEL": "WARNING",
            "LANEKEEPER_LEASE_SECONDS": "2",
            "LANEKEEPER_HEARTBEAT_SECONDS": "0.4",
            "LANEKEEPER_REAPER_SECONDS": "0.5",
            "LANEKEEPER_STRAY_CALL_SECONDS": "4",
            "LANEKEEPER_WORKER_SWEEP_SECONDS": "1",
            "LANEKEEPER_WRITEBACK_LEASE_SECONDS": "2",
            "LANEKEEPER_DRAIN_SECONDS": "1",
            "LANEKEEPER_DRAIN_HANDOVER_SECONDS": "1",
            "LANEKEEPER_VAD_SILENCE_MS": "160",
        }


class Colleagues(dict[str, DialScript]):
    """The store's people, in as much of a hurry as everybody here."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice

    def get(self, number: str, default: object = None) -> DialScript:
        outcome = self._dice.choice(["answered", "answered", "busy", "failed"])
        return DialScript(outcome, rings_s=self._dice.uniform(0.1, 1), talks_s=self._dice.uniform(0.2, 1.5))


@lru_cache(maxsize=1024)
def hasty(text: str, voice: str = "caller") -> bytes:
    """Speech too fast for people and long enough for a voice detector."""
    audio = babble(text, voice)
    frames = max(len(audio) // FRAME // HASTE, min(12, len(audio) // FRAME))
    return audio[: frames * FRAME]


def kill(url: str, folder: Path, patch: pytest.MonkeyPatch, *, seed: int, kills: int) -> Killings:
    """Runs it and returns what it saw."""
    patch.setattr(simulator.callers, "QUIET_S", 0.2)
    patch.setattr(simulator.callers, "PATIENCE_S", 3.0)
    with asyncio.Runner() as runner:
        return runner.run(_run(url, folder, seed, kills))


async def _run(url: str, folder: Path, seed: int, kills: int) -> Killings:
    killings = Killings(url, folder, seed, kills)
    await killings.run()
    return killings


def _free_address() -> str:
    """A port nobody has and that no outgoing connection is given while the server is dead."""
    for port in random.sample(range(20_000, 30_000), 50):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return f"127.0.0.1:{port}"
    raise RuntimeError("no free port")
