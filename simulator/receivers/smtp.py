"""A mail server that takes everything addressed to it and keeps each Message-ID once, as a CRM's mailbox does."""

import asyncio
import base64
import email
import email.policy
import ssl
from collections import Counter
from collections.abc import Iterable
from email.message import EmailMessage

from simulator.receivers.faults import Fault, Script

USER, PASSWORD = "store", "simulated"  # noqa: S105


class SmtpSink:
    """`messages` are by Message-ID; `seen` counts the copies of each. With `tls` it takes mail after STARTTLS and a
    sign-in only, as a provider on the internet does; without, from anybody on this machine."""

    def __init__(self, faults: Iterable[Fault] = (), *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.script = Script(faults)
        self.messages: dict[str, EmailMessage] = {}
        self.raw: dict[str, bytes] = {}
        self.seen: Counter[str] = Counter()
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self, address: str = "127.0.0.1:0") -> None:
        host, _, port = address.rpartition(":")
        self._server = await asyncio.start_server(self._accept, host, int(port))
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for session in list(self._sessions):
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._sessions.add(session)
        session.add_done_callback(self._sessions.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_open = self._tls is None
        try:
            await _say(writer, "220 crm.example ready")
            while line := (await reader.readline()).decode("latin-1").strip():
                verb = line[:4].upper()
                if verb == "QUIT":
                    await _say(writer, "221 bye")
                    return
                if verb == "DATA":
                    await _say(writer, "354 go ahead")
                    await _say(writer, await self._take(await _body(reader)))
                elif verb == "EHLO":
                    offer = "8BITMIME" if self._tls is None else "AUTH PLAIN" if _is_encrypted(writer) else "STARTTLS"
                    await _say(writer, f"250-crm.example\r\n250 {offer}")
                elif verb == "STAR" and self._tls is not None:
                    await _say(writer, "220 go ahead")
                    await writer.start_tls(self._tls)
                elif verb == "AUTH":
                    given = base64.b64decode(line.rpartition(" ")[2])
                    is_open = _is_encrypted(writer) and given == f"\0{USER}\0{PASSWORD}".encode()
                    await _say(writer, "235 welcome" if is_open else "535 wrong user or password")
                elif not is_open:
                    await _say(writer, "530 sign in first")
                else:
                    await _say(writer, "250 ok")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sender went away, or the script made us
        finally:
            writer.close()

    async def _take(self, raw: bytes) -> str:
        fault = self.script.next()
        async with self.script.around(fault):
            message = email.message_from_bytes(raw, policy=email.policy.default)
            key = str(message["Message-ID"])
            self.seen[key] += 1
            if fault.keeps:
                self.messages.setdefault(key, message)
                self.raw.setdefault(key, raw)
        if fault in (Fault.ERROR_BEFORE, Fault.ERROR_AFTER):
            return "451 try again later"
        if fault is Fault.REFUSAL:
            return "554 not wanted"
        return f"250 2.0.0 queued as {len(self.messages)}"


def _is_encrypted(writer: asyncio.StreamWriter) -> bool:
    return writer.get_extra_info("ssl_object") is not None


async def _say(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(f"{line}\r\n".encode())
    await writer.drain()


async def _body(reader: asyncio.StreamReader) -> bytes:
    """Everything to the lone dot, with doubled dots made single again (RFC 5321, 4.5.2)."""
    lines = []
    while (line := await reader.readuntil(b"\n")) != b".\r\n":
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)
