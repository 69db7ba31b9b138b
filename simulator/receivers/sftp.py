"""An SFTP server over one folder, whose owner takes files away whenever they like."""

from collections.abc import Iterable
from pathlib import Path

import asyncssh

from simulator.receivers.faults import Fault, Script

USER, PASSWORD = "lanekeeper", "simulated"  # noqa: S105


class SftpServer:
    """Each rename into sight meets the next fault of the script; `host_key` is what a client must trust, and a client
    with the password or with `client_key` is let in."""

    def __init__(self, folder: Path, faults: Iterable[Fault] = ()) -> None:
        self.client_key = asyncssh.generate_private_key("ssh-ed25519")
        self.folder = folder
        self.script = Script(faults)
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._listener: asyncssh.SSHAcceptor | None = None
        self.port = 0

    @property
    def host_key(self) -> str:
        return self._key.export_public_key().decode().strip()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._listener = await asyncssh.listen(
            host,
            port,
            server_host_keys=[self._key],
            server_factory=_Door,
            authorized_client_keys=asyncssh.import_authorized_keys(self.client_key.export_public_key().decode()),
            sftp_factory=lambda channel: _Files(channel, self),
            allow_scp=False,
        )
        self.port = self._listener.get_port()

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
            await self._listener.wait_closed()

    def collect(self) -> list[tuple[str, str]]:
        """Takes every file in sight away: its name and what was in it."""
        taken = []
        for file in sorted(self.folder.glob("*.csv")):
            taken.append((file.name, file.read_text(encoding="utf-8")))
            file.unlink()
        return taken


class _Door(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: "asyncssh.SSHServerChannel[bytes]", server: SftpServer) -> None:
        super().__init__(channel, chroot=str(server.folder).encode())
        self._server = server

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        fault = self._server.script.next() if newpath.endswith(b".csv") else Fault.NONE
        if fault.keeps:
            super().rename(oldpath, newpath)
        if fault in (Fault.SILENCE_BEFORE, Fault.SILENCE_AFTER):
            await self._server.script.fall_silent()
        if fault in (Fault.DROP_BEFORE, Fault.DROP_AFTER):
            self.channel.get_connection().abort()
        elif fault in (Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.REFUSAL):
            raise asyncssh.SFTPFailure("the disk is full")
