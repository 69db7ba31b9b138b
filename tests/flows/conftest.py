"""A furnished store, built once for each engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.db import Database
from lanekeeper.migrate import upgrade
from simulator.store import build_store
from tests.conftest import Templates
from tests.flows.world import NOW


async def furnished(url: str) -> None:
    await upgrade(url)
    database = Database(url)
    await build_store(database, NOW)
    await database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy(request.param, "furnished", furnished, tmp_path) as url:
        yield url


@pytest.fixture
def sqlite_store(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("sqlite", "furnished", furnished, tmp_path) as url:
        yield url
