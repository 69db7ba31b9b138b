"""One of several processes that book for their callers at the same moment: a plan on the command line, results out."""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from kit.db import Database
from kit.ids import CallSid, CustomerId
from scheduling.booking import Request, book
from tests.scheduling.a_store import NOW

AT_ONCE = 16


async def main(url: str, given: dict[str, Any], share: int, shares: int) -> None:
    database, room = Database(url), asyncio.Semaphore(AT_ONCE)
    seen: Counter[str] = Counter()

    async def caller(number: int, slot_id: str, customer: str) -> None:
        request = Request(
            slot_id, (given["op_code"],), CustomerId(customer), f"CA{number}:1", call_sid=CallSid(f"CA{number}")
        )
        async with room, database.writing(given["rooftop_id"]) as db:
            result = await book(db, request, NOW)
        seen[type(result).__name__] += 1

    mine = [one for one in given["callers"] if one[0] % shares == share]
    _say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    await asyncio.gather(*(caller(*one) for one in mine))
    await database.close()
    _say(json.dumps(seen))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), int(sys.argv[3]), int(sys.argv[4])))
