"""Takes calls from the agent for a person and gives them back (console.ports.LiveCalls), in whichever process."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from agent.ports import TransferTo
from console.ports import CannotDo
from kit.bus import Bus
from kit.clock import Clock
from kit.db import Database
from kit.errors import ProviderError
from kit.ids import CallId, RooftopId
from kit.logging import logger
from record import audit, calls, hand_offs, take_overs
from record.hand_off_moves import Stage
from record.rooftops import Destination

_log = logger("live_calls")

_WISHES = "call-wishes"
_PATIENCE_SECONDS = 6.0
"""As long as a sentence takes; after it the carrier is asked to take the caller to the person itself."""


class Carrier(Protocol):
    """What is asked of the carrier (`telephony.control`)."""

    async def rescue(self, call_sid: str) -> None: ...

    async def hang_up(self, call_sid: str) -> None: ...


class LiveCalls:
    """The wish is stored first. The bus tells the process that holds the call; should nobody hear it, the carrier is
    asked to fetch what comes next, which is the same document."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        carrier: Carrier | None,
        leave_to: Callable[[str, TransferTo], bool],
    ) -> None:
        self._database, self._clock, self._bus = database, clock, bus
        self._carrier, self._leave_to = carrier, leave_to
        self._checks: set[asyncio.Task[None]] = set()

    async def take_over(self, rooftop_id: RooftopId, call_id: CallId, ring: Destination, by: str) -> None:
        """See `console.ports.LiveCalls`."""
        now = self._clock.now()
        async with self._database.writing(rooftop_id) as db:
            try:
                asked = await take_overs.take_over(db, call_id, ring, by, now)
            except take_overs.NotPossible as error:
                raise CannotDo(str(error)) from None
            call = await calls.call_by_id(db, call_id)
            await audit.note(db, by, "took over", "call", call_id, now, f"rings {ring.label}")
        call_sid = call.call_sid if call else ""
        await self._bus.publish(_WISHES, {"call_sid": call_sid, "key": asked.key})
        check = asyncio.create_task(self._make_sure(rooftop_id, call_sid, str(asked.id)))
        self._checks.add(check)
        check.add_done_callback(self._checks.discard)
        _log.info("call_taken_over", call_sid=call_sid, rooftop_id=rooftop_id)

    async def give_back(self, rooftop_id: RooftopId, call_id: CallId, words: str, by: str) -> None:
        """See `console.ports.LiveCalls`."""
        now = self._clock.now()
        carrier = self._reachable()
        async with self._database.writing(rooftop_id) as db:
            try:
                call = await take_overs.give_back(db, call_id, words)
            except take_overs.NotPossible as error:
                raise CannotDo(str(error)) from None
            await audit.note(db, by, "gave back", "call", call_id, now, words)
        try:
            await carrier.rescue(call.call_sid)
        except ProviderError as error:
            _log.error("call_not_given_back", call_sid=call.call_sid, error=str(error))
            async with self._database.writing(rooftop_id) as db:
                await take_overs.keep(db, call_id)
            raise CannotDo("the phone carrier did not do it, and the person still has the caller") from None

    async def end(self, rooftop_id: RooftopId, call_id: CallId, by: str) -> None:
        """See `console.ports.LiveCalls`."""
        carrier = self._reachable()
        async with self._database.writing(rooftop_id) as db:
            call = await calls.call_by_id(db, call_id)
            if call is None or call.ended_at is not None:
                raise CannotDo("the call is over")
            await audit.note(db, by, "ended", "call", call_id, self._clock.now())
        try:
            await carrier.hang_up(call.call_sid)
        except ProviderError as error:
            _log.error("call_not_ended", call_sid=call.call_sid, error=str(error))
            raise CannotDo("the phone carrier did not do it") from None

    # ---- in every process ----

    async def listen(self) -> None:
        """Hears the wishes of every process and carries out those about calls held here."""
        async with self._bus.subscribe(_WISHES) as wishes:
            async for _, wish in wishes:
                if wish:
                    self._leave_to(str(wish.get("call_sid")), TransferTo(str(wish.get("key"))))

    async def stop(self) -> None:
        """Ends what still waits to make sure."""
        for check in list(self._checks):
            check.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)

    # ---- private ----

    def _reachable(self) -> Carrier:
        if self._carrier is None:
            raise CannotDo("there is no phone carrier account to ask")
        return self._carrier

    async def _make_sure(self, rooftop_id: RooftopId, call_sid: str, hand_off_id: str) -> None:
        await asyncio.sleep(_PATIENCE_SECONDS)
        async with self._database.reading(rooftop_id) as db:
            asked = await hand_offs.hand_off(db, hand_off_id)
        if asked is None or asked.stage is not Stage.ASKED or self._carrier is None:
            return
        _log.warning("wish_not_heard", call_sid=call_sid)
        try:
            await self._carrier.rescue(call_sid)
        except ProviderError as error:
            _log.error("call_not_taken_over", call_sid=call_sid, error=str(error))
