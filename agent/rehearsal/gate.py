"""May a version go live? The rule of two stages, over counted runs of candidate and live. Pure.

A must-pass check is code: one failure in any run blocks. A judged check is an opinion: five passes of five settle it,
else 20 runs decide at 16. The figures are the console specification's, section 7.8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt

FIRST_RUNS = 5
ALL_RUNS = 20
ENOUGH = 16
_NEAR_LIVE = 0.04
_STEADY = 0.97
_JUDGE_LABELS, _JUDGE_KAPPA = 50, 0.7
_SEEN_OFTEN = 30


class Verdict(StrEnum):
    """What a judged check came to."""

    PASSES = "passes"
    FAILS = "fails"
    MORE = "more_runs"


class Standing(StrEnum):
    """A scenario on the candidate beside live."""

    SAME = "same"
    BETTER = "better"
    REGRESSION = "regression"
    KNOWN_WEAK = "known_weak"
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True)
class Tally:
    """Runs of one thing, and how many of them passed."""

    passed: int = 0
    runs: int = 0

    @property
    def rate(self) -> float:
        return self.passed / self.runs if self.runs else 0.0


@dataclass(frozen=True)
class Side:
    """One version's runs of one scenario. `must_pass` counts failures by the check's name."""

    judged: Tally = Tally()
    must_pass: Mapping[str, int] = field(default_factory=dict)
    runs: int = 0


@dataclass(frozen=True)
class ScenarioRuns:
    """Both sides of a scenario. `history` is how live did on it before; `judge` says whether its judge counts."""

    name: str
    candidate: Side
    live: Side
    history: Tally = Tally()
    judge_counts: bool = True


@dataclass(frozen=True)
class Outcome:
    """A scenario's line on the page."""

    name: str
    standing: Standing
    advisory: bool
    why: str


@dataclass(frozen=True)
class Gate:
    """The whole: open or not, and each reason. `waivable` failures may pass with an administrator's reason."""

    open: bool
    outcomes: tuple[Outcome, ...]
    blocked_by: tuple[str, ...]
    waivable: tuple[str, ...]
    more_runs: tuple[str, ...]
    candidate_rate: float
    live_rate: float
    flaky: int


def judged(tally: Tally) -> Verdict:
    """The two stages: five of five pass; anything else needs 20 runs, of which 16 have to pass."""
    if tally.runs < FIRST_RUNS:
        return Verdict.MORE
    if tally.passed == tally.runs and tally.runs < ALL_RUNS:
        return Verdict.PASSES
    if tally.runs < ALL_RUNS:
        # Once 16 are out of reach, more runs would change nothing.
        return Verdict.FAILS if tally.runs - tally.passed > ALL_RUNS - ENOUGH else Verdict.MORE
    return Verdict.PASSES if tally.passed >= ENOUGH else Verdict.FAILS


def decide(scenarios: Sequence[ScenarioRuns], *, evidence: bool = True, waived: frozenset[str] = frozenset()) -> Gate:
    """The gate over all scenarios. Runs that are no evidence (a simulated model) never open it."""
    blocked, waivable, outcomes, more = [], [], [], []
    if not evidence:
        blocked.append("These runs were made with a simulated model: they are no evidence.")
    if not scenarios:
        blocked.append("No scenario was run.")
    for runs in scenarios:
        for check, failures in sorted(runs.candidate.must_pass.items()):
            if not failures:
                continue
            if _no_worse(failures, runs, check):
                label = f"{runs.name}: {check}"
                waivable.append(label)
                if label not in waived:
                    blocked.append(f"{runs.name} fails “{check}”, as live does: an administrator may let it.")
            else:
                blocked.append(f"{runs.name} fails “{check}”, which the live version keeps.")
        outcome = _outcome(runs)
        outcomes.append(outcome)
        if outcome.standing is Standing.UNSETTLED:
            more.append(runs.name)
        if outcome.standing is Standing.REGRESSION and not outcome.advisory:
            blocked.append(f"{runs.name}: {outcome.why}")
    candidate, live = _rate(scenarios, candidate=True), _rate(scenarios, candidate=False)
    if scenarios and candidate < live - _NEAR_LIVE - 1e-9:
        blocked.append(f"The whole suite passes {candidate:.1%} of its runs, the live version {live:.1%}.")
    flaky = sum(is_flaky(runs.history) for runs in scenarios)
    return Gate(
        not blocked and not more, tuple(outcomes), tuple(blocked), tuple(waivable), tuple(more), candidate, live, flaky
    )


def is_flaky(history: Tally) -> bool:
    """Whether a scenario fails too often by itself to block anybody; it takes some history to say so."""
    return history.runs >= _SEEN_OFTEN and history.rate < _STEADY


def judge_counts(agreed: int, both_yes: float, labels: int) -> bool:
    """Whether a judge may block: 50 human labels or more, and agreement beyond chance (Cohen's kappa) of 0.7.

    `agreed` is how many labels were the same; `both_yes` the agreement that chance alone would bring, 0 to 1.
    """
    if labels < _JUDGE_LABELS or both_yes >= 1:
        return False
    return (agreed / labels - both_yes) / (1 - both_yes) >= _JUDGE_KAPPA


def _no_worse(failures: int, runs: ScenarioRuns, check: str) -> bool:
    """Whether live has the same fault in the same run of the gate, and at least as often."""
    live = runs.live.must_pass.get(check, 0)
    if not live:
        return False
    return failures / max(runs.candidate.runs, 1) <= live / max(runs.live.runs, 1) + 1e-9


def _outcome(runs: ScenarioRuns) -> Outcome:
    ours, theirs = judged(runs.candidate.judged), judged(runs.live.judged)
    advisory = is_flaky(runs.history) or not runs.judge_counts
    said = f"{_said(runs.candidate.judged)}, live {_said(runs.live.judged)}"
    if Verdict.MORE in (ours, theirs):
        return Outcome(runs.name, Standing.UNSETTLED, advisory, f"needs {ALL_RUNS} runs: {said}")
    if ours is Verdict.FAILS:
        standing = Standing.REGRESSION if theirs is Verdict.PASSES else Standing.KNOWN_WEAK
        return Outcome(runs.name, standing, advisory, said)
    if theirs is Verdict.FAILS or _clearly_better(runs):
        return Outcome(runs.name, Standing.BETTER, advisory, said)
    return Outcome(runs.name, Standing.SAME, advisory, said)


def _clearly_better(runs: ScenarioRuns) -> bool:
    ours, theirs = runs.candidate.judged, runs.live.judged
    if not ours.runs or not theirs.runs:
        return False
    pooled = (ours.passed + theirs.passed) / (ours.runs + theirs.runs)
    spread = sqrt(pooled * (1 - pooled) * (1 / ours.runs + 1 / theirs.runs))
    return spread > 0 and (ours.rate - theirs.rate) / spread > 1.96


def _rate(scenarios: Sequence[ScenarioRuns], *, candidate: bool) -> float:
    """The share of passed runs, each scenario counting once: one that was run 20 times is not four scenarios."""
    sides = [runs.candidate if candidate else runs.live for runs in scenarios if not is_flaky(runs.history)]
    rates = [side.judged.rate for side in sides if side.judged.runs]
    return sum(rates) / len(rates) if rates else 1.0


def _said(tally: Tally) -> str:
    return f"{tally.passed}/{tally.runs}"
