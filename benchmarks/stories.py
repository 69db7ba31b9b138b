"""Our own stories, told to the house agent over ConversationRelay: `python -m benchmarks.stories` prints the rate."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from kit.db import Database
from kit.logging import configure_logging
from lanekeeper.migrate import upgrade
from simulator.endings import stories
from simulator.store import build_store
from tests.flows.endings import tell
from tests.flows.world import NOW, World, virtually

_ENOUGH = 0.95
_A_PROCESS = 20  # stories told in one process
# What must never happen, however the rest of a story went.
_NEVER = {"wrong bookings": ": WRONG BOOKING", "said what was not theirs to hear": ": said ", "claims": ": claimed "}


def main() -> None:
    """Tells every story to a fresh world; fails under 95 %, or at one wrong booking, disclosure or invented fact."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stories", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], metavar="WORDS", help="stories with this in their name")
    parser.add_argument("--at-once", type=int, default=2, help="stories told at the same time")
    parser.add_argument("--quiet", action="store_true", help="the figures without what was said")
    asked = parser.parse_args()
    configure_logging("CRITICAL")
    told = {name: story for name, story in stories().items() if not asked.only or any(w in name for w in asked.only)}
    began, wrong = time.monotonic(), {}
    with tempfile.TemporaryDirectory() as scratch:
        furnished = Path(scratch) / "furnished.db"
        asyncio.run(_furnish(f"sqlite+aiosqlite:///{furnished}"))
        # A world leaves some ten megabytes behind in its process, so processes are changed before that adds up.
        with get_context("spawn").Pool(asked.at_once, maxtasksperchild=_A_PROCESS) as tellers:
            waiting = [(name, furnished, Path(scratch) / name) for name in told]
            for number, (name, problems) in enumerate(tellers.imap_unordered(_told, waiting), 1):
                if problems:
                    wrong[name] = problems
                    print("\n".join(problems if not asked.quiet else problems[:1]), flush=True)  # noqa: T201
                if not number % _A_PROCESS:
                    print(f"... {number} of {len(told)}, {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
    right = len(told) - len(wrong)
    print(f"{right} of {len(told)} stories ended right ({right / len(told):.3f}), {time.monotonic() - began:.0f} s")  # noqa: T201
    serious = 0
    for what, mark in _NEVER.items():
        count = sum(any(mark in line for line in lines) for lines in wrong.values())
        serious += count
        print(f"{count} {what}")  # noqa: T201
    sys.exit(1 if serious or right < _ENOUGH * len(told) else 0)


async def _furnish(url: str) -> None:
    await upgrade(url)
    database = Database(url)
    await build_store(database, NOW)
    await database.close()


def _told(one: tuple[str, Path, Path]) -> tuple[str, list[str]]:
    """One story in a world of its own; what did not end as it should."""
    name, furnished, folder = one
    configure_logging("CRITICAL")
    story = stories()[name]
    folder.mkdir()
    shutil.copy(furnished, folder / "store.db")
    problems: list[str] = []

    async def call(world: World) -> None:
        world.people_answer()
        problems.extend(await tell(world, story))

    try:
        virtually(f"sqlite+aiosqlite:///{folder / 'store.db'}", folder, call, key=None)
    except (Exception, BaseExceptionGroup) as failed:
        problems.append(f"{story.name}: failed with {failed!r}")
    shutil.rmtree(folder)
    return name, problems


if __name__ == "__main__":
    main()
