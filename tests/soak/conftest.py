"""Furnished stores: those of the flows, whose day stands still, and those of today, for processes in real time."""

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from kit.clock import SystemClock
from kit.db import Database
from kit.logging import configure_logging
from lanekeeper.migrate import upgrade
from simulator.store import build_store
from tests.conftest import Templates
from tests.flows.conftest import sqlite_store, store_url

__all__ = ["sqlite_store", "store_url"]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Tens of thousands of refusals are what these tests are for, and not news."""
    configure_logging("CRITICAL")
    picows = logging.getLogger("picows")
    before = picows.level
    picows.setLevel(logging.CRITICAL)
    yield
    picows.setLevel(before)
    structlog.reset_defaults()


@pytest.fixture
def figures(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Says what a run came to, captured output or not."""

    def say(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{line}\n")

    return say


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
