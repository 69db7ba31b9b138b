"""How much a group has, and a die for each thing in it: the same seed and number always fall the same way."""

import random
from dataclasses import dataclass
from datetime import date

TODAY = date(2026, 11, 19)
"""The day before the first night."""


@dataclass(frozen=True)
class Size:
    """Counts at a scale; 1.0 is a group with 200,000 customers."""

    seed: int
    scale: float

    @property
    def customers(self) -> int:
        return max(40, int(200_000 * self.scale))

    @property
    def vehicles(self) -> int:
        return max(60, int(300_000 * self.scale))

    @property
    def repair_orders(self) -> int:
        """About 2.9 lines each."""
        return max(70, int(350_000 * self.scale))

    def repair_orders_by(self, night: int) -> int:
        """Those of the first night, and one in five hundred more each night after."""
        return self.repair_orders + (night - 1) * max(1, self.repair_orders // 500)

    @property
    def appointments(self) -> int:
        return max(10, int(50_000 * self.scale))

    @property
    def deals(self) -> int:
        return max(20, int(100_000 * self.scale))

    @property
    def special_orders(self) -> int:
        return max(5, int(4_000 * self.scale))

    def dice(self, kind: str, number: int) -> random.Random:
        return random.Random(hash((self.seed, len(kind), *kind.encode(), number)))

    def changes(self, kind: str, number: int, night: int) -> bool:
        """Whether this row is one of the hundredth part that changes between the first night and this one."""
        return night > 1 and (number * 2_654_435_761 + len(kind)) % 100 == 7
