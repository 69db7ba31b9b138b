"""A folder on an SFTP server: each fact appears in it as one CSV file, exactly once, whatever dies when.

A file is written under a hidden name, then its receipt, then it is renamed into sight. No receipt: never shown. Receipt
and hidden file: not shown yet. Receipt alone: shown, even when the collector has taken the file away since.
"""

import posixpath
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import asyncssh

from crm_sync.csv_out import csv_text
from crm_sync.facts import COLUMNS
from crm_sync.ports import Outgoing
from crm_sync.target_settings import TargetSettings
from kit.egress import Egress
from kit.errors import ConfigurationError, ProviderError
from kit.secrets import unseal

_CONNECT_SECONDS = 10.0
_RECEIPTS = ".lanekeeper"


class SftpDropSettings(TargetSettings):
    """`host_key` is the server's public key ("ssh-ed25519 AAAA..."): a server that shows another one is not trusted.
    Give a password or a private key (OpenSSH)."""

    secrets: ClassVar[tuple[str, ...]] = ("password", "private_key")

    host: str
    port: int = 22
    username: str
    host_key: str
    folder: str = "."
    password: str = ""
    private_key: str = ""


class SftpDrop:
    """A `WriteBackTarget` that is found by listing: `<folder>/<kind>-<write-back id>.csv`."""

    readable = True

    def __init__(self, name: str, settings: SftpDropSettings, egress: Egress) -> None:
        self.name = name
        self._settings = settings
        self._egress = egress
        self._password = unseal(settings.password) if settings.password else None
        self._keys = [_private_key(unseal(settings.private_key))] if settings.private_key else []
        self._host_key = _public_key(settings.host_key)

    async def find(self, item: Outgoing) -> str | None:
        async with self._folder() as folder:
            shown = await folder.names()
            if _file(item) in shown:
                return _file(item)
            taken = item.id in await folder.names(_RECEIPTS) and _hidden(item) not in shown
            return f"{_file(item)} (collected)" if taken else None

    async def deliver(self, item: Outgoing) -> str:
        async with self._folder() as folder:
            await folder.make(_RECEIPTS)
            if item.id not in await folder.names(_RECEIPTS):
                await folder.write(_hidden(item), csv_text(COLUMNS[item.subject.kind], item.values))
                await folder.write(f"{_RECEIPTS}/{item.id}", "")
            if _hidden(item) in await folder.names():
                await folder.rename(_hidden(item), _file(item))
        return "renamed"

    async def probe(self) -> str:
        async with self._folder() as folder:
            names = await folder.names()
        return f"signed in; {len(names)} names in {self._settings.folder}"

    @asynccontextmanager
    async def _folder(self) -> AsyncIterator["_Folder"]:
        settings = self._settings
        address = await self._egress.address(settings.host, settings.port)
        connection: asyncssh.SSHClientConnection | None = None
        try:
            connection = await asyncssh.connect(
                address,
                settings.port,
                username=settings.username,
                password=self._password,
                client_keys=self._keys or None,
                known_hosts=([self._host_key], [], []),
                agent_path=None,
                config=None,
                connect_timeout=_CONNECT_SECONDS,
                login_timeout=_CONNECT_SECONDS,
            )
            yield _Folder(await connection.start_sftp_client(), settings.folder)
        except asyncssh.HostKeyNotVerifiable as error:
            raise ProviderError("the server showed another key than the one on file", retryable=True) from error
        except asyncssh.PermissionDenied as error:
            raise ProviderError("the server refused to sign us in", retryable=True) from error
        except (OSError, asyncssh.Error) as error:
            raise ProviderError(f"SFTP failed: {type(error).__name__}: {error}"[:200], retryable=True) from error
        finally:
            if connection is not None:
                connection.close()  # told, not waited for: a server that has gone silent would hold us for ever


class _Folder:
    """One folder of a server while a connection lasts."""

    def __init__(self, client: asyncssh.SFTPClient, path: str) -> None:
        self._client = client
        self._path = path

    async def names(self, below: str = "") -> set[str]:
        try:
            return {str(name) for name in await self._client.listdir(posixpath.join(self._path, below))}
        except asyncssh.SFTPNoSuchFile:
            if not below:
                raise
            return set()

    async def make(self, name: str) -> None:
        await self._client.makedirs(posixpath.join(self._path, name), exist_ok=True)

    async def write(self, name: str, text: str) -> None:
        async with self._client.open(posixpath.join(self._path, name), "wb") as file:
            await file.write(text.encode())

    async def rename(self, old: str, new: str) -> None:
        # Plain SFTP rename never replaces a file, so a slow sender cannot show one twice.
        await self._client.rename(posixpath.join(self._path, old), posixpath.join(self._path, new))


def _file(item: Outgoing) -> str:
    return f"{item.subject.kind}-{item.id}.csv"


def _hidden(item: Outgoing) -> str:
    return f".{item.id}.part"


def _private_key(text: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(text)
    except asyncssh.KeyImportError as error:
        raise ConfigurationError(f"private_key: {error}") from error


def _public_key(text: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_public_key(text)
    except asyncssh.KeyImportError as error:
        raise ConfigurationError(f"host_key: {error}; for example 'ssh-ed25519 AAAA...'") from error
