"""What we ask of Twilio about a live call: its true state, a new document to follow, an end of its recording."""

import httpx

from kit.clock import busy
from kit.errors import ProviderError
from telephony.settings import TelephonySettings
from telephony.twiml import Urls


class CallControl:
    """Twilio's Calls resource. Every method raises ProviderError when Twilio does not do it."""

    def __init__(self, settings: TelephonySettings, client: httpx.AsyncClient) -> None:
        self._base = f"{settings.twilio_api_base.rstrip('/')}/2010-04-01/Accounts/{settings.twilio_account_sid}"
        self._auth = (settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value())
        self._urls = Urls(settings.public_origin, settings.sockets_origin)
        self._client = client

    async def state(self, call_sid: str) -> tuple[str, int | None]:
        """The call's true status and, once it is over, its seconds."""
        body = await self._ask("GET", f"/Calls/{call_sid}.json")
        duration = body.get("duration")
        seconds = int(duration) if isinstance(duration, str | int) and str(duration).isdigit() else None
        return str(body.get("status", "")), seconds

    async def rescue(self, call_sid: str) -> None:
        """Asks a live call whose agent is gone to fetch what comes next; whatever it was doing stops."""
        url = self._urls.webhook("after-stream")
        await self._ask("POST", f"/Calls/{call_sid}.json", {"Url": url, "Method": "POST"})

    async def hang_up(self, call_sid: str) -> None:
        """Ends a live call."""
        await self._ask("POST", f"/Calls/{call_sid}.json", {"Status": "completed"})

    async def stop_recording(self, call_sid: str) -> None:
        """Ends the recording of a live call; one that is not recorded, or over, needs nothing."""
        try:
            await self._ask("POST", f"/Calls/{call_sid}/Recordings/Twilio.CURRENT.json", {"Status": "stopped"})
        except ProviderError as error:
            if error.code != "404":
                raise

    async def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> dict[str, object]:
        try:
            with busy():
                response = await self._client.request(method, self._base + path, data=form, auth=self._auth)
        except httpx.HTTPError as error:
            raise ProviderError(f"Twilio did not answer: {type(error).__name__}", retryable=True) from error
        if response.status_code >= 400:
            raise ProviderError(
                f"Twilio refused: {response.status_code}",
                retryable=response.status_code == 429 or response.status_code >= 500,
                code=str(response.status_code),
            )
        body: dict[str, object] = response.json()
        return body
