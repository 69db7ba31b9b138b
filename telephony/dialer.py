"""Asks Twilio for calls, once each, to a member of staff; what was asked is found again in its list."""

from datetime import datetime

import httpx

from followup.ports import Leg, NotSent, OutgoingCall, SendOutcome, Unknown
from kit.clock import busy
from telephony.carrier_lists import ListedCall, TwilioLists
from telephony.creates import outcome_of
from telephony.settings import TelephonySettings
from telephony.twiml import Urls

_EVENTS = ("completed",)


class TwilioCalls:
    """Twilio's Calls resource (the `Dialer` port). No client retries: a repeated POST is a second call."""

    def __init__(self, settings: TelephonySettings, client: httpx.AsyncClient) -> None:
        base = f"{settings.twilio_api_base.rstrip('/')}/2010-04-01/Accounts/{settings.twilio_account_sid}"
        self._calls = f"{base}/Calls.json"
        self._auth = (settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value())
        self._urls = Urls(settings.public_origin, settings.sockets_origin)
        self._client, self._rings = client, settings.dial_seconds
        self._lists = TwilioLists(settings, client)

    async def place(self, call: OutgoingCall) -> SendOutcome:
        form = {
            "To": call.to_e164,
            "From": call.from_e164,
            "Url": self._urls.webhook("callback", c=call.id),
            "StatusCallback": self._urls.webhook("callback-status", c=call.id),
            "StatusCallbackEvent": _EVENTS[0],
            "Timeout": str(self._rings),
        }
        try:
            with busy():
                answer = await self._client.post(self._calls, data=form, auth=self._auth)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return NotSent(type(error).__name__)
        except httpx.HTTPError as error:
            return Unknown(type(error).__name__)
        return outcome_of(answer)

    async def placed_since(self, from_e164: str, to_e164: str, since: datetime) -> list[Leg]:
        listed = await self._lists.calls(from_e164, since)
        return [_leg(each) for each in listed if each.direction == "outbound-api" and each.to_number == to_e164]

    async def state(self, call_sid: str) -> tuple[str, list[Leg]]:
        call = await self._lists.call(call_sid)
        return call.status, [_leg(each) for each in await self._lists.legs(call_sid)]


def _leg(call: ListedCall) -> Leg:
    return Leg(call.sid, call.to_number, call.status, call.seconds, call.started_at)
