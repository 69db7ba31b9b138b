"""Hands texts to Twilio, once: whether a request that went wrong may be repeated is decided by how far it got."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from followup.ports import CarrierText, NotSent, OutgoingText, SendOutcome, Unknown
from kit.clock import busy
from kit.errors import ProviderError
from telephony.creates import json_of, outcome_of
from telephony.settings import TelephonySettings
from telephony.twiml import Urls

_LISTED = 50


class TwilioTexts:
    """Twilio's Messages resource (the `TextSender` port). No client retries: a repeated POST is a second text."""

    def __init__(self, settings: TelephonySettings, client: httpx.AsyncClient) -> None:
        base = f"{settings.twilio_api_base.rstrip('/')}/2010-04-01/Accounts/{settings.twilio_account_sid}"
        self._messages = f"{base}/Messages.json"
        self._auth = (settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value())
        self._urls = Urls(settings.public_origin, settings.sockets_origin)
        self._client = client

    async def send(self, text: OutgoingText) -> SendOutcome:
        form = {
            "To": text.to_e164,
            "From": text.from_e164,
            "Body": text.body,
            "StatusCallback": self._urls.webhook("message-status", o=text.text_id),
            "ValidityPeriod": str(text.validity_seconds),
        }
        try:
            with busy():
                answer = await self._client.post(self._messages, data=form, auth=self._auth)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return NotSent(type(error).__name__)
        except httpx.HTTPError as error:
            return Unknown(type(error).__name__)
        return outcome_of(answer)

    async def sent_since(self, from_e164: str, to_e164: str, since: datetime) -> list[CarrierText]:
        query = {"To": to_e164, "From": from_e164, "PageSize": str(_LISTED)}
        try:
            with busy():
                answer = await self._client.get(self._messages, params=query, auth=self._auth)
        except httpx.HTTPError as error:
            raise ProviderError(f"Twilio did not answer: {type(error).__name__}", retryable=True) from error
        if answer.status_code != 200:
            raise ProviderError(f"Twilio answered {answer.status_code}", retryable=True, code=str(answer.status_code))
        listed = [_listed(row) for row in json_of(answer).get("messages", [])]
        return [each for each in listed if each.created_at >= since]


def _listed(row: dict[str, Any]) -> CarrierText:
    created = parsedate_to_datetime(str(row["date_created"]))
    return CarrierText(str(row["sid"]), str(row["body"]), str(row["status"]), created.astimezone(UTC))
