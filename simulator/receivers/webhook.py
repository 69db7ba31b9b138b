"""A store's own endpoint: believes only signed requests, keeps each key once, and can be read back."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from simulator.http_server import HttpAnswer, HttpRequest, HttpServer
from simulator.receivers.faults import Fault, Script

TOLERANCE_S = 300


class WebhookReceiver:
    """`items` are bodies by key; `seen` counts how often each key came, believed or not kept."""

    def __init__(self, faults: Iterable[Fault] = (), *, now: float | None = None) -> None:
        self.script = Script(faults)
        self.items: dict[str, dict[str, Any]] = {}
        self.seen: Counter[str] = Counter()
        self.refused = 0
        self.tests = 0
        self._key = secrets.token_bytes(32)
        self._now = now
        self._server = HttpServer(self._answer)
        self._address = ""

    @property
    def secret(self) -> str:
        return "whsec_" + base64.b64encode(self._key).decode()

    @property
    def url(self) -> str:
        return f"http://{self._address}/hooks"

    @property
    def read_back_url(self) -> str:
        return f"http://{self._address}/items/{{id}}"

    async def start(self, address: str = "127.0.0.1:0") -> None:
        self._address = await self._server.start(address)

    async def close(self) -> None:
        await self._server.close()

    async def _answer(self, request: HttpRequest) -> HttpAnswer:
        key = request.headers.get("webhook-id", "")
        if not self._is_signed(request, key):
            self.refused += 1
            return HttpAnswer.of_json({"error": "signature"}, 401)
        if request.method == "GET":
            found = self.items.get(request.path.rpartition("/")[2])
            return HttpAnswer.of_json(found) if found else HttpAnswer.of_json({"error": "unknown"}, 404)
        message = json.loads(request.body)
        if message["type"] == "test":
            self.tests += 1
            return HttpAnswer.of_json({"ok": True})
        return await self._receive(key, message)

    async def _receive(self, key: str, message: dict[str, Any]) -> HttpAnswer:
        fault = self.script.next()
        async with self.script.around(fault):
            self.seen[key] += 1
            if fault.keeps:
                self.items.setdefault(key, message)
        if fault in (Fault.ERROR_BEFORE, Fault.ERROR_AFTER):
            return HttpAnswer.of_json({"error": "overloaded"}, 500)
        if fault is Fault.REDIRECT:
            return HttpAnswer(302, headers={"Location": "http://127.0.0.1:9/elsewhere"})
        if fault is Fault.REFUSAL:
            return HttpAnswer.of_json({"error": "gone"}, 410)
        return HttpAnswer.of_json({"ok": True})

    def _is_signed(self, request: HttpRequest, key: str) -> bool:
        stamp = request.headers.get("webhook-timestamp", "")
        now = time.time() if self._now is None else self._now
        if not stamp.isdigit() or abs(now - int(stamp)) > TOLERANCE_S:
            return False
        wanted = hmac.new(self._key, f"{key}.{stamp}.".encode() + request.body, hashlib.sha256).digest()
        given = request.headers.get("webhook-signature", "").split(" ")
        told_twice = request.headers.get("idempotency-key") == key
        return told_twice and any(
            hmac.compare_digest(f"v1,{base64.b64encode(wanted).decode()}", each) for each in given
        )
