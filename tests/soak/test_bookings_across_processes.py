"""Five hundred callers of four processes want the same few times at the same moment: capacity is never exceeded."""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from kit.db import Database
from scheduling.shop import Policy, Visit, Wish
from tests.scheduling.a_store import BRAKES, OIL, AStore, a_store, pacific
from tests.scheduling.test_concurrent_bookings import check_the_books, offers_for
from tests.soak.seeds import seed

pytestmark = pytest.mark.soak

CALLERS, PROCESSES, PATIENCE = 500, 4, 300


async def test_one_time_is_filled_exactly(database: Database, database_url: str, tmp_path: Path) -> None:
    store = await a_store(database, technicians=4, advisors=6, customers=CALLERS, policy=Policy(waiters_per_slot=5))
    nine = pacific("2026-11-17T09:00")
    (offer,) = await offers_for(database, store, Wish((OIL,), Visit.WAITER, earliest=nine, latest=nine))
    seen = book_at_once(database_url, tmp_path, store, "LOF", [offer.slot_id] * CALLERS)
    assert seen == {"Booked": 4, "SlotTaken": CALLERS - 4}
    await check_the_books(database, store)


async def test_a_day_of_times_is_never_oversold(database: Database, database_url: str, tmp_path: Path) -> None:
    store = await a_store(database, technicians=3, advisors=3, customers=CALLERS)
    wish = Wish((BRAKES,), earliest=pacific("2026-11-17T00:00"), latest=pacific("2026-11-17T23:59"), how_many=40)
    slots = [offer.slot_id for offer in await offers_for(database, store, wish)]
    dice = random.Random(seed())
    seen = book_at_once(database_url, tmp_path, store, "BRKF", [dice.choice(slots) for _ in range(CALLERS)])
    assert set(seen) == {"Booked", "SlotTaken"}
    # Three technicians from half past seven to six: five jobs of two hours each at most.
    assert 3 <= seen["Booked"] <= 15
    await check_the_books(database, store)


def book_at_once(url: str, folder: Path, store: AStore, op_code: str, slots: Sequence[str]) -> Counter[str]:
    """What the callers were told, all together."""
    plan = folder / "plan.json"
    callers = [(number, slot, store.customers[number]) for number, slot in enumerate(slots)]
    plan.write_text(json.dumps({"rooftop_id": store.rooftop_id, "op_code": op_code, "callers": callers}))
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.soak.book_at_once", url, str(plan), str(share), str(PROCESSES)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for share in range(PROCESSES)
    ]  # fmt: skip
    try:
        for process in processes:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
        seen: Counter[str] = Counter()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            said, _ = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0
            seen.update(json.loads(said))
        return seen
    finally:
        for process in processes:
            process.kill()
