"""Everything going wrong at once, in short; `make soak` runs the same a thousand times over."""

import shutil
from pathlib import Path

import pytest

from tests.soak.forging import forgery
from tests.soak.hostile import assault
from tests.soak.killing import kill
from tests.soak.storm import storm

SEED = 7


def test_three_calls_in_a_storm_leave_three_outcomes(store_url: str, tmp_path: Path) -> None:
    storm(store_url, tmp_path, seed=SEED, calls=3, at_once=3)


def test_a_kill_with_calls_live_loses_no_call(
    sqlite_store_of_today: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kill(sqlite_store_of_today, tmp_path, monkeypatch, seed=2, kills=1).calls > 0


def test_four_hundred_fuzzed_frames_harm_nobody(sqlite_store: str, tmp_path: Path) -> None:
    calm = tmp_path / "calm"
    calm.mkdir()
    shutil.copy(sqlite_store.removeprefix("sqlite:///"), calm / "lanekeeper.db")
    assault(sqlite_store, tmp_path, f"sqlite:///{calm / 'lanekeeper.db'}", calm, seed=SEED, frames=400)


def test_thirty_forged_and_replayed_requests_change_nothing(sqlite_store: str, tmp_path: Path) -> None:
    forgery(sqlite_store, tmp_path, seed=SEED, attempts=30)
