"""A store's own endpoint: each fact as one signed HTTP request, in the way of Standard Webhooks.

`webhook-id` and `Idempotency-Key` are the same on every try, so the receiver knows a repeat. With a read-back address a
fact counts as arrived when it is there; without one, when the receiver answered 2xx.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import ClassVar

from crm_sync.ports import Outgoing
from crm_sync.target_settings import TargetSettings
from kit.clock import Clock
from kit.egress import Answer, Egress
from kit.errors import ConfigurationError, ProviderError
from kit.secrets import unseal

_SECONDS = 15.0
_GONE = 410


class WebhookSettings(TargetSettings):
    """`secret` is "whsec_" and base64; `read_back_url` has `{id}` where the write-back's id goes, or is empty."""

    secrets: ClassVar[tuple[str, ...]] = ("secret",)

    url: str
    secret: str
    read_back_url: str = ""


class Webhook:
    """A `WriteBackTarget` over HTTP; a redirect is a failure, never followed."""

    def __init__(self, name: str, settings: WebhookSettings, egress: Egress, clock: Clock) -> None:
        self.name = name
        self.readable = bool(settings.read_back_url)
        self._settings = settings
        self._egress = egress
        self._clock = clock
        self._key = signing_key(unseal(settings.secret))
        if self.readable and "{id}" not in settings.read_back_url:
            raise ConfigurationError("read_back_url: has no {id} in it")

    async def find(self, item: Outgoing) -> str | None:
        url = self._settings.read_back_url.replace("{id}", item.id)
        answer = await self._egress.request("GET", url, headers=self._headers(item.id, b""), seconds=_SECONDS)
        if answer.status == 404:
            return None
        _check(answer)
        return f"HTTP {answer.status} {url}"

    async def deliver(self, item: Outgoing) -> str:
        return await self._post(item.id, body_of(item))

    async def probe(self) -> str:
        """A signed message of type `test`, for a receiver to answer and forget."""
        said = await self._post("test", _json({"type": "test", "data": {}}))
        return f"the receiver took a test message: {said}"

    async def _post(self, key: str, body: bytes) -> str:
        answer = await self._egress.request(
            "POST", self._settings.url, headers=self._headers(key, body), body=body, seconds=_SECONDS
        )
        _check(answer)
        return f"HTTP {answer.status}"

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        stamp = str(int(self._clock.now().timestamp()))
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "User-Agent": "Lanekeeper",
            "webhook-id": key,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(self._key, key, stamp, body),
        }


def signing_key(secret: str) -> bytes:
    """The bytes behind "whsec_..."."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if len(key) < 24:
        raise ConfigurationError("secret: has to be whsec_ and at least 24 bytes in base64")
    return key


def signature(key: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """Standard Webhooks, scheme v1."""
    signed = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def body_of(item: Outgoing) -> bytes:
    """The same item is the same bytes on every try."""
    return _json(
        {
            "type": f"{item.subject.kind}.recorded",
            "timestamp": item.values.get("recorded_at", ""),
            "data": {
                **item.values,
                "subject_kind": item.subject.kind,
                "subject_id": item.subject.id,
                "subject_version": item.subject.version,
            },
        }
    )


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _check(answer: Answer) -> None:
    """Anything but 2xx is a failure and tried again, a redirect too; only 410 says that there is no use."""
    if not 200 <= answer.status < 300:
        raise ProviderError(
            f"the receiver said HTTP {answer.status}", retryable=answer.status != _GONE, code=str(answer.status)
        )
