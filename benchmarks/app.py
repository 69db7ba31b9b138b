"""Starts what is to be measured, on a core of its own, told only by its environment where the simulated world is."""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from benchmarks.load import Endpoints

ORIGIN = "https://bench.example"
TOKEN = "bench-auth-token"
ACCOUNT = "AC" + "b" * 32
REPOSITORY = Path(__file__).parent.parent
PIPECAT = REPOSITORY / ".tools" / "pipecat"
_PIPECAT_PACKAGE = "pipecat-ai[openai,websocket,runner]"
_START_SECONDS = 60.0
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class UnderTest:
    """A running process, and how to reach it."""

    name: str
    pid: int
    core: int
    endpoints: Endpoints


class DidNotStart(Exception):
    """The process ended, or never listened; the message holds the end of its log."""


@cache
def cores() -> tuple[int, int]:
    """The app's core and the rig's: the last and the first we might use before the bench went to its own."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[-1], usable[0]


@asynccontextmanager
async def lanekeeper(
    model_port: int, *, tls_ca: Path | None = None, settings: Mapping[str, str] | None = None
) -> AsyncIterator[UnderTest]:
    """The whole product: `lanekeeper serve` over a migrated SQLite database with a store in it."""
    with tempfile.TemporaryDirectory(prefix="lanekeeper-bench-") as folder:
        web, media = _free_port(), _free_port()
        scheme = "http" if tls_ca is None else "https"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("LANEKEEPER_", "TWILIO_"))},
            "DATABASE_URL": f"sqlite:///{folder}/bench.db",
            "OPENAI_API_KEY": "bench",
            "OPENAI_BASE_URL": f"{scheme}://127.0.0.1:{model_port}/v1",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_BASE": f"{scheme}://127.0.0.1:{model_port}",
            "LANEKEEPER_PUBLIC_ORIGIN": ORIGIN,
            "LANEKEEPER_WEB_ADDRESS": f"127.0.0.1:{web}",
            "LANEKEEPER_MEDIA_ADDRESS": f"127.0.0.1:{media}",
            "LANEKEEPER_MAX_CALLS": "2000",
            "LANEKEEPER_LOG_LEVEL": "WARNING",
            "LANEKEEPER_WRITEBACK_FOLDER": f"{folder}/outcomes",
            "LANEKEEPER_RECORDINGS_DIR": f"{folder}/recordings",
            **({} if tls_ca is None else {"SSL_CERT_FILE": str(tls_ca)}),
            **(settings or {}),
        }
        dialled = await _open_the_store(environment["DATABASE_URL"])
        endpoints = Endpoints(web, media, ORIGIN, TOKEN, ACCOUNT, dialled)
        command = [sys.executable, "-m", "lanekeeper", "serve"]
        async with _running("lanekeeper", command, environment, endpoints, Path(folder) / "log") as under_test:
            yield under_test


@asynccontextmanager
async def floor(model_port: int) -> AsyncIterator[UnderTest]:
    """The bare relay."""
    with tempfile.TemporaryDirectory(prefix="lanekeeper-bench-") as folder:
        web, media = _free_port(), _free_port()
        environment = {**os.environ, "OPENAI_BASE_URL": f"http://127.0.0.1:{model_port}/v1"}
        endpoints = Endpoints(web, media, ORIGIN, TOKEN, ACCOUNT, "+15035550100")
        command = [sys.executable, "-m", "benchmarks.floor", str(web), str(media)]
        async with _running("floor", command, environment, endpoints, Path(folder) / "log") as under_test:
            yield under_test


@asynccontextmanager
async def pipecat(model_port: int) -> AsyncIterator[UnderTest]:
    """Pipecat's own parts as a Twilio-Realtime bot, in the venv made for it."""
    with tempfile.TemporaryDirectory(prefix="lanekeeper-bench-") as folder:
        port = _free_port()
        environment = {**os.environ, "BENCH_MODEL": f"ws://127.0.0.1:{model_port}/v1/realtime", "BENCH_PORT": str(port)}
        endpoints = Endpoints(port, port, ORIGIN, TOKEN, ACCOUNT, "+15035550100", one_at_a_time=True)
        command = [str(PIPECAT / "bin" / "python"), str(REPOSITORY / "benchmarks" / "pipecat_bot.py")]
        async with _running("pipecat", command, environment, endpoints, Path(folder) / "log") as under_test:
            yield under_test


def install_pipecat() -> str:
    """Makes the venv if it is not there; the installed version. Never part of our own lock."""
    python = PIPECAT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PIPECAT)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", _PIPECAT_PACKAGE], check=True)
    asked = "import importlib.metadata as m; print(m.version('pipecat-ai'))"
    return subprocess.run([str(python), "-c", asked], check=True, capture_output=True, text=True).stdout.strip()


async def _open_the_store(database_url: str) -> str:
    """Migrates and fills the database; the number customers dial."""
    from kit.db import Database
    from lanekeeper.migrate import upgrade
    from simulator.store import build_store

    await upgrade(database_url)
    database = Database(database_url)
    try:
        return str((await build_store(database, datetime.now(UTC))).line)
    finally:
        await database.close()


@asynccontextmanager
async def _running(
    name: str, command: Sequence[str], environment: Mapping[str, str], endpoints: Endpoints, log: Path
) -> AsyncIterator[UnderTest]:
    core, _ = cores()
    process = _spawn(command, environment, core, log)
    try:
        for port in (endpoints.web_port, endpoints.media_port):
            await _listening(process, port, log)
        yield UnderTest(name, process.pid, core, endpoints)
    finally:
        _keep_log(name, log)
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(process.wait, _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _spawn(command: Sequence[str], environment: Mapping[str, str], core: int, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            env=environment,
            cwd=REPOSITORY,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: _settle_in(core),
        )


def _settle_in(core: int) -> None:
    """In the new process: on its core, and not to outlive a bench that is killed."""
    os.sched_setaffinity(0, {core})
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


def _keep_log(name: str, log: Path) -> None:
    kept = REPOSITORY / "var"
    kept.mkdir(exist_ok=True)
    shutil.copyfile(log, kept / f"bench-{name}.log")


async def _listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    began = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() - began < _START_SECONDS:
        if process.poll() is not None:
            break
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return
    raise DidNotStart(_end_of(log))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
