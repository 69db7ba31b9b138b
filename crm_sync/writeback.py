"""Facts out: each reaches each system it is for exactly once, or becomes a person's task."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.planning import target_named
from crm_sync.ports import Outgoing, TargetBuilder
from crm_sync.settings import CrmSyncSettings
from followup.loops import WRITEBACK_FAILED, Promise, promise_callback
from kit.clock import Clock
from kit.db import Database
from kit.errors import ConfigurationError, ProviderError
from kit.ids import CallId, CustomerId
from kit.jobs import RETRY_AFTER, Jobs, retry_after
from kit.logging import logger
from record import writeback_targets, writebacks
from record.staff import NobodyWorksHere, owner_for
from record.subjects import Proof, SubjectKind
from record.writeback_targets import Target
from record.writebacks import Sending

log = logger("writeback")

JOB = "deliver_writeback"

_NEEDS = {
    SubjectKind.DISPOSITION: "the outcome of this call",
    SubjectKind.APPOINTMENT: "this appointment",
    SubjectKind.NOTE: "the summary of this call",
    SubjectKind.LEAD: "this lead's status",
}


class WriteBacks:
    """Delivers write-backs, one sender at a time, and says what became of each."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        jobs: Jobs,
        build: TargetBuilder,
        settings: CrmSyncSettings | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._build = build
        self._settings = settings or CrmSyncSettings()

    async def due(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        async with self._database.looking_across("write-backs nobody is sending, whichever store's") as db:
            return list(await writebacks.due(db, before, limit))

    async def deliver(self, rooftop_id: str, writeback_id: str) -> None:
        """The job: hands one write-back over and reads it back. A try whose end nobody knows is looked up first."""
        lease = timedelta(seconds=self._settings.lease_seconds)
        async with self._database.writing(rooftop_id) as db:
            sending = await writebacks.claim(db, writeback_id, self._clock.now(), lease)
            if sending is None:
                return
            target = await target_named(db, self._settings, sending.target)
            if target is not None and not target.active:
                await writebacks.hold(db, sending)
                return
        try:
            async with asyncio.timeout(self._settings.deliver_seconds):
                reference, proof = await self._hand_over(target, sending)
        except ProviderError as error:
            await self._failed(sending, str(error), retryable=error.retryable)
        except ConfigurationError as error:
            await self._failed(sending, f"not set up: {error}", retryable=True)
        except TimeoutError:
            await self._failed(sending, "no answer in time", retryable=True)
        except Exception as error:
            # A fault of ours is logged by whoever called; the write-back goes by the schedule, to a person in the end.
            await self._failed(sending, f"a fault of ours ({type(error).__name__})", retryable=True)
            raise
        else:
            await self._arrived(sending, reference, proof)

    async def _hand_over(self, target: Target | None, sending: Sending) -> tuple[str, Proof]:
        if target is None:
            raise ProviderError(f"the target {sending.target} is not configured", retryable=True)
        system = self._build(target)
        values = {name: str(value) for name, value in sending.payload.items()}
        item = Outgoing(sending.id, sending.rooftop_id, sending.subject, values)
        if sending.resumed and system.readable and (reference := await system.find(item)) is not None:
            return reference, Proof.READ_BACK
        said = await system.deliver(item)
        if not system.readable:
            return said, Proof.ACKNOWLEDGED
        reference = await system.find(item)
        if reference is None:
            raise ProviderError("delivered, but not there when read back", retryable=True)
        return reference, Proof.READ_BACK

    async def _arrived(self, sending: Sending, reference: str, proof: Proof) -> None:
        async with self._database.writing(sending.rooftop_id) as db:
            if not await writebacks.acknowledged(db, sending, reference, proof, self._clock.now()):
                return
            await writeback_targets.succeeded(db, sending.target)
            await self._wake_next(db, sending)
        log.info("writeback_acknowledged", rooftop_id=sending.rooftop_id, writeback_id=sending.id,
                 target=sending.target, proof=proof)  # fmt: skip

    async def _failed(self, sending: Sending, error: str, *, retryable: bool) -> None:
        """Tried again on the schedule; after the last try, or a refusal, a person owns it (invariant I17)."""
        now = self._clock.now()
        wait = retry_after(sending.attempts) if retryable else None
        async with self._database.writing(sending.rooftop_id) as db:
            owned = await _somebody_works(db)
            if wait is None and not owned:
                wait = RETRY_AFTER[-1]  # nobody could own it, so it must not die
            again = now + wait if wait is not None else None
            if not await writebacks.failed(db, sending, error[:500], again):
                return
            if wait is None:
                await promise_callback(db, _by_hand(sending, error), now)
                await self._wake_next(db, sending)
            else:
                await self._jobs.wake(db, JOB, sending.id, rooftop_id=sending.rooftop_id, delay=wait)
            # A refusal is an answer: the system is up, whatever it thinks of this one.
            paused = await writeback_targets.failing(db, sending.target, error, now) if retryable and owned else None
            if paused is not None:
                await promise_callback(db, _get_it_going(paused), now)
        note = log.warning if wait is not None else log.error
        event = "writeback_failed" if wait is not None else "writeback_dead"
        note(event, rooftop_id=sending.rooftop_id, writeback_id=sending.id, target=sending.target,
             attempts=sending.attempts, error=error[:200])  # fmt: skip
        if paused is not None:
            log.error("writeback_target_paused", rooftop_id=sending.rooftop_id, target=paused.name)

    async def _wake_next(self, db: AsyncSession, sending: Sending) -> None:
        """What waited for this version of its subject may go now."""
        behind = await writebacks.waiting_behind(db, sending)
        if behind is not None:
            await self._jobs.wake(db, JOB, behind, rooftop_id=sending.rooftop_id)


def _by_hand(sending: Sending, error: str) -> Promise:
    """What a person does about a write-back that will not be tried again."""
    told = {name: str(value) for name, value in sending.payload.items()}
    need = _NEEDS[sending.subject.kind]
    return Promise(
        source_key=sending.id,
        need=f"Look in {sending.target} for {need} and enter it by hand if missing: {error[:200]}",
        department=told.get("department") or "service",
        contact=told.get("phone_e164", ""),
        customer_id=CustomerId(told["customer_id"]) if told.get("customer_id") else None,
        call_id=CallId(told["call_id"]) if told.get("call_id") else None,
        kind=WRITEBACK_FAILED,
    )


def _get_it_going(target: Target) -> Promise:
    """What a person does about a system that has been down for days."""
    return Promise(
        source_key=str(target.id),
        need=f"The target {target.name} is paused ({target.pause_reason}). Have it repaired, then resume it: "
        f"lanekeeper targets resume --name {target.name}",
        department="service",
        contact="",
        kind=WRITEBACK_FAILED,
    )


async def _somebody_works(db: AsyncSession) -> bool:
    try:
        await owner_for(db, "service")
    except NobodyWorksHere:
        return False
    return True
