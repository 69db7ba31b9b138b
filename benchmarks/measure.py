"""Arithmetic of the bench, and what the kernel says of processes and cores."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
# A second in which somebody else, or the hypervisor, had more of a core than this says little about the app.
_QUIET = 0.05
_FEW_SECONDS = 4


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


@dataclass(frozen=True, slots=True)
class Spread:
    """How a latency is distributed, in milliseconds."""

    count: int
    p50: float
    p99: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(len(values), percentile(values, 0.5), percentile(values, 0.99), max(values, default=math.nan))


@dataclass(slots=True)
class Second:
    """What was measured in one second; latencies in nanoseconds, truncation errors in milliseconds."""

    up: list[int] = field(default_factory=list)
    down: list[int] = field(default_factory=list)
    first_audio: list[int] = field(default_factory=list)
    turn: list[int] = field(default_factory=list)
    barge_in: list[int] = field(default_factory=list)
    truncation: list[float] = field(default_factory=list)
    rig_late: list[int] = field(default_factory=list)
    stolen: float = 0.0
    others: float = 0.0

    @property
    def quiet(self) -> bool:
        return self.stolen < _QUIET and self.others < _QUIET


@dataclass(slots=True)
class Meter:
    """Collects while it is open; the hot paths append to `now` and never ask whether anybody is interested."""

    now: Second = field(default_factory=Second)
    seconds: list[Second] = field(default_factory=list)

    def next_second(self, stolen: float, others: float) -> None:
        self.now.stolen, self.now.others = stolen, others
        self.seconds.append(self.now)
        self.now = Second()

    def restart(self) -> None:
        self.seconds, self.now = [], Second()


def judged(seconds: Sequence[Second]) -> tuple[Sequence[Second], bool]:
    """The quiet seconds if there are enough of them, else all; and whether they were enough."""
    quiet = [second for second in seconds if second.quiet]
    enough = len(quiet) >= min(_FEW_SECONDS, len(seconds))
    return (quiet, True) if enough else (seconds, False)


def in_ms(lists: Iterable[Sequence[int]]) -> list[float]:
    return [value / 1e6 for values in lists for value in values]


def mb_per_call(rss: Sequence[tuple[int, float]]) -> float:
    """The slope of memory over calls, by least squares over (calls, MB)."""
    if len({calls for calls, _ in rss}) < 2:
        return math.nan
    mean_x = sum(calls for calls, _ in rss) / len(rss)
    mean_y = sum(mb for _, mb in rss) / len(rss)
    over = sum((calls - mean_x) * (mb - mean_y) for calls, mb in rss)
    return over / sum((calls - mean_x) ** 2 for calls, _ in rss)


# ---- the kernel --------------------------------------------------------------------------------------------------


def process_tree(pid: int) -> list[int]:
    """A process and all its children."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            waiting += [int(child) for child in task.read_text().split()]
    return found


def own_cpu_seconds() -> float:
    """CPU used by this process, without the apps it started."""
    return time.process_time()


def cpu_seconds(pid: int) -> float:
    """CPU used by a process, all its threads and its children."""
    total = 0.0
    for one in process_tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / _TICK
    return total


def rss_mb(pid: int) -> float:
    """Resident memory of a process and its children."""
    total = 0
    for one in process_tree(pid):
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1])
        except OSError:
            continue
    return total * os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(frozen=True, slots=True)
class CoreTimes:
    """Seconds one core has spent busy, and seconds the hypervisor gave to somebody else."""

    busy: float
    stolen: float


def core_times(core: int) -> CoreTimes:
    for line in Path("/proc/stat").read_text().splitlines():
        name, *counts = line.split()
        if name == f"cpu{core}":
            user, nice, system, _idle, _wait, irq, soft, steal = (int(count) / _TICK for count in counts[:8])
            return CoreTimes(user + nice + system + irq + soft, steal)
    raise LookupError(f"core {core}")


@dataclass(slots=True)
class Watcher:
    """Second by second: how much of the two cores went to neither side of the bench."""

    app_pid: int
    app_core: int
    rig_core: int
    _app: float = 0.0
    _rig: float = 0.0
    _cores: tuple[CoreTimes, CoreTimes] = (CoreTimes(0, 0), CoreTimes(0, 0))

    def look(self) -> tuple[float, float]:
        """Seconds stolen, and seconds used by others, since the last look (the worse core of the two)."""
        app, rig = cpu_seconds(self.app_pid), own_cpu_seconds()
        cores = core_times(self.app_core), core_times(self.rig_core)
        if self.app_core == self.rig_core:
            used = [app - self._app + rig - self._rig] * 2
        else:
            used = [app - self._app, rig - self._rig]
        stolen = max(new.stolen - old.stolen for new, old in zip(cores, self._cores, strict=True))
        # Ticks are 10 ms and charged to whoever runs then, so a few may be off.
        others = max(new.busy - old.busy - mine for new, old, mine in zip(cores, self._cores, used, strict=True))
        self._app, self._rig, self._cores = app, rig, cores
        return stolen, max(0.0, others - 0.03)
