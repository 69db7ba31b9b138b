"""What Twilio's lists say of one of our lines: its messages, calls, recordings and pictures, read to the last page."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from kit.clock import busy
from kit.errors import ProviderError
from telephony.settings import TelephonySettings

_PAGE = 1000
_MOST_PAGES = 100


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """A message as Twilio lists it."""

    sid: str
    from_number: str
    to_number: str
    body: str
    status: str
    error_code: int
    direction: str
    created_at: datetime
    segments: int = 1
    pictures: int = 0

    @property
    def inbound(self) -> bool:
        return self.direction == "inbound"


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A call, or one leg of it, as Twilio lists it."""

    sid: str
    parent_sid: str
    from_number: str
    to_number: str
    status: str
    seconds: int
    direction: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class ListedRecording:
    """A finished recording Twilio still has."""

    sid: str
    seconds: int
    channels: int
    source: str


class TwilioLists:
    """Twilio's list resources. Every method raises ProviderError when Twilio does not say."""

    def __init__(self, settings: TelephonySettings, client: httpx.AsyncClient) -> None:
        self.account_sid = settings.twilio_account_sid
        self._host = settings.twilio_api_base.rstrip("/")
        self._root = f"/2010-04-01/Accounts/{self.account_sid}"
        self._auth = (self.account_sid, settings.twilio_auth_token.get_secret_value())
        self._client = client

    async def messages(self, line: str, since: datetime) -> list[ListedMessage]:
        """What a line received and sent since then, the oldest first."""
        found = [_message(row) async for row in self._both_ways("Messages", "messages", "DateSent>", line, since)]
        return sorted((each for each in found if each.created_at >= since), key=lambda each: each.created_at)

    async def calls(self, line: str, since: datetime) -> list[ListedCall]:
        """Calls to a line since then, and calls we placed from it, the oldest first."""
        found = [_call(row) async for row in self._both_ways("Calls", "calls", "StartTime>", line, since)]
        return sorted((each for each in found if each.started_at >= since), key=lambda each: each.started_at)

    async def call(self, call_sid: str) -> ListedCall:
        return _call(await self._ask(f"{self._root}/Calls/{call_sid}.json", {}))

    async def legs(self, call_sid: str) -> list[ListedCall]:
        """Whom a call was put through to."""
        return [_call(row) async for row in self._pages("Calls", "calls", {"ParentCallSid": call_sid})]

    async def recordings(self, call_sid: str) -> list[ListedRecording]:
        rows = self._pages(f"Calls/{call_sid}/Recordings", "recordings", {})
        return [_recording(row) async for row in rows if row.get("status") == "completed"]

    async def pictures(self, message_sid: str) -> tuple[tuple[str, str], ...]:
        """Sid and type of each picture of a message."""
        rows = self._pages(f"Messages/{message_sid}/Media", "media_list", {})
        return tuple([(str(row["sid"]), str(row.get("content_type", ""))) async for row in rows])

    async def _both_ways(
        self, resource: str, name: str, after: str, line: str, since: datetime
    ) -> AsyncIterator[dict[str, Any]]:
        """The filter is by day, as documented; whoever asks looks at the moments."""
        day = since.astimezone(UTC).date().isoformat()
        for side in ("To", "From"):
            async for row in self._pages(resource, name, {side: line, after: day}, since):
                yield row

    async def _pages(
        self, resource: str, name: str, query: Mapping[str, str], since: datetime | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Every row of every page; the newest come first, so a page that ends before `since` is the last one wanted."""
        body = await self._ask(f"{self._root}/{resource}.json", {**query, "PageSize": str(_PAGE)})
        for _ in range(_MOST_PAGES):
            rows: list[dict[str, Any]] = body.get(name) or []
            for row in rows:
                yield row
            following = body.get("next_page_uri")
            if not following or (rows and since is not None and _when(rows[-1]) < since - timedelta(days=1)):
                return
            body = await self._ask(str(following), {})
        raise ProviderError(f"Twilio's list of {resource} has no end", retryable=False)

    async def _ask(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        if not path.startswith(f"{self._root}/"):
            raise ProviderError("Twilio's next page is not of our account", retryable=False)
        try:
            with busy():
                answer = await self._client.get(self._host + path, params=dict(query) or None, auth=self._auth)
        except httpx.HTTPError as error:
            raise ProviderError(f"Twilio did not answer: {type(error).__name__}", retryable=True) from error
        if answer.status_code != 200:
            raise ProviderError(f"Twilio answered {answer.status_code}", retryable=True, code=str(answer.status_code))
        try:
            body = answer.json()
        except ValueError as error:
            raise ProviderError("Twilio's list is no JSON", retryable=True) from error
        return body if isinstance(body, dict) else {}


def _message(row: dict[str, Any]) -> ListedMessage:
    return ListedMessage(
        str(row["sid"]),
        str(row["from"]),
        str(row["to"]),
        str(row.get("body") or ""),
        str(row["status"]),
        _number(row.get("error_code")),
        str(row["direction"]),
        _when(row),
        _number(row.get("num_segments")) or 1,
        _number(row.get("num_media")),
    )


def _call(row: dict[str, Any]) -> ListedCall:
    return ListedCall(
        str(row["sid"]),
        str(row.get("parent_call_sid") or ""),
        str(row["from"]),
        str(row["to"]),
        str(row["status"]),
        _number(row.get("duration")),
        str(row["direction"]),
        _when(row),
    )


def _recording(row: dict[str, Any]) -> ListedRecording:
    return ListedRecording(
        str(row["sid"]), _number(row.get("duration")), _number(row.get("channels")) or 1, str(row.get("source") or "")
    )


def _when(row: dict[str, Any]) -> datetime:
    """When it was made; `date_sent` and `start_time` are empty for what has not left yet."""
    return parsedate_to_datetime(str(row["date_created"])).astimezone(UTC)


def _number(value: object) -> int:
    text = str(value if value is not None else "")
    return int(text) if text.isdecimal() else 0
