"""One timer for everything that happens at a millisecond: frames of every call, marks reached, deltas due."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

from benchmarks.measure import Meter

SLOTS = 20


class Paced(Protocol):
    """Something with 20 ms of audio to send."""

    def frame(self, now_ns: int) -> None: ...


class Wheel:
    """Ticks every millisecond; late ticks are made good in order, and lateness is measured, for it is the rig's own."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._slots: list[list[Paced]] = [[] for _ in range(SLOTS)]
        self._due: defaultdict[int, list[Callable[[], None]]] = defaultdict(list)
        self._tick = 0
        self._count = 0
        self._began = 0.0
        self._handle: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = milliseconds()
        self._handle = self._loop.call_later(0.001, self._turn)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._due.clear()

    def pace(self, paced: Paced) -> None:
        """Every 20 ms from now on, spread over the slots."""
        self._count += 1
        self._slots[self._count * 7 % SLOTS].append(paced)

    def unpace(self, paced: Paced) -> None:
        for slot in self._slots:
            if paced in slot:
                slot.remove(paced)

    def at(self, due_ms: float, call: Callable[[], None]) -> None:
        """Once, at the first tick at or after `due_ms` of `milliseconds`; never in this tick."""
        self._due[max(int(due_ms - self._began) + 1, self._tick + 1)].append(call)

    def _turn(self) -> None:
        assert self._loop is not None
        # The loop's own clock stands still between two polls, and counts whole milliseconds.
        now = milliseconds() - self._began
        self._meter.now.rig_late.append(int((now - self._tick - 1) * 1e6))
        while self._tick < int(now):
            self._tick += 1
            for paced in self._slots[self._tick % SLOTS]:
                paced.frame(time.monotonic_ns())
            due = self._due.pop(self._tick, None)
            if due is not None:
                for call in due:
                    call()
        self._handle = self._loop.call_later(0.001, self._turn)


def milliseconds() -> float:
    """The machine's monotonic clock, which is also the loop's."""
    return time.monotonic_ns() / 1e6
