"""The socket to OpenAI Realtime: one picows client per call, frames handed straight to the call as they arrive."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import deque
from typing import Literal
from urllib.parse import quote

from picows import (
    WSCloseCode,
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)

from agent.events import ModelFault, SessionLost, SessionReady
from agent.ports import ModelListener, ModelUnavailable, SessionConfig
from agent.realtime import protocol
from agent.realtime.server_events import AudioDelta
from agent.settings import AgentSettings
from kit.logging import logger

log = logger("realtime")

# A model that stops reading costs the caller's oldest words, not our memory: two seconds of 20 ms frames.
_UNSENT_FRAMES = 100
_MAX_EVENT_BYTES = 4 * 1024 * 1024
_READ_BUFFER = 4 * 1024
_HEADROOM = 14
_TEXT = WSMsgType.TEXT


class RealtimeConnector:
    """Opens configured Realtime sessions; every failure is typed as terminal or passing."""

    def __init__(self, settings: AgentSettings, ssl_context: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._url = _socket_url(settings.openai_base_url)
        # One context for all calls: building one reads the whole certificate store.
        self._ssl = ssl_context or (ssl.create_default_context() if self._url.startswith("wss:") else None)

    async def connect(self, config: SessionConfig, listener: ModelListener) -> RealtimeSession:
        key = self._settings.openai_api_key
        if key is None:
            raise ModelUnavailable("no_api_key", terminal=True)
        model = config.model or self._settings.model
        session = RealtimeSession(model, listener)
        try:
            async with asyncio.timeout(self._settings.model_connect_seconds):
                await ws_connect(
                    lambda: session,
                    f"{self._url}?model={quote(model, safe='')}",
                    ssl_context=self._ssl,
                    extra_headers=[("Authorization", f"Bearer {key.get_secret_value()}")],
                    websocket_handshake_timeout=None,
                    enable_auto_ping=False,
                    max_frame_size=_MAX_EVENT_BYTES,
                    read_buffer_init_size=_READ_BUFFER,
                    max_redirects=0,
                    logger_name="realtime",
                )
                session.send(protocol.session_update(config, self._settings))
                await session.configured()
                for item in protocol.history_items(config):
                    session.send(item)
        except WSHandshakeError as refused:
            session.abandon()
            raise _refusal(refused) from refused
        except TimeoutError as slow:
            session.abandon()
            raise ModelUnavailable("connect_timeout", terminal=False) from slow
        except (OSError, WSError) as broken:
            session.abandon()
            raise ModelUnavailable("network", terminal=False) from broken
        except BaseException:
            session.abandon()
            raise
        return session


class RealtimeSession(WSListener):
    """One live session. Sending never waits: audio the socket cannot take yet is kept two seconds, oldest dropped."""

    # Named here because a listener's own dictionary would be looked up with every frame.
    __slots__ = (
        "_closing",
        "_listener",
        "_lost",
        "_model",
        "_parts",
        "_paused",
        "_ready",
        "_sent",
        "_terminal",
        "_transport",
        "_waiting",
        "dropped_frames",
    )

    def __init__(self, model: str, listener: ModelListener) -> None:
        super().__init__()
        self._model = model
        self._listener = listener
        self._transport: WSTransport | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting: deque[bytes] = deque(maxlen=_UNSENT_FRAMES)
        self._paused = False
        self._closing = False
        self._terminal: ModelFault | None = None
        self._lost = False
        self._sent = 0
        self._parts: list[bytes] = []
        self.dropped_frames = 0

    @property
    def model(self) -> str:
        return self._model

    # ---- what the conversation does with it ----

    def append_audio(self, payload_b64: bytes) -> None:
        if self._paused:
            if len(self._waiting) == _UNSENT_FRAMES:
                self.dropped_frames += 1
            self._waiting.append(payload_b64)
        elif self._transport is not None:
            self._transport.send(_TEXT, protocol.append_audio(payload_b64))

    def respond(self, event_id: str, instructions: str | None = None) -> None:
        self.send(protocol.response_create(event_id, instructions))

    def cancel(self, response_id: str) -> None:
        self.send(protocol.response_cancel(response_id, self._event_id("cancel")))

    def truncate(self, item_id: str, heard_ms: int) -> None:
        self.send(protocol.truncate(item_id, heard_ms, self._event_id("truncate")))

    def delete_item(self, item_id: str) -> None:
        self.send(protocol.delete_item(item_id, self._event_id("delete")))

    def tool_result(self, tool_call_id: str, output: str) -> None:
        self.send(protocol.tool_result(tool_call_id, output))

    def tell(self, text: str, role: Literal["system", "user"] = "system", item_id: str = "") -> None:
        self.send(protocol.say_item(text, "caller" if role == "user" else "system", item_id))

    async def close(self) -> None:
        """Ends the session; safe to call twice, and leaves no socket behind."""
        self._closing = True
        transport = self._transport
        if transport is None:
            return
        transport.send_close(WSCloseCode.OK)
        transport.disconnect()
        await transport.wait_disconnected()

    def abandon(self) -> None:
        """Drops a session that never became one."""
        self._closing = True
        if self._transport is not None:
            self._transport.disconnect(False)
        if not self._ready.done():
            self._ready.cancel()

    # ---- setting it up ----

    def send(self, message: bytes) -> None:
        if self._transport is not None:
            # From a buffer of its own: the transport's would stay as large as our configuration while the call lasts.
            self._transport.send_reuse_external_bytearray(_TEXT, bytearray(_HEADROOM) + message, _HEADROOM)

    async def configured(self) -> None:
        """Waits until the server has accepted our configuration."""
        await self._ready

    def _event_id(self, what: str) -> str:
        self._sent += 1
        return f"{what}_{self._sent}"

    # ---- what picows tells us ----

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is _TEXT and frame.fin:
            self._hear(frame.get_payload_as_bytes())
        elif kind in (_TEXT, WSMsgType.CONTINUATION):
            self._hear_part(frame)
        elif kind is WSMsgType.CLOSE:
            self._say_lost(frame.get_close_code().value)
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._say_lost(1006)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        while self._waiting and not self._paused:
            self.append_audio(self._waiting.popleft())

    def _hear_part(self, frame: WSFrame) -> None:
        self._parts.append(frame.get_payload_as_bytes())
        if sum(map(len, self._parts)) > _MAX_EVENT_BYTES:
            self._parts.clear()
        elif frame.fin:
            whole = b"".join(self._parts)
            self._parts.clear()
            self._hear(whole)

    def _hear(self, message: bytes) -> None:
        event = protocol.read(message)
        if event is None:
            return
        if type(event) is AudioDelta:
            self._listener.on_audio(event.item_id, event.response_id, event.delta.encode("ascii", "ignore"))
            return
        if isinstance(event, SessionReady):
            self._configured()
        elif isinstance(event, ModelFault):
            self._refused(event)
        elif isinstance(event, SessionLost):
            self._lost = True
        if not self._closing:
            self._listener.on_event(event)  # type: ignore[arg-type]

    def _configured(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    def _refused(self, fault: ModelFault) -> None:
        if fault.terminal:
            self._terminal = fault
        if not self._ready.done():
            self._ready.set_exception(ModelUnavailable(fault.code or fault.kind, terminal=fault.terminal))

    def _say_lost(self, close_code: int) -> None:
        if not self._ready.done():
            known = self._terminal
            code = known.code if known is not None else f"closed_{close_code}"
            self._ready.set_exception(ModelUnavailable(code, terminal=known is not None))
        if self._lost or self._closing:
            return
        self._lost = True
        self._listener.on_event(protocol.lost(close_code, (self._terminal,) if self._terminal else ()))


def _socket_url(base_url: str) -> str:
    base = base_url.rstrip("/")
    for plain, socket in (("https://", "wss://"), ("http://", "ws://")):
        if base.startswith(plain):
            base = socket + base.removeprefix(plain)
    return f"{base}/realtime"


def _refusal(refused: WSHandshakeError) -> ModelUnavailable:
    """A refused upgrade, by its status and the error object in its body."""
    status = refused.response.status if refused.response is not None else 0
    code = f"http_{int(status)}"
    try:
        body = json.loads(refused.raw_body or b"{}")
        code = str(body["error"].get("code") or body["error"].get("type") or code)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    terminal = int(status) in (401, 403, 404) or protocol.is_terminal(code)
    return ModelUnavailable(code, terminal=terminal)
