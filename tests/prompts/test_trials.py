"""Experiments: the same customer always has the same arm, and nothing is declared that chance would bring."""

import random

import pytest

from prompts.trials import Arm, Counts, Standing, arm_of, is_uneven, needed_per_arm, result, weeks_for


def test_the_console_says_how_many_it_takes() -> None:
    assert (needed_per_arm(0.40, 0.45), needed_per_arm(0.40, 0.50)) == (1534, 388)
    assert (weeks_for(1534, 400), weeks_for(388, 400)) == (8, 2)
    with pytest.raises(ValueError, match="two different rates"):
        needed_per_arm(0.4, 0.4)


def test_a_customer_keeps_their_arm_and_the_arms_are_even() -> None:
    arms = [arm_of("e1", f"customer-{n}") for n in range(10_000)]
    assert arms == [arm_of("e1", f"customer-{n}") for n in range(10_000)]
    assert not is_uneven(arms.count(Arm.CONTROL), arms.count(Arm.TRIAL))
    elsewhere = [arm_of("e2", f"customer-{n}") for n in range(10_000)]
    assert 0.45 < sum(a == b for a, b in zip(arms, elsewhere, strict=True)) / 10_000 < 0.55


def test_the_verdict_is_locked_until_the_planned_size() -> None:
    early = result(Counts(100, 10), Counts(100, 40), 388, "bookings")
    assert (early.standing, early.difference) == (Standing.RUNNING, None)
    assert early.words == "Locked until 388 customers per arm; 288 to go."


def test_a_split_chance_would_not_bring_is_invalid() -> None:
    assert is_uneven(1000, 1200)
    assert not is_uneven(1000, 1080)
    assert result(Counts(1000, 400), Counts(1200, 500), 388, "bookings").standing is Standing.INVALID


def test_results_are_told_in_words_with_their_interval() -> None:
    unproven = result(Counts(1500, 600), Counts(1500, 647), 1500, "bookings")
    assert unproven.standing is Standing.NOT_PROVEN
    assert unproven.words == "+3.1 bookings per 100 (−0.4 to +6.6): not proven"
    assert result(Counts(1500, 600), Counts(1500, 700), 1500, "bookings").standing is Standing.WINS
    assert result(Counts(1500, 600), Counts(1500, 500), 1500, "bookings").standing is Standing.LOSES


def test_two_equal_versions_looked_at_daily_are_rarely_told_apart() -> None:
    """1,000 A/A tests at 40 bookings per 100 and 57 customers a day, looked at every day until the planned size."""
    chance, planned, declared = random.Random(7), 388, 0
    for _ in range(1_000):
        arms = {Arm.CONTROL: [0, 0], Arm.TRIAL: [0, 0]}
        standing = Standing.RUNNING
        while standing is Standing.RUNNING:
            for _ in range(57):
                arm = arms[Arm.TRIAL if chance.random() < 0.5 else Arm.CONTROL]
                arm[0] += 1
                arm[1] += chance.random() < 0.4
            standing = result(Counts(*arms[Arm.CONTROL]), Counts(*arms[Arm.TRIAL]), planned, "bookings").standing
        declared += standing in (Standing.WINS, Standing.LOSES)
    assert declared <= 50
