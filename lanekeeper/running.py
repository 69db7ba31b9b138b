"""Runs a process until it is told to stop: SIGTERM and Ctrl-C drain, a second one leaves at once."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import uvloop

from kit.clock import SystemClock
from kit.db import Database
from kit.logging import logger
from lanekeeper.doctor import Level, findings, offline
from lanekeeper.foundation import lay_foundation
from lanekeeper.hints import CallHints
from lanekeeper.migrate import upgrade
from lanekeeper.service import Service
from lanekeeper.settings import Settings
from lanekeeper.worker import BackgroundWork

_log = logger("running")

Main = Coroutine[Any, Any, None]


class CannotStart(Exception):
    """The configuration is wrong; the message is one line that says what to set."""


def run(main: Main) -> None:
    uvloop.run(main)


async def serve(settings: Settings) -> None:
    """`lanekeeper serve`: listening until a signal, then drained."""
    await _ready(settings)
    service = Service(lay_foundation(settings, works=settings.embeds_worker), works=settings.embeds_worker)
    told = stop_signals()
    await service.start()
    _favour_the_audio()
    _log.info("answering", agent=service.agent_kind() or "none", origin=settings.telephony.public_origin)
    await told.wait()
    await service.drain()
    await service.stop()


def _favour_the_audio() -> None:
    """What stops every call's audio at once is made rare or short.

    A full collection is: what start-up made is set aside, and the rest looked at less, the young in small portions. A
    background thread that has the interpreter is: it must give it back after a tenth of a millisecond instead of five.
    """
    sys.setswitchinterval(0.0001)
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 1000)


async def work(settings: Settings) -> None:
    """`lanekeeper worker`: background jobs only."""
    await _ready(settings)
    foundation = lay_foundation(settings, works=True)
    background = BackgroundWork.alone(foundation)
    await foundation.bus.start()
    await foundation.jobs.start()
    hints = CallHints(foundation.database, foundation.bus)
    hints.start()
    await background.start()
    _log.info("working")
    await stop_signals().wait()
    await background.stop()
    await foundation.jobs.stop()
    await hints.stop()
    await foundation.bus.stop()
    await foundation.database.close()


def stop_signals() -> asyncio.Event:
    """Set by the first SIGTERM or Ctrl-C; the second one ends the process where it stands, which must be as safe."""
    told = asyncio.Event()

    def on_signal() -> None:
        if told.is_set():
            os._exit(1)
        told.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    return told


async def _ready(settings: Settings) -> None:
    """Migrates, then refuses to start on any error the doctor finds."""
    database = Database(settings.server.database_url)
    try:
        for finding in offline(settings):
            if finding.level is Level.ERROR:
                raise CannotStart(finding.line)
        await database.check()
        await upgrade(settings.server.database_url)
        found = await findings(settings, database, SystemClock())
    finally:
        await database.close()
    for finding in found:
        if finding.level is Level.ERROR:
            raise CannotStart(finding.line)
        if finding.level is Level.WARNING:
            _log.warning("configuration", setting=finding.setting, says=finding.says)
