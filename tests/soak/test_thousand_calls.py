"""A thousand calls with everything going wrong: a thousand outcomes, nothing left running, nothing promised twice."""

import os
from pathlib import Path

import pytest

from tests.soak.storm import storm

pytestmark = pytest.mark.soak

CALLS = int(os.environ.get("SOAK_CALLS", "1000"))
SEED = int(os.environ.get("SOAK_SEED", "20261120"))


def test_a_thousand_calls_leave_a_thousand_outcomes(store_url: str, tmp_path: Path) -> None:
    storm(store_url, tmp_path, seed=SEED, calls=CALLS, at_once=40)
