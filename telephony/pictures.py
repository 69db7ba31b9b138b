"""Pictures texted to the store: fetched from Twilio by sid, checked to be what they say, kept to be shown."""

import asyncio
import re
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.clock import Clock, busy
from kit.db import Database
from kit.errors import ProviderError
from kit.jobs import Jobs, retry_after
from kit.logging import logger
from record import pictures
from record.pictures import Picture
from telephony.settings import TelephonySettings

log = logger("pictures")

JOB = "keep_picture"
_SID = re.compile(r"ME[0-9a-f]{32}")
_MESSAGE_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
# Where Twilio's API sends us for the bytes; our credentials stay behind.
_CDN_HOSTS = frozenset({"mms.twiliocdn.com", "media.twiliocdn.com"})
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
)
_BOXED = {b"heic": "heic", b"heix": "heic", b"mif1": "heic", b"avif": "avif"}


class PictureSettings(BaseSettings):
    """Read from LANEKEEPER_PICTURES_FOLDER and the like."""

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_PICTURES_", extra="ignore")

    folder: Path = Path("var/pictures")
    largest_bytes: int = Field(default=5 * 1024 * 1024, gt=0)
    fetch_seconds: float = Field(default=10.0, gt=0)


class TwilioPictures:
    """Twilio's media resource. Addresses are built here, and one redirect is followed, to Twilio's own hosts only."""

    def __init__(self, http: httpx.AsyncClient, settings: TelephonySettings) -> None:
        self._http = http
        self._base = f"{settings.twilio_api_base.rstrip('/')}/2010-04-01/Accounts/{settings.twilio_account_sid}"
        self._auth = httpx.BasicAuth(settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value())

    async def fetch(self, message_sid: str, media_sid: str, largest: int, seconds: float) -> bytes:
        """The picture's bytes; raises ProviderError."""
        if not _SID.fullmatch(media_sid) or not _MESSAGE_SID.fullmatch(message_sid):
            raise ProviderError("no media sid", retryable=False)
        url = f"{self._base}/Messages/{message_sid}/Media/{media_sid}"
        try:
            async with asyncio.timeout(seconds):
                with busy():
                    body, elsewhere = await self._get(url, largest, self._auth)
                    if elsewhere:
                        body, elsewhere = await self._get(_at_twilio(elsewhere), largest, None)
        except TimeoutError as error:
            raise ProviderError("the picture did not arrive in time", retryable=True) from error
        except httpx.HTTPError as error:
            raise ProviderError(f"cannot fetch the picture: {type(error).__name__}", retryable=True) from error
        if elsewhere:
            raise ProviderError("sent from one address to another", retryable=False)
        return body

    async def _get(self, url: str, largest: int, auth: httpx.BasicAuth | None) -> tuple[bytes, str]:
        async with self._http.stream("GET", url, auth=auth, follow_redirects=False) as answer:
            if answer.is_redirect:
                return b"", answer.headers["location"]
            if answer.status_code != 200:
                retryable = answer.status_code in (404, 408, 429) or answer.status_code >= 500
                raise ProviderError(f"Twilio answered {answer.status_code}", retryable=retryable)
            received = bytearray()
            async for chunk in answer.aiter_bytes(64 * 1024):
                received += chunk
                if len(received) > largest:
                    raise ProviderError("the picture is larger than we keep", retryable=False)
            return bytes(received), ""


class PictureKeeper:
    """Looks at one picture at a time: fetches it, checks it, keeps it or says why not."""

    def __init__(
        self, database: Database, clock: Clock, jobs: Jobs, provider: TwilioPictures, settings: PictureSettings
    ) -> None:
        self._database, self._clock, self._jobs = database, clock, jobs
        self._provider, self._settings = provider, settings

    async def due(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        async with self._database.looking_across("pictures nobody has looked at, whichever store's") as db:
            return await pictures.due(db, before, limit)

    async def look(self, rooftop_id: str, picture_id: str) -> None:
        settings = self._settings
        async with self._database.writing(rooftop_id) as db:
            lease = timedelta(seconds=settings.fetch_seconds * 3)
            found = await pictures.claim(db, picture_id, self._clock.now(), lease)
        if found is None:
            return
        try:
            body = await self._provider.fetch(
                found.message_sid, found.media_sid, settings.largest_bytes, settings.fetch_seconds
            )
            kind, ending = kind_of(body)
            path = Path(rooftop_id) / f"{found.media_sid}.{ending}"
            await asyncio.to_thread(_keep, settings.folder / path, body)
        except (ProviderError, OSError) as error:
            await self._failed(found, error)
            return
        async with self._database.writing(rooftop_id) as db:
            await pictures.kept(db, picture_id, str(path), kind, len(body))
        log.info("picture_kept", rooftop_id=rooftop_id, picture_id=picture_id, bytes=len(body))

    async def _failed(self, found: Picture, error: ProviderError | OSError) -> None:
        retryable = error.retryable if isinstance(error, ProviderError) else True
        wait = retry_after(found.attempts) if retryable else None
        async with self._database.writing(found.rooftop_id) as db:
            again = self._clock.now() + wait if wait is not None else None
            await pictures.failed(db, found.id, str(error), again)
            if wait is not None:
                await self._jobs.wake(db, JOB, found.id, rooftop_id=found.rooftop_id, delay=wait)
        log.warning("picture_failed", rooftop_id=found.rooftop_id, picture_id=found.id, error=str(error)[:120])


def kind_of(body: bytes) -> tuple[str, str]:
    """What the bytes are, whatever they were announced as; anything but a picture is refused."""
    for magic, kind, ending in _KINDS:
        if body.startswith(magic):
            return kind, ending
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp", "webp"
    if body[4:8] == b"ftyp" and body[8:12] in _BOXED:
        ending = _BOXED[body[8:12]]
        return f"image/{ending}", ending
    raise ProviderError("not a picture", retryable=False)


def _at_twilio(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in _CDN_HOSTS or parts.port not in (None, 443) or parts.username:
        raise ProviderError("sent to an address that is not Twilio's", retryable=False)
    return url


def _keep(path: Path, body: bytes) -> None:
    """Under its name only when whole; readable by us alone, executable by nobody."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_bytes(body)
    part.replace(path)
