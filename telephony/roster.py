"""The calls a carrier listener holds, and the life of their sockets: claimed with a token, admitted, drained, let go.

A socket is worth money: nothing is started for one before its first message brought a token that was made for exactly
this call and never used.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from picows import WSCloseCode, WSListener, WSMsgType, WSTransport

from agent.ports import CallOutcome, CallPlan, HumanPath, NextStep, Reconnect
from agent.settings import AgentSettings
from kit.ids import CallSid
from kit.logging import logger
from telephony.line_settings import LineSettings

log = logger("roster")

Claim = Callable[[str, CallSid, str], Awaitable[CallPlan | None]]

TEXT = WSMsgType.TEXT
_FULL = CallOutcome("at_capacity", HumanPath("at_capacity"))


class Held(Protocol):
    """A call from its admission to its end."""

    async def run(self) -> CallOutcome: ...

    def end(self, reason: str, then: NextStep | None = None) -> None: ...

    def carrier_left(self, reason: str) -> None: ...

    def hand_over(self, then: NextStep | None = None) -> None: ...


HeldCall = TypeVar("HeldCall", bound=Held)


@dataclass(frozen=True, slots=True)
class Hello:
    """Which call a socket says it carries, and the token that proves it."""

    call_sid: str
    account_sid: str
    token: str


@dataclass(slots=True)
class Stats:
    """What the sockets of this process have seen since it started."""

    upgrades_refused: int = 0
    claims_refused: int = 0
    calls_admitted: int = 0
    calls_turned_away: int = 0
    malformed_frames: int = 0
    frames_over_limit: int = 0


class Roster(Generic[HeldCall]):
    """Every live call of one kind in this process, and the sockets that have claimed none yet."""

    def __init__(self, *, agent: AgentSettings, line: LineSettings, claim: Claim) -> None:
        self.agent = agent
        self.line = line
        self.claim = claim
        self.live: dict[str, HeldCall] = {}
        self.stats = Stats()
        self.admitting = True
        self._pending: set[CarrierSocket[HeldCall]] = set()
        self._calls: set[asyncio.Task[None]] = set()

    @property
    def crowded(self) -> bool:
        """As many sockets have claimed nothing yet as may."""
        return len(self._pending) >= self.line.max_pending_streams

    def end_call(self, call_sid: str, reason: str, then: NextStep | None = None) -> bool:
        """Ends a live call of this process (status callback, console); False when it is not here."""
        call = self.live.get(call_sid)
        if call is None:
            return False
        if then is None:
            call.carrier_left(reason)
        else:
            call.end(reason, then)
        return True

    def hand_over(self, call_sid: str, then: NextStep) -> bool:
        """A live call of this process is left to somebody else at the end of a sentence; False when it is not here."""
        call = self.live.get(call_sid)
        if call is not None:
            call.hand_over(then)
        return call is not None

    async def settle(self, seconds: float) -> None:
        """No new calls; gives live ones this long to end by themselves."""
        self.admitting = False
        if self._calls:
            await asyncio.wait(set(self._calls), timeout=seconds)

    async def drain(self, seconds: float, *, hand_over: bool) -> None:
        """No new calls; live ones finish, or are handed over at a silent moment; whoever is left at the end must go."""
        if hand_over:
            for call in list(self.live.values()):
                call.hand_over()
        await self.settle(seconds)
        for call in list(self.live.values()):
            call.end("drained", Reconnect())
        if self._calls:
            await asyncio.wait(set(self._calls), timeout=self.agent.finish_seconds * 2)

    async def stop(self) -> None:
        """Closes every socket; leaves no task."""
        self.admitting = False
        for socket in list(self._pending):
            socket.refuse(WSCloseCode.GOING_AWAY)
        for call in list(self.live.values()):
            call.end("stopped", Reconnect())
        if self._calls:
            _, late = await asyncio.wait(set(self._calls), timeout=self.agent.finish_seconds * 2)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # ---- for sockets ----

    def opened(self, socket: CarrierSocket[HeldCall]) -> None:
        """A socket came through the upgrade; too many that claim nothing are turned away."""
        if self.crowded:
            socket.refuse(WSCloseCode.TRY_AGAIN_LATER)
            return
        self._pending.add(socket)

    def closed(self, socket: CarrierSocket[HeldCall]) -> None:
        self._pending.discard(socket)

    def named(self, socket: CarrierSocket[HeldCall], hello: Hello) -> None:
        """The socket named its call: one task claims it and then lives as long as the call."""
        task = asyncio.get_running_loop().create_task(self._serve(socket, hello))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _serve(self, socket: CarrierSocket[HeldCall], hello: Hello) -> None:
        plan = await self._claimed(hello)
        self._pending.discard(socket)
        if plan is None:
            self.stats.claims_refused += 1
            socket.refuse(WSCloseCode.POLICY_VIOLATION)
            return
        if not self.admitting or len(self.live) >= self.line.max_calls:
            self.stats.calls_turned_away += 1
            await self._turn_away(plan)
            socket.turned_away(_FULL)
            return
        self.stats.calls_admitted += 1
        call = self.live[plan.call_sid] = socket.call_of(plan)
        socket.admitted(call)
        try:
            await call.run()
        finally:
            if self.live.get(plan.call_sid) is call:
                del self.live[plan.call_sid]

    async def _claimed(self, hello: Hello) -> CallPlan | None:
        if not hello.token:
            return None
        try:
            async with asyncio.timeout(self.line.stream_claim_seconds):
                return await self.claim(hello.token, CallSid(hello.call_sid), hello.account_sid)
        except Exception as failed:
            log.error("claim_failed", call_sid=hello.call_sid, error=type(failed).__name__)
            return None

    async def _turn_away(self, plan: CallPlan) -> None:
        """Claimed, but there is no room for it: a person takes the call."""
        try:
            async with asyncio.timeout(self.agent.finish_seconds):
                await plan.finish(_FULL)
        except Exception as failed:
            log.error("call_finish_failed", call_sid=plan.call_sid, error=type(failed).__name__)


class CarrierSocket(WSListener, Generic[HeldCall]):
    """One socket of the carrier, whatever it speaks: opened, named, claimed, and closed once.

    What comes while the claim is under way waits in `_early`; its kind reads frames, and makes the call.
    """

    # Named here because a listener's own dictionary would be looked up a dozen times a frame.
    __slots__ = (
        "_call",
        "_deadline",
        "_early",
        "_left",
        "_loop",
        "_malformed",
        "_roster",
        "_stream_sid",
        "_transport",
    )

    def __init__(self, roster: Roster[HeldCall], keeps: int) -> None:
        super().__init__()
        self._roster = roster
        self._loop = asyncio.get_running_loop()
        self._transport: WSTransport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._stream_sid: str | None = None
        self._early: deque[bytes] = deque(maxlen=keeps)
        self._call: HeldCall | None = None
        self._left = ""
        self._malformed = 0

    # ---- of each kind ----

    @abstractmethod
    def call_of(self, plan: CallPlan) -> HeldCall:
        """The claim held, and there is room: the call this socket carries from now on."""

    @abstractmethod
    def _came_early(self, call: HeldCall, frame: bytes) -> None:
        """What came before the call was there."""

    def turned_away(self, outcome: CallOutcome) -> None:
        """There is no room, and a person is to take the call."""
        self.close()

    # ---- Wire ----

    def send(self, frame: bytes) -> None:
        """A message for the carrier; nothing once the socket is gone."""
        if self._transport is not None:
            self._transport.send(TEXT, frame)

    def close(self) -> None:
        """The call is over."""
        self.refuse(WSCloseCode.OK)

    # ---- for the roster ----

    def refuse(self, code: WSCloseCode) -> None:
        """Closes the socket, once."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.send_close(code)
            transport.disconnect()

    def admitted(self, call: HeldCall) -> None:
        """What came meanwhile goes first."""
        self._call = call
        if self._left:
            call.carrier_left(self._left)
            return
        self._loop.call_soon(self._replay)

    def _replay(self) -> None:
        while self._early and self._call is not None:
            self._came_early(self._call, self._early.popleft())

    # ---- what picows tells us ----

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The upgrade is through: the clock for the first message starts."""
        self._transport = transport
        self._deadline = self._loop.call_later(self._roster.line.stream_start_seconds, self._too_late)
        self._roster.opened(self)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The carrier is gone, however it went."""
        self._transport = None
        if self._deadline is not None:
            self._deadline.cancel()
        self._roster.closed(self)
        self._leave("socket_closed")

    def _names(self, hello: Hello) -> None:
        """The first message said which call this is."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._roster.named(self, hello)

    def _leave(self, reason: str) -> None:
        self._left = self._left or reason
        if self._call is not None:
            self._call.carrier_left(reason)

    def _too_late(self) -> None:
        self.refuse(WSCloseCode.POLICY_VIOLATION)

    def _closed_by(self, transport: WSTransport) -> None:
        transport.send_close(WSCloseCode.OK)
        transport.disconnect()

    def _refuse_frame(self, reason: str) -> None:
        """A frame that is no carrier's: counted, and too many of them end the call."""
        if not self._malformed:
            log.warning("frames_malformed", stream_sid=self._stream_sid or "", reason=reason)
        self._malformed += 1
        self._roster.stats.malformed_frames += 1
        if self._malformed <= self._roster.line.malformed_frames:
            return
        if self._call is not None:
            self._call.end("carrier_malformed", HumanPath("carrier_malformed"))
        else:
            self.refuse(WSCloseCode.POLICY_VIOLATION)
