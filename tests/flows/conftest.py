"""A furnished store, built once for each engine."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kit.clock import SystemClock
from kit.db import Database
from lanekeeper.migrate import upgrade
from simulator.store import build_store
from simulator.virtual_time import run_virtually
from tests.conftest import Templates
from tests.flows.world import NOW, a_world


async def furnished(url: str) -> None:
    """A store with a month behind it, and a worker that has been round it a few minutes ago."""
    await upgrade(url)
    database = Database(url)
    await build_store(database, NOW)
    await database.close()
    await asyncio.to_thread(run_virtually, _rounds(url))


async def _rounds(url: str) -> None:
    with TemporaryDirectory() as folder:
        async with a_world(url, Path(folder), now=NOW - timedelta(minutes=5), seed=0):
            await asyncio.sleep(120)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy(request.param, "furnished", furnished, tmp_path) as url:
        yield url


@pytest.fixture
def sqlite_store(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("sqlite", "furnished", furnished, tmp_path) as url:
        yield url


async def furnished_today(url: str) -> None:
    """For a server in a process of its own, whose clock is the wall's."""
    await upgrade(url)
    database = Database(url)
    await build_store(database, SystemClock().now())
    await database.close()


@pytest.fixture
def sqlite_store_of_today(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("sqlite", "furnished_today", furnished_today, tmp_path) as url:
        yield url
