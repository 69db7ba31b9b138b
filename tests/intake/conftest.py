"""The store behind the doors: on both engines where something is filed, on one where a door only answers."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from kit.db import Database
from lanekeeper.migrate import upgrade
from tests.conftest import Templates
from tests.intake.a_door import LeadStore, a_lead_store


@pytest.fixture
async def store(database: Database) -> AsyncIterator[LeadStore]:
    made = await a_lead_store(database)
    yield made
    await made.http.aclose()


@pytest.fixture
def one_url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("sqlite", "migrated", upgrade, tmp_path) as url:
        yield url


@pytest.fixture
async def doors(one_url: str) -> AsyncIterator[LeadStore]:
    """The store where what matters is the door's answer and not the engine behind it."""
    database = Database(one_url)
    made = await a_lead_store(database)
    yield made
    await made.http.aclose()
    await database.close()
