"""A process that takes mail and nothing else, for a test that kills it: prints its port once it listens."""

import asyncio
import sys

from intake.settings import IntakeSettings
from intake.smtp import MailServer
from kit.clock import SystemClock
from kit.db import Database


async def main(url: str) -> None:
    server = MailServer(Database(url), SystemClock(), IntakeSettings(smtp_address="127.0.0.1:0"))
    await server.start()
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
