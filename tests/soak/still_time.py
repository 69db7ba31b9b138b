"""One thread, no sockets, no clock but ours: an event loop and an SQLite driver in which a seed decides everything."""

import asyncio
import random
import selectors
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeVar

import aiosqlite
import pytest

import kit.ids

T = TypeVar("T")
Point = Callable[[str], Awaitable[None]]


class StillLoop(asyncio.SelectorEventLoop):
    """time() stands still while anything can run, and jumps to the next timer when nothing can."""

    def __init__(self) -> None:
        self._at = 1_000.0
        super().__init__(_Jumps(self))

    def time(self) -> float:
        return self._at

    def jump(self, seconds: float) -> None:
        self._at += seconds


class _Jumps(selectors.DefaultSelector):
    def __init__(self, loop: StillLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing can run and no timer is set: a task waits for something that never happens")
        if timeout > 0:
            self._loop.jump(timeout)
        return []


def in_still_time(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=StillLoop) as runner:
        return runner.run(main)


class _AtOnce:
    """aiosqlite's queue to its thread, without the thread."""

    def put_nowait(self, item: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, function = item
        try:
            result = function()
        except BaseException as error:
            if future is None:
                raise
            future.set_exception(error)
        else:
            if future is not None:
                future.set_result(result)


@contextmanager
def one_thread(point: Point) -> Iterator[None]:
    """Statements run where they are awaited. `point` is passed before each statement, and before and after a commit."""
    made = aiosqlite.core.Connection.__init__

    def make(self: Any, *args: Any, **more: Any) -> None:
        made(self, *args, **more)
        self._tx, self._thread = _AtOnce(), SimpleNamespace(start=lambda: None, daemon=True)

    async def execute(self: Any, function: Any, *args: Any, **more: Any) -> Any:
        name = getattr(function, "__name__", "")
        if name in ("execute", "executemany", "commit"):
            await point(name)
        result = partial(function, *args, **more)()
        if name == "commit":
            await point("committed")
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aiosqlite.core.Connection, "__init__", make)
        patch.setattr(aiosqlite.core.Connection, "_execute", execute)
        yield


@contextmanager
def ids_by(dice: random.Random, nanoseconds: Callable[[], int]) -> Iterator[None]:
    """New ids follow the seed, so that whatever is ordered by them is ordered the same again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kit.ids, "os", SimpleNamespace(urandom=dice.randbytes))
        patch.setattr(kit.ids, "time", SimpleNamespace(time_ns=nanoseconds))
        yield
