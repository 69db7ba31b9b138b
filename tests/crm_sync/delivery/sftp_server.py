"""A real SFTP server over a folder, inside the test, that can lose a connection in the middle of a file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh

USER, PASSWORD = "store", "pässword"


class SftpServer:
    """`reads` are the offsets asked for; with `drop_at` the connection breaks when somebody reads that far, once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.reads: list[int] = []
        self.writes: list[str] = []
        self.drop_at: int | None = None
        self.sign_ins = 0
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.customer_key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = 0

    @property
    def fingerprint(self) -> str:
        return self.key.get_fingerprint()


@asynccontextmanager
async def an_sftp_server(folder: Path) -> AsyncIterator[SftpServer]:
    server = SftpServer(folder)
    listener = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[server.key],
        server_factory=lambda: _Door(server),
        sftp_factory=lambda channel: _Files(channel, server),
        encoding=None,
    )
    server.port = listener.get_port()
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


class _Door(asyncssh.SSHServer):
    def __init__(self, server: SftpServer) -> None:
        self._server = server

    def begin_auth(self, username: str) -> bool:
        self._server.sign_ins += 1
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key.public_data == self._server.customer_key.public_data


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: "asyncssh.SSHServerChannel[bytes]", server: SftpServer) -> None:
        super().__init__(channel, chroot=str(server.folder).encode())
        self._server = server

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        self._server.reads.append(offset)
        if self._server.drop_at is not None and offset + size > self._server.drop_at:
            self._server.drop_at = None
            self.channel.get_connection().abort()
            await asyncio.Event().wait()
        data = super().read(file_obj, offset, size)
        assert isinstance(data, bytes)
        return data

    def _changed(self, *what: object) -> None:
        self._server.writes.append(str(what))
        raise asyncssh.SFTPPermissionDenied("read only")

    remove = rename = mkdir = rmdir = setstat = symlink = write = posix_rename = _changed  # type: ignore[assignment]
