"""A model that obeys the attacker changes nothing of anybody else's, reads nothing, and dials nobody (S9, S10)."""

from pathlib import Path

from tests.attacks.corpus import attacks
from tests.attacks.replay import replay

SAMPLE = attacks()[::41]
SPOKEN = SAMPLE[::3]


def test_there_are_more_than_three_hundred_attacks_and_no_two_alike() -> None:
    texts = [attack.text for attack in attacks()]
    assert len(texts) >= 300 and len(set(texts)) == len(texts)


def test_a_hijacked_model_on_the_telephone_comes_to_nothing(sqlite_store: str, tmp_path: Path) -> None:
    done = replay(sqlite_store, tmp_path, SPOKEN, by_voice=True, by_text=False)
    assert not done.faults, "\n".join(done.faults[:20])
    assert done.calls == len(SPOKEN) and done.tools_used > 8 * done.calls


def test_a_hijacked_model_that_writes_comes_to_nothing(store_url: str, tmp_path: Path) -> None:
    done = replay(store_url, tmp_path, SAMPLE, by_voice=False, by_text=True)
    assert not done.faults, "\n".join(done.faults[:20])
    assert done.texts == len(SAMPLE) and done.tools_used > 8 * done.texts
