"""An import that dies at any moment and is run again ends in the same record as one that did not die."""

import random
from pathlib import Path

import pytest

from crm_sync import intake
from kit.db import Database
from lanekeeper.migrate import upgrade
from simulator.dealer_group import write_night
from tests.builders import ROOFTOP, a_store
from tests.conftest import Templates
from tests.crm_sync.fingerprint import fingerprint
from tests.crm_sync.ingest_once import SMALL_CHUNK, take_all_in
from tests.fakes.mortal import a_mortal


async def test_kill_9_at_random_points_ends_in_the_same_record(
    database: Database, templates: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "CHUNK", SMALL_CHUNK)
    await _kill_and_compare(database, templates, tmp_path, kills=3, scale=0.0002, seed=5)


@pytest.mark.soak
async def test_fifty_kills_end_in_the_same_record(
    database: Database, templates: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "CHUNK", SMALL_CHUNK)
    await _kill_and_compare(database, templates, tmp_path, kills=50, scale=0.01, seed=6)


async def _kill_and_compare(
    database: Database, templates: Templates, folder: Path, *, kills: int, scale: float, seed: int
) -> None:
    files = folder / "files"
    for night in (1, 2):
        write_night(files, seed=seed, scale=scale, night=night)
    await a_store(database)
    await _killed_again_and_again(database.url, files, kills, random.Random(seed))
    (folder / "calm").mkdir()
    with templates.copy("sqlite", "migrated", upgrade, folder / "calm") as url:
        calm = Database(url)
        try:
            await a_store(calm)
            await take_all_in(calm.url, sorted(files.glob("*.txt")))
            assert await fingerprint(database, ROOFTOP) == await fingerprint(calm, ROOFTOP)
        finally:
            await calm.close()


async def _killed_again_and_again(url: str, files: Path, kills: int, dice: random.Random) -> None:
    """Starts the import and kills it, `kills` times; then lets it finish."""
    async with a_mortal("tests.crm_sync.ingest_once", url, str(files)) as importing:
        killed = sum([not await importing.finishes(within=dice.uniform(0.02, 0.4)) for _ in range(kills)])
        assert await importing.finishes()
        assert killed >= kills - 1
