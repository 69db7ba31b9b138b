"""Short lives of a store by seed: crashes, delays, copies and lost answers at every await; nothing twice or lost."""

import asyncio
from pathlib import Path

from lanekeeper.migrate import upgrade
from tests.soak.fate import live_many

SEEDS = range(12)


def test_texts_are_sent_once_and_none_is_lost_whatever_happens_at_any_await(tmp_path: Path) -> None:
    """`SOAK_SEED=n SOAK_LIVES=1 make soak` lives one again."""
    url = f"sqlite:///{tmp_path}/fate.db"
    asyncio.run(upgrade(url))
    assert live_many(url, SEEDS).lives == len(SEEDS)
