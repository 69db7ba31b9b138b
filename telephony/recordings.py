"""Recordings at Twilio: announced by webhook, fetched into the store's folder, deleted when their time is over."""

import asyncio
import os
import re
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

import httpx
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.clock import Clock
from kit.db import Database
from kit.errors import ProviderError
from kit.ids import CallId
from kit.jobs import Jobs, retry_after
from kit.logging import logger
from record import calls, recordings
from record.calls import CallFacts
from record.recordings import Kept
from record.rooftops import store
from telephony.forms import CallProgress

log = logger("recordings")

JOB = "keep_recording"
_SID = re.compile(r"RE[0-9a-zA-Z]{32}")


class RecordingSettings(BaseSettings):
    """Read from LANEKEEPER_RECORDINGS_FOLDER and the like."""

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_RECORDINGS_", extra="ignore")

    folder: Path = Path("var/recordings")
    delete_at_provider: bool = True
    """Twilio's copy goes once ours is safe; without this it goes when the store's retention ends."""
    fetch_seconds: float = Field(default=90.0, gt=0)
    largest_bytes: int = Field(default=256 * 1024 * 1024, gt=0)
    lease_seconds: float = Field(default=180.0, gt=0)


@dataclass(frozen=True)
class Sound:
    """What a WAV file says of itself."""

    channels: int
    seconds: int


async def announced(database: Database, clock: Clock, call: CallFacts, progress: CallProgress, kind: str) -> None:
    """Files what Twilio's recording callback tells, once per recording; fetching it is background work."""
    if not _SID.fullmatch(progress.recording_sid):
        log.warning("recording_sid_malformed", call_sid=call.call_sid)
        return
    async with database.writing(call.rooftop_id) as db:
        await calls.in_turn(db, call.id)
        home = await store(db, call.rooftop_id)
        said = recordings.Announcement(
            CallId(call.id),
            progress.recording_sid,
            kind,
            progress.recording_url,
            progress.recording_seconds,
            progress.recording_channels,
        )
        keep = timedelta(days=home.recording_days if home else 0)
        # A voicemail is spoken after the tone on purpose; what was recorded against the caller's wish is not kept.
        unwanted = kind == "call" and await recordings.refused(db, call.id)
        await recordings.announce(db, said, keep, clock.now(), unwanted=unwanted)


class TwilioRecordings:
    """Twilio's recording resource. Addresses are built here, never taken from a callback."""

    def __init__(self, http: httpx.AsyncClient, base: str, account_sid: str, auth_token: str) -> None:
        self._http = http
        self._recordings = f"{base.rstrip('/')}/2010-04-01/Accounts/{account_sid}/Recordings"
        self._auth = httpx.BasicAuth(account_sid, auth_token)

    async def fetch(self, recording_sid: str, channels: int, into: Path, largest: int, seconds: float) -> Sound:
        """Writes the whole recording to a file, complete or not at all; raises ProviderError."""
        part = into.with_suffix(".part")
        try:
            async with asyncio.timeout(seconds):
                await self._download(recording_sid, channels, part, largest)
            sound = await asyncio.to_thread(sound_of, part)
            await asyncio.to_thread(_settle, part, into)
        except TimeoutError as error:
            raise ProviderError("the recording did not arrive in time", retryable=True) from error
        except httpx.HTTPError as error:
            raise ProviderError(f"cannot fetch the recording: {type(error).__name__}", retryable=True) from error
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return sound

    async def delete(self, recording_sid: str) -> None:
        """Deletes Twilio's copy; one that is gone already is fine. Raises ProviderError."""
        try:
            answer = await self._http.delete(f"{self._recordings}/{_checked(recording_sid)}.json", auth=self._auth)
        except httpx.HTTPError as error:
            raise ProviderError(f"cannot delete the recording: {type(error).__name__}", retryable=True) from error
        if answer.status_code not in (200, 204, 404):
            raise _refused(answer.status_code)

    async def _download(self, recording_sid: str, channels: int, part: Path, largest: int) -> None:
        # Asked for when there are two, so that caller and store stay apart in the player.
        url = f"{self._recordings}/{_checked(recording_sid)}.wav"
        both = {"RequestedChannels": "2"} if channels == 2 else None
        async with self._http.stream("GET", url, auth=self._auth, params=both) as answer:
            if answer.status_code != 200:
                raise _refused(answer.status_code)
            file = await asyncio.to_thread(_new_file, part)
            try:
                size = 0
                async for chunk in answer.aiter_bytes(256 * 1024):
                    size += len(chunk)
                    if size > largest:
                        raise ProviderError("the recording is larger than we keep", retryable=False)
                    await asyncio.to_thread(file.write, chunk)
            finally:
                await asyncio.to_thread(file.close)


