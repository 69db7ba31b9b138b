"""The carrier's requests to the application: signed over the public URL, sent to where it really listens."""

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from simulator.carrier.settings import CarrierSettings
from simulator.carrier.signature import signature

RETRIEVAL_FAILURE = 11200
CONNECTION_FAILURE = 11205
PROTOCOL_VIOLATION = 11206
BAD_HOST = 11210
TOO_MANY_REDIRECTS = 11215
MOST_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One request as sent, and what came back: an HTTP status, or 0 and the carrier's own error code."""

    url: str
    method: str
    fields: Mapping[str, str]
    at: float
    status: int
    code: int = 0
    answer: bytes = b""
    content_type: str = ""
    duplicate: bool = False

    @property
    def failed(self) -> bool:
        return self.code != 0


class Webhooks:
    """Sends requests and keeps every one of them."""

    def __init__(self, settings: CarrierSettings) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(settings.webhook_seconds, connect=5.0), trust_env=False)
        self.sent: list[WebhookRequest] = []

    async def close(self) -> None:
        await self._client.aclose()

    async def send(
        self, url: str, fields: Mapping[str, str], method: str = "POST", duplicate: bool = False, forged: bool = False
    ) -> WebhookRequest:
        """Asks the application. With `duplicate`, a second copy arrives too, as it does when Twilio retries."""
        if not duplicate:
            return await self._follow(url, fields, method, forged)
        first, _ = await asyncio.gather(
            self._follow(url, fields, method, forged), self._follow(url, fields, method, forged, duplicate=True)
        )
        return first

    def turned_away(self, url: str, fields: Mapping[str, str], method: str) -> WebhookRequest:
        """A request that whatever stands before the application answers with 502."""
        sent = WebhookRequest(url, method, dict(fields), self._now(), 502, RETRIEVAL_FAILURE)
        self.sent.append(sent)
        return sent

    async def _follow(
        self, url: str, fields: Mapping[str, str], method: str, forged: bool, duplicate: bool = False
    ) -> WebhookRequest:
        for _ in range(MOST_REDIRECTS):
            answer = await self._with_retry(url, fields, method, forged, duplicate)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            url, method = urljoin(url, answer.answer.decode()), "GET" if answer.status in (301, 302, 303) else method
        return WebhookRequest(url, method, fields, self._now(), 0, TOO_MANY_REDIRECTS)

    async def _with_retry(
        self, url: str, fields: Mapping[str, str], method: str, forged: bool, duplicate: bool
    ) -> WebhookRequest:
        """One more try when no connection could be made, as Twilio's default policy (rc=1, rp=ct) has it."""
        answer = await self._once(url, fields, method, forged, duplicate)
        if answer.code == CONNECTION_FAILURE:
            answer = await self._once(url, fields, method, forged, duplicate)
        return answer

    async def _once(
        self, url: str, fields: Mapping[str, str], method: str, forged: bool, duplicate: bool
    ) -> WebhookRequest:
        status, code, body, content_type = 0, 0, b"", ""
        try:
            answer = await self._client.send(self._request(url, fields, method, forged))
            status, body = answer.status_code, answer.content
            content_type = answer.headers.get("content-type", "")
            if answer.is_redirect:
                body = answer.headers["location"].encode()
            elif not answer.is_success:
                code = RETRIEVAL_FAILURE
        except (httpx.ConnectError, httpx.ConnectTimeout):
            code = CONNECTION_FAILURE
        except httpx.TimeoutException:
            code = RETRIEVAL_FAILURE
        except httpx.UnsupportedProtocol:
            code = BAD_HOST
        except httpx.TransportError:
            code = PROTOCOL_VIOLATION
        sent = WebhookRequest(url, method, dict(fields), self._now(), status, code, body, content_type, duplicate)
        self.sent.append(sent)
        return sent

    def _request(self, url: str, fields: Mapping[str, str], method: str, forged: bool) -> httpx.Request:
        settings, parts = self._settings, urlsplit(url)
        if method == "GET" and fields:
            url += ("&" if parts.query else "?") + urlencode(fields)
            parts = urlsplit(url)
        signed = fields.items() if method == "POST" else ()
        token = "somebody-else's" if forged else settings.auth_token
        body = urlencode(fields) if method == "POST" else ""
        headers = {
            "Host": parts.netloc,
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": signature(token, url, signed),
            "I-Twilio-Idempotency-Token": _idempotency(url, body),
        }
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        return self._client.build_request(method, self._reach(url), headers=headers, content=body or None)

    def _reach(self, url: str) -> str:
        """Where the public URL really is. Another host than the application's does not exist in this world."""
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self._settings.public_origin.rstrip("/"):
            raise httpx.UnsupportedProtocol(f"no such host: {parts.netloc}")
        return f"http://{self._settings.web_address}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _idempotency(url: str, body: str) -> str:
    """The same for each copy of one request, different for the next."""
    return base64.b16encode(hashlib.sha256(f"{url} {body}".encode()).digest()[:16]).decode()
