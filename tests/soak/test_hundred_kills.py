"""kill -9 at a hundred random moments with calls live: after the last restart nothing is lost and nothing is double."""

from collections import Counter
from pathlib import Path

import pytest

from tests.soak.killing import Killings, kill
from tests.soak.seeds import Figures, many, seed

pytestmark = pytest.mark.soak


def test_a_hundred_kills_lose_no_call(
    sqlite_store_of_today: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    report(figures, kill(sqlite_store_of_today, tmp_path, monkeypatch, seed=seed(), kills=many("KILLS", 100)))


def test_kills_on_postgres_lose_no_call(
    postgres_store_of_today: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    report(figures, kill(postgres_store_of_today, tmp_path, monkeypatch, seed=seed(), kills=many("POSTGRES_KILLS", 20)))


def report(figures: Figures, done: Killings) -> None:
    live = done.live_at_kill
    figures(
        f"{len(live)} kills, {done.calls} calls, {sum(live) / len(live):.1f} live at a kill, seed {done.seed}; "
        f"doing then: {dict(Counter(done.under_way))}"
    )
    assert sum(live) >= len(live)
