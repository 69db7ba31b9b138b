"""What goes wrong at a receiver, one item of a script for each delivery."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable
from enum import StrEnum


class Fault(StrEnum):
    """`BEFORE` faults lose the delivery; `AFTER` faults keep it and lose the answer, so the sender cannot know."""

    NONE = "none"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    SILENCE_BEFORE = "silence_before"
    SILENCE_AFTER = "silence_after"
    REDIRECT = "redirect"
    REFUSAL = "refusal"
    SLOW = "slow"

    @property
    def keeps(self) -> bool:
        return self in (Fault.NONE, Fault.SLOW) or self.value.endswith("_after")


class Script:
    """Deliveries meet these faults in order; after the last one everything works."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._left = deque(faults)
        self.met: list[Fault] = []
        self.silent = asyncio.Event()

    def next(self) -> Fault:
        fault = self._left.popleft() if self._left else Fault.NONE
        self.met.append(fault)
        return fault

    def then(self, *faults: Fault) -> None:
        self._left.extend(faults)

    async def fall_silent(self) -> None:
        """Nothing more is said; `silent` tells whoever plays the sender that there is nothing to wait for."""
        self.silent.set()
        await asyncio.Event().wait()

    @contextlib.asynccontextmanager
    async def around(self, fault: Fault) -> AsyncIterator[None]:
        """Keeps a request's connection the way the fault wants: dropped, silent until it is closed, or slow."""
        if fault is Fault.SLOW:
            await asyncio.sleep(0.05)
        if fault is Fault.DROP_BEFORE:
            raise ConnectionError("dropped by the script")
        if fault is Fault.SILENCE_BEFORE:
            await self.fall_silent()
        yield
        if fault is Fault.DROP_AFTER:
            raise ConnectionError("dropped by the script")
        if fault is Fault.SILENCE_AFTER:
            await self.fall_silent()
