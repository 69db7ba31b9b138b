"""An event loop whose clock jumps: minutes of call in milliseconds, on real loopback sockets."""

import asyncio
import os
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")

STALL_SECONDS = 30.0
# How long a hold may freeze the clock before it runs at real speed: a held task may itself be waiting for a timer.
PATIENCE_SECONDS = 0.5
# Loopback delivers a write before send() returns, unless the kernel put it off. What comes late after a short jump is
# late by no more than the jump; so the longer the jump, the longer the look before it. Yielding may cost a time slice.
SHORT_JUMP_SECONDS = 0.004
LONG_JUMP_SECONDS = 0.05
GRACE_SECONDS = 0.001


class VirtualTimeStalled(RuntimeError):
    """Nothing happened for a long real time, and no timer could make anything happen."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """time() jumps to the next timer when no socket is ready, no executor job runs and nobody holds the clock."""

    def __init__(self, starts_at: float = 1_000.0, stall_seconds: float = STALL_SECONDS) -> None:
        self._virtual = starts_at
        self._holds = 0
        self._selecting = _JumpingSelector(self, stall_seconds)
        super().__init__(self._selecting)

    def time(self) -> float:
        """Virtual seconds."""
        return self._virtual

    def hold(self) -> None:
        """Work the loop cannot see has begun; time waits for it."""
        self._holds += 1

    def release(self) -> None:
        """That work has ended."""
        if self._holds <= 0:
            raise RuntimeError("release() without hold()")
        self._holds -= 1

    @property
    def held(self) -> bool:
        return self._holds > 0

    def jump(self, seconds: float) -> None:
        """Moves the clock; only the selector calls this."""
        self._virtual += seconds

    def run_in_executor(  # type: ignore[override]  # the stub's overloads differ between Python versions
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """As the base class; time waits for the job."""
        job = super().run_in_executor(executor, func, *args)
        self.hold()
        job.add_done_callback(lambda _: self.release())
        return job


def run_virtually(main: Coroutine[Any, Any, T], stall_seconds: float = STALL_SECONDS) -> T:
    """asyncio.run on a fresh VirtualLoop."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(stall_seconds=stall_seconds)) as runner:
        return runner.run(main)


class _JumpingSelector(selectors.DefaultSelector):
    """Looks at the sockets without waiting; when nothing is ready, moves the clock instead of sleeping."""

    def __init__(self, loop: VirtualLoop, stall_seconds: float) -> None:
        super().__init__()
        self._loop = loop
        self._stall_seconds = stall_seconds

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None:
            return self._wait_for_the_world()
        if self._loop.held:
            ready, left = self._wait_while_held(timeout)
            if ready or left <= 0:
                return ready
            timeout = left
        return self._look_again(timeout) or self._jump(timeout)

    def _jump(self, seconds: float) -> list[tuple[selectors.SelectorKey, int]]:
        self._loop.jump(seconds)
        return []

    def _look_again(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout > SHORT_JUMP_SECONDS:
            os.sched_yield()
        ready = super().select(0)
        if ready or timeout <= LONG_JUMP_SECONDS:
            return ready
        return super().select(GRACE_SECONDS)

    def _wait_while_held(self, timeout: float) -> tuple[list[tuple[selectors.SelectorKey, int]], float]:
        """Freezes the clock, then runs it at real speed. Returns what became ready, or the virtual seconds left."""
        ready = super().select(PATIENCE_SECONDS)
        began = time.monotonic()
        while not ready and timeout > 0:
            if time.monotonic() - began > self._stall_seconds:
                raise VirtualTimeStalled(f"work outside the loop has held the clock for {self._stall_seconds:.0f} s")
            before = time.monotonic()
            ready = super().select(min(timeout, 0.05))
            slept = min(timeout, time.monotonic() - before)
            self._loop.jump(slept)
            timeout -= slept
        return ready, timeout

    def _wait_for_the_world(self) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(self._stall_seconds)
        if not ready:
            held = " while the clock is held" if self._loop.held else ""
            raise VirtualTimeStalled(
                f"no timer is set and nothing arrived for {self._stall_seconds:.0f} s of real time{held}: "
                "a task waits for something that will never happen"
            )
        return ready
