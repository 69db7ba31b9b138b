"""A model that obeys the attacker changes nothing of anybody else's, reads nothing, and dials nobody (S9, S10)."""

from pathlib import Path

import pytest

from tests.attacks.corpus import attacks
from tests.attacks.replay import FIELDS, TEXT, VOICE, replay

SAMPLE = attacks()[7:8]


def test_there_are_more_than_three_hundred_attacks_and_no_two_alike() -> None:
    texts = [attack.text for attack in attacks()]
    assert len(texts) >= 300 and len(set(texts)) == len(texts)


@pytest.mark.parametrize("by", [VOICE, TEXT, FIELDS])
def test_nothing_comes_of_a_hijacked_model(sqlite_store: str, tmp_path: Path, by: str) -> None:
    done = replay(sqlite_store, tmp_path, SAMPLE, by=by)
    assert not done.faults, "\n".join(done.faults[:20])
    assert done.conversations == len(SAMPLE) and done.tools_used > 10 * done.conversations
