"""Outcomes out: each disposition reaches each target exactly once, or becomes a person's task."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.outcomes import values_of
from crm_sync.ports import OutgoingOutcome, WriteBackTarget
from crm_sync.settings import CrmSyncSettings
from followup.loops import WRITEBACK_FAILED, Promise, promise_callback
from kit.clock import Clock
from kit.db import Database
from kit.errors import ProviderError
from kit.ids import CustomerId, new_id
from kit.jobs import RETRY_AFTER, Jobs, retry_after
from kit.logging import logger
from record import writebacks
from record.rooftops import store
from record.staff import NobodyWorksHere, owner_for
from record.writebacks import Outcome, Sending
from scheduling.appointments import booked_in_call

log = logger("writeback")

JOB = "deliver_writeback"


class WriteBacks:
    """Files write-backs for new dispositions and delivers them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        jobs: Jobs,
        targets: Sequence[WriteBackTarget],
        settings: CrmSyncSettings | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._targets = {target.name: target for target in targets}
        self._settings = settings or CrmSyncSettings()

    async def plan(self, db: AsyncSession, payload: dict[str, Any], now: datetime) -> None:
        """Handles `disposition_recorded`: one write-back per target, however often it is told."""
        outcome = await writebacks.outcome(db, str(payload["disposition_id"]))
        home = await store(db, outcome.rooftop_id) if outcome else None
        if outcome is None or home is None:
            log.error("writeback_without_outcome", disposition_id=payload["disposition_id"])
            return
        booked = await booked_in_call(db, outcome.call_sid)
        visits = [(visit.starts_at, visit.confirmation, visit.op_codes) for visit in booked]
        for name in self._targets:
            writeback_id = new_id()
            values = values_of(outcome, writeback_id, home.id, home.name, ZoneInfo(home.time_zone), visits)
            await writebacks.add(db, writeback_id, name, outcome.disposition_id, dict(values), now)

    async def due(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        async with self._database.across_rooftops("write-backs nobody is sending, whichever store's") as db:
            return list(await writebacks.due(db, before, limit))

    async def deliver(self, rooftop_id: str, writeback_id: str) -> None:
        """The job: hands one write-back over and reads it back. A try whose end nobody knows is looked up first."""
        lease = timedelta(seconds=self._settings.lease_seconds)
        async with self._database.writing(rooftop_id) as db:
            sending = await writebacks.claim(db, writeback_id, self._clock.now(), lease)
        if sending is None:
            return
        try:
            async with asyncio.timeout(self._settings.deliver_seconds):
                reference = await self._hand_over(sending)
        except ProviderError as error:
            await self._failed(sending, str(error), retryable=error.retryable)
        except TimeoutError:
            await self._failed(sending, "no answer in time", retryable=True)
        else:
            async with self._database.writing(rooftop_id) as db:
                await writebacks.acknowledged(db, sending, reference, self._clock.now())
            log.info("writeback_acknowledged", rooftop_id=rooftop_id, writeback_id=writeback_id, target=sending.target)

    async def _hand_over(self, sending: Sending) -> str:
        target = self._targets.get(sending.target)
        if target is None:
            raise ProviderError(f"the target {sending.target} is not configured", retryable=True)
        values = {column: str(value) for column, value in sending.payload.items()}
        outgoing = OutgoingOutcome(sending.id, sending.rooftop_id, values)
        if sending.resumed and (reference := await target.find(outgoing)) is not None:
            return reference
        await target.deliver(outgoing)
        reference = await target.find(outgoing)
        if reference is None:
            raise ProviderError("delivered, but not there when read back", retryable=True)
        return reference

    async def _failed(self, sending: Sending, error: str, *, retryable: bool) -> None:
        """Tried again on the schedule; after the last try, or a refusal, a person owns it (invariant I17)."""
        now = self._clock.now()
        wait = retry_after(sending.attempts) if retryable else None
        async with self._database.writing(sending.rooftop_id) as db:
            outcome = await writebacks.outcome(db, sending.disposition_id)
            if wait is None and not await _somebody_works(db):
                wait = RETRY_AFTER[-1]  # nobody could own it, so it must not die
            again = now + wait if wait is not None else None
            if not await writebacks.failed(db, sending, error[:500], again):
                return
            if wait is None:
                await promise_callback(db, _by_hand(sending, outcome, error), now)
            else:
                await self._jobs.wake(db, JOB, sending.id, rooftop_id=sending.rooftop_id, delay=wait)
        note = log.warning if wait is not None else log.error
        event = "writeback_failed" if wait is not None else "writeback_dead"
        note(event, rooftop_id=sending.rooftop_id, writeback_id=sending.id, target=sending.target,
             attempts=sending.attempts, error=error[:200])  # fmt: skip


def _by_hand(sending: Sending, outcome: Outcome | None, error: str) -> Promise:
    """What a person does about a write-back that will not be tried again."""
    return Promise(
        source_key=sending.id,
        need=f"Look in {sending.target} for the outcome of this call and enter it by hand if missing: {error[:200]}",
        department=outcome.department if outcome else "service",
        contact=outcome.caller_e164 if outcome else "",
        customer_id=CustomerId(outcome.customer_id) if outcome and outcome.customer_id else None,
        call_id=outcome.call_id if outcome else None,
        kind=WRITEBACK_FAILED,
    )


async def _somebody_works(db: AsyncSession) -> bool:
    try:
        await owner_for(db, "service")
    except NobodyWorksHere:
        return False
    return True
