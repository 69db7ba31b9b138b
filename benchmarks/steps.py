"""Holds so many calls for so long and says how that went; finds the largest number that goes well."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from benchmarks import app, measure
from benchmarks.calls import Rig, Troubles
from benchmarks.load import NotAnswering, Phones
from benchmarks.measure import Second, Spread, Watcher
from benchmarks.mock_model import serve_model
from benchmarks.tls import Certificate

LATENCY_BAR_MS = 20.0
_RIG_BUSY = 0.9
_WARM_UP_CALLS = 10
# Steps up to here are taken whatever came of the one before: the table needs them.
_ALWAYS = 100

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One number of calls, held for a while."""

    calls: int
    seconds: float
    up: Spread
    down: Spread
    first_audio: Spread
    turn: Spread
    barge_in: Spread
    truncation: Spread
    rig_late: Spread
    cpu_seconds: float
    rig_core: float
    rss_mb: float
    stolen: float
    others: float
    quiet: bool
    troubles: Troubles

    @property
    def cpu_per_call_minute(self) -> float:
        return self.cpu_seconds / (self.calls * self.seconds / 60)

    @property
    def core(self) -> float:
        return self.cpu_seconds / self.seconds

    @property
    def held(self) -> bool:
        """p99 of what was added under 20 ms each way, nothing lost, nobody cut off, no sound after a clear."""
        none = self.troubles
        unharmed = not (
            none.frames_lost_up or none.deltas_lost or none.stale_bytes or none.missed_clears or none.calls_failed
        )
        return unharmed and self.up.p99 < LATENCY_BAR_MS and self.down.p99 < LATENCY_BAR_MS

    @property
    def doubtful(self) -> bool:
        """Somebody else, or the rig itself, may be to blame for a failure."""
        return not self.quiet or self.rig_core > _RIG_BUSY

    def line(self) -> str:
        return (
            f"{self.calls:4d} calls  up {self.up.p50:.2f}/{self.up.p99:.2f} ms  down {self.down.p50:.2f}/"
            f"{self.down.p99:.2f} ms  barge-in {self.barge_in.p50:.2f}/{self.barge_in.p99:.2f} ms  core {self.core:.2f}"
            f"  CPU {self.cpu_per_call_minute:.3f} s/call-min  rig {self.rig_core:.2f}"
            f"  {'held' if self.held else 'not held'}{'' if self.quiet else ' *'}{self.troubles.line()}"
        )


@dataclass(slots=True)
class Run:
    """Everything measured of one app in one go."""

    name: str
    steps: list[Step] = field(default_factory=list)
    idle_mb: float = 0.0
    idle_core: float = 0.0
    cpu_per_call_answered: float = 0.0
    answer_ms: Spread = field(default_factory=lambda: Spread.of([]))
    calls_held: int = 0
    first_not_held: int = 0

    def at(self, calls: int) -> Step | None:
        return next((step for step in self.steps if step.calls == calls), None)

    @property
    def mb_per_call(self) -> float:
        """While the calls grew: memory that was used once is not given back."""
        climbed = [
            step
            for before, step in zip([None, *self.steps], self.steps, strict=False)
            if before is None or step.calls > before.calls
        ]
        return measure.mb_per_call([(step.calls, step.rss_mb) for step in climbed])


