"""The carrier's media sockets: who may open one, which call it carries, and what a hostile one can do (nothing).

A socket is worth money: no model session is opened before the upgrade was signed by the carrier and the `start` message
brought a token that was made for exactly this call and never used.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from agent.ports import CallOutcome, CallPlan, HumanPath, ModelConnector, NextStep, Reconnect
from agent.settings import AgentSettings
from kit.errors import ConfigurationError
from kit.ids import CallSid
from kit.logging import logger
from telephony import media
from telephony.bridge import LiveCall
from telephony.clips import Clips
from telephony.line_settings import LineSettings

log = logger("stream")

VerifyUpgrade = Callable[[str, Mapping[str, str]], bool]
Claim = Callable[[str, CallSid, str], Awaitable[CallPlan | None]]
MakeListener = Callable[[WSUpgradeRequest], WSListener]

_TEXT = WSMsgType.TEXT
_MEDIA = "/media/"
_CLAIMING_FRAMES = 100
_TICK = 0.1
# So that no frame waits for the ticks of more than a fifth of the calls.
_TICK_SLICES = 5
_CONTROL_PER_SECOND = 200.0
# A clear echoes every outstanding mark at once; a minute of speech has 500.
_CONTROL_BURST = 1500


@dataclass(slots=True)
class StreamStats:
    """What the sockets of this process have seen since it started."""

    upgrades_refused: int = 0
    claims_refused: int = 0
    calls_admitted: int = 0
    calls_turned_away: int = 0
    malformed_frames: int = 0
    frames_over_limit: int = 0


class MediaServer:
    """The listener for carrier sockets, and every live call of this process."""

    def __init__(
        self,
        *,
        agent: AgentSettings,
        line: LineSettings,
        connector: ModelConnector,
        verify_upgrade: VerifyUpgrade,
        claim: Claim,
        clips: Clips | None = None,
        routes: Mapping[str, MakeListener] | None = None,
    ) -> None:
        self.agent = agent
        self.line = line
        self.connector = connector
        self.claim = claim
        self.clips = clips or Clips(line.clips_dir)
        self.live: dict[str, LiveCall] = {}
        self.stats = StreamStats()
        self.admitting = True
        self._verify_upgrade = verify_upgrade
        self._routes = dict(routes or {})
        self._pending: set[CarrierSocket] = set()
        self._calls: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._ticking: asyncio.TimerHandle | None = None
        self._slice = 0

    # ---- the process's life ----

    async def start(self, host: str, port: int, ssl_context: ssl.SSLContext | None = None) -> None:
        """Listens; port 0 picks a free one, see `port`."""
        try:
            self._server = await ws_create_server(
                self._upgrade,
                host,
                port,
                websocket_handshake_timeout=self.line.stream_start_seconds,
                max_frame_size=self.line.max_frame_bytes,
                read_buffer_init_size=2048,
                enable_auto_ping=False,
                logger_name="media",
                ssl=ssl_context,
            )
        except OSError as error:
            raise ConfigurationError(
                f"LANEKEEPER_MEDIA_ADDRESS: cannot listen on {host}:{port} ({error.strerror}); choose another"
            ) from error

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("not listening")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

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
        """No new calls; live ones finish, or are handed over at a silent moment; whoever is left at the end must go."""
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
        """Closes the listener and every socket; leaves no task."""
        self.admitting = False
        if self._server is not None:
            self._server.close()
        for socket in list(self._pending):
            socket.refuse(WSCloseCode.GOING_AWAY)
        for call in list(self.live.values()):
            call.end("stopped", Reconnect())
        if self._calls:
            _, late = await asyncio.wait(set(self._calls), timeout=self.agent.finish_seconds * 2)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._ticking is not None:
            self._ticking.cancel()
        if self._server is not None:
            # From Python 3.12 on this also waits for the sockets themselves, and a peer may never read our close.
            with suppress(TimeoutError):
                async with asyncio.timeout(self.agent.finish_seconds):
                    await self._server.wait_closed()

    # ---- sockets ----

    def _upgrade(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        path = request.path.decode("latin-1")
        if path == "/healthz":
            return WSUpgradeResponseWithListener(WSUpgradeResponse.create_ok_response(b"ok"), None)
        route = next((make for prefix, make in self._routes.items() if path.startswith(prefix)), None)
        if route is None and not path.startswith(_MEDIA):
            return self._refused(HTTPStatus.NOT_FOUND)
        if len(self._pending) >= self.line.max_pending_streams:
            return self._refused(HTTPStatus.SERVICE_UNAVAILABLE)
        if not self._signed(path, request.headers):
            return self._refused(HTTPStatus.FORBIDDEN)
        if route is not None:
            return route(request)
        return CarrierSocket(self)

    def _signed(self, path: str, headers: Mapping[str, str]) -> bool:
        try:
            return self._verify_upgrade(path, headers)
        except Exception as failed:
            # A guard that breaks denies.
            log.error("upgrade_check_failed", error=type(failed).__name__)
            return False

    def _refused(self, status: HTTPStatus) -> WSUpgradeResponseWithListener:
        self.stats.upgrades_refused += 1
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status), None)

    def opened(self, socket: CarrierSocket) -> None:
        self._pending.add(socket)

    def closed(self, socket: CarrierSocket) -> None:
        self._pending.discard(socket)

    def started(self, socket: CarrierSocket, start: media.Started) -> None:
        """The stream named its call: one task claims it and then lives as long as the call."""
        task = asyncio.get_running_loop().create_task(self._serve(socket, start))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _serve(self, socket: CarrierSocket, start: media.Started) -> None:
        plan = await self._claimed(start)
        self._pending.discard(socket)
        if plan is None:
            self.stats.claims_refused += 1
            socket.refuse(WSCloseCode.POLICY_VIOLATION)
            return
        if not self.admitting or len(self.live) >= self.line.max_calls:
            self.stats.calls_turned_away += 1
            await self._turn_away(plan)
            socket.close()
            return
        self.stats.calls_admitted += 1
        call = LiveCall(plan, start.stream_sid, socket, self.connector, self.agent, self.line, self.clips)
        self.live[plan.call_sid] = call
        self._keep_ticking()
        socket.admitted(call)
        try:
            await call.run()
        finally:
            if self.live.get(plan.call_sid) is call:
                del self.live[plan.call_sid]

    async def _claimed(self, start: media.Started) -> CallPlan | None:
        token = start.parameters.get("token", "")
        if not token:
            return None
        try:
            async with asyncio.timeout(self.line.stream_claim_seconds):
                return await self.claim(token, CallSid(start.call_sid), start.account_sid)
        except Exception as failed:
            log.error("claim_failed", call_sid=start.call_sid, error=type(failed).__name__)
            return None

    async def _turn_away(self, plan: CallPlan) -> None:
        try:
            async with asyncio.timeout(self.agent.finish_seconds):
                await plan.finish(CallOutcome("at_capacity", HumanPath("at_capacity")))
        except Exception as failed:
            log.error("call_finish_failed", call_sid=plan.call_sid, error=type(failed).__name__)

    # ---- one ticker for all calls ----

    def _keep_ticking(self) -> None:
        if self._ticking is None:
            loop = asyncio.get_running_loop()
            self._ticking = loop.call_later(_TICK / _TICK_SLICES, self._tick)

    def _tick(self) -> None:
        self._ticking = None
        self._slice = (self._slice + 1) % _TICK_SLICES
        now = asyncio.get_running_loop().time()
        for call in list(self.live.values())[self._slice :: _TICK_SLICES]:
            try:
                call.tick(now)
            except Exception:
                log.exception("tick_failed", call_sid=call.plan.call_sid)
                call.end("failed", HumanPath("failed"))
        if self.live:
            self._keep_ticking()


class CarrierSocket(WSListener):
    """One carrier socket (`telephony.bridge.Wire`): strict about what it takes in, and cheap about it."""

    def __init__(self, server: MediaServer) -> None:
        super().__init__()
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._transport: WSTransport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._stream_sid: str | None = None
        self._frames: media.AudioFrames | None = None
        self._early: deque[bytes] = deque(maxlen=_CLAIMING_FRAMES)
        self._call: LiveCall | None = None
        self._left = ""
        self._sequence = 0
        self._malformed = 0
        line = server.line
        self._media = _Bucket(line.frames_per_second, line.frame_burst)
        self._control = _Bucket(_CONTROL_PER_SECOND, _CONTROL_BURST)

    # ---- Wire ----

    def send(self, frame: bytes) -> None:
        if self._transport is not None:
            self._transport.send(_TEXT, frame)

    def close(self) -> None:
        self.refuse(WSCloseCode.OK)

    @property
    def unsent_bytes(self) -> int:
        return 0 if self._transport is None else self._transport.underlying_transport.get_write_buffer_size()

    # ---- for the server ----

    def refuse(self, code: WSCloseCode) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.send_close(code)
            transport.disconnect()

    def admitted(self, call: LiveCall) -> None:
        """The claim held: audio that came meanwhile goes first."""
        self._call = call
        if self._left:
            call.carrier_left(self._left)
            return
        self._loop.call_soon(self._replay)

    def _replay(self) -> None:
        while self._early and self._call is not None:
            self._call.caller_audio(self._early.popleft())

    # ---- what picows tells us ----

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._server.opened(self)
        self._deadline = self._loop.call_later(self._server.line.stream_start_seconds, self._too_late)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        if self._deadline is not None:
            self._deadline.cancel()
        self._server.closed(self)
        self._leave("socket_closed")

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is _TEXT and frame.fin:
            message = frame.get_payload_as_bytes()
            audio = None if self._frames is None else self._frames.read(message)
            try:
                if audio is not None:
                    self._hear(*audio)
                else:
                    self._take(message)
            except media.Malformed as wrong:
                self._refuse_frame(str(wrong))
        elif kind is WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        elif kind is not WSMsgType.PING and kind is not WSMsgType.PONG:
            self._refuse_frame("not a whole text message")

    # ---- frames ----

    def _take(self, message: bytes) -> None:
        event = media.read(message, self._stream_sid)
        if type(event) is media.CallerAudio:
            payload, sequence = media.payload_of(event), media.sequence_of(event)
            self._hear(sequence, payload)
        elif not self._control.allows(self._loop.time()):
            raise media.Malformed("too many control messages")
        elif isinstance(event, media.Started):
            self._start(event)
        elif isinstance(event, media.MarkEchoed):
            if self._call is not None:
                self._call.mark_echoed(event.name)
        elif isinstance(event, media.DigitPressed):
            if self._call is not None:
                self._call.digit(event.digit)
        elif isinstance(event, media.Stopped):
            self._leave("carrier_stopped")

    def _hear(self, sequence: int | None, payload: bytes) -> None:
        if sequence is None:
            sequence = self._sequence
        elif sequence <= self._sequence:
            raise media.Malformed("a frame that was here before")
        if not self._media.allows(self._loop.time()):
            self._server.stats.frames_over_limit += 1
            return
        self._sequence = sequence
        if self._call is None:
            self._early.append(payload)
        elif self._early:
            self._early.append(payload)
            self._replay()
        else:
            self._call.caller_audio(payload)

    def _start(self, start: media.Started) -> None:
        if self._stream_sid is not None:
            raise media.Malformed("a second start")
        self._stream_sid = start.stream_sid
        self._frames = media.AudioFrames(start.stream_sid)
        if self._deadline is not None:
            self._deadline.cancel()
        self._server.started(self, start)

    def _leave(self, reason: str) -> None:
        self._left = self._left or reason
        if self._call is not None:
            self._call.carrier_left(reason)

    def _too_late(self) -> None:
        self.refuse(WSCloseCode.POLICY_VIOLATION)

    def _refuse_frame(self, reason: str) -> None:
        if not self._malformed:
            log.warning("frames_malformed", stream_sid=self._stream_sid or "", reason=reason)
        self._malformed += 1
        self._server.stats.malformed_frames += 1
        if self._malformed <= self._server.line.malformed_frames:
            return
        if self._call is not None:
            self._call.end("carrier_malformed", HumanPath("carrier_malformed"))
        else:
            self.refuse(WSCloseCode.POLICY_VIOLATION)


class _Bucket:
    """So many a second, with room for a burst after a stall."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._left = float(burst)
        self._at = 0.0

    def allows(self, now: float) -> bool:
        left = self._left + (now - self._at) * self._rate
        self._at = now
        if left > self._burst:
            left = self._burst
        if left < 1.0:
            self._left = left
            return False
        self._left = left - 1.0
        return True
