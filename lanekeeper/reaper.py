"""Finishes calls whose process died or whose last word was lost: the truth from Twilio, then a person or the end."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from kit.clock import Clock
from kit.db import Database
from kit.errors import ProviderError
from kit.logging import logger
from record import calls, hand_offs
from record.calls import CallFacts

_log = logger("reaper")

_OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class CarrierView(Protocol):
    """What the reaper asks the carrier."""

    async def state(self, call_sid: str) -> tuple[str, int | None]:
        """The call's status and, once over, its seconds; raises ProviderError."""
        ...

    async def rescue(self, call_sid: str) -> None:
        """Sends a live call whose agent is gone to a document of ours; raises ProviderError."""
        ...


@dataclass(frozen=True)
class Patience:
    """How long a silent call is left alone when the carrier does not say what became of it.

    `lease`: a broken line, whose carrier would have asked for the next step at once. `stray`: a dead process's call.
    `ringing`: a caller being rung through or leaving a message. `talking`: a caller put through to a person.
    """

    lease: timedelta
    stray: timedelta
    ringing: timedelta
    talking: timedelta


class Reaper:
    """One pass looks at every unfinished call nobody has vouched for within the lease."""

    def __init__(self, database: Database, clock: Clock, carrier: CarrierView | None, patience: Patience) -> None:
        self._database = database
        self._clock = clock
        self._carrier = carrier
        self._patience = patience
        self._rescued: set[str] = set()

    @property
    def lease(self) -> timedelta:
        """How long a call may be silent before it is looked at."""
        return self._patience.lease

    async def run_once(self) -> int:
        """Number of calls it ended."""
        async with self._database.across_rooftops("calls of dead processes, whichever store's") as db:
            deserted = await calls.deserted(db, self._clock.now(), self._patience.lease)
        ended = 0
        for call in deserted:
            ended += await self._finish(call)
        return ended

    async def _finish(self, call: CallFacts) -> bool:
        status, seconds, reason = "", None, "process_lost"
        if self._carrier is not None:
            try:
                status, seconds = await self._carrier.state(call.call_sid)
            except ProviderError as error:
                if error.code == "404":
                    reason = "unknown_to_carrier"
                else:
                    _log.warning("carrier_silent", call_sid=call.call_sid, error=str(error))
        if status in _OVER:
            return await self._end(call, "hung_up", status, seconds)
        if status:
            await self._rescue(call)
            return False
        if self._clock.now() - call.last_sign_of_life < await self._left_alone_for(call):
            return False
        return await self._end(call, reason, "", None)

    async def _left_alone_for(self, call: CallFacts) -> timedelta:
        if call.line_lost:
            return self._patience.lease
        if not call.stream_ended:
            return self._patience.stray
        async with self._database.reading(call.rooftop_id) as db:
            with_a_person = await hand_offs.is_with_a_person(db, call.id)
        return self._patience.talking if with_a_person else self._patience.ringing

    async def _rescue(self, call: CallFacts) -> None:
        """The caller is still there. With its stream ended the carrier is ringing somebody; else nobody holds it."""
        if not call.connected or call.stream_ended or call.call_sid in self._rescued or self._carrier is None:
            return
        self._rescued.add(call.call_sid)
        try:
            await self._carrier.rescue(call.call_sid)
            _log.info("call_rescued", call_sid=call.call_sid, rooftop_id=call.rooftop_id)
        except ProviderError as error:
            _log.error("call_not_rescued", call_sid=call.call_sid, error=str(error))

    async def _end(self, call: CallFacts, reason: str, status: str, seconds: int | None) -> bool:
        async with self._database.writing(call.rooftop_id) as db:
            ended = await calls.end_call(
                db, call.call_sid, reason=reason, status=status, seconds=seconds, now=self._clock.now()
            )
        self._rescued.discard(call.call_sid)
        if ended:
            _log.info("call_reaped", call_sid=call.call_sid, rooftop_id=call.rooftop_id, reason=reason)
        return ended
