"""The smallest application a carrier can be pointed at: TwiML by path, and whatever the test wants on the socket."""

import base64
import json
from collections.abc import Callable
from typing import Any, Self

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from simulator.carrier import Carrier, CarrierSettings, PhoneNumber
from simulator.http_server import HttpAnswer, HttpRequest, HttpServer
from simulator.words import Beside

ORIGIN = "https://app.example.test"
STORE = "+15035550100"
CALLER = "+15035550112"


class Socket(WSListener):
    """The application's end of one stream: keeps what came, answers through `on_message`."""

    def __init__(self, on_message: Callable[["Socket", dict[str, Any]], None]) -> None:
        self.messages: list[dict[str, Any]] = []
        self.sid = ""
        self.closed = False
        self.transport: WSTransport | None = None
        self._on_message = on_message

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        message = json.loads(frame.get_payload_as_bytes())
        self.sid = message.get("streamSid", self.sid)
        self.messages.append(message)
        self._on_message(self, message)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed = True

    def send(self, **message: Any) -> None:
        assert self.transport is not None
        self.transport.send(WSMsgType.TEXT, json.dumps({"streamSid": self.sid} | message))

    def raw(self, text: str) -> None:
        assert self.transport is not None
        self.transport.send(WSMsgType.TEXT, text)

    def play(self, audio: bytes) -> None:
        self.send(event="media", media={"payload": base64.b64encode(audio).decode()})

    def mark(self, name: str) -> None:
        self.send(event="mark", mark={"name": name})

    def clear(self) -> None:
        self.send(event="clear")

    def close(self) -> None:
        assert self.transport is not None
        self.transport.send_close(1000)  # type: ignore[arg-type]
        self.transport.disconnect()

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message.get("event", message.get("type")) == kind]


class Application:
    """Answers webhooks from `documents`; a document may be a status code, or made from the request."""

    def __init__(self) -> None:
        self.documents: dict[str, str | int | Callable[[dict[str, str]], str]] = {}
        self.requests: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.upgrades: list[WSUpgradeRequest] = []
        self.sockets: list[Socket] = []
        self.on_message: Callable[[Socket, dict[str, Any]], None] = lambda socket, message: None
        self.refuse_upgrades = False
        self.web = self.media = ""

    async def __aenter__(self) -> Self:
        self._http = HttpServer(self._answer)
        self.web = await self._http.start("127.0.0.1:0")
        self._ws = await ws_create_server(self._upgrade, "127.0.0.1", 0)
        self.media = f"127.0.0.1:{self._ws.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
        self._ws.close()

    def carrier(self, beside: Beside | None = None, **settings: Any) -> Carrier:
        given = CarrierSettings(public_origin=ORIGIN, web_address=self.web, media_address=self.media, **settings)
        number = PhoneNumber(STORE, "/voice", "/fallback", "/status", "/message")
        given.numbers[STORE] = number
        return Carrier(given, beside)

    def asked(self, path: str) -> list[dict[str, str]]:
        return [fields for where, fields, _ in self.requests if where == path]

    async def _answer(self, request: HttpRequest) -> HttpAnswer:
        fields = dict(request.form) if request.method == "POST" else dict(request.query)
        self.requests.append((request.path, fields, dict(request.headers)))
        document = self.documents.get(request.path, 204 if request.path in ("/status", "/recorded") else 404)
        if isinstance(document, int):
            return HttpAnswer(document)
        body = document if isinstance(document, str) else document(fields)
        return HttpAnswer(200, f"<Response>{body}</Response>".encode(), "text/xml; charset=utf-8")

    def _upgrade(self, request: WSUpgradeRequest) -> Socket | None:
        self.upgrades.append(request)
        if self.refuse_upgrades:
            return None
        self.sockets.append(Socket(self.on_message))
        return self.sockets[-1]
