"""The carrier's end of a WebSocket to the application: signed upgrade, whole messages, an honest reason for the end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from socket import SO_SNDBUF, SOL_SOCKET
from urllib.parse import urlsplit

from picows import WSFrame, WSHandshakeError, WSListener, WSMsgType, WSTransport, ws_connect

from simulator.carrier.settings import CarrierSettings
from simulator.carrier.signature import signature

TIMEOUT = 31901
REFUSED = 31902
BROKEN = 31903
HANDSHAKE = 31920
SERVER_CLOSED = 31921
BAD_URL = 31923
PROTOCOL = 31924
OVERFLOW = 31930
KERNEL_BUFFER = 64 * 1024


class SocketFailed(Exception):
    """No socket could be opened."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code, self.why = code, why


@dataclass(frozen=True, slots=True)
class SocketEnd:
    """How a socket ended: closed by the other side with a code, or cut without one."""

    clean: bool
    close_code: int
    reason: str


class AppSocket(WSListener):
    """Calls `on_text` for each message; `ended` is set once, however the socket ends."""

    def __init__(self, on_text: Callable[[bytes], None]) -> None:
        self.ended: asyncio.Future[SocketEnd] = asyncio.get_running_loop().create_future()
        self.transport: WSTransport | None = None
        self._on_text = on_text
        self._parts: list[bytes] = []
        self._close: tuple[int, str] | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        raw = transport.underlying_transport.get_extra_info("socket")
        if raw is not None:  # else megabytes would hide in the kernel before anybody noticed a slow reader
            raw.setsockopt(SOL_SOCKET, SO_SNDBUF, KERNEL_BUFFER)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            self._parts.append(frame.get_payload_as_bytes())
            if frame.fin:
                message, self._parts = b"".join(self._parts), []
                self._on_text(message)
        elif frame.msg_type == WSMsgType.CLOSE:
            self._close = (close_code(frame), frame.get_close_reason() or "")
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.ended.done():
            code, reason = self._close or (1006, "")
            self.ended.set_result(SocketEnd(self._close is not None, code, reason))

    def send(self, text: str) -> None:
        if self.transport is not None and not self.transport.is_disconnected:
            self.transport.send(WSMsgType.TEXT, text)

    @property
    def backlog(self) -> int:
        """Bytes the application has not read yet."""
        if self.transport is None or self.transport.is_disconnected:
            return 0
        return self.transport.underlying_transport.get_write_buffer_size()

    def close(self, code: int = 1000) -> None:
        if self.transport is not None and not self.transport.is_disconnected:
            self.transport.send_close(code)  # type: ignore[arg-type]  # any number is fine on the wire
            self.transport.disconnect()

    def drop(self) -> None:
        """Cut without a word, as a broken network does."""
        if self.transport is not None:
            self.transport.disconnect(False)

    def pause_reading(self) -> None:
        if self.transport is not None:
            self.transport.underlying_transport.pause_reading()

    def resume_reading(self) -> None:
        if self.transport is not None and not self.transport.is_disconnected:
            self.transport.underlying_transport.resume_reading()


def close_code(frame: WSFrame) -> int:
    """The number on the wire; picows's stub promises an enum, which private codes such as 4000 are not in."""
    code: object = frame.get_close_code()
    return int(str(getattr(code, "value", code)))


async def open_socket(
    settings: CarrierSettings, url: str, on_text: Callable[[bytes], None], forged: bool = False
) -> AppSocket:
    """Opens the socket a document asks for: signed over its public wss URL, connected to the media address."""
    parts = urlsplit(url)
    if parts.scheme != "wss" or not parts.netloc:
        raise SocketFailed(BAD_URL, f"not a wss URL: {url}")
    if f"wss://{parts.netloc}" != settings.media.rstrip("/"):
        raise SocketFailed(TIMEOUT, f"no such host: {parts.netloc}")
    # Twilio does not keep a query string on a stream's URL; the path survives.
    url = f"wss://{parts.netloc}{parts.path}"
    token = "somebody-else's" if forged else settings.auth_token
    headers = {"Host": parts.netloc, "User-Agent": "Twilio.TmeWs/1.0", "X-Twilio-Signature": signature(token, url)}
    listener = AppSocket(on_text)
    try:
        async with asyncio.timeout(settings.handshake_seconds):
            await ws_connect(
                lambda: listener,
                f"ws://{settings.media_address}{parts.path or '/'}",
                extra_headers=headers,
                websocket_handshake_timeout=None,
                max_frame_size=4 * settings.largest_message,
            )
    except TimeoutError:
        raise SocketFailed(TIMEOUT, "connection timed out") from None
    except WSHandshakeError as error:
        status = error.response.status if error.response is not None else None
        raise SocketFailed(HANDSHAKE, f"handshake answered {int(status) if status else 'nothing'}") from None
    except OSError as error:
        raise SocketFailed(REFUSED, f"connection refused: {error}") from None
    return listener
