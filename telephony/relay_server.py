"""ConversationRelay sockets on the carrier listener: claimed like media sockets, then one `RelayCall` each."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest

from agent.ports import CallOutcome, CallPlan, HumanPath, NextStep, Reconnect
from agent.settings import AgentSettings
from kit.clock import Clock
from kit.ids import CallSid
from kit.logging import logger
from telephony.line_settings import LineSettings
from telephony.relay import RelayCall, Setup, parse

log = logger("relay")

Claim = Callable[[str, CallSid, str], Awaitable[CallPlan | None]]

_CLAIMING_MESSAGES = 20
# People do not speak or press keys faster than this; a socket that does is not a telephone.
_MESSAGES_A_SECOND = 50.0
_MESSAGE_BURST = 200


class RelayServer:
    """Every live relay call of this process; `listener` is a route behind the carrier listener's signature check."""

    def __init__(self, *, agent: AgentSettings, line: LineSettings, clock: Clock, claim: Claim) -> None:
        self.agent, self.line, self.clock, self.claim = agent, line, clock, claim
        self.live: dict[str, RelayCall] = {}
        self.admitting = True
        self.claims_refused = 0
        self._pending: set[RelaySocket] = set()
        self._calls: set[asyncio.Task[None]] = set()

    def listener(self, request: WSUpgradeRequest) -> WSListener:
        """A socket that may claim a call within the start deadline."""
        return RelaySocket(self)

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

    async def settle(self, seconds: float) -> None:
        """No new calls; gives live ones this long to end by themselves."""
        self.admitting = False
        if self._calls:
            await asyncio.wait(set(self._calls), timeout=seconds)

    async def drain(self, seconds: float, *, hand_over: bool) -> None:
        """No new calls; live ones finish or are handed over after their sentence; whoever is left must go."""
        self.admitting = False
        if hand_over:
            for call in list(self.live.values()):
                call.hand_over()
        if self._calls:
            await asyncio.wait(set(self._calls), timeout=seconds)
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

    def opened(self, socket: RelaySocket) -> None:
        """A socket came through the upgrade; too many that claim nothing are turned away."""
        if len(self._pending) >= self.line.max_pending_streams:
            socket.refuse(WSCloseCode.TRY_AGAIN_LATER)
            return
        self._pending.add(socket)

    def closed(self, socket: RelaySocket) -> None:
        """The socket is gone."""
        self._pending.discard(socket)

    def started(self, socket: RelaySocket, setup: Setup) -> None:
        """The socket named its call: one task claims it and then lives as long as the call."""
        task = asyncio.get_running_loop().create_task(self._serve(socket, setup))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _serve(self, socket: RelaySocket, setup: Setup) -> None:
        plan = await self._claimed(setup)
        self._pending.discard(socket)
        if plan is None:
            self.claims_refused += 1
            socket.refuse(WSCloseCode.POLICY_VIOLATION)
            return
        call = RelayCall(plan, socket, self.clock, self.agent)
        if not self.admitting or len(self.live) >= self.line.max_calls:
            await call.turn_away(CallOutcome("at_capacity", HumanPath("at_capacity")))
            return
        self.live[plan.call_sid] = call
        socket.admitted(call)
        try:
            await call.run()
        finally:
            if self.live.get(plan.call_sid) is call:
                del self.live[plan.call_sid]

    async def _claimed(self, setup: Setup) -> CallPlan | None:
        if not setup.token:
            return None
        try:
            async with asyncio.timeout(self.line.stream_claim_seconds):
                return await self.claim(setup.token, CallSid(setup.call_sid), setup.account_sid)
        except Exception as failed:
            log.error("claim_failed", call_sid=setup.call_sid, error=type(failed).__name__)
            return None


class RelaySocket(WSListener):
    """One carrier socket (`telephony.relay.Wire`)."""

    def __init__(self, server: RelayServer) -> None:
        super().__init__()
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._transport: WSTransport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._early: deque[bytes] = deque(maxlen=_CLAIMING_MESSAGES)
        self._call: RelayCall | None = None
        self._named = False
        self._left = ""
        self._malformed = 0
        self._allowance = float(_MESSAGE_BURST)
        self._allowed_at = 0.0

    # ---- Wire ----

    def send(self, frame: bytes) -> None:
        """A message for the carrier; nothing once the socket is gone."""
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, frame)

    def close(self) -> None:
        """The call is over."""
        self.refuse(WSCloseCode.OK)

    # ---- for the server ----

    def refuse(self, code: WSCloseCode) -> None:
        """Closes the socket, once."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.send_close(code)
            transport.disconnect()

    def admitted(self, call: RelayCall) -> None:
        """The claim held: messages that came meanwhile follow once the greeting is out."""
        self._call = call
        if self._left:
            call.carrier_left(self._left)
        else:
            self._loop.call_soon(self._replay)

    def _replay(self) -> None:
        while self._early and self._call is not None:
            self._call.message(self._early.popleft())

    # ---- what picows tells us ----

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The upgrade is through: the clock for `setup` starts."""
        self._transport = transport
        self._deadline = self._loop.call_later(self._server.line.stream_start_seconds, self._too_late)
        self._server.opened(self)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The carrier is gone, however it went."""
        self._transport = None
        if self._deadline is not None:
            self._deadline.cancel()
        self._server.closed(self)
        self._left = self._left or "socket_closed"
        if self._call is not None:
            self._call.carrier_left(self._left)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One frame: text is a message, a close is answered, anything else is not a telephone."""
        kind = frame.msg_type
        if kind is WSMsgType.TEXT and frame.fin:
            self._take(frame.get_payload_as_bytes())
        elif kind is WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        elif kind is not WSMsgType.PING and kind is not WSMsgType.PONG:
            self._refuse_frame()

    def _take(self, message: bytes) -> None:
        if not self._allows():
            self._refuse_frame()
            return
        if not self._named:
            setup = parse(message)
            if not isinstance(setup, Setup):
                self._refuse_frame()
                return
            self._named = True
            if self._deadline is not None:
                self._deadline.cancel()
            self._server.started(self, setup)
        elif self._call is None or self._early:
            self._early.append(message)
        else:
            self._call.message(message)

    def _allows(self) -> bool:
        now = self._loop.time()
        self._allowance = min(_MESSAGE_BURST, self._allowance + (now - self._allowed_at) * _MESSAGES_A_SECOND)
        self._allowed_at = now
        if self._allowance < 1.0:
            return False
        self._allowance -= 1.0
        return True

    def _too_late(self) -> None:
        self.refuse(WSCloseCode.POLICY_VIOLATION)

    def _refuse_frame(self) -> None:
        self._malformed += 1
        if self._malformed <= self._server.line.malformed_frames:
            return
        if self._call is not None:
            self._call.end("carrier_malformed", HumanPath("carrier_malformed"))
        else:
            self.refuse(WSCloseCode.POLICY_VIOLATION)
