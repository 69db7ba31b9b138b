"""Speaks to our webhooks as Twilio does: signed forms over the public origin."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from kit.db import Database
from telephony.edge import TwilioEdge
from telephony.settings import TelephonySettings
from telephony.webhooks import twilio_router
from tests.builders import ANA, LINE, StandingClock

TOKEN = "a-token-only-twilio-and-we-know"  # noqa: S105
ORIGIN = "https://lanekeeper.example"
ACCOUNT = "AC" + "0" * 32
CALL = "CA" + "1" * 32


def settings(**changes: Any) -> TelephonySettings:
    given = {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": SecretStr(TOKEN),
        "public_origin": ORIGIN,
        "stream_token_seconds": 60.0,
        **changes,
    }
    return TelephonySettings(**given)


def edge(database: Database, clock: StandingClock, agent: Callable[[], str | None] = lambda: "stream") -> TwilioEdge:
    return TwilioEdge(database, clock, settings(), agent)


class Twilio:
    """Posts signed webhooks to one server; every answer is (status, TwiML root or None)."""

    def __init__(self, app: FastAPI) -> None:
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://inside:8000")

    async def post(self, name: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        form = {"AccountSid": ACCOUNT, "CallSid": CALL, **fields}
        signature = RequestValidator(TOKEN).compute_signature(f"{ORIGIN}/twilio/{name}", form)
        return await self._client.post(
            f"/twilio/{name}", data=form, headers={"X-Twilio-Signature": signature, **(headers or {})}
        )

    async def raw(self, path: str, body: bytes, signature: str, **headers: str) -> httpx.Response:
        kind = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        return await self._client.post(path, content=body, headers={**kind, **headers})

    async def ring(self, call_sid: str = CALL, to: str = LINE, caller: str = ANA) -> ElementTree.Element:
        answer = await self.post("voice", CallSid=call_sid, To=to, From=caller, CallStatus="ringing")
        assert answer.status_code == 200, answer.text
        return document(answer)


def twilio_for(edge: TwilioEdge) -> Twilio:
    app = FastAPI()
    app.include_router(twilio_router(edge))
    return Twilio(app)


def document(answer: httpx.Response) -> ElementTree.Element:
    return ElementTree.fromstring(answer.text)


def verbs(root: ElementTree.Element) -> list[str]:
    return [child.tag for child in root]
