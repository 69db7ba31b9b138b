"""Time as a value passed in, so that tests and the simulator own it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable


class Clock(Protocol):
    """Wall time for records, monotonic time for durations; never mix the two."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backwards; only differences mean anything."""
        ...


class LoopClock:
    """Follows the running event loop, so a virtual loop moves wall time as well."""

    def __init__(self, started_at: datetime, loop: asyncio.AbstractEventLoop) -> None:
        self._started_at = started_at
        self._loop = loop
        self._origin = loop.time()

    def now(self) -> datetime:
        return self._started_at + timedelta(seconds=self._loop.time() - self._origin)

    def monotonic(self) -> float:
        return self._loop.time()


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


@runtime_checkable
class HoldsTime(Protocol):
    """A loop with virtual time, which must not jump while work is under way elsewhere."""

    def hold(self) -> None: ...

    def release(self) -> None: ...


@contextmanager
def busy() -> Iterator[None]:
    """Marks work the loop cannot see (a database thread or server) so that virtual time waits for it."""
    loop: object = asyncio.get_running_loop()
    if not isinstance(loop, HoldsTime):
        yield
        return
    loop.hold()
    try:
        yield
    finally:
        loop.release()
