"""Takes a folder of files in, in a child of its own for each line on stdin; the test kills the child it is told of."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from crm_sync import intake
from crm_sync.ingest import ingest_file
from kit.db import Database
from tests.builders import NOW, ROOFTOP

SMALL_CHUNK = 15
"""Many commits, so that a death can meet any of them."""


async def take_all_in(url: str, files: Sequence[Path]) -> None:
    database = Database(url)
    try:
        for path in files:
            await ingest_file(database, ROOFTOP, path, None, NOW)
    finally:
        await database.close()


def main(url: str, folder: Path) -> None:
    intake.CHUNK = SMALL_CHUNK
    files = sorted(folder.glob("*.txt"))
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(take_all_in(url, files))
            os._exit(0)
        os.write(1, f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        os.write(1, f"{status}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
