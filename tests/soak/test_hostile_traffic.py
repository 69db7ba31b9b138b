"""Fifty thousand fuzzed frames and two thousand forgeries: nothing accepted, nothing broken, nobody else harmed."""

import shutil
from pathlib import Path

import pytest

from tests.soak.forging import forgery
from tests.soak.hostile import assault
from tests.soak.seeds import Figures, many, seed

pytestmark = pytest.mark.soak


def test_fifty_thousand_fuzzed_frames_harm_nobody(sqlite_store: str, tmp_path: Path, figures: Figures) -> None:
    calm = tmp_path / "calm"
    calm.mkdir()
    shutil.copy(sqlite_store.removeprefix("sqlite:///"), calm / "lanekeeper.db")
    done = assault(
        sqlite_store, tmp_path, f"sqlite:///{calm / 'lanekeeper.db'}", calm, seed=seed(), frames=many("FRAMES", 50_000)
    )
    figures(f"{done.sent} frames over {done.sockets} sockets and {len(done.hostile_calls)} calls, seed {seed()}")


def test_two_thousand_forged_and_replayed_requests_change_nothing(
    store_url: str, tmp_path: Path, figures: Figures
) -> None:
    done = forgery(store_url, tmp_path, seed=seed(), attempts=many("FORGERIES", 2_000))
    figures(f"{done.refused} forged, {done.repeated} replayed, {done.upgrades} upgrades, seed {seed()}")
