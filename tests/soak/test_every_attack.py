"""Every attack by voice, by text, and from fields of the record, to a model that obeys it: nothing comes of any."""

from pathlib import Path

import pytest

from tests.attacks.corpus import attacks
from tests.attacks.replay import FIELDS, TEXT, VOICE, replay
from tests.soak.seeds import Figures, many

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("by", [VOICE, TEXT, FIELDS])
def test_every_attack_on_a_hijacked_model_comes_to_nothing(
    sqlite_store: str, tmp_path: Path, by: str, figures: Figures
) -> None:
    wanted = attacks()[: many("ATTACKS", len(attacks()))]
    done = replay(sqlite_store, tmp_path, wanted, by=by)
    figures(f"{done.conversations} attacks by {by}, {done.tools_used} uses of tools, {len(done.faults)} effects")
    assert not done.faults, "\n".join(done.faults[:40])
