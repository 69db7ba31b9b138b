"""Mail with leads, taken by an SMTP listener of our own: known recipients only, stored before it is acknowledged."""

import asyncio
from collections import defaultdict, deque
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import SQLAlchemyError

from followup.lead_deliveries import Arrived, keep
from followup.lead_doors import store_of_address
from intake.settings import IntakeSettings
from kit.addresses import parse_address
from kit.clock import Clock
from kit.db import Database
from kit.errors import ConfigurationError
from kit.logging import logger

log = logger("intake.smtp")

_ACCEPTED = "250 2.0.0 OK, kept"
_UNKNOWN = "550 5.1.1 No such recipient here"
_LATER = "451 4.3.0 Cannot be kept now, try again later"
_TOO_MANY = "450 4.7.1 Too many messages from there, try again later"
_MOST_RECIPIENTS = 10
_MOST_PEERS = 10_000


class MailDoor:
    """aiosmtpd's handler: answers RCPT from the table of lead addresses and keeps the raw message in DATA."""

    def __init__(self, database: Database, clock: Clock, settings: IntakeSettings) -> None:
        self._database, self._clock, self._settings = database, clock, settings
        self._lately: dict[str, deque[float]] = defaultdict(deque)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self._may_send(_peer(session)):
            return _TOO_MANY
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            async with self._database.looking_across("an address decides the rooftop") as db:
                known = await store_of_address(db, address)
        except (SQLAlchemyError, OSError):
            log.exception("mail_not_looked_up")
            return _LATER
        if known is None:
            return _UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """250 only once the message is committed; anything else makes the sender keep it and try again."""
        body = envelope.original_content or b""
        try:
            async with self._database.across_rooftops("mail for the stores its recipients name") as db:
                for address in dict.fromkeys(each.strip().lower() for each in envelope.rcpt_tos):
                    rooftop_id = await store_of_address(db, address)
                    if rooftop_id is not None:
                        arrived = Arrived("email", body, envelope.mail_from or "", address, rooftop_id=rooftop_id)
                        await keep(db, arrived, self._clock.now())
        except (SQLAlchemyError, OSError):
            log.exception("mail_not_kept")
            return _LATER
        return _ACCEPTED

    def _may_send(self, peer: str) -> bool:
        now = self._clock.monotonic()
        sent = self._lately[peer]
        while sent and sent[0] <= now - 60:
            sent.popleft()
        if len(sent) >= self._settings.smtp_mails_per_minute:
            return False
        sent.append(now)
        if len(self._lately) > _MOST_PEERS:
            recent = {each: times for each, times in self._lately.items() if times[-1] > now - 60}
            self._lately = defaultdict(deque, recent)
        return True


class MailServer:
    """The listener. `port` is known once started; port 0 picks a free one."""

    def __init__(self, database: Database, clock: Clock, settings: IntakeSettings) -> None:
        self._door = MailDoor(database, clock, settings)
        self._settings = settings
        self._server: asyncio.Server | None = None
        self._open: set[_Conversation] = set()
        self.port = 0

    async def start(self) -> None:
        host, port = parse_address("LANEKEEPER_SMTP_ADDRESS", self._settings.smtp_address)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._conversation, host, port)
        except OSError as error:
            reason = f"cannot listen on {host}:{port} ({error.strerror}); choose another"
            raise ConfigurationError(f"LANEKEEPER_SMTP_ADDRESS: {reason}") from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cuts conversations where they stand: what was not acknowledged is sent again by its sender."""
        if self._server is None:
            return
        self._server.close()
        for conversation in list(self._open):
            conversation.cut()
        await self._server.wait_closed()
        self._server = None

    def _conversation(self) -> "_Conversation":
        return _Conversation(self._door, self._settings, self._open)


class _Conversation(SMTP):
    """One connection; beyond the limit it is closed at once, and its sender comes back."""

    def __init__(self, door: MailDoor, settings: IntakeSettings, others: set["_Conversation"]) -> None:
        super().__init__(
            door,
            data_size_limit=settings.smtp_mail_bytes,
            timeout=settings.smtp_idle_seconds,
            ident="Lanekeeper",
            hostname="lanekeeper",
            enable_SMTPUTF8=True,
            command_call_limit={"*": 200},
        )
        self._most, self._others = settings.smtp_connections, others

    def connection_made(self, transport: Any) -> None:
        if len(self._others) >= self._most:
            transport.abort()
            return
        self._others.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._others:
            self._others.discard(self)
            super().connection_lost(error)

    def cut(self) -> None:
        transport: Any = self.transport
        if transport is not None:
            transport.abort()


def _peer(session: Session) -> str:
    return str(session.peer[0]) if isinstance(session.peer, tuple) else ""
