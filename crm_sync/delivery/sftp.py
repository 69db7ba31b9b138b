"""A folder on a store's SFTP server: each file there is fetched once and nothing is ever changed or deleted.

What was fetched in part is gone on with where it stopped. A server that shows another key than the one on file is not
spoken to any further.
"""

import asyncio
import fcntl
import hashlib
import hmac
import os
import posixpath
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import asyncssh
from pydantic import BaseModel, ConfigDict, Field

from crm_sync.delivery.names import is_unfinished, safe_name
from crm_sync.delivery.ports import Arrival, Mark, SourceFailed, WayOut
from crm_sync.delivery.stillness import Stillness
from crm_sync.delivery.taking import forget_old
from kit.errors import ConfigurationError
from kit.secrets import unseal

MOST_NAMES = 10_000
_CONNECT_SECONDS = 15.0
_ANSWER_SECONDS = 60.0
_BLOCK = 1 << 18
_LONGEST_NAME = 250


class SftpSettings(BaseModel):
    """`host_key` is the fingerprint of the server's key ("SHA256:..."). Give a password or a private key (OpenSSH)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secrets: ClassVar[tuple[str, ...]] = ("password", "private_key")

    host: str = Field(min_length=1)
    port: int = Field(default=22, ge=1, le=65535)
    username: str = Field(min_length=1)
    host_key: str = ""
    folder: str = "."
    password: str = ""
    private_key: str = ""
    still_seconds: float = Field(default=10.0, ge=0)
    feed: str | None = None


class SftpPlace:
    """A `Place` on a server. `known` are the marks of files taken before; `home` is where fetched ones lie."""

    def __init__(
        self,
        settings: SftpSettings,
        home: Path,
        known: Mapping[str, Mark],
        way_out: WayOut,
        stillness: Stillness,
        largest: int,
    ) -> None:
        self._settings = settings
        self._home = home
        self._known = known
        self._way_out = way_out
        self._stillness = stillness
        self._largest = largest

    async def arrivals(self, now: datetime) -> AsyncIterator[Arrival]:
        fetched: list[Arrival] = []
        failed: SourceFailed | None = None
        try:
            # Everything is fetched before anything is taken in: no server keeps a line open for that long.
            async with self._connected() as server:
                await self._fetch_new(server, now, fetched)
        except SourceFailed as error:
            failed = error
        for arrival in fetched:
            yield arrival
        if failed is not None:
            raise failed

    async def _fetch_new(self, server: "_Server", now: datetime, fetched: list[Arrival]) -> None:
        """Adds what is new and whole to `fetched`; one file's trouble is told after the others are there."""
        await asyncio.to_thread(forget_old, self._home / "incoming")
        marks = await server.marks()
        wait = timedelta(seconds=self._settings.still_seconds)
        trouble = []
        for mark in marks:
            still = self._stillness.is_still(mark.name, mark, now, wait)
            if self._known.get(_stored(mark.name)) == _as_stored(mark) or is_unfinished(mark.name) or not still:
                continue
            try:
                if mark.size > self._largest:
                    raise SourceFailed(f"{safe_name(mark.name)} is larger than {self._largest:,} bytes")
                fetched.append(Arrival(await self._fetched(server, mark), self._home, _as_stored(mark)))
            except SourceFailed as error:
                trouble.append(str(error))
        self._stillness.forget_all_but({mark.name for mark in marks})
        if trouble:
            raise SourceFailed("; ".join(trouble))

    async def _fetched(self, server: "_Server", mark: Mark) -> Path:
        """The file on this machine; a part of it is gone on with."""
        which = hashlib.sha256(repr(mark).encode()).hexdigest()[:20]
        place = self._home / "incoming" / which / safe_name(mark.name)
        if not await asyncio.to_thread(place.exists):
            part = await asyncio.to_thread(_Part, place)
            try:
                await server.fetch(mark, part)
                await asyncio.to_thread(part.finish, mark.modified)
            finally:
                part.close()
        return place

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator["_Server"]:
        settings = self._settings
        door = _Door(settings.host_key)
        address = await self._way_out.address(settings.host, settings.port)
        connection: asyncssh.SSHClientConnection | None = None
        try:
            connection = await asyncssh.connect(
                address,
                settings.port,
                username=settings.username,
                password=unseal(settings.password) if settings.password else None,
                client_keys=[_private_key(unseal(settings.private_key))] if settings.private_key else None,
                client_factory=lambda: door,
                known_hosts=([], [], []),
                x509_trusted_certs=None,
                agent_path=None,
                config=None,
                connect_timeout=_CONNECT_SECONDS,
                login_timeout=_CONNECT_SECONDS,
            )
            client = await connection.start_sftp_client(path_errors="surrogateescape")
            yield _Server(client, settings.folder)
        except asyncssh.HostKeyNotVerifiable as error:
            raise SourceFailed(door.complaint()) from error
        except asyncssh.PermissionDenied as error:
            raise SourceFailed("the server refused to sign us in") from error
        except asyncssh.SFTPNoSuchFile as error:
            raise SourceFailed(f"no folder {settings.folder} on the server") from error
        except TimeoutError as error:
            raise SourceFailed("the server did not answer in time") from error
        except (OSError, asyncssh.Error) as error:
            raise SourceFailed(f"SFTP failed: {type(error).__name__}: {error}"[:200]) from error
        finally:
            if connection is not None:
                connection.close()  # told, not waited for: a server that has gone silent would hold us for ever


