"""ADF by e-mail: the mailbox every dealership CRM has for leads.

A mailbox cannot be read back, so a fact counts as arrived when the mail server took it (250). A repeat after a lost
answer has the same Message-ID and the same ids inside, and mail systems and CRMs know it by them.
"""

import email.policy
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import ClassVar, Literal

import aiosmtplib
from pydantic import Field

from crm_sync.adf_out import adf_text
from crm_sync.ports import Outgoing
from crm_sync.target_settings import TargetSettings
from kit.egress import AddressRefused, Egress, why_inside
from kit.errors import ProviderError
from kit.secrets import unseal

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 10.0
_ADDRESS = Field(pattern=r"^[^\s<>@,;]+@[^\s<>@,;]+$")
# As long as mail lets a line be; a longer one makes the whole text quoted-printable, which some CRMs cannot read.
_POLICY = email.policy.SMTP.clone(max_line_length=990)


class AdfEmailSettings(TargetSettings):
    """`to` is the lead address the CRM gave the store; `security` none is for a server on this machine only."""

    secrets: ClassVar[tuple[str, ...]] = ("password",)

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    sender: str = _ADDRESS
    to: str = _ADDRESS


class AdfEmail:
    """A `WriteBackTarget` that is acknowledged, never read back."""

    readable = False

    def __init__(self, name: str, settings: AdfEmailSettings, egress: Egress) -> None:
        self.name = name
        self._settings = settings
        self._egress = egress
        self._password = unseal(settings.password) if settings.password else ""

    async def find(self, item: Outgoing) -> str | None:
        raise ProviderError("a mailbox cannot be read back", retryable=False)

    async def deliver(self, item: Outgoing) -> str:
        client = await self._signed_in()
        try:
            _, said = await client.send_message(
                adf_message(item, self._settings.sender, self._settings.to),
                sender=self._settings.sender,
                recipients=[self._settings.to],
            )
            return f"250 {said}"
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0]) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ProviderError(f"the mail server broke off ({type(error).__name__})", retryable=True) from error
        finally:
            client.close()

    async def probe(self) -> str:
        client = await self._signed_in()
        try:
            said = await client.noop()
            return f"signed in; the mail server says {said.code} {said.message}"
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ProviderError(f"the mail server broke off ({type(error).__name__})", retryable=True) from error
        finally:
            client.close()

    async def _signed_in(self) -> aiosmtplib.SMTP:
        settings = self._settings
        connected = await self._egress.connection(settings.host, settings.port, _CONNECT_SECONDS)
        if settings.security == "none" and why_inside(connected.getpeername()[0]) != "loopback":
            connected.close()
            raise AddressRefused("mail leaves this machine encrypted or not at all")
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            sock=connected,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=self._egress.tls,
            timeout=_ANSWER_SECONDS,
            local_hostname="lanekeeper",
        )
        try:
            await client.connect()
            if settings.username:
                await client.login(settings.username, self._password)
        except aiosmtplib.SMTPAuthenticationError as error:
            client.close()
            raise ProviderError(f"the mail server refused to sign us in ({error.code})", retryable=True) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise ProviderError(f"no session with the mail server ({type(error).__name__})", retryable=True) from error
        except BaseException:
            client.close()
            raise
        return client


def adf_message(item: Outgoing, sender: str, to: str) -> EmailMessage:
    """text/plain with nothing but the XML in it: CRMs do not read anything else. The same item is the same message."""
    message = EmailMessage(_POLICY)
    message["From"], message["To"] = sender, to
    message["Subject"] = f"ADF {item.subject.kind}"
    message["Message-ID"] = f"<{item.id}@{sender.rpartition('@')[2]}>"
    recorded = item.values.get("recorded_at", "")
    if recorded:
        message["Date"] = format_datetime(datetime.fromisoformat(recorded))
    message.set_content(adf_text(item.subject, item.values), charset="us-ascii")
    return message


def _refused(error: aiosmtplib.SMTPResponseException) -> ProviderError:
    """4xx is a mail server that wants us to come back; 5xx one that does not."""
    return ProviderError(
        f"the mail server said {error.code} {error.message}"[:200],
        retryable=not 500 <= error.code < 600,
        code=str(error.code),
    )
