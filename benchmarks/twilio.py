"""The carrier's side of HTTP: forms signed as Twilio signs them, and the two facts of TwiML a media stream needs."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree


@dataclass(frozen=True, slots=True)
class Stream:
    """Where the document says the call's audio goes, and with what parameters."""

    url: str
    parameters: Mapping[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the URL and the sorted fields."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def stream_of(document: str) -> Stream:
    """The `<Stream>` of an answer."""
    stream = ElementTree.fromstring(document).find("Connect/Stream")
    if stream is None:
        raise ValueError(f"no <Connect><Stream> in {document[:300]}")
    parameters = {p.get("name", ""): p.get("value", "") for p in stream.findall("Parameter")}
    return Stream(stream.get("url", ""), parameters)


class Webhooks:
    """Posts signed forms to one server, as if from the public origin it was told."""

    def __init__(self, host: str, port: int, origin: str, token: str, at_once: int = 8) -> None:
        self._host, self._port = host, port
        self._origin, self._token = origin, token
        self._room = asyncio.Semaphore(at_once)

    async def post(self, path: str, form: Mapping[str, str]) -> str:
        """The body of a 2xx answer; anything else raises."""
        body = urlencode(form).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nConnection: close\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
            f"X-Twilio-Signature: {sign(self._token, self._origin + path, form)}\r\n\r\n"
        )
        async with self._room:
            reader, writer = await asyncio.open_connection(self._host, self._port)
            try:
                writer.write(head.encode() + body)
                answer = await asyncio.wait_for(reader.read(), 20)
            finally:
                writer.close()
        top, _, content = answer.partition(b"\r\n\r\n")
        status = int(top.split(b" ", 2)[1])
        if not 200 <= status < 300:
            raise RuntimeError(f"{path} answered {status}: {content[:200].decode('utf-8', 'replace')}")
        return content.decode()
