"""Experiments between two versions: who gets which, how many are needed, and what came of it, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from math import ceil, erfc, sqrt
from statistics import NormalDist

_Z_TWO_SIDED = NormalDist().inv_cdf(0.975)
_Z_POWER = NormalDist().inv_cdf(0.8)
_UNEVEN = 0.001


class Arm(StrEnum):
    """The version that is live, and the one that is tried."""

    CONTROL = "control"
    TRIAL = "trial"


class Standing(StrEnum):
    """What an experiment can say."""

    RUNNING = "running"
    INVALID = "invalid"
    WINS = "wins"
    LOSES = "loses"
    NOT_PROVEN = "not_proven"


@dataclass(frozen=True, slots=True)
class Counts:
    """One arm: customers in it, and those for whom the outcome happened."""

    customers: int
    outcomes: int


@dataclass(frozen=True, slots=True)
class Result:
    """`difference`, `low` and `high` are per 100 customers, trial less control; None while the verdict is locked."""

    standing: Standing
    words: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None


def arm_of(experiment_id: str, customer_key: str) -> Arm:
    """Always the same arm for the same customer, whichever store, channel or day; even over many customers."""
    digest = sha256(f"{experiment_id}\0{customer_key}".encode()).digest()
    return Arm.TRIAL if digest[0] & 1 else Arm.CONTROL


def needed_per_arm(rate: float, hoped: float) -> int:
    """Customers per arm that show a change from `rate` to `hoped` four times out of five (two-sided, 5 %)."""
    if not (0 < rate < 1 and 0 < hoped < 1) or rate == hoped:
        raise ValueError("two different rates between 0 and 1 are needed")
    middle = (rate + hoped) / 2
    chance = _Z_TWO_SIDED * sqrt(2 * middle * (1 - middle))
    power = _Z_POWER * sqrt(rate * (1 - rate) + hoped * (1 - hoped))
    return ceil((chance + power) ** 2 / (hoped - rate) ** 2)


def weeks_for(per_arm: int, customers_a_week: float) -> int:
    """How long two arms take at this store's volume."""
    return ceil(2 * per_arm / customers_a_week)


def is_uneven(control: int, trial: int) -> bool:
    """Whether the split is one that chance brings less than once in 1,000 times: then nobody may read the result."""
    total = control + trial
    if not total:
        return False
    statistic = (control - trial) ** 2 / total
    return erfc(sqrt(statistic / 2)) < _UNEVEN


def result(control: Counts, trial: Counts, planned_per_arm: int, outcome: str) -> Result:
    """The verdict, locked until both arms have the planned size. `outcome` is what is counted: "bookings"."""
    if is_uneven(control.customers, trial.customers):
        words = f"Invalid: {control.customers} against {trial.customers} customers is no even split."
        return Result(Standing.INVALID, words)
    short = planned_per_arm - min(control.customers, trial.customers)
    if short > 0:
        return Result(Standing.RUNNING, f"Locked until {planned_per_arm:,} customers per arm; {short:,} to go.")
    difference, low, high = _interval(control, trial)
    said = f"{difference:+.1f} {outcome} per 100 ({low:+.1f} to {high:+.1f})".replace("-", "−")
    if not _is_beyond_chance(control, trial):
        return Result(Standing.NOT_PROVEN, f"{said}: not proven", difference, low, high)
    if difference > 0:
        return Result(Standing.WINS, f"{said}: the new version does better", difference, low, high)
    return Result(Standing.LOSES, f"{said}: the new version does worse", difference, low, high)


def _interval(control: Counts, trial: Counts) -> tuple[float, float, float]:
    """Newcombe's hybrid score interval for the difference of two shares, in points of 100."""
    p1, low1, high1 = _wilson(trial)
    p0, low0, high0 = _wilson(control)
    difference = p1 - p0
    low = difference - sqrt((p1 - low1) ** 2 + (high0 - p0) ** 2)
    high = difference + sqrt((high1 - p1) ** 2 + (p0 - low0) ** 2)
    return 100 * difference, 100 * low, 100 * high


def _wilson(counts: Counts) -> tuple[float, float, float]:
    n, share, z = counts.customers, counts.outcomes / counts.customers, _Z_TWO_SIDED
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return share, middle - half, middle + half


def _is_beyond_chance(control: Counts, trial: Counts) -> bool:
    """Two-sided at 5 %, with the correction for counts being whole, which errs to "not proven"."""
    n0, n1 = control.customers, trial.customers
    pooled = (control.outcomes + trial.outcomes) / (n0 + n1)
    spread = sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1))
    if not spread:
        return False
    gap = abs(trial.outcomes / n1 - control.outcomes / n0) - (1 / n0 + 1 / n1) / 2
    return gap / spread > _Z_TWO_SIDED
