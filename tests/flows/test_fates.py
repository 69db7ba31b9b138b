"""Short lives of a store by seed: crashes, delays, copies and lost answers at every await; nothing twice or lost."""

from tests.soak.fate import live_many

SEEDS = range(12)


def test_texts_are_sent_once_and_none_is_lost_whatever_happens_at_any_await(sqlite_url: str) -> None:
    """`SOAK_SEED=n SOAK_LIVES=1 make soak` lives one again."""
    assert live_many(sqlite_url, SEEDS).lives == len(SEEDS)
