"""The carrier's media sockets: who may open one, and what a hostile one can do (nothing)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from agent.ports import CallPlan, HumanPath, ModelConnector
from agent.settings import AgentSettings
from kit.errors import ConfigurationError
from kit.logging import logger
from telephony import media
from telephony.bridge import LiveCall
from telephony.clips import Clips
from telephony.line_settings import LineSettings
from telephony.pace import Pace
from telephony.roster import TEXT, CarrierSocket, Claim, Hello, Roster

log = logger("stream")

VerifyUpgrade = Callable[[str, Mapping[str, str]], bool]
MakeListener = Callable[[WSUpgradeRequest], WSListener]

_MEDIA = "/media/"
_CLAIMING_FRAMES = 100
_TICK = 0.1
# So that no frame waits for the ticks of more than a fifth of the calls.
_TICK_SLICES = 5
_CONTROL_PER_SECOND = 200.0
# A clear echoes every outstanding mark at once; a minute of speech has 500.
_CONTROL_BURST = 1500


class MediaServer(Roster[LiveCall]):
    """The listener for carrier sockets, and every live call of this process that is sound."""

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
        super().__init__(agent=agent, line=line, claim=claim)
        self._connector = connector
        self._clips = clips or Clips(line.clips_dir)
        self._verify_upgrade = verify_upgrade
        self._routes = dict(routes or {})
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

    async def stop(self) -> None:
        """Closes the listener and every socket; leaves no task."""
        if self._server is not None:
            self._server.close()
        await super().stop()
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
        if self.crowded:
            return self._refused(HTTPStatus.SERVICE_UNAVAILABLE)
        if not self._signed(path, request.headers):
            return self._refused(HTTPStatus.FORBIDDEN)
        if route is not None:
            return route(request)
        return MediaSocket(self)

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

    def call_on(self, socket: MediaSocket, plan: CallPlan, stream_sid: str) -> LiveCall:
        self._keep_ticking()
        return LiveCall(plan, stream_sid, socket, self._connector, self.agent, self.line, self._clips)

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


class MediaSocket(CarrierSocket[LiveCall]):
    """One stream (`telephony.bridge.Wire`): strict about what it takes in, and cheap about it."""

    __slots__ = ("_control", "_frames", "_media", "_sequence", "_server")

    def __init__(self, server: MediaServer) -> None:
        super().__init__(server, _CLAIMING_FRAMES)
        self._server = server
        self._frames: media.AudioFrames | None = None
        self._sequence = 0
        line = server.line
        self._media = Pace(line.frames_per_second, line.frame_burst)
        self._control = Pace(_CONTROL_PER_SECOND, _CONTROL_BURST)

    @property
    def unsent_bytes(self) -> int:
        return 0 if self._transport is None else self._transport.underlying_transport.get_write_buffer_size()

    def call_of(self, plan: CallPlan) -> LiveCall:
        return self._server.call_on(self, plan, self._stream_sid or "")

    def _came_early(self, call: LiveCall, frame: bytes) -> None:
        call.caller_audio(frame)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is TEXT and frame.fin:
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
            self._closed_by(transport)
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
            self._roster.stats.frames_over_limit += 1
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
        self._names(Hello(start.call_sid, start.account_sid, start.parameters.get("token", "")))
