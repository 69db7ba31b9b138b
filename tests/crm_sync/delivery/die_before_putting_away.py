"""A process that takes a file in and dies by SIGKILL before it can put it away."""

import asyncio
import os
import signal
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from crm_sync.delivery import taking
from kit.db import Database
from tests.builders import StandingClock
from tests.crm_sync.delivery.post_room import PostRoom


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, now: datetime) -> None:
    taking._put_away = die
    room = PostRoom(Database(url), Path(tempfile.mkdtemp()))
    assert isinstance(room.clock, StandingClock)
    room.clock.at = now
    await room.looks(after=timedelta(seconds=30), times=2)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], datetime.fromisoformat(sys.argv[2])))
