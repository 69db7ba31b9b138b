"""How much, and with which dice: SOAK_SEED, SOAK_CALLS, SOAK_KILLS and the like repeat or shorten a run."""

import os
from collections.abc import Callable

Figures = Callable[[str], None]


def seed() -> int:
    return int(os.environ.get("SOAK_SEED", "20261120"))


def many(what: str, usual: int) -> int:
    return int(os.environ.get(f"SOAK_{what}", str(usual)))
