"""The job behind a call for a member of staff: it is placed once; what nobody told of it is asked of the carrier."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from followup import callback_calls
from followup.callback_calls import Outcome, Ringing, Unclear
from followup.ports import Accepted, Dialer, Leg, NotSent, OutgoingCall, Rejected, SendOutcome, Unknown
from kit.clock import Clock
from kit.db import Database
from kit.errors import ProviderError
from kit.logging import logger

log = logger("callback_placing")

JOB = "place_callback"
_LOOK_AGAIN = timedelta(seconds=20)
_CERTAIN_AFTER = timedelta(minutes=5)
_STILL_PERMITTED = timedelta(seconds=10)
_OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_OF_LEG = {"busy": Outcome.BUSY, "failed": Outcome.FAILED, "completed": Outcome.ANSWERED}


class CallbackPlacing:
    """Looks at one row; woken twice or late it changes nothing."""

    def __init__(self, database: Database, clock: Clock, dialer: Dialer | None) -> None:
        self._database, self._clock, self._dialer = database, clock, dialer

    async def look(self, rooftop_id: str, call_id: str) -> None:
        async with self._database.writing(rooftop_id) as db:
            began = self._clock.now()
            found = await callback_calls.claim(db, call_id, began)
        if isinstance(found, Ringing):
            await self._place(rooftop_id, found, began)
        elif isinstance(found, Unclear):
            await self._ask_the_carrier(rooftop_id, found)

    async def due(self, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
        async with self._database.looking_across("calls somebody should have looked at, whichever store's") as db:
            return await callback_calls.due(db, before, limit)

    async def _place(self, rooftop_id: str, call: Ringing, permitted_at: datetime) -> None:
        outcome: SendOutcome
        if self._dialer is None:
            outcome = NotSent("no carrier is set up")
        elif self._clock.now() - permitted_at > _STILL_PERMITTED:
            outcome = NotSent("too late after it was permitted")
        else:
            asked = OutgoingCall(call.id, call.line_e164, call.staff_e164, call.permission)
            outcome = await self._dialer.place(asked)
        async with self._database.writing(rooftop_id) as db:
            now = self._clock.now()
            match outcome:
                case Accepted(sid=sid):
                    await callback_calls.placed(db, call.id, sid, now)
                case Rejected() | NotSent():
                    await callback_calls.ended(db, call.id, Outcome.NOT_PLACED, now, says=outcome.says)
                case Unknown():
                    await callback_calls.unclear(db, call.id, now + _LOOK_AGAIN)
        log.info("callback_placed", rooftop_id=rooftop_id, outcome=type(outcome).__name__)

    async def _ask_the_carrier(self, rooftop_id: str, call: Unclear) -> None:
        """A call whose request, or whose end, nobody told us of."""
        if self._dialer is None:
            return
        try:
            if call.call_sid:
                status, legs = await self._dialer.state(call.call_sid)
                await self._settle(rooftop_id, call, status, legs)
                return
            listed = await self._dialer.placed_since(
                call.line_e164, call.staff_e164, call.started_at - timedelta(seconds=5)
            )
        except ProviderError as error:
            log.warning("callback_not_looked_up", rooftop_id=rooftop_id, error=str(error)[:120])
            return
        async with self._database.writing(rooftop_id) as db:
            now = self._clock.now()
            for leg in listed:
                if await callback_calls.is_free(db, leg.sid) and await callback_calls.placed(db, call.id, leg.sid, now):
                    return
            if now - call.started_at > _CERTAIN_AFTER:
                says = "the carrier never had it"
                await callback_calls.ended(db, call.id, Outcome.NOT_PLACED, now, says=says)

    async def _settle(self, rooftop_id: str, call: Unclear, status: str, legs: Sequence[Leg]) -> None:
        if status not in _OVER:
            return
        async with self._database.writing(rooftop_id) as db:
            now = self._clock.now()
            leg = legs[-1] if legs else None
            if leg is None:
                outcome = Outcome.DECLINED if status == "completed" else Outcome.STAFF_NO_ANSWER
                await callback_calls.ended(db, call.id, outcome, now)
                return
            outcome = _OF_LEG.get(leg.status, Outcome.NO_ANSWER)
            await callback_calls.ended(db, call.id, outcome, now, seconds=leg.seconds, sid=leg.sid)
