"""Takes a folder of files in, once for each line on stdin, until it is killed."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from crm_sync import intake
from crm_sync.ingest import ingest_file
from kit.db import Database
from tests.builders import NOW, ROOFTOP
from tests.fakes.mortal import live_again_and_again

SMALL_CHUNK = 15
"""Many commits, so that a death can meet any of them."""


async def take_all_in(url: str, files: Sequence[Path]) -> None:
    database = Database(url)
    try:
        for path in files:
            await ingest_file(database, ROOFTOP, path, None, NOW)
    finally:
        await database.close()


if __name__ == "__main__":
    intake.CHUNK = SMALL_CHUNK
    live_again_and_again(partial(take_all_in, sys.argv[1], sorted(Path(sys.argv[2]).glob("*.txt"))))
