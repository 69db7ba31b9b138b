"""The gate lets a version through that is as good as the live one, and stops one that is worse."""

import random

import pytest

from agent.rehearsal.gate import (
    ALL_RUNS,
    FIRST_RUNS,
    Gate,
    ScenarioRuns,
    Side,
    Standing,
    Tally,
    Verdict,
    decide,
    is_flaky,
    judge_counts,
    judged,
)

SCENARIOS = 40


def runs(candidate: Tally, live: Tally, **values: object) -> ScenarioRuns:
    made = ScenarioRuns("price", Side(candidate, {}, candidate.runs), Side(live, {}, live.runs))
    return ScenarioRuns(**{**vars(made), **values})


@pytest.mark.parametrize(
    ("passed", "of", "verdict"),
    [
        (5, 5, Verdict.PASSES),
        (4, 5, Verdict.MORE),
        (0, 5, Verdict.FAILS),
        (16, 20, Verdict.PASSES),
        (15, 20, Verdict.FAILS),
        (4, 4, Verdict.MORE),
        (1, 5, Verdict.MORE),
    ],
)
def test_five_of_five_settle_it_and_else_sixteen_of_twenty(passed: int, of: int, verdict: Verdict) -> None:
    assert judged(Tally(passed, of)) is verdict


def test_a_check_that_only_the_candidate_fails_blocks_once_and_for_all() -> None:
    bad = Side(Tally(5, 5), {"obeys STOP": 1}, 5)
    gate = decide([ScenarioRuns("stop", bad, Side(Tally(5, 5), {}, 5))], waived=frozenset({"stop: obeys STOP"}))
    assert not gate.open
    assert gate.waivable == ()


def test_a_fault_live_has_too_waits_for_an_administrator_unless_it_got_worse() -> None:
    live = Side(Tally(5, 5), {"offers a person": 2}, 5)
    same = ScenarioRuns("angry", Side(Tally(5, 5), {"offers a person": 2}, 5), live)
    assert decide([same]).waivable == ("angry: offers a person",)
    assert not decide([same]).open
    assert decide([same], waived=frozenset({"angry: offers a person"})).open
    worse = ScenarioRuns("angry", Side(Tally(5, 5), {"offers a person": 3}, 5), live)
    assert not decide([worse], waived=frozenset({"angry: offers a person"})).open


def test_failing_where_live_passes_blocks_and_failing_together_warns() -> None:
    assert decide([runs(Tally(11, 20), Tally(5, 5))]).outcomes[0].standing is Standing.REGRESSION
    weak = decide([runs(Tally(15, 20), Tally(12, 20))])
    assert weak.outcomes[0].standing is Standing.KNOWN_WEAK
    assert weak.open


def test_a_suite_that_is_five_points_worse_is_blocked_though_no_scenario_is() -> None:
    gate = decide([runs(Tally(17, 20), Tally(18, 20)) for _ in range(10)])
    assert not gate.open
    assert {outcome.standing for outcome in gate.outcomes} == {Standing.SAME}


def test_a_flaky_scenario_and_an_unproven_judge_only_advise() -> None:
    shaky = runs(Tally(5, 20), Tally(5, 5), history=Tally(90, 100))
    assert is_flaky(shaky.history)
    assert decide([shaky]).open
    assert decide([shaky]).flaky == 1
    unproven = runs(Tally(15, 20), Tally(16, 20), judge_counts=False)
    assert decide([unproven, *(runs(Tally(5, 5), Tally(5, 5)) for _ in range(9))]).open


def test_a_judge_counts_from_fifty_labels_and_agreement_well_beyond_chance() -> None:
    assert judge_counts(45, 0.5, 50)
    assert not judge_counts(45, 0.5, 49)
    assert not judge_counts(42, 0.5, 50)


def test_a_simulated_model_never_opens_the_gate() -> None:
    assert not decide([runs(Tally(5, 5), Tally(5, 5))], evidence=False).open
    assert not decide([]).open


def test_twenty_planted_regressions_are_stopped() -> None:
    stopped = [not _played(random.Random(seed), broken=seed % SCENARIOS, rule=seed % 2 == 0).open for seed in range(20)]
    assert sum(stopped) >= 19


def test_an_unchanged_prompt_is_let_through() -> None:
    stopped = [not _played(random.Random(1000 + seed)).open for seed in range(100)]
    assert sum(stopped) <= 5


def _played(chance: random.Random, broken: int | None = None, *, rule: bool = False) -> Gate:
    """A run of the gate in which every scenario passes 97 times of 100, but for one that is broken.

    Broken is a rule that is always broken, or a judged check that fails every other time.
    """
    made = []
    for number in range(SCENARIOS):
        hit = number == broken
        ours = _side(chance, 0.5 if hit and not rule else 0.97, breaks=hit and rule)
        made.append(ScenarioRuns(str(number), ours, _side(chance, 0.97, breaks=False), Tally(98, 100)))
    return decide(made)


def _side(chance: random.Random, rate: float, *, breaks: bool) -> Side:
    results = [chance.random() < rate for _ in range(FIRST_RUNS)]
    if not all(results):
        results += [chance.random() < rate for _ in range(ALL_RUNS - FIRST_RUNS)]
    return Side(
        Tally(sum(results), len(results)), {"never invents a price": len(results)} if breaks else {}, len(results)
    )