class _Server:
    """The folder of a server while a connection lasts."""

    def __init__(self, client: asyncssh.SFTPClient, folder: str) -> None:
        self._client = client
        self._folder = folder

    async def marks(self) -> list[Mark]:
        """Every plain file in the folder, by name; links and folders are none of ours."""
        found: list[Mark] = []
        async with asyncio.timeout(_ANSWER_SECONDS):
            async for name in self._client.scandir(self._folder):
                about = name.attrs
                if about.permissions is None or not stat.S_ISREG(about.permissions) or about.size is None:
                    continue
                shown = str(name.filename)
                if "/" in shown or len(shown) > _LONGEST_NAME:
                    continue
                found.append(Mark(shown, about.size, about.mtime or 0))
                if len(found) > MOST_NAMES:
                    raise SourceFailed(f"more than {MOST_NAMES:,} files in the folder {self._folder}")
        return sorted(found, key=lambda mark: mark.name)

    async def fetch(self, mark: Mark, part: "_Part") -> None:
        """Fills the part up to the size listed; raises SourceFailed where the server has less, or another file now."""
        name = safe_name(mark.name)
        try:
            async with self._client.open(posixpath.join(self._folder, mark.name), "rb") as remote:
                at = part.size if part.size <= mark.size else part.begin_anew()
                while at < mark.size:
                    async with asyncio.timeout(_ANSWER_SECONDS):
                        block = await remote.read(min(_BLOCK, mark.size - at), at)
                    if not block:
                        raise SourceFailed(f"{name} is shorter than the server said")
                    at = await asyncio.to_thread(part.add, block)
                async with asyncio.timeout(_ANSWER_SECONDS):
                    about = await remote.stat()
        except asyncssh.SFTPNoSuchFile as error:
            raise SourceFailed(f"{name} was taken away while it was fetched") from error
        if (about.size, about.mtime or 0) != (mark.size, mark.modified):
            part.begin_anew()
            raise SourceFailed(f"{name} changed while it was fetched")


class _Part:
    """A file on this machine while it is fetched; one process writes to it at a time."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._path = place.with_name(f"{place.name}.part")
        place.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise SourceFailed(f"{place.name} is being fetched by another process") from error

    @property
    def size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def add(self, block: str | bytes) -> int:
        """How much there is with this block, which is on its way to the disk."""
        self._file.write(block if isinstance(block, bytes) else block.encode())
        self._file.flush()
        return self.size

    def begin_anew(self) -> int:
        self._file.truncate(0)
        return 0

    def finish(self, modified: int) -> None:
        """The file under its own name, with the time it has on the server."""
        os.utime(self._file.fileno(), (modified, modified))
        self._path.rename(self._place)

    def close(self) -> None:
        self._file.close()


class _Door(asyncssh.SSHClient):
    """Lets in the one key on file, and remembers which was shown."""

    def __init__(self, fingerprint: str) -> None:
        self._expected = fingerprint.strip()
        self._shown = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self._shown = key.get_fingerprint()
        return hmac.compare_digest(self._shown, self._expected)

    def complaint(self) -> str:
        if self._expected:
            return f"the server shows another key than the one on file: {self._shown}; ask them before you set host_key"
        return f"the server's key is not known yet: if {self._shown} is theirs, set host_key to it"


def _stored(name: str) -> str:
    """A name as a database can hold it, whatever bytes the server used."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("\0", "\\0")[:250]


def _as_stored(mark: Mark) -> Mark:
    return Mark(_stored(mark.name), mark.size, mark.modified)


def _private_key(text: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(text)
    except asyncssh.KeyImportError as error:
        raise ConfigurationError(f"private_key: {error}") from error
