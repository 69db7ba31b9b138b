"""Furnished stores: those of the flows, whose day stands still, and those of today, for processes in real time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.clock import SystemClock
from kit.db import Database
from lanekeeper.migrate import upgrade
from simulator.store import build_store
from tests.conftest import Templates
from tests.flows.conftest import sqlite_store, store_url

__all__ = ["sqlite_store", "store_url"]


async def furnished_today(url: str) -> None:
    await upgrade(url)
    database = Database(url)
    await build_store(database, SystemClock().now())
    await database.close()


@pytest.fixture
def sqlite_store_of_today(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("sqlite", "furnished_today", furnished_today, tmp_path) as url:
        yield url


@pytest.fixture
def postgres_store_of_today(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("postgres", "furnished_today", furnished_today, tmp_path) as url:
        yield url
