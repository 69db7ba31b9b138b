"""How the house agent understands people it never heard: `python -m benchmarks.understanding`.

Without `--data FOLDER`, fresh dialogues of our own in the shapes of other people's are made up from `--seed`.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.others.attacks import NOW, score_attacks
from benchmarks.others.bookings import score_bookings
from benchmarks.others.callers import score_callers
from benchmarks.others.dates import score_dates
from benchmarks.others.house_line import Shop
from benchmarks.others.score import Score, half, rows
from benchmarks.others.slots import score_slots
from benchmarks.others.variants import write_variants

PARTS = ("slots", "dates", "callers", "bookings", "attacks")


def main() -> None:
    """Measures the parts asked for and prints what went right and what did not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=None, help="folder with the dialogues, dates, calls and attacks")
    parser.add_argument("--seed", type=int, default=0, help="without --data: which fresh dialogues")
    parser.add_argument("--only", choices=PARTS, nargs="*", default=PARTS)
    parser.add_argument("--failures", type=int, default=20, help="how many of each kind to print")
    parser.add_argument("--all", action="store_true", help="print failures of the held out half too")
    parser.add_argument("--limit", type=int, default=None, help="only the first so many of each file")
    asked = parser.parse_args()
    score, began = Score(), time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        if asked.data is None:
            write_variants(Path(scratch), asked.seed)
        asyncio.run(measure(asked.data or Path(scratch), asked.only, score, asked.limit))
    report(score, asked.failures, held_out=asked.all)
    print(f"{time.monotonic() - began:.0f} s")  # noqa: T201


async def measure(folder: Path, parts: list[str], score: Score, limit: int | None = None) -> None:
    """Every part asked for, on the files of a folder."""
    dialogues = rows(folder / "taskmaster_dev.jsonl")[:limit]
    if "slots" in parts:
        score_slots(dialogues, score)
    if "dates" in parts:
        score_dates(rows(folder / "dates_dev.jsonl")[:limit], score)
    if "callers" in parts:
        score_callers(rows(folder / "evi_calls_dev.jsonl")[:limit], rows(folder / "evi_profiles.jsonl"), score)
    if "bookings" not in parts and "attacks" not in parts:
        return
    with tempfile.TemporaryDirectory() as scratch:
        shop = Shop(Path(scratch))
        await shop.furnish(NOW)
        if "bookings" in parts:
            await score_bookings(dialogues, shop, score)
        if "attacks" in parts:
            await score_attacks(rows(folder / "attacks_dev.jsonl")[:limit], shop, score)


def report(score: Score, failures: int, *, held_out: bool) -> None:
    """A line for each thing measured, then its failures."""
    for name in score.names():
        figures = [(score.of(name, part), part) for part in (None, "seen", "held out")]
        said = "  ".join(f"{part or 'all'} {r}/{n} {r / n if n else 1:.3f}" for (r, n), part in figures)
        print(f"{name:28} {said}")  # noqa: T201
        shown = [(i, wrong) for i, wrong in score.failures[name] if held_out or half(i) == "seen"]
        for identifier, wrong in shown[:failures]:
            print(f"    {identifier[:12]}  {wrong}")  # noqa: T201


if __name__ == "__main__":
    main()
