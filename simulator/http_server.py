"""A small HTTP/1.1 server for the simulated services: enough for a REST client, with every byte parsed by h11."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import h11

LARGEST_BODY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, read to its end."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, value: object, status: int = 200) -> "HttpAnswer":
        return cls(status, json.dumps(value).encode())


Handler = Callable[[HttpRequest], Awaitable[HttpAnswer]]


class HttpServer:
    """Listens on one address; closing it closes its connections too."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._connections: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None

    async def start(self, address: str) -> str:
        """Starts listening; returns the address, with the port that was given if 0 was asked for."""
        host, _, port = address.rpartition(":")
        self._server = await asyncio.start_server(self._accept, host, int(port))
        return "{}:{}".format(*self._server.sockets[0].getsockname()[:2])

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        tasks = list(self._connections.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections[writer] = asyncio.get_running_loop().create_task(self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = h11.Connection(h11.SERVER)
        try:
            while (request := await _read(wire, reader)) is not None:
                answer = await self._handler(request)
                await _write(wire, writer, answer, request.method)
                if wire.our_state is not h11.DONE or wire.their_state is not h11.DONE:
                    break
                wire.start_next_cycle()
        except (ConnectionError, h11.RemoteProtocolError):
            pass  # the client went away or spoke nonsense: nothing to answer
        finally:
            self._connections.pop(writer, None)
            writer.close()


async def _read(wire: h11.Connection, reader: asyncio.StreamReader) -> HttpRequest | None:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            wire.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > LARGEST_BODY:
                raise ConnectionError("request too large")
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return _request(head, bytes(body))
        else:
            return None


def _request(head: h11.Request, body: bytes) -> HttpRequest:
    target = urlsplit(head.target.decode())
    return HttpRequest(
        head.method.decode(),
        target.path,
        dict(parse_qsl(target.query, keep_blank_values=True)),
        {name.decode().lower(): value.decode("latin-1") for name, value in head.headers},
        body,
    )


async def _write(wire: h11.Connection, writer: asyncio.StreamWriter, answer: HttpAnswer, method: str) -> None:
    length = ("Content-Length", str(len(answer.body)))
    headers = [("Content-Type", answer.content_type), length, *answer.headers.items()]
    sent = wire.send(h11.Response(status_code=answer.status, headers=headers)) or b""
    if method != "HEAD":
        sent += wire.send(h11.Data(data=answer.body)) or b""
    sent += wire.send(h11.EndOfMessage()) or b""
    writer.write(sent)
    await writer.drain()
