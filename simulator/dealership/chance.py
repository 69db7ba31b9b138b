"""One seeded source of everything that varies, ids included, so that the same seed tells the same story."""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

_Thing = TypeVar("_Thing")


class Chance:
    """Seeded randomness with the few shapes the store needs."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def one_of(self, things: Sequence[_Thing]) -> _Thing:
        return self._random.choice(things)

    def some_of(self, things: Sequence[_Thing], count: int) -> list[_Thing]:
        return self._random.sample(list(things), count)

    def mixed(self, things: Sequence[_Thing]) -> list[_Thing]:
        return self.some_of(things, len(things))

    def between(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def happens(self, share: float) -> bool:
        return self._random.random() < share

    def hex(self, digits: int) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def id(self, at: datetime) -> str:
        """An id like `kit.ids.new_id` makes, for something that happened then."""
        milliseconds = int(at.timestamp() * 1000) & 0xFFFFFFFFFFFF
        return f"{milliseconds:012x}7{self.hex(3)}{self.one_of('89ab')}{self.hex(15)}"
