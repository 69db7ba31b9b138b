"""As many lives as there is time for: `SOAK_SEED=n SOAK_LIVES=1` lives one of them again."""

import asyncio
from pathlib import Path

import pytest

from lanekeeper.migrate import upgrade
from tests.soak.fate import live_many
from tests.soak.seeds import Figures, many

pytestmark = pytest.mark.soak


def test_a_hundred_thousand_lives_send_each_text_once(tmp_path: Path, figures: Figures) -> None:
    url = f"sqlite:///{tmp_path}/fate.db"
    asyncio.run(upgrade(url))
    first = many("SEED", 0)
    tally = live_many(url, range(first, first + many("LIVES", 100_000)))
    figures(f"{tally}")
