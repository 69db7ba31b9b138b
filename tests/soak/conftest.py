"""Furnished stores: those of the flows, whose day stands still, and those of today, for processes in real time."""

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from kit.logging import configure_logging
from tests.conftest import Templates
from tests.flows.conftest import furnished_today, sqlite_store, sqlite_store_of_today, store_url

__all__ = ["sqlite_store", "sqlite_store_of_today", "store_url"]


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


@pytest.fixture
def postgres_store_of_today(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("postgres", "furnished_today", furnished_today, tmp_path) as url:
        yield url
