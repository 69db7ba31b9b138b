"""Stored events and new rows: who wakes for them, and how an event reaches its handlers exactly once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import crm_sync.writeback
import followup.callback_placing
import followup.outreach
import followup.programs.work
import followup.watch
import telephony.pictures
import telephony.recordings
from agent.rehearsal import rehearsals
from followup import lead_deliveries
from followup.callback_models import CallbackCall
from followup.lead_models import LeadDelivery
from followup.models import Loop
from followup.program_models import Enrollment
from kit.clock import Clock
from kit.db import Database
from kit.jobs import Jobs, WakeRule, WakesNewRows
from kit.logging import logger
from lanekeeper.subscriptions import Effect, EventHandler
from prompts.tuning_models import Rehearsal
from record import outbox
from record.consent import Purpose
from record.models import OutboxEvent, Recording, WriteBack
from record.text_models import TextMedia, TextMessage

log = logger("events")

JOB = "handle_event"


def wakes_for_new_rows(database: Database, jobs: Jobs, clock: Clock) -> WakesNewRows:
    """Every process begins this one, whether it works or only stores: what it stores then wakes a worker at once."""
    return WakesNewRows(
        database,
        jobs,
        clock,
        {
            OutboxEvent: WakeRule(JOB, lambda row: row.due_at),
            WriteBack: WakeRule(crm_sync.writeback.JOB, lambda row: row.next_try_at),
            LeadDelivery: WakeRule(lead_deliveries.JOB, lambda row: row.next_try_at),
            Recording: WakeRule(telephony.recordings.JOB, lambda row: row.next_try_at),
            Loop: WakeRule(followup.watch.JOB, lambda row: row.next_look_at),
            Enrollment: WakeRule(followup.programs.work.JOB, lambda row: row.next_at),
            # Offers are many at a time: the sweep takes them up, store by store, behind everything else.
            TextMessage: WakeRule(
                followup.outreach.JOB, lambda row: row.next_try_at if row.purpose != Purpose.MARKETING else None
            ),
            CallbackCall: WakeRule(followup.callback_placing.JOB, lambda row: row.next_try_at),
            Rehearsal: WakeRule(rehearsals.JOB, lambda row: row.next_look_at),
            TextMedia: WakeRule(telephony.pictures.JOB, lambda row: row.next_try_at),
        },
    )


class EventDispatcher:
    """Hands each stored event to its handlers, in one transaction with the mark that it was handled."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        jobs: Jobs,
        handlers: Mapping[str, tuple[EventHandler, ...]],
        effects: Mapping[str, Effect] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._handlers = handlers
        self._effects = effects or {}

    async def due(self, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
        async with self._database.looking_across("events nobody has handled, whichever store's") as db:
            return [(rooftop_id, event_id) for rooftop_id, event_id, _ in await outbox.due(db, before, limit)]

    async def handle(self, rooftop_id: str, event_id: str) -> None:
        """The job: a handler that fails undoes all of them, and the event comes again later, for ever."""
        try:
            async with self._database.reading(rooftop_id) as db:
                waiting = await outbox.waiting(db, event_id, self._clock.now())
            if waiting is None:
                return
            effect = self._effects.get(waiting.kind)
            if effect is not None:
                # Outside any transaction and before the event is marked: at least once, and never while holding locks.
                await effect(waiting.payload)
            async with self._database.writing(rooftop_id) as db:
                fact = await outbox.claim(db, event_id, self._clock.now())
                if fact is None:
                    return
                for handler in self._handlers.get(fact.kind, ()):
                    await handler(db, fact.payload, self._clock.now())
        except Exception as error:
            log.exception("event_failed", rooftop_id=rooftop_id, event_id=event_id)
            async with self._database.writing(rooftop_id) as db:
                wait = await outbox.failed(db, event_id, type(error).__name__, self._clock.now())
                if wait is not None:
                    await self._jobs.wake(db, JOB, event_id, rooftop_id=rooftop_id, delay=wait)
