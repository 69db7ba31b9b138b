"""What calls leave, on its way to storage: taken without waiting, written in batches by one task."""

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from agent import prices
from agent.journal import CallNoted, JournalFact, ToolFailed, TurnSpoken, TurnTimed, Used
from console.live import call_changed, channel
from kit.bus import Bus
from kit.clock import Clock
from kit.db import Database
from kit.ids import RooftopId
from kit.logging import logger
from kit.redaction import redact
from lanekeeper.settings import ServerSettings
from record import call_log, tool_calls

_log = logger("journal")

_STAMPS = (
    "speech_end_ms",
    "stop_event_ms",
    "response_create_ms",
    "created_ms",
    "first_delta_ms",
    "first_sent_ms",
    "first_heard_ms",
)


class JournalWriter:
    """One per process. `for_call` gives a call its journal; `flush` puts everything taken so far into the database.

    While the database is away facts wait, up to a limit; beyond that the oldest go, and the loss is logged.
    """

    def __init__(self, database: Database, bus: Bus, clock: Clock, settings: ServerSettings) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._every = settings.journal_seconds
        self._facts: deque[tuple[RooftopId, JournalFact]] = deque(maxlen=settings.journal_facts)
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    def for_call(
        self, rooftop_id: RooftopId, after: call_log.SoFar, off_record: Callable[[], bool]
    ) -> "RooftopJournal":
        return RooftopJournal(self, rooftop_id, after, off_record)

    def take(self, rooftop_id: RooftopId, fact: JournalFact) -> None:
        if len(self._facts) == self._facts.maxlen:
            _log.error("journal_overflow", lost=1)
        self._facts.append((rooftop_id, fact))

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Writes what is left and ends."""
        if self._task is not None:
            async with self._writing:  # never in the middle of a batch
                self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.flush()

    async def flush(self) -> None:
        """Returns when every fact taken before the call is stored (or the database refused and they wait again)."""
        async with self._writing:
            by_rooftop: dict[RooftopId, list[JournalFact]] = defaultdict(list)
            taken = list(self._facts)
            self._facts.clear()
            for rooftop_id, fact in taken:
                by_rooftop[rooftop_id].append(fact)
            for rooftop_id, facts in by_rooftop.items():
                try:
                    await self._store(rooftop_id, facts)
                    for call_id in sorted({fact.call_id for fact in facts}):
                        await self._bus.publish(channel(rooftop_id), call_changed(rooftop_id, call_id))
                except (SQLAlchemyError, OSError) as error:
                    _log.error("journal_not_written", rooftop_id=rooftop_id, error=type(error).__name__)
                    self._facts.extendleft((rooftop_id, fact) for fact in reversed(facts))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            if self._facts:
                await self.flush()

    async def _store(self, rooftop_id: RooftopId, facts: list[JournalFact]) -> None:
        latest: dict[tuple[str, str], TurnSpoken] = {}
        timings, costs, notes, failed = [], [], [], []
        for fact in facts:
            match fact:
                case TurnSpoken():
                    latest[fact.call_id, fact.item_id] = fact
                case TurnTimed():
                    timings.append(_timing(fact))
                case Used():
                    costs.append(_cost(fact))
                case CallNoted():
                    notes.append({"call_id": fact.call_id, "kind": fact.kind, "data": dict(fact.data)})
                case ToolFailed():
                    failed.append(fact)
        turns = []
        for spoken in latest.values():
            turns.append(_turn(spoken))
            # Redaction takes its time, and the audio of every call comes between two turns of this.
            await asyncio.sleep(0)
        async with self._database.writing(rooftop_id) as db:
            for use in failed:
                await tool_calls.store_if_new(db, tool_calls.Occasion(use.call_id), _failed_use(use), self._clock.now())
            await call_log.put_turns(db, turns)
            await call_log.put_timings(db, timings)
            await call_log.add_costs(db, costs, prices.AS_OF)
            await call_log.add_notes(db, notes)


class RooftopJournal:
    """The journal as one socket of one call sees it. What an earlier socket left is counted on from, not replaced; and
    of words said after the caller wanted nothing kept, nothing is."""

    def __init__(
        self, writer: JournalWriter, rooftop_id: RooftopId, after: call_log.SoFar, off_record: Callable[[], bool]
    ) -> None:
        self._writer = writer
        self._rooftop_id = rooftop_id
        self._after = after
        self._off_record = off_record
        self._on_record: set[str] = set()

    def take(self, fact: JournalFact) -> None:
        if isinstance(fact, TurnSpoken):
            if not self._keeps(fact.item_id):
                return
            fact = _turn_after(fact, self._after)
        elif isinstance(fact, TurnTimed):
            fact = _timed_after(fact, self._after)
        self._writer.take(self._rooftop_id, fact)

    def _keeps(self, item_id: str) -> bool:
        """A turn begun before the wish may still be completed."""
        if not self._off_record():
            self._on_record.add(item_id)
        return item_id in self._on_record


def _turn_after(fact: TurnSpoken, after: call_log.SoFar) -> TurnSpoken:
    return replace(
        fact,
        seq=fact.seq + after.turns,
        started_ms=_later(fact.started_ms, after.ms),
        ended_ms=_later(fact.ended_ms, after.ms),
    )


def _timed_after(fact: TurnTimed, after: call_log.SoFar) -> TurnTimed:
    moved: dict[str, Any] = {name: _later(getattr(fact, name), after.ms) for name in _STAMPS}
    return replace(fact, turn=fact.turn + after.timings, **moved)


def _later(ms: int, by: int) -> int:
    return ms + by if ms >= 0 else ms


def _turn(fact: TurnSpoken) -> dict[str, Any]:
    text = redact(fact.text)
    return {
        "call_id": fact.call_id,
        "item_id": fact.item_id,
        "seq": fact.seq,
        "speaker": fact.speaker,
        "text": text,
        "heard": text if fact.heard_text == fact.text else redact(fact.heard_text),
        "cut": redact(fact.cut_text),
        "started_ms": fact.started_ms,
        "ended_ms": fact.ended_ms,
        "heard_ms": fact.heard_ms if fact.heard_ms >= 0 else None,
    }


def _failed_use(fact: ToolFailed) -> tool_calls.ToolUse:
    return tool_calls.ToolUse(fact.tool_call_id, fact.tool, {}, fact.decision, dict(fact.result))


def _timing(fact: TurnTimed) -> dict[str, Any]:
    known = {name: value if (value := getattr(fact, name)) >= 0 else None for name in _STAMPS}
    return {"call_id": fact.call_id, "turn": fact.turn, **known}


def _cost(fact: Used) -> dict[str, Any]:
    return {
        "call_id": fact.call_id,
        "model": fact.model,
        "modality": fact.modality,
        "quantity": fact.quantity,
        "microdollars": prices.microdollars(fact.model, fact.modality, fact.quantity),
    }
