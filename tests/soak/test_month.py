"""The month of a store: every loop ends owned and closed or escalated, and nothing is wrong between."""

import asyncio
from pathlib import Path

import pytest

from lanekeeper.migrate import upgrade
from tests.soak.month import Size, live_through
from tests.soak.seeds import Figures, seed

pytestmark = pytest.mark.soak


def test_a_month_of_a_store_owes_nothing_silently(tmp_path: Path, figures: Figures) -> None:
    url = f"sqlite:///{tmp_path}/month.db"
    asyncio.run(upgrade(url))
    month = Size(30, 3_000, 1_300, 2_500, 800, 60, 300, 900, runs_off=32, step_minutes=5, verify_minutes=30)
    story = live_through(url, month, seed())
    figures(f"{dict(story.counts)}; {story.checks} checks, {story.still_open} open at the end; {dict(story.ends)}")