class RecordingKeeper:
    """Looks at one recording at a time and does what is due: fetch it, delete Twilio's copy, delete ours."""

    def __init__(
        self, database: Database, clock: Clock, jobs: Jobs, provider: TwilioRecordings, settings: RecordingSettings
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._provider = provider
        self._settings = settings

    async def due(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        async with self._database.looking_across("recordings nobody has looked at, whichever store's") as db:
            return list(await recordings.due(db, before, limit))

    async def look(self, rooftop_id: str, recording_id: str) -> None:
        """The job: repeats safely, and a recording that cannot be had is tried on the retry schedule."""
        lease = timedelta(seconds=self._settings.lease_seconds)
        async with self._database.writing(rooftop_id) as db:
            kept = await recordings.claim(db, recording_id, self._clock.now(), lease)
        if kept is None:
            return
        try:
            if not kept.fetched and not kept.deleted:
                await self._fetch(kept)
            await self._clear_provider(kept)
        except (ProviderError, OSError) as error:
            await self._failed(kept, error)

    async def sweep_retention(self) -> int:
        """Deletes what has been kept long enough; returns how many."""
        async with self._database.across_rooftops("retention, whichever store's") as db:
            rows = await recordings.past_retention(db, self._clock.now(), 200)
        gone = 0
        for rooftop_id, recording_id in rows:
            gone += await self._delete(rooftop_id, recording_id)
        return gone

    async def _fetch(self, kept: Kept) -> None:
        path = Path(kept.rooftop_id) / f"{kept.recording_sid}.wav"
        into = self._settings.folder / path
        await asyncio.to_thread(_private_folder, into.parent)
        sound = await self._provider.fetch(
            kept.recording_sid, kept.channels, into, self._settings.largest_bytes, self._settings.fetch_seconds
        )
        async with self._database.writing(kept.rooftop_id) as db:
            await recordings.fetched(
                db, kept.id, str(path), sound.seconds, sound.channels, self._clock.now(), self._must_go(kept)
            )
        log.info("recording_fetched", rooftop_id=kept.rooftop_id, recording_id=kept.id, seconds=sound.seconds)

    async def _clear_provider(self, kept: Kept) -> None:
        if self._must_go(kept):
            await self._provider.delete(kept.recording_sid)
            async with self._database.writing(kept.rooftop_id) as db:
                await recordings.gone_at_provider(db, kept.id, self._clock.now())
        elif kept.fetched or kept.deleted:
            async with self._database.writing(kept.rooftop_id) as db:
                await recordings.at_rest(db, kept.id)

    def _must_go(self, kept: Kept) -> bool:
        """Whether Twilio's copy is to be deleted now; a legal hold keeps every copy."""
        return kept.at_provider and not kept.legal_hold and (kept.deleted or self._settings.delete_at_provider)

    async def _failed(self, kept: Kept, error: ProviderError | OSError) -> None:
        retryable = error.retryable if isinstance(error, ProviderError) else True
        wait = retry_after(kept.attempts) if retryable else None
        again = self._clock.now() + wait if wait is not None else None
        async with self._database.writing(kept.rooftop_id) as db:
            await recordings.failed(db, kept.id, str(error)[:500], again)
            if wait is not None:
                await self._jobs.wake(db, JOB, kept.id, rooftop_id=kept.rooftop_id, delay=wait)
        note = log.warning if again else log.error
        note("recording_failed" if again else "recording_given_up", rooftop_id=kept.rooftop_id, recording_id=kept.id,
             attempts=kept.attempts, error=str(error)[:200])  # fmt: skip

    async def _delete(self, rooftop_id: str, recording_id: str) -> bool:
        async with self._database.writing(rooftop_id) as db:
            kept = await recordings.to_delete(db, recording_id, self._clock.now())
            if kept is None:
                return False
            # Inside the transaction: a crash between the two leaves a row that is swept again, never a lost file.
            if kept.path:
                await asyncio.to_thread((self._settings.folder / kept.path).unlink, missing_ok=True)
            await recordings.deleted(db, recording_id, self._clock.now())
            if kept.at_provider:
                await self._jobs.wake(db, JOB, recording_id, rooftop_id=rooftop_id)
        log.info("recording_deleted", rooftop_id=rooftop_id, recording_id=recording_id)
        return True


def sound_of(path: Path) -> Sound:
    """Channels and length of a WAV file; an error page or half a file is refused."""
    with path.open("rb") as file:
        head = file.read(64 * 1024)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise ProviderError("what came is no WAV recording", retryable=True)
    channels = rate = 0
    at = 12
    while at + 8 <= len(head):
        name, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if name == b"fmt " and at + 24 <= len(head):
            _, channels, _, rate = struct.unpack_from("<HHIi", head, at + 8)
        if name == b"data" and rate > 0:
            # A streamed file may say 0 or all ones; what is there counts.
            present = path.stat().st_size - at - 8
            return Sound(channels, round(min(size or present, present) / rate))
        at += 8 + size + size % 2
    raise ProviderError("the recording has no sound in it", retryable=True)


def _checked(recording_sid: str) -> str:
    if not _SID.fullmatch(recording_sid):
        raise ProviderError("no recording sid", retryable=False)
    return recording_sid


def _refused(status: int) -> ProviderError:
    # 404 right after the callback means "not there yet"; a wrong token may be put right by a person within a day.
    retryable = status in (401, 403, 404, 408, 409, 425, 429) or status >= 500
    return ProviderError(f"Twilio answered {status}", retryable=retryable, code=str(status))


def _private_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _new_file(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _settle(part: Path, into: Path) -> None:
    """The file under its name only when it is whole and on disk."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(into)
    folder = os.open(into.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
