"""Which runs a rehearsal still owes, and what those that are done come to. Pure.

A first stage plays every scenario five times on both sides. Where a judged check did not pass five times of five on
either side, a second one plays that scenario up to twenty times on both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.rehearsal.gate import ALL_RUNS, FIRST_RUNS, Gate, ScenarioRuns, Side, Tally, Verdict, decide, judged
from agent.rehearsal.played import Result
from prompts.scenarios import Scenario

CANDIDATE, LIVE = "candidate", "live"
SIDES = (CANDIDATE, LIVE)


@dataclass(frozen=True, slots=True)
class Ran:
    """One run as far as deciding needs it. `opinions` are only those of judges that count."""

    key: str
    side: str
    number: int
    must: tuple[Result, ...] = ()
    opinions: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Owed:
    """A run that is still to be played."""

    key: str
    side: str
    number: int


def owed(scenarios: Sequence[Scenario], ran: Iterable[Ran], runs: int = FIRST_RUNS) -> list[Owed]:
    """What is still to be played, both sides in turn. One run of each (`runs` = 1) is a replay: it has no second
    stage."""
    of = _by_side(ran)
    left: list[Owed] = []
    for scenario in scenarios:
        wanted = runs
        if runs == FIRST_RUNS and all(len(of.get((scenario.key, side), ())) >= FIRST_RUNS for side in SIDES):
            verdicts = [judged(_opinion(of[(scenario.key, side)])) for side in SIDES]
            wanted = ALL_RUNS if Verdict.MORE in verdicts else runs
        for number in range(wanted):
            left += [
                Owed(scenario.key, side, number)
                for side in SIDES
                if number not in {each.number for each in of.get((scenario.key, side), ())}
            ]
    return sorted(left, key=lambda each: each.number)


def gate(
    scenarios: Sequence[Scenario],
    ran: Iterable[Ran],
    *,
    history: Mapping[str, Tally],
    evidence: bool,
    waived: frozenset[str] = frozenset(),
) -> Gate:
    """The gate's decision over what was played."""
    of = _by_side(ran)
    rows = [
        ScenarioRuns(
            scenario.name,
            _side(of.get((scenario.key, CANDIDATE), [])),
            _side(of.get((scenario.key, LIVE), [])),
            history.get(scenario.key, Tally()),
        )
        for scenario in scenarios
    ]
    return decide(rows, evidence=evidence, waived=waived)


def _by_side(ran: Iterable[Ran]) -> dict[tuple[str, str], list[Ran]]:
    made: dict[tuple[str, str], list[Ran]] = {}
    for each in ran:
        made.setdefault((each.key, each.side), []).append(each)
    return made


def _opinion(runs: Sequence[Ran]) -> Tally:
    """A run without opinions passes them all: its must-pass checks speak for themselves."""
    return Tally(sum(all(each.passed for each in run.opinions) for run in runs), len(runs))


def _side(runs: Sequence[Ran]) -> Side:
    failed = Counter(each.name for run in runs for each in run.must if not each.passed)
    return Side(_opinion(runs), dict(failed), len(runs))