class Bench:
    """One app, its callers and its model."""

    def __init__(self, rig: Rig, under_test: app.UnderTest, settle: float, say: Say) -> None:
        self._rig = rig
        self._app = under_test
        self._settle = settle
        self._say = say
        self.tries = 3
        self.phones = Phones(rig, under_test.endpoints)
        self.run = Run(under_test.name)
        self._watcher = Watcher(under_test.pid, under_test.core, app.cores()[1])

    async def warm_up(self) -> None:
        """What it takes to be idle, and to answer and end a call; imports and caches are filled on the way."""
        await self.phones.hold(1)
        await self.phones.hold(0)
        await asyncio.sleep(1)
        self.run.idle_mb = measure.rss_mb(self._app.pid)
        used, began = measure.cpu_seconds(self._app.pid), time.monotonic()
        await asyncio.sleep(3)
        self.run.idle_core = (measure.cpu_seconds(self._app.pid) - used) / (time.monotonic() - began)
        used, began = measure.cpu_seconds(self._app.pid), time.monotonic()
        await self.phones.hold(_WARM_UP_CALLS)
        await self.phones.hold(0)
        await asyncio.sleep(1.5)
        spent = measure.cpu_seconds(self._app.pid) - used - self.run.idle_core * (time.monotonic() - began)
        self.run.cpu_per_call_answered = max(0.0, spent) / _WARM_UP_CALLS

    async def climb(self, plan: Sequence[tuple[int, float]], *, refine: int = 0) -> None:
        """Steps until one is not held; then once more between the last two when `refine` is a step size."""
        for calls, seconds in plan:
            try:
                step = await self.step(calls, seconds)
            except NotAnswering as failed:
                self._say(f"{self.run.name:>10}  {calls} calls: {failed}")
                self.run.first_not_held = calls
                break
            if step.held and not self.run.first_not_held:
                self.run.calls_held = calls
            elif not step.held:
                self.run.first_not_held = self.run.first_not_held or calls
                if calls > _ALWAYS:
                    break
        between = self.run.first_not_held - refine
        if refine and between > self.run.calls_held:
            step = await self.step(between, plan[-1][1])
            if step.held:
                self.run.calls_held = between
            else:
                self.run.first_not_held = between
        self.run.answer_ms = Spread.of(self.phones.answer_ms)
        await self.phones.hang_up_all()

    async def step(self, calls: int, seconds: float) -> Step:
        """A step that fails while somebody else was on the cores is taken again."""
        for attempt in range(self.tries):
            step = await self._once(calls, seconds)
            self._say(f"{self.run.name:>10}  {step.line()}")
            if step.held or not step.doubtful or attempt == self.tries - 1:
                break
        self.run.steps.append(step)
        return step

    async def _once(self, calls: int, seconds: float) -> Step:
        await self.phones.hold(calls)
        await asyncio.sleep(self._settle)
        before = self._rig.counted()
        used, rig_used = measure.cpu_seconds(self._app.pid), measure.own_cpu_seconds()
        self._watcher.look()
        self._rig.meter.restart()
        began = time.monotonic()
        for second in range(1, round(seconds) + 1):
            await asyncio.sleep(began + second - time.monotonic())
            self._rig.meter.next_second(*self._watcher.look())
        took = time.monotonic() - began
        used = measure.cpu_seconds(self._app.pid) - used
        rig_used = measure.own_cpu_seconds() - rig_used
        found = self._rig.counted().less(before)
        return _summed(calls, took, self._rig.meter.seconds, used, rig_used, measure.rss_mb(self._app.pid), found)


def _summed(
    calls: int, took: float, seconds: Sequence[Second], used: float, rig_used: float, rss: float, found: Troubles
) -> Step:
    counted, quiet = measure.judged(seconds)
    return Step(
        calls=calls,
        seconds=took,
        up=Spread.of(measure.in_ms(s.up for s in counted)),
        down=Spread.of(measure.in_ms(s.down for s in counted)),
        first_audio=Spread.of(measure.in_ms(s.first_audio for s in counted)),
        turn=Spread.of(measure.in_ms(s.turn for s in counted)),
        barge_in=Spread.of(measure.in_ms(s.barge_in for s in counted)),
        truncation=Spread.of([error for s in counted for error in s.truncation]),
        rig_late=Spread.of(measure.in_ms(s.rig_late for s in counted)),
        cpu_seconds=used,
        rig_core=rig_used / took,
        rss_mb=rss,
        stolen=sum(s.stolen for s in seconds) / took,
        others=sum(s.others for s in seconds) / took,
        quiet=quiet,
        troubles=found,
    )


@asynccontextmanager
async def simulated_world(certificate: Certificate | None = None) -> AsyncIterator[tuple[Rig, int]]:
    """A rig with its model listening; its port."""
    rig = Rig()
    server = await serve_model(rig, certificate.context() if certificate else None)
    rig.wheel.start()
    try:
        yield rig, server.sockets[0].getsockname()[1]
    finally:
        rig.wheel.stop()
        server.close()
