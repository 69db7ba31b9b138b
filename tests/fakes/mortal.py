"""Work done in a process that may be killed at any moment, and done again in the next; only the first one imports."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any


def live_again_and_again(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """The other side: a child that does the work for each line on stdin."""
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)  # what the work logs is not our answer
            asyncio.run(work())
            os._exit(0)
        os.write(1, f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        os.write(1, f"{status}\n".encode())


@dataclass(frozen=True)
class Mortal:
    """A module that lives again and again."""

    process: asyncio.subprocess.Process

    async def finishes(self, within: float | None = None) -> bool:
        """One life: whether the work came to its end before we killed it."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"again\n")
        child = await self._told()
        ended = asyncio.ensure_future(self._told())
        if within is not None and not (await asyncio.wait([ended], timeout=within))[0]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        status = await ended
        assert status in (0, signal.SIGKILL), status
        return status == 0

    async def _told(self) -> int:
        assert self.process.stdout is not None
        return int(await self.process.stdout.readline())


@asynccontextmanager
async def a_mortal(module: str, *arguments: str, **environment: str) -> AsyncIterator[Mortal]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip
    assert process.stdin is not None
    try:
        yield Mortal(process)
    finally:
        process.stdin.close()
        await process.wait()
