"""After every commit that changed a call, the pages are told which one, so that they look again."""

from __future__ import annotations

import asyncio
import contextlib

from sqlalchemy import event
from sqlalchemy.orm import Session

from console.live import call_changed, channel
from kit.bus import Bus
from kit.db import Database
from record.models import Call, CallTransfer, Disposition, Recording

_KEY = "changed_calls"
_MOST_WAITING = 1000


class CallHints:
    """Watches what is stored: whoever opens, ends or wraps up a call need not know that pages exist.

    What a call's own journal stores is published by its writer; statements past the ORM (leases) are no news.
    """

    def __init__(self, database: Database, bus: Bus) -> None:
        self._engine = database.engine.sync_engine
        self._bus = bus
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(_MOST_WAITING)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        event.listen(Session, "after_flush", self._flushed)
        event.listen(Session, "after_commit", self._committed)
        event.listen(Session, "after_rollback", self._rolled_back)
        self._task = asyncio.get_running_loop().create_task(self._publish())

    async def stop(self) -> None:
        event.remove(Session, "after_flush", self._flushed)
        event.remove(Session, "after_commit", self._committed)
        event.remove(Session, "after_rollback", self._rolled_back)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _flushed(self, session: Session, _context: object) -> None:
        if session.bind is not self._engine:
            return
        for row in [*session.new, *session.dirty]:
            if isinstance(row, Call):
                session.info.setdefault(_KEY, set()).add((row.rooftop_id, row.id))
            elif isinstance(row, Disposition | Recording | CallTransfer):
                session.info.setdefault(_KEY, set()).add((row.rooftop_id, row.call_id))

    def _committed(self, session: Session) -> None:
        if session.bind is not self._engine or session.in_nested_transaction():
            return
        for changed in sorted(session.info.pop(_KEY, ())):
            # A full queue means that nobody listens fast enough; a page that missed a hint looks again by itself.
            with contextlib.suppress(asyncio.QueueFull):
                self._waiting.put_nowait(changed)

    def _rolled_back(self, session: Session) -> None:
        if session.bind is self._engine and not session.in_nested_transaction():
            session.info.pop(_KEY, None)

    async def _publish(self) -> None:
        while True:
            rooftop_id, call_id = await self._waiting.get()
            await self._bus.publish(channel(rooftop_id), call_changed(rooftop_id, call_id))
