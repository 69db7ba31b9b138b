"""Callers for tests of the simulator itself."""

from collections.abc import Awaitable, Callable

from simulator.carrier import Phone


class Does:
    """A caller that does what a function says."""

    def __init__(self, script: Callable[[Phone], Awaitable[None]]) -> None:
        self._script = script

    async def talk(self, phone: Phone) -> None:
        await self._script(phone)


class Stays:
    """Says nothing, and hangs up after so many seconds."""

    def __init__(self, seconds: float = 3600.0) -> None:
        self._seconds = seconds

    async def talk(self, phone: Phone) -> None:
        await phone.wait(self._seconds)
