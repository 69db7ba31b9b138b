"""A thousand calls with everything going wrong: a thousand outcomes, nothing left running, nothing promised twice."""

from pathlib import Path

import pytest

from tests.soak.seeds import Figures, many, seed
from tests.soak.storm import storm

pytestmark = pytest.mark.soak


def test_a_thousand_calls_leave_a_thousand_outcomes(store_url: str, tmp_path: Path, figures: Figures) -> None:
    done = storm(store_url, tmp_path, seed=seed(), calls=many("CALLS", 1_000), at_once=40)
    figures(f"{len(done.plans)} calls, {len(done.talked)} reached a person, outcomes {done.outcomes}, seed {done.seed}")
